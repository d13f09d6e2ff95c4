"""A trade list as arrays, from which everything else is worked out; pandas sees it where somebody asks for a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.table_columns import Columns, frame_of

__all__ = ["TRADE_COLUMNS", "TradeColumns", "without_disallowed", "words"]

Floats = NDArray[np.float64]
Words = NDArray[np.object_]
Bools = NDArray[np.bool_]
TRADE_COLUMNS = ["asset", "side", "lot_id", "shares", "price", "amount", "term", "gain", "reason"]
# Of a loss: what sums and twelve written digits leave of one that is disallowed whole.
_DUST = 1e-11
_NUMBERS = ("shares", "price", "amount", "gain", "disallowed")


def without_disallowed(gain: Floats, disallowed: Floats) -> Floats:
    """Gains in dollars without what a wash sale disallows of a loss; of one disallowed whole nothing is left."""
    left = gain + disallowed
    return np.where((disallowed > 0) & (np.abs(left) <= _DUST * disallowed), 0.0, left)


@dataclass(frozen=True, eq=False)
class TradeColumns:
    """Columns of a trade list, each of shape (T,); text as Python's own strings.

    Parameters
    ----------
    asset, side, lot_id, term, reason : array of str
    shares, price, amount, gain : array of float
    disallowed : array of float
        Dollars of loss that a wash sale disallows, not a number where the list does not tell.
    names : tuple of str
        Columns that the list has, in order; the others are empty text, or not a number.
    """

    asset: Words
    side: Words
    lot_id: Words
    shares: Floats
    price: Floats
    amount: Floats
    term: Words
    gain: Floats
    reason: Words
    disallowed: Floats
    names: tuple[str, ...]

    @classmethod
    def of(cls, trades: pd.DataFrame | TradeColumns) -> TradeColumns:
        """Take the columns of a table from any source."""
        if isinstance(trades, TradeColumns):
            return trades
        made: dict[str, Any] = {}
        for name in _COLUMNS:
            there = name in trades
            if name in _NUMBERS:
                made[name] = trades[name].to_numpy(dtype=float) if there else np.full(len(trades), np.nan)
            else:
                made[name] = words(_texts(trades[name].tolist()) if there else [""] * len(trades))
        return cls(**made, names=tuple(name for name in trades.columns if name in _COLUMNS))

    def __len__(self) -> int:
        return len(self.asset)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp] | slice) -> TradeColumns:
        """Rows where a mask is true, or at some places."""
        return TradeColumns(**{name: getattr(self, name)[rows] for name in _COLUMNS}, names=self.names)

    @property
    def columns(self) -> Columns:
        """The columns that the list has."""
        return {name: getattr(self, name) for name in self.names}

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The list as a table."""
        return frame_of(self.columns)

    @cached_property
    def allowed(self) -> Floats:
        """Dollars of gain, losses negative and without what a wash sale disallows (Form 8949, column h)."""
        return without_disallowed(self.gain, np.nan_to_num(self.disallowed))

    @cached_property
    def is_sell(self) -> Bools:
        """Rows of lots sold."""
        return np.asarray(self.side == "SELL", dtype=bool)

    @cached_property
    def is_buy(self) -> Bools:
        """Rows of names bought."""
        return np.asarray(self.side == "BUY", dtype=bool)

    @cached_property
    def sells(self) -> TradeColumns:
        """What is sold."""
        return self.take(self.is_sell)

    @cached_property
    def buys(self) -> TradeColumns:
        """What is bought."""
        return self.take(self.is_buy)


_COLUMNS = tuple(field.name for field in fields(TradeColumns) if field.name != "names")


def words(texts: Sequence[str]) -> Words:
    """Make an array of Python's own strings."""
    made = np.empty(len(texts), dtype=object)
    made[:] = texts
    return made


def _texts(cells: list[Any]) -> list[str]:
    return cells if set(map(type, cells)) <= {str} else [str(cell) for cell in cells]
