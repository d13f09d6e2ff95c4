# %% [markdown]
# A household run as one
#
# Three taxable sleeves (large, mid, small) and an IRA. Names have moved between the segments since they were bought;
# run apart, a sleeve sells its graduates at a gain, and the IRA may buy what a sleeve has just sold at a loss.

# %%
import tempfile
from dataclasses import replace
from pathlib import Path

from optimizer import TrackingErrorLimit, rebalance, valuation
from optimizer.household import Household, graduates, rebalance_household
from optimizer.household.shared_history import taxed_lots
from taxsleeve.example_household import write_example_household
from taxsleeve.household_folder import read_household_folder
from taxsleeve_errors import InfeasibleError

with tempfile.TemporaryDirectory() as folder:
    write_example_household(Path(folder) / "household", names=15, lots=3, seed=5)
    read = read_household_folder(Path(folder) / "household")
household, risk = read.household, read.chosen_risk.risk
print(f"{len(household.sleeves)} sleeves, ${household.nav:,.0f}")
for key, (source, takers) in graduates(household).items():
    print(f"  {key.split('/')[1]} has left {source} for {', '.join(takers)}")

# %% Apart: each sleeve knows its own account alone. Where its limit cannot be met, the least that can is taken.
apart = 0.0
bought, lost = set(), set()
for sleeve in household.sleeves:
    mandate = sleeve.mandate
    try:
        alone = rebalance(taxed_lots(sleeve), mandate, risk)
    except InfeasibleError as error:
        needed = max(s.needed for s in error.shortfalls if s.name == "tracking_error") * 1.02
        limits = [TrackingErrorLimit(needed) if x.name == "tracking_error" else x for x in mandate.limits]
        mandate = replace(mandate, limits=limits)
        alone = rebalance(taxed_lots(sleeve), mandate, risk)
        print(f"  {sleeve.name} alone needs a tracking error of {needed:.2%}")
    tax = valuation(mandate, alone.check.outcome, alone.check.readings).tax if sleeve.taxed else 0.0
    apart += tax
    bought |= {(sleeve.name, a) for a in alone.trades.loc[alone.trades["side"] == "BUY", "asset"]}
    lost |= {(sleeve.name, a) for a in alone.trades.loc[alone.trades["gain"] < 0, "asset"] if sleeve.taxed}
washed = sorted({f"{a} ({s} for {t})" for s, a in lost for t, b in bought if a == b and s != t})
print(f"Apart: {apart:,.0f} of tax saved; losses that another sleeve washes: {', '.join(washed) or 'none'}")

# %% As one: lots move in kind where that saves a gain, one wash-sale window, a limit on the risk of all together.
result = rebalance_household(household, risk)
moved = result.transfers[result.transfers["kind"] == "lot"]
print(f"As one: {result.tax_value:,.0f} of tax saved, {len(moved)} lots moved in kind ({result.how})")
print(f"Tracking error of all {result.check.tracking_error_after:.2%}, limit {household.tracking_error:.2%}")
print(f"Worth {result.certificate.value:,.0f}, no lists more than {result.certificate.bound:,.0f}")

# %% The same without moving anything; a gain budget may then be out of reach.
try:
    still = rebalance_household(replace(household, transfers=False), risk)
    print(f"Without moves in kind: {still.tax_value:,.0f}")
except InfeasibleError as error:
    print(f"Without moves in kind: {error.message}")
assert isinstance(household, Household)
