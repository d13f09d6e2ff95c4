"""Every trade of a vintage as a table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.vintage.lot_table import LotTable
from backtest.vintage.sales import CAUSES, Sales
from backtest.vintage.tape import Tape

__all__ = ["TradeLog"]


@dataclass(frozen=True, eq=False)
class _Entries:
    side: str
    row: int
    lot_id: NDArray[np.str_]
    name: NDArray[np.int64]
    shares: NDArray[np.float64]
    price: NDArray[np.float64]
    gain: NDArray[np.float64]
    term: NDArray[np.str_]
    cause: NDArray[np.str_]


class TradeLog:
    """Collects trades in the order in which they were made.

    Parameters
    ----------
    tape : Tape
    """

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._entries: list[_Entries] = []

    def sold(self, sales: Sales) -> None:
        """Add lots sold."""
        term, cause = np.where(sales.long_term, "long", "short"), np.array(CAUSES)[sales.cause]
        self._entries.append(
            _Entries(
                sales.side, sales.row, sales.lot_id, sales.name, sales.shares, sales.price, sales.gain, term, cause
            )
        )

    def bought(self, lots: LotTable, row: int) -> None:
        """Add lots bought."""
        none, number = np.full(len(lots), ""), np.full(len(lots), np.nan)
        self._entries.append(_Entries("BUY", row, lots.lot_id, lots.name, lots.shares, lots.basis, number, none, none))

    def table(self) -> pd.DataFrame:
        """Return `VintageResult.trades`."""
        tape, entries = self._tape, self._entries
        counts = [len(one.name) for one in entries]
        name = np.concatenate([one.name for one in entries])
        row = np.repeat([one.row for one in entries], counts)

        def words(arrays: list[NDArray[np.str_]]) -> NDArray[np.object_]:
            return np.concatenate([array.astype(object) for array in arrays])

        return pd.DataFrame(
            {
                "date": tape.calendar[row],
                "side": np.repeat(np.array([one.side for one in entries], dtype=object), counts),
                "asset": tape.asset_array.astype(object)[name],
                "group": tape.group_array.astype(object)[name],
                "lot_id": words([one.lot_id for one in entries]),
                "shares": np.concatenate([one.shares for one in entries]),
                "price": np.concatenate([one.price for one in entries]),
                "gain": np.concatenate([one.gain for one in entries]),
                "term": words([one.term for one in entries]),
                "cause": words([one.cause for one in entries]),
            }
        )
