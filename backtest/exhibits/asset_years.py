"""What every stock did in every calendar year: the raw material of the exhibits about single stocks."""

from __future__ import annotations

import numpy as np
import pandas as pd

from backtest.calendar_years import full_years
from backtest.market import Market

__all__ = ["asset_years"]

# A volatility of fewer than eight days in ten is of a stock listed or delisted during the year.
_LEAST_OBSERVED = 0.8


def asset_years(market: Market) -> dict[int, pd.DataFrame]:
    """Volatility and return of each stock by calendar year.

    Returns
    -------
    dict of int to DataFrame
        By year, one row an asset that had a price at the year's start: `volatility` (annualised standard deviation of
        its periods' total returns; NaN where it has under 80% of the year's), `total_return` (to the year's end or,
        for a delisted stock, to its last value, delisting return included), `listed` (priced at the year's end).
    """
    values = market.returns.to_numpy(dtype=float)
    years = {}
    for year in full_years(market.calendar):
        alive = market.listed_at(year.start).to_numpy()
        inside = values[market.position(year.start) + 1 : market.position(year.end) + 1][:, alive]
        seen = np.isfinite(inside).sum(axis=0)
        enough = seen >= max(2, _LEAST_OBSERVED * len(inside))
        volatility = np.full(inside.shape[1], np.nan)
        volatility[enough] = np.nanstd(inside[:, enough], axis=0, ddof=1) * np.sqrt(market.periods_per_year)
        years[year.year] = pd.DataFrame(
            {
                "volatility": volatility,
                "total_return": np.prod(1 + np.nan_to_num(inside), axis=0) - 1,
                "listed": market.listed_at(year.end).to_numpy()[alive],
            },
            index=market.assets[alive],
        )
    return years
