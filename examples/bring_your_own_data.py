# %% [markdown]
# Bring your own data
#
# Lots as a custodian exports them, read by a column map of your own; prices and benchmark as they come out of your own
# database; no account folder. The data here are made up from a seed: put your own tables in their place.

# %%
import datetime as dt
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pandas as pd

from optimizer import CashLimit, LossPerNameLimit, TrackingErrorLimit, TurnoverLimit
from taxsleeve import (
    Account,
    Lots,
    Mandate,
    Securities,
    StatisticalRiskModel,
    TaxRates,
    TradeHistory,
    rebalance,
    simple_returns,
)
from taxsleeve.custodian_import import import_exports
from taxsleeve.custodian_map_file import read_custodian_map
from taxsleeve.figures import harvest_figure

folder = Path(mkdtemp())
TODAY = dt.date(2024, 6, 28)

# %% Your price history (dates x names, total return) and your benchmark: 40 names with one common factor.
rng = np.random.default_rng(3)
names = [f"N{number:02d}" for number in range(40)]
days = pd.bdate_range(end=TODAY, periods=504)
moves = 0.012 * rng.standard_normal((504, 40)) + 0.010 * rng.standard_normal((504, 1))
prices = pd.DataFrame(50 * np.exp(np.cumsum(moves - moves.mean() / 2, axis=0)), index=days, columns=names)
weights = pd.Series(rng.lognormal(sigma=0.5, size=40), index=names)
benchmark = weights / weights.sum()

# %% What your custodian exports: its own headings, its own way to write days and dollars, a line that is no lot.
bought = rng.integers(30, 480, size=40)
lines = ['"Account 4711 on 06/28/2024"', '"Ticker","Opened","Units","Total cost"']
for position, name in enumerate(names[:36]):
    shares = int(1_000_000 * benchmark[name] / prices[name].iloc[-1])
    cost = shares * prices[name].iloc[bought[position]]
    lines.append(f'"{name}","{days[bought[position]]:%m/%d/%Y}","{shares:,}","${cost:,.2f}"')
lines.append('"Total","","",""')
(folder / "export.csv").write_text("\n".join(lines) + "\n")
(folder / "map.toml").write_text(r"""
title = "My custodian"
titles = ['^Account (?P<account>\S+) on (?P<as_of>\S+)$']
[dates]
formats = ["%m/%d/%Y"]
[[tables]]
name = "lots"
rows = "lot"
header = ["Ticker", "Opened", "Units", "Total cost"]
[tables.columns]
symbol = "Ticker"
acquired = "Opened"
shares = "Units"
total_cost = "Total cost"
[[tables.rules]]
reason = "total"
when = { symbol = "total" }
""")
imported = import_exports([folder / "export.csv"], read_custodian_map(folder / "map.toml"))
print(f"{len(imported.lots)} lots of {imported.as_of}; left out: {[skipped.reason for skipped in imported.skipped]}")

# %% Lots, securities and the household's recent trades as the optimizer knows them.
last = prices.iloc[-1].to_dict()
account = Account(
    as_of=TODAY,
    cash=20_000.0,
    lots=Lots.build(
        lot_id=imported.lot_ids,
        asset=[lot.symbol for lot in imported.lots],
        shares=[float(lot.shares) for lot in imported.lots],
        basis=[float(lot.cost_per_share) for lot in imported.lots],
        acquired=[lot.acquired for lot in imported.lots],
    ),
    securities=Securities.build(last),
    trades=TradeHistory.build(date=[dt.date(2024, 6, 10)], side=["BUY"], asset=["N07"], shares=[5.0]),
)
mandate = Mandate(
    benchmark=benchmark.to_dict(),
    limits=(TrackingErrorLimit(0.015), TurnoverLimit(0.4), LossPerNameLimit(0.005), CashLimit(0.0, 0.01)),
    rates=TaxRates(short_term=0.408, long_term=0.238),
)

# %% A risk model of your prices, and the trade list.
risk = StatisticalRiskModel(n_factors=3).fit(simple_returns(prices)).factor_risk_
result = rebalance(account, mandate, risk)
outcome = result.check.outcome
print(f"NAV ${account.nav:,.0f}, {len(result.trades)} trades, harvested ${outcome.losses.sum():,.0f}")
print(f"tracking error {outcome.tracking_error_after:.3%}, no list is worth over ${result.certificate.bound:,.0f}")
for lock in result.locks.loss_sales.values():
    print(f"not to be sold at a loss: {lock.group} until {lock.until}, {lock.why}")
print(result.trades[["asset", "side", "shares", "gain", "reason"]].head(6).to_string(index=False))

# %% A picture: what of each name's loss was taken.
sells = result.trades[(result.trades["side"] == "SELL") & (result.trades["gain"] < 0)]
harvest_figure(result).write_html(folder / "harvest.html", include_plotlyjs=True)
print(f"{len(sells)} lots sold at a loss; picture: {folder / 'harvest.html'}")
