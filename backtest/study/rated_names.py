"""Which names a study's risk models rate."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from backtest.sleeve_index import SleeveIndex

__all__ = ["rated_names"]


def rated_names(indices: Iterable[SleeveIndex], date: pd.Timestamp, years: int) -> pd.Index[str]:
    """Names of any of the sleeves on a date or within these years before it: what an account may hold by then.

    Nothing later is used. Names that are no longer listed are for the window to leave out.
    """
    names: set[str] = set()
    for index in indices:
        closes = pd.DatetimeIndex(index.targets.index)
        # The members at the beginning are those of the last reconstitution before.
        first = max(0, int(closes.searchsorted(date - pd.DateOffset(years=years), side="right")) - 1)
        last = int(closes.searchsorted(date, side="right"))
        ever = (index.targets.iloc[first:last].to_numpy() > 0).any(axis=0)
        names.update(index.market.assets[np.flatnonzero(ever)])
    return pd.Index(sorted(names))
