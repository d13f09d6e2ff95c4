"""The linear limits of a mandate as one matrix over trades."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from optimizer.newton.rows import Representation
from optimizer.problem import Problem

__all__ = ["LinearRows", "linear_rows"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LinearRows:
    """Rows net @ (b - M s) + buy @ b + sell @ s <= room in fractions of NAV.

    What a row says of active weights stands in `net`, where it needs one entry a name and not one a lot.

    Parameters
    ----------
    limit : tuple of str
        Name of each row's limit.
    net, buy : sparse array (m, N)
    sell : sparse array (m, L)
    room, ceiling : array (m,)
        `ceiling` is the price at which a row may be exceeded, infinite for a hard one.
    """

    limit: tuple[str, ...]
    net: sp.csr_array
    buy: sp.csr_array
    sell: sp.csr_array
    room: Floats
    ceiling: Floats

    def over(self, problem: Problem, sell: Floats, buy: Floats) -> Floats:
        """What each row is exceeded by, shape (m,); zero or less is good."""
        over: Floats = self.net @ (buy - problem.lot_sum @ sell) + self.buy @ buy + self.sell @ sell - self.room
        return over

    def on_sales(self, problem: Problem) -> sp.csr_array:
        """What a dollar sold of each lot adds to each row, shape (m, L)."""
        return sp.csr_array(self.sell - self.net @ problem.lot_sum)

    def on_buys(self) -> sp.csr_array:
        """What a dollar bought of each name adds to each row, shape (m, N)."""
        return sp.csr_array(self.net + self.buy)


def linear_rows(problem: Problem, sorted_rows: Representation) -> LinearRows:
    """Put the rows that `represent` has sorted back into one matrix.

    Parameters
    ----------
    problem : Problem
    sorted_rows : Representation

    Returns
    -------
    LinearRows
        Of every limit but tracking error and those left out.
    """
    n = len(problem.assets)
    trade, cap, coupling = sorted_rows.trade, sorted_rows.cap, sorted_rows.coupling
    capped = np.flatnonzero(np.isfinite(cap.cap))
    count = len(trade.name)
    at = (np.arange(count), trade.name)
    by_trade = [sp.csr_array((side, at), shape=(count, n)) for side in (trade.buy, trade.sell)]
    none = sp.csr_array((len(capped), n))
    on_buy = sp.csr_array(sp.vstack([by_trade[0], none, sp.csr_array(coupling.buy)]))
    on_sale = sp.csr_array(sp.vstack([by_trade[1], none, sp.csr_array(coupling.sell)]))
    net = _common(on_buy, on_sale)
    losses = sp.csr_array(problem.lot_sum @ sp.diags_array(cap.loss))[capped]
    lots = sp.csr_array(
        (np.ones(len(coupling.lot_row)), (coupling.lot_row, np.arange(len(coupling.lot_row)))),
        shape=(len(coupling.upper), len(coupling.lot_row)),
    ) @ sp.csr_array(coupling.lot)
    by_lot = sp.csr_array(sp.vstack([sp.csr_array((count, losses.shape[1])), losses, lots]))
    hard = np.full(count + len(capped), np.inf)
    return LinearRows(
        limit=(*trade.limit, *(cap.limit for _ in capped), *coupling.limit),
        net=net,
        buy=sp.csr_array(on_buy - net),
        sell=sp.csr_array(by_lot + (on_sale + net) @ problem.lot_sum),
        room=np.concatenate([trade.room, cap.cap[capped], coupling.upper]),
        ceiling=np.concatenate([hard, coupling.ceiling]),
    )


def _common(on_buy: sp.csr_array, on_sale: sp.csr_array) -> sp.csr_array:
    """Entries of rows that count a dollar bought as a dollar sold, with the opposite sign."""
    buys = on_buy.tocoo()
    opposite = np.asarray(on_sale[buys.row, buys.col]).ravel() if buys.nnz else np.zeros(0)
    same = buys.data == -opposite
    return sp.csr_array((buys.data[same], (buys.row[same], buys.col[same])), shape=on_buy.shape)
