# %% [markdown]
# The ledger of a household
#
# A loss, a purchase in the spouse's account inside the window, and what becomes of the loss; then the same under
# another
# reading of the law.

# %%
import datetime as dt

from tax import Account, AccountKind, Buy, Ledger, Sell, WashPolicy, fill_form_8949, household_locks

mine = Account("joint")
spouse = Account("spouse", AccountKind.SPOUSE)
history = [
    Buy(date=dt.date(2024, 3, 1), event_id="B1", symbol="XYZ", account=mine, shares=100, price=50),
    Sell(date=dt.date(2025, 2, 3), event_id="S1", symbol="XYZ", account=mine, shares=100, price=38.5),
    Buy(date=dt.date(2025, 2, 20), event_id="B2", symbol="XYZ", account=spouse, shares=40, price=41),
]

# %% 40 of the 100 shares were replaced: their loss moves into the basis of the spouse's shares, with the holding
# period.
for policy in (WashPolicy(), WashPolicy(spouse_basis_adjust=False)):
    ledger = Ledger(policy)
    ledger.apply_all(history)
    statement = ledger.statement()
    print(f"spouse_basis_adjust={policy.spouse_basis_adjust}")
    for sale in statement.sales:
        print(f"  {sale.sale_id}: gain {float(sale.gain):,.2f}, disallowed {float(sale.disallowed):,.2f}", end=", ")
        print(f"lost for good {float(sale.permanent):,.2f}")
    for lot in statement.lots:
        print(f"  {lot.lot_id}: basis {float(lot.adjusted_basis):,.2f}, held since {lot.holding_start}")

# %% Form 8949, and what the days ahead allow.
for row in fill_form_8949(ledger.realized_sales()).rows:
    print(" ".join(row.cells().values()))
for lock in household_locks(ledger, statement).buys.values():
    print(f"do not buy {lock.group} before {lock.until + dt.timedelta(days=1)}: {lock.why}")
