# %% [markdown]
# A household from its funding to its tenth year
#
# Three taxable sleeves (large, mid, small) and an IRA in small caps, funded in cash, rebalanced each quarter for ten
# years of a simulated market. Names that graduate move between the taxable sleeves in kind; the wash-sale window is one
# over all four accounts, the IRA's purchases included. Beside it: the same sleeves apart, which sell their graduates.

# %%
import datetime as dt
from dataclasses import replace

import pandas as pd

from backtest import CapBands, sleeve_index, standard_sleeves
from backtest.household import HouseholdResult, Member, run_household
from backtest.simulated import SimulatedMarket
from backtest.vintage import FittedRisk, Frequency, OptimizedHarvest, VintageSettings, statistical
from optimizer import CashLimit, TrackingErrorLimit
from risk import StatisticalRiskModel
from risk.evaluate import History
from tax import AccountKind

market = SimulatedMarket(names=130, years=12, start=dt.date(2008, 1, 1), seed=5).simulate()
indices = {sleeve.name: sleeve_index(market, sleeve) for sleeve in standard_sleeves(CapBands.scaled(100), styles=False)}

# %% Who holds what, under which limits: 60% large, 20% mid, 10% small, and 10% in the IRA.
harvest = OptimizedHarvest(limits=(TrackingErrorLimit(0.02), CashLimit(0.0, 0.002)))
small = indices["small"]
ira = replace(small, sleeve=replace(small.sleeve, name="ira"))
members = [
    Member(indices["large"], harvest, 0.6),
    Member(indices["mid"], harvest, 0.2),
    Member(small, harvest, 0.1),
    Member(ira, harvest, 0.1, kind=AccountKind.IRA),
]
terms = VintageSettings(dt.date(2009, 12, 31), dt.date(2019, 12, 31), capital=5e6, frequency=Frequency.QUARTERLY)
history = History(market.returns.iloc[1:], market.caps, market.securities["sector"])
risk = FittedRisk(history, statistical(StatisticalRiskModel(n_factors=6)), days=252)

# %%
household = run_household(members, terms, risk)
apart = run_household(members, terms, risk, transfers=False)


# %% The household as one account, year by year, in dollars; taxes are counted at the rates, not paid from it.
def taxable_sales(result: HouseholdResult) -> pd.DataFrame:
    trades = result.total.trades
    return trades[(trades["side"] == "SELL") & (trades["sleeve"] != "ira")]


sales, months = taxable_sales(household), household.total.months
moved = household.transfers[household.transfers["kind"] == "lot"]
years = pd.DataFrame(
    {
        "losses": -sales["gain"].clip(upper=0).groupby(sales["date"].dt.year).sum(),
        "gains": sales["gain"].clip(lower=0).groupby(sales["date"].dt.year).sum(),
        "moved in kind": moved["amount"].astype(float).groupby(moved["date"].dt.year).sum(),
        "value": months["value"].groupby(months.index.year).last(),
    }
).fillna(0.0)
years["tracking error %"] = 100 * months["tracking_error"].groupby(months.index.year).last()
print(years.to_string(float_format=lambda x: f"{x:,.0f}" if x > 50 else f"{x:.2f}", na_rep="-"))

# %% What moving in kind was worth.
for name, result in (("household", household), ("apart", apart)):
    gain, last = taxable_sales(result)["gain"], result.total.months.iloc[-1]
    print(
        f"{name}: losses {-gain.clip(upper=0).sum():,.0f}, gains {gain.clip(lower=0).sum():,.0f}, "
        f"value at the end {last['value']:,.0f}, embedded gain {last['embedded_gain']:.0%} of it"
    )

# %% Which names moved.
print(f"{len(moved)} lots of {moved['asset'].nunique()} names moved in kind:")
by_way = moved.groupby(["from_sleeve", "to_sleeve"])["amount"].agg(["count", "sum"])
print(by_way.to_string(float_format="{:,.0f}".format))
