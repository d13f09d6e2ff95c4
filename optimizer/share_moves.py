"""Moves of one step: which there are, and what each trades.

A step is one share, or the smallest fraction that may be traded. A move sells one step more or less of a lot, or buys
one step more or less of a name. Trades are counted in steps here. The J = 2 L + 2 N moves stand in
this order: sell more of each lot, sell less of each lot, buy more of each name, buy less of each name.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from optimizer.share_trades import ShareTrades

__all__ = ["ShareMoves"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class ShareMoves:
    """The moves of an account.

    Parameters
    ----------
    lot_asset : array of int (L,)
        Name of each lot.
    unit : array (N,)
        One step of each name over NAV.
    """

    lot_asset: Ints
    unit: Floats

    def __len__(self) -> int:
        return len(self.name)

    @property
    def selling(self) -> Ints:
        """Moves of lots, shape (2 L,)."""
        return np.arange(2 * len(self.lot_asset))

    @cached_property
    def name(self) -> Ints:
        """Name that each move is of, shape (J,)."""
        names = np.arange(len(self.unit))
        return np.concatenate([self.lot_asset, self.lot_asset, names, names])

    @cached_property
    def change(self) -> Floats:
        """What each move does to its name's active weight, shape (J,)."""
        size, n = len(self.lot_asset), len(self.unit)
        signed: Floats = np.repeat([-1.0, 1.0, 1.0, -1.0], [size, size, n, n]) * self.unit[self.name]
        return signed

    @cached_property
    def trades_more(self) -> Bools:
        """Moves that sell or buy more, shape (J,)."""
        size, n = len(self.lot_asset), len(self.unit)
        return np.repeat([True, False, True, False], [size, size, n, n])

    def apply(self, trades: ShareTrades, move: int) -> ShareTrades:
        """Trades after one move."""
        size, n = len(self.lot_asset), len(self.unit)
        sell, buy = trades.sell.copy(), trades.buy.copy()
        if move < 2 * size:
            sell[move % size] += 1 if move < size else -1
        else:
            buy[(move - 2 * size) % n] += 1 if move < 2 * size + n else -1
        return ShareTrades(sell, buy)

    def reverse(self, move: int) -> int:
        """Return the move that undoes a move."""
        size, n = len(self.lot_asset), len(self.unit)
        if move < 2 * size:
            return (move + size) % (2 * size)
        return 2 * size + (move - 2 * size + n) % (2 * n)
