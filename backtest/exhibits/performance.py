"""Exhibits 6 and 7: calendar years and ten-year periods, every sleeve ranked."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from backtest.calendar_years import full_years
from backtest.sleeve_index import SleeveIndex

__all__ = ["calendar_year_returns", "index_returns", "ten_year_periods"]


def index_returns(indices: Mapping[str, SleeveIndex]) -> pd.DataFrame:
    """Total returns (T, S) of several indices side by side, as `calendar_year_returns` and the others take them."""
    return pd.DataFrame({name: index.returns for name, index in indices.items()})


def calendar_year_returns(returns: pd.DataFrame) -> pd.DataFrame:
    """Total return of each calendar year, and its rank among the sleeves (1 is best): the quilt.

    Parameters
    ----------
    returns : DataFrame (T, S)
        Total returns of any frequency; indices with a missing one in a year have no figure for it.

    Returns
    -------
    DataFrame
        `year, sleeve, total_return, rank`.
    """
    rows = [
        {"year": year.year, "sleeve": name, "total_return": float(np.prod(1 + earned) - 1)}
        for year in full_years(pd.DatetimeIndex(returns.index))
        for name, column in returns.items()
        if not (earned := column.loc[year.start : year.end].iloc[1:]).isna().any()
    ]
    frame = pd.DataFrame(rows, columns=["year", "sleeve", "total_return"])
    return frame.assign(rank=_rank(frame, "year", "total_return"))


def ten_year_periods(returns: pd.DataFrame, years: int = 10) -> pd.DataFrame:
    """Return a year over every period of `years` calendar years, by its first, and the rank among the sleeves.

    Parameters
    ----------
    returns : DataFrame (T, S)
    years : int
        Ten, or what a shorter history can bear.

    Returns
    -------
    DataFrame
        `start_year, end_year, sleeve, annual_return, rank`.
    """
    by_year = calendar_year_returns(returns).pivot_table(index="year", columns="sleeve", values="total_return")
    by_year = by_year.reindex(columns=[name for name in returns.columns if name in by_year.columns])
    rows = []
    for start in by_year.index:
        period = by_year.reindex(range(start, start + years))
        grown = (1 + period).prod(skipna=False) ** (1 / years) - 1
        for name, annual in grown.dropna().items():
            rows.append({"start_year": start, "end_year": start + years - 1, "sleeve": name, "annual_return": annual})
    frame = pd.DataFrame(rows, columns=["start_year", "end_year", "sleeve", "annual_return"])
    return frame.assign(rank=_rank(frame, "start_year", "annual_return"))


def _rank(frame: pd.DataFrame, by: str, value: str) -> pd.Series:
    return frame.groupby(by)[value].rank(method="first", ascending=False).astype(int)
