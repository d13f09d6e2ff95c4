"""Returns that no price can have made: wrong corporate actions and broken quotes, repaired by name and listed."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["repair_returns"]

Floats = NDArray[np.float64]
_LEAST, _MOST = -0.9, 3.0
_JUMP, _UNDONE_WITHIN, _UNDONE_BY = np.log(2.0), 63, 0.2


def repair_returns(returns: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Set implausible daily returns missing.

    Two rules: a return under -90% or over +300%; and a pair of moves of one name, each by a factor of two or more and
    within 63 days, of which the later undoes the earlier (log moves sum to less than 0.2): a price in wrong units.

    Parameters
    ----------
    returns : DataFrame (T, N)

    Returns
    -------
    repaired : DataFrame (T, N)
    repairs : DataFrame
        Columns `date`, `asset`, `value` (the return taken out) and `why`, by date.
    """
    R = returns.to_numpy(dtype=float, na_value=np.nan, copy=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        moves = np.log1p(R)
        outside = (R < _LEAST) | (R > _MOST)
        jump = np.abs(moves) > _JUMP
    undone = np.zeros_like(outside)
    for j in np.flatnonzero(jump.sum(axis=0) > 1):
        undone[_undone_pairs(moves[:, j], np.flatnonzero(jump[:, j])), j] = True
    bad = outside | undone
    rows, columns = np.nonzero(bad)
    repairs = pd.DataFrame(
        {
            "date": returns.index[rows],
            "asset": returns.columns[columns],
            "value": R[rows, columns],
            "why": np.where(outside[rows, columns], "outside -90% to +300%", "undone by an opposite jump"),
        }
    )
    R[bad] = np.nan
    return pd.DataFrame(R, index=returns.index, columns=returns.columns), repairs


def _undone_pairs(moves: Floats, days: NDArray[np.int64]) -> list[int]:
    """Days of jumps whose next jump soon undoes them, with the day of the undoing."""
    pairs: list[int] = []
    for first, second in pairwise(days):
        if second - first <= _UNDONE_WITHIN and abs(moves[first] + moves[second]) < _UNDONE_BY:
            pairs += [int(first), int(second)]
    return pairs
