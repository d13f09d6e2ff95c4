"""Where a batch's tables stand: one interface to a folder of Parquet, SQLite and DuckDB."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pyarrow as pa

__all__ = ["ACCOUNT", "LOT_ID", "RowRange", "TableStore", "Unreadable"]

ACCOUNT = "account"
# Text of which nearly every row has its own: numbers into a dictionary are no shorter, and take longer to find.
LOT_ID = "lot_id"


@dataclass(frozen=True)
class Unreadable:
    """Part of a table that cannot be read.

    Parameters
    ----------
    lower, upper : str or None
        First and last account that may have rows in it; None where that is not known.
    place, message : str
        Which part, and what the reader says.
    """

    lower: str | None
    upper: str | None
    place: str
    message: str

    def concerns(self, account: str) -> bool:
        """Whether the account may have rows there."""
        return (self.lower is None or self.lower <= account) and (self.upper is None or account <= self.upper)


@dataclass(frozen=True, eq=False)
class RowRange:
    """Rows of one table for a range of accounts, sorted by account and otherwise in their own order."""

    rows: pa.Table
    unreadable: tuple[Unreadable, ...] = field(default=())


class TableStore(Protocol):
    """Tables by name; those of accounts have a column `account`."""

    def columns(self, table: str) -> list[str]:
        """Names of a table's columns; none where there is no such table."""

    def whole(self, table: str) -> pa.Table:
        """Read a table that all accounts share.

        Raises
        ------
        InputError
            It cannot be read.
        """

    def ids(self, table: str) -> pa.Array:
        """Every account that has a row in a table, each once, sorted; unreadable parts are left out."""

    def rows(self, table: str, columns: Sequence[str], lower: str | None, upper: str | None) -> RowRange:
        """Rows of accounts from `lower` to before `upper`; None is without end."""

    def files(self) -> list[Path]:
        """Every file that is read."""
