"""The rows of a trade list, read as they stand: a cell that cannot be read is a finding, never an exception."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from audit.list_cells import Cell, number_in, rows_in, word_in

__all__ = ["TradeRow", "trade_rows"]

_NEEDED = ("asset", "side", "lot_id", "shares", "price")


@dataclass(frozen=True)
class TradeRow:
    """One row of trades.csv.

    Parameters
    ----------
    line : int
        Of the file, the header being line 1.
    asset, side, lot_id, term, date : str
        "" where the cell is empty.
    shares, price, amount, gain, disallowed : float or None
        None where the cell is empty or there is no such column; NaN where it is no finite number.
    """

    line: int
    asset: str
    side: str
    lot_id: str
    shares: float | None
    price: float | None
    amount: float | None
    term: str
    gain: float | None
    disallowed: float | None
    date: str

    @property
    def quantity(self) -> float:
        """Shares, none where they cannot be read."""
        return self.shares if self.shares is not None and math.isfinite(self.shares) else 0.0

    @property
    def is_sale(self) -> bool:
        """Whether it is one."""
        return self.side == "SELL"

    @property
    def is_buy(self) -> bool:
        """Whether it is one."""
        return self.side == "BUY"

    @property
    def label(self) -> str:
        """The row in a few words."""
        return " ".join(word for word in (self.side, self.asset, self.lot_id) if word)


def trade_rows(table: pd.DataFrame) -> tuple[TradeRow, ...]:
    """Read a trade list from any source.

    Parameters
    ----------
    table : DataFrame
        Columns asset, side, lot_id, shares, price and, where they are told, amount, term, gain, disallowed and date;
        cells are text or numbers. The index has the lines of the file.

    Returns
    -------
    tuple of TradeRow

    Raises
    ------
    InputError
        A column that is needed is not there.
    """
    return tuple(_row(line, cell) for line, cell in rows_in(table, "trades.csv", _NEEDED))


def _row(line: int, cell: Cell) -> TradeRow:
    return TradeRow(
        line=line,
        asset=word_in(cell("asset")),
        side=word_in(cell("side")),
        lot_id=word_in(cell("lot_id")),
        shares=number_in(cell("shares")),
        price=number_in(cell("price")),
        amount=number_in(cell("amount")),
        term=word_in(cell("term")),
        gain=number_in(cell("gain")),
        disallowed=number_in(cell("disallowed")),
        date=word_in(cell("date")),
    )
