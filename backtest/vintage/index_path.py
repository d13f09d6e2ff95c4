"""An index over the days of a vintage: its weights at every rebalance, and the dividends in its return."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.cash_dividends import dividend_cells
from backtest.sleeve_index import SleeveIndex, drifted

__all__ = ["IndexPath", "filled", "index_path"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class IndexPath:
    """An index over some days.

    Parameters
    ----------
    start : int
        Row of the market's calendar of the reconstitution in force at the first rebalance.
    members : array of int
        Columns of the market with weight at some time.
    weights : array (R, N)
        After the close of each rebalance, sum one or, where nobody is a member, zero.
    income : array (D,)
        Dividends of each day from the first rebalance on, over the index's value the day before; zero on the first.
    """

    start: int
    members: Ints
    weights: Floats
    income: Floats


def index_path(index: SleeveIndex, rows: Ints, last: int) -> IndexPath:
    """Carry an index from the first rebalance to row `last`, each reconstitution's weights drifted once."""
    market, first = index.market, int(rows[0])
    closes = market.calendar.searchsorted(pd.DatetimeIndex(index.targets.index))
    targets = index.targets.to_numpy()
    begin = max(int(np.searchsorted(closes, first, side="right")) - 1, 0)
    weights = np.zeros((len(rows), len(market.assets)))
    income = np.zeros(last + 1 - first)
    members = np.zeros(len(market.assets), dtype=bool)
    for number in range(begin, len(closes)):
        start = int(closes[number])
        end = min(int(closes[number + 1]) if number + 1 < len(closes) else last, last)
        if start > last or not targets[number].any():
            continue
        names, drift = drifted(market, targets[number], start, end)
        members[names] = True
        inside = (rows >= start) & (rows < end)
        weights[np.ix_(inside, names)] = drift[rows[inside] - start]
        low = max(start, first)
        if end > low:
            prices = filled(market.prices.to_numpy(dtype=float)[start:end, names])[low - start :]
            paid = dividend_cells(market, slice(low + 1, end + 1), names)
            yields = np.divide(paid, prices, out=np.zeros_like(paid), where=prices > 0)
            income[low + 1 - first : end + 1 - first] = (drift[low - start : -1] * yields).sum(axis=1)
    return IndexPath(int(closes[begin]), np.flatnonzero(members), weights, income)


def filled(values: Floats) -> Floats:
    """Carry each column's last number forward, shape (D, N)."""
    row = np.where(np.isnan(values), 0, np.arange(len(values))[:, None])
    carried: Floats = np.take_along_axis(values, np.maximum.accumulate(row, axis=0), axis=0)
    return carried
