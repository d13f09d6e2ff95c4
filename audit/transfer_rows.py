"""The rows of a transfer list, read as they stand: a cell that cannot be read is a finding, never an exception."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from audit.list_cells import Cell, number_in, rows_in, word_in

__all__ = ["TransferRow", "transfer_rows"]

_NEEDED = ("kind", "from_sleeve", "to_sleeve", "asset", "lot_id", "shares", "amount")


@dataclass(frozen=True)
class TransferRow:
    """One row of transfers.csv: shares of a lot, or cash, that move from one account of the household to another.

    Parameters
    ----------
    line : int
        Of the file, the header being line 1.
    kind, source, target, asset, lot_id, acquired, holding_start, new_lot_id : str
        "" where the cell is empty or there is no such column.
    shares, price, amount, cost_per_share : float or None
        None where the cell is empty or there is no such column; NaN where it is no finite number.
    """

    line: int
    kind: str
    source: str
    target: str
    asset: str
    lot_id: str
    shares: float | None
    price: float | None
    amount: float | None
    cost_per_share: float | None
    acquired: str
    holding_start: str
    new_lot_id: str

    @property
    def is_lot(self) -> bool:
        """Whether shares of a lot move."""
        return self.kind == "lot"

    @property
    def is_cash(self) -> bool:
        """Whether cash moves."""
        return self.kind == "cash"

    @property
    def dollars(self) -> float:
        """Amount, none where it cannot be read."""
        return self.amount if self.amount is not None and math.isfinite(self.amount) else 0.0

    @property
    def quantity(self) -> float:
        """Shares, none where they cannot be read."""
        return self.shares if self.shares is not None and math.isfinite(self.shares) else 0.0

    @property
    def label(self) -> str:
        """The row in a few words."""
        what = " ".join(word for word in (self.kind, self.asset, self.lot_id) if word) or "nothing"
        return f"{what} from {self.source or '?'} to {self.target or '?'}"


def transfer_rows(table: pd.DataFrame) -> tuple[TransferRow, ...]:
    """Read a transfer list from any source.

    Parameters
    ----------
    table : DataFrame
        Columns kind, from_sleeve, to_sleeve, asset, lot_id, shares and amount, in any order; price, cost_per_share,
        acquired, holding_start and new_lot_id are audited where they are there. The index has the lines of the file.

    Raises
    ------
    InputError
        A column that is needed is not there.
    """
    return tuple(_row(line, cell) for line, cell in rows_in(table, "transfers.csv", _NEEDED))


def _row(line: int, cell: Cell) -> TransferRow:
    return TransferRow(
        line=line,
        kind=word_in(cell("kind")),
        source=word_in(cell("from_sleeve")),
        target=word_in(cell("to_sleeve")),
        asset=word_in(cell("asset")),
        lot_id=word_in(cell("lot_id")),
        shares=number_in(cell("shares")),
        price=number_in(cell("price")),
        amount=number_in(cell("amount")),
        cost_per_share=number_in(cell("cost_per_share")),
        acquired=word_in(cell("acquired"))[:10],
        holding_start=word_in(cell("holding_start"))[:10],
        new_lot_id=word_in(cell("new_lot_id")),
    )
