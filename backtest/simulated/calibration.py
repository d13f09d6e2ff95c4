"""The simulation against its targets: which figures it gives, and which of them lie within their bands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from backtest.market import Market
from backtest.simulated.behaviour import CapitalBehaviour, MarketBehaviour, SpecificBehaviour
from backtest.simulated.holding import holding_ages
from backtest.simulated.measures import SEGMENTS, index_figures, migration, segment_figures, years_of_segments
from backtest.simulated.simulated_market import SimulatedMarket
from backtest.simulated.targets import CALM_TARGETS, RECENT_TARGETS, Target

__all__ = [
    "CALM_ERA",
    "RECENT_ERA",
    "SP500_FROM",
    "SP500_RETURNS",
    "SP500_SINCE",
    "Era",
    "calibration_figures",
    "calibration_table",
]

# Total returns of the S&P 500, 2010 to 2025, so that shares of losers are compared in the same weather.
SP500_RETURNS = (
    *(0.1506, 0.0211, 0.1600, 0.3239, 0.1369, 0.0138, 0.1196, 0.2183),
    *(-0.0438, 0.3149, 0.1840, 0.2871, -0.1811, 0.2629, 0.2502, 0.1788),
)
# And of the years from 1991 on.
SP500_FROM = 1991
SP500_SINCE = (
    *(0.3047, 0.0762, 0.1008, 0.0132, 0.3758, 0.2296, 0.3336, 0.2858, 0.2104),
    *(-0.0910, -0.1189, -0.2210, 0.2868, 0.1088, 0.0491, 0.1579, 0.0549, -0.3700, 0.2646),
    *SP500_RETURNS,
)
_AGES, _AGES_FROM = (1, 3, 7), 3


@dataclass(frozen=True)
class Era:
    """Years of the real market, the simulation of them, and what it has to show.

    Parameters
    ----------
    name : str
    market : SimulatedMarket
    targets : tuple of Target
    """

    name: str
    market: SimulatedMarket
    targets: tuple[Target, ...]


def _calm() -> SimulatedMarket:
    specific = SpecificBehaviour()
    calmer = tuple((size, 0.84 * volatility) for size, volatility in specific.by_size)
    return SimulatedMarket(
        start=dt.date(2010, 1, 1),
        years=10,
        annual_returns=SP500_RETURNS[:10],
        market=MarketBehaviour(volatility=0.145),
        specific=replace(specific, by_size=calmer),
        capital=CapitalBehaviour(effective_number=142.0, effective_number_end=112.0, drift_years=4.0),
    )


RECENT_ERA = Era("2014-2025", SimulatedMarket(annual_returns=SP500_RETURNS[4:]), RECENT_TARGETS)
CALM_ERA = Era("2010-2019", _calm(), CALM_TARGETS)


def calibration_figures(market: Market, segments: tuple[int, int, int]) -> pd.Series:
    """All figures of a market, real or simulated, by figure and segment.

    Means over calendar years of `segment_figures`; `stays, dead, out` of `migration`; `index_figures` as
    `index_volatility`, `less_large`, `value_less_growth`, `value_years`; `years_more_down` (share of years in which
    more names were down 5% than of the large); `effective_number_first` at the first year's start,
    `effective_number_late` and `top_ten_late` at the last's; `below_cost_A, listed_A, multiple_A` of `holding_ages`
    for purchases from the fourth year on.

    Parameters
    ----------
    market : Market
    segments : tuple of int
    """
    years = years_of_segments(market, segments)
    rows = [{"year": y.year, "segment": y.segment, **segment_figures(y)} for y in years]
    by_year = {
        segment: pd.DataFrame([row for row in rows if row["segment"] == segment]).drop(columns="segment")
        for segment in SEGMENTS
    }
    out = {
        (str(figure), segment): float(mean)
        for segment, table in by_year.items()
        for figure, mean in table.drop(columns="year").mean().items()
    }
    moves = migration(market, segments)
    for segment in SEGMENTS:
        out["stays", segment] = float(moves[segment][segment])
        out["dead", segment] = float(moves["dead"][segment])
    out["out", "small"] = float(moves["out"]["small"])
    large = by_year["large"]
    out["effective_number_first", "large"] = float(large["effective_number"].iloc[0])
    out["effective_number_late", "large"] = float(large["effective_number"].iloc[-1])
    out["top_ten_late", "large"] = float(large["top_ten"].iloc[-1])
    for segment in SEGMENTS[1:]:
        out["years_more_down", segment] = float((by_year[segment]["share_down"] > large["share_down"]).mean())
    first, last = years[0].year, years[-1].year
    value = {year: market.book_to_price_at(pd.Timestamp(year, 1, 1)) for year in range(first, last + 1)}
    for (figure, segment), number in index_figures(years, value).items():
        out[figure, segment] = number
    starts = tuple(range(first + _AGES_FROM, last + 1)) or (first,)
    ages = holding_ages(market, segments, _AGES, starts)
    for figure in ages.columns:
        for row in ages[figure].reset_index().itertuples(index=False):
            age, segment, number = row
            out[f"{figure}_{age}", str(segment)] = float(number)
    return pd.Series(out, dtype=float)


def calibration_table(era: Era, seeds: Iterable[int]) -> pd.DataFrame:
    """Simulate an era once a seed and set the mean figures against their targets.

    Parameters
    ----------
    era : Era
    seeds : iterable of int

    Returns
    -------
    DataFrame
        A row a target, by figure and segment: `simulated`, `spread` (standard deviation over seeds), `target`,
        `low`, `high`, `inside`, `source`.
    """
    markets = [replace(era.market, seed=seed) for seed in seeds]
    runs = [calibration_figures(m.simulate(), m.segments) for m in markets]
    rows = []
    for t in era.targets:
        values = np.array([float(run[t.figure, t.segment]) for run in runs])
        mean, spread = float(values.mean()), float(values.std(ddof=1)) if len(values) > 1 else np.nan
        rows.append((t.figure, t.segment, mean, spread, t.target, t.low, t.high, t.low <= mean <= t.high, t.source))
    columns = ["figure", "segment", "simulated", "spread", "target", "low", "high", "inside", "source"]
    return pd.DataFrame(rows, columns=columns).set_index(["figure", "segment"])
