"""Exhibit 2: how many stocks of an index lose in a year, whatever the index does."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from backtest.calendar_years import full_years
from backtest.exhibits.asset_years import asset_years
from backtest.sleeve_index import SleeveIndex

__all__ = ["shares_down"]

_TAIL = 0.01


def shares_down(
    indices: Mapping[str, SleeveIndex], years: Mapping[int, pd.DataFrame] | None = None, *, least_loss: float = 0.05
) -> pd.DataFrame:
    """Share of an index's stocks that lost `least_loss` or more over the calendar year.

    Parameters
    ----------
    indices : mapping of str to SleeveIndex
    years : mapping, optional
        As from `asset_years`.
    least_loss : float
        Fraction, 0.05 is 5%.

    Returns
    -------
    DataFrame
        `year, sleeve, names, index_return, share_down` (of the members at the year's start, delisted ones by what
        their holders got), `share_down_listed` (of those still listed at its end), `dispersion` (standard deviation of
        the year's returns across the latter, cut at the first and last hundredth so that a wrong corporate action does
        not make it).
    """
    rows = []
    for name, index in indices.items():
        years = asset_years(index.market) if years is None else years
        for year in full_years(index.market.calendar):
            members = index.members_at(year.start)
            if not len(members):
                continue
            own = years[year.year].reindex(members).dropna(subset="total_return")
            listed = own.loc[own["listed"].astype(bool), "total_return"]
            least, most = (float(listed.quantile(part)) for part in (_TAIL, 1 - _TAIL))
            earned = index.returns.loc[year.start : year.end].iloc[1:]
            rows.append(
                {
                    "year": year.year,
                    "sleeve": name,
                    "names": len(members),
                    "index_return": float(np.prod(1 + earned.to_numpy()) - 1),
                    "share_down": float((own["total_return"] <= -least_loss).mean()),
                    "share_down_listed": float((listed <= -least_loss).mean()),
                    "dispersion": float(listed.clip(least, most).std()),
                }
            )
    columns = ["year", "sleeve", "names", "index_return", "share_down", "share_down_listed", "dispersion"]
    return pd.DataFrame(rows, columns=columns)
