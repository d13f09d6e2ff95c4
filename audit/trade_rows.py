"""The rows of a trade list, read as they stand: a cell that cannot be read is a finding, never an exception."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from taxsleeve_errors import InputError

__all__ = ["TradeRow", "number_in", "trade_rows", "word_in"]

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
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
    missing = [name for name in _NEEDED if name not in table.columns]
    if missing:
        found = ", ".join(map(str, table.columns)) or "nothing"
        raise InputError.of("trades.csv", f"a column {missing[0]} (found: {found})", column=missing[0])
    cells = table.to_dict("records")
    return tuple(_row(int(str(line)), row.get) for line, row in zip(table.index, cells, strict=True))


def _row(line: int, cell: Callable[[str], Any]) -> TradeRow:
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


def _blank(cell: Any) -> bool:
    return (
        cell is None or (isinstance(cell, float) and math.isnan(cell)) or (isinstance(cell, str) and not cell.strip())
    )


def word_in(cell: Any) -> str:
    """Text of a cell, "" where it is empty."""
    return "" if _blank(cell) else str(cell).strip()


def number_in(cell: Any) -> float | None:
    """Number in a cell: None where it is empty, NaN where it is no finite number."""
    if _blank(cell):
        return None
    if isinstance(cell, str) and _NUMBER.fullmatch(cell.strip()) is None:
        return math.nan
    try:
        number = float(cell)
    except (TypeError, ValueError):
        return math.nan
    return number if math.isfinite(number) else math.nan
