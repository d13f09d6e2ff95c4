"""How many names an index changes in a year, and why."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from backtest.calendar_years import full_years
from backtest.sleeve_index import SleeveIndex

__all__ = ["name_turnover"]


def name_turnover(indices: Mapping[str, SleeveIndex]) -> pd.DataFrame:
    """Members at a year's start that are no members a year later.

    Returns
    -------
    DataFrame
        `year, sleeve, names` (at the start), `left` (share of names no longer members), `delisted` (share no longer
        listed, part of `left`), `weight_left` (weight at the start of the names that left).
    """
    rows = []
    for name, index in indices.items():
        for year in full_years(index.market.calendar):
            before, after = index.weights_at(year.start), index.weights_at(year.end)
            members = before > 0
            if not members.any():
                continue
            left = members & (after <= 0)
            listed = index.market.listed_at(year.end)
            count = int(members.sum())
            rows.append(
                {
                    "year": year.year,
                    "sleeve": name,
                    "names": count,
                    "left": int(left.sum()) / count,
                    "delisted": int((left & ~listed).sum()) / count,
                    "weight_left": float(np.sum(before[left])),
                }
            )
    columns = ["year", "sleeve", "names", "left", "delisted", "weight_left"]
    return pd.DataFrame(rows, columns=columns)
