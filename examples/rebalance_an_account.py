# %% [markdown]
# Rebalance an account
#
# From an account folder to a checked trade list, in Python instead of on the command line.

# %%
from pathlib import Path
from tempfile import mkdtemp

from optimizer import orders
from taxsleeve import read_account_folder, rebalance
from taxsleeve.example_account import write_example

folder = Path(mkdtemp()) / "account"
write_example(folder, names=200, lots=5, seed=11)

# %% The folder holds lots, cash, prices, recent trades and the mandate; a risk model is fitted on its price history.
account_folder = read_account_folder(folder)
account, mandate = account_folder.account, account_folder.mandate
risk = account_folder.risk()
print(
    f"NAV ${account.nav:,.0f}, {len(account.lots)} lots, {len(risk.assets)} names rated by {len(risk.factors)} factors"
)

# %% The trade list has passed an independent check, or there would be an error instead.
result = rebalance(account, mandate, risk)
outcome = result.check.outcome
print(f"harvested ${outcome.losses.sum():,.0f}, worth ${result.certificate.value:,.0f} after costs")
print(f"tracking error {outcome.tracking_error_before:.3%} -> {outcome.tracking_error_after:.3%}")
print(f"turnover {outcome.turnover:.1%}, cash ${outcome.cash_after:,.0f}")

# %% What goes to the desk, and why.
print(orders(result.trades).head(5).to_string(index=False))
print(result.trades[["asset", "side", "shares", "gain", "reason"]].head(5).to_string(index=False))

# %% What one more unit of each limit would be worth.
for name, price in sorted(result.prices.items(), key=lambda item: -item[1]):
    if price * 1e-4 > 0.01:
        print(f"one basis point more of {name}: ${price * 1e-4:,.2f}")
