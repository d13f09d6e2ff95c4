"""What becomes of a stock bought at a year's start and held: how many lots stay under water, and for how long."""

from __future__ import annotations

import numpy as np
import pandas as pd

from backtest.market import Market
from backtest.simulated.measures import SEGMENTS, segments_at_start

__all__ = ["holding_ages"]

_DOWN = 0.95


def holding_ages(
    market: Market, segments: tuple[int, int, int], ages: tuple[int, ...], years: tuple[int, ...]
) -> pd.DataFrame:
    """Follow every name of a segment, bought at the starts of the given years.

    Parameters
    ----------
    market : Market
    segments : tuple of int
        How many of the largest names are large, how many then mid, how many small.
    ages : tuple of int
        Years of holding; a start whose holding ends after the market is left out of that age.
    years : tuple of int
        Calendar years at whose starts is bought.

    Returns
    -------
    DataFrame
        By age and segment: `below_cost` (share of those still listed that are 5% or more below), `listed`, and
        `multiple` (median of those still listed).
    """
    calendar = market.calendar
    ends = {int(year): int(np.flatnonzero(calendar.year == year)[-1]) for year in set(calendar.year)}
    rows = []
    for year in years:
        for segment, assets in zip(SEGMENTS, segments_at_start(market, year, segments), strict=True):
            columns = market.assets.get_indexer(assets)
            start = ends[year - 1] + 1
            growth = np.nan_to_num(market.returns.iloc[start:, columns].to_numpy(dtype=float))
            wealth = np.cumprod(1.0 + growth, axis=0)
            for age in ages:
                if year + age - 1 not in ends:
                    continue
                end = ends[year + age - 1]
                listed = market.prices.iloc[end, columns].notna().to_numpy()
                multiple = wealth[end - start][listed]
                rows.append((age, segment, (multiple <= _DOWN).mean(), listed.mean(), np.median(multiple)))
    table = pd.DataFrame(rows, columns=["age", "segment", "below_cost", "listed", "multiple"])
    return table.groupby(["age", "segment"]).mean()
