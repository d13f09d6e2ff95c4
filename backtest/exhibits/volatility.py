"""Exhibit 1: the volatility of an index, and of the stock in its middle."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from backtest.calendar_years import full_years
from backtest.exhibits.asset_years import asset_years
from backtest.sleeve_index import SleeveIndex

__all__ = ["volatility"]


def volatility(indices: Mapping[str, SleeveIndex], years: Mapping[int, pd.DataFrame] | None = None) -> pd.DataFrame:
    """Annualised volatility by calendar year of each index and of the median stock that was in it at the year's start.

    Parameters
    ----------
    indices : mapping of str to SleeveIndex
        All of one market.
    years : mapping, optional
        As from `asset_years`, where it has been worked out already.

    Returns
    -------
    DataFrame
        `year, sleeve, names, index_volatility, median_stock_volatility`; the last is NaN in a market of portfolios.
    """
    rows = []
    for name, index in indices.items():
        market = index.market
        years = asset_years(market) if years is None else years
        for year in full_years(market.calendar):
            members = index.members_at(year.start)
            earned = index.returns.iloc[market.position(year.start) + 1 : market.position(year.end) + 1]
            if not len(members) or earned.isna().any():
                continue
            stocks = years[year.year]["volatility"].reindex(members)
            rows.append(
                {
                    "year": year.year,
                    "sleeve": name,
                    "names": len(members),
                    "index_volatility": float(earned.std() * np.sqrt(market.periods_per_year)),
                    "median_stock_volatility": float(stocks.median()) if market.constituents == "stocks" else np.nan,
                }
            )
    columns = ["year", "sleeve", "names", "index_volatility", "median_stock_volatility"]
    return pd.DataFrame(rows, columns=columns)
