"""A trade list as arrays: what is recomputed from it many times is looked up in it once."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["TradeColumns"]

Floats = NDArray[np.float64]
Words = NDArray[np.object_]
_WORDS = ("asset", "side", "lot_id", "term")


@dataclass(frozen=True, eq=False)
class TradeColumns:
    """Columns of a trade list, each of shape (T,); text as Python's own strings.

    Parameters
    ----------
    asset, side, lot_id, term : array of str
    shares, price, amount, gain : array of float
    disallowed : array of float
        Dollars of loss that a wash sale disallows, not a number where the table does not tell.
    """

    asset: Words
    side: Words
    lot_id: Words
    term: Words
    shares: Floats
    price: Floats
    amount: Floats
    gain: Floats
    disallowed: Floats

    @classmethod
    def of(cls, trades: pd.DataFrame) -> TradeColumns:
        """Take the columns of a table from any source; one that it lacks is empty text, or not a number."""
        made: dict[str, Any] = {}
        for field in fields(cls):
            there = field.name in trades
            if field.name in _WORDS:
                column = np.empty(len(trades), dtype=object)
                column[:] = _texts(trades[field.name].tolist()) if there else ""
            else:
                column = trades[field.name].to_numpy(dtype=float) if there else np.full(len(trades), np.nan)
            made[field.name] = column
        return cls(**made)

    def __len__(self) -> int:
        return len(self.asset)

    def take(self, mask: NDArray[np.bool_]) -> TradeColumns:
        """Rows where a mask is true."""
        return TradeColumns(*(getattr(self, field.name)[mask] for field in fields(self)))

    @cached_property
    def allowed(self) -> Floats:
        """Dollars of gain, losses negative and without what a wash sale disallows (Form 8949, column h)."""
        return self.gain + np.nan_to_num(self.disallowed)

    @cached_property
    def sells(self) -> TradeColumns:
        """Rows of lots sold."""
        return self.take((self.side == "SELL").astype(bool))

    @cached_property
    def buys(self) -> TradeColumns:
        """Rows of names bought."""
        return self.take((self.side == "BUY").astype(bool))


def _texts(cells: list[Any]) -> list[str]:
    return cells if set(map(type, cells)) <= {str} else [str(cell) for cell in cells]
