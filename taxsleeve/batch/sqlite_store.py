"""A SQLite database, opened to read only."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa

from taxsleeve.batch.stores import ACCOUNT, RowRange, Unreadable
from taxsleeve.input_limits import MOST_CSV_CELLS
from taxsleeve_errors import InputError

__all__ = ["SqliteStore"]

# Steps of SQLite's machine that a query may take; one that reads and sorts a table takes some ten for each byte.
_STEPS, _STEPS_A_BYTE, _LOOK = 10**8, 1000, 10**5


@dataclass(frozen=True)
class SqliteStore:
    """Tables in a SQLite file; an index on `account` lets a range of accounts be found without reading the rest.

    Parameters
    ----------
    path : Path
    """

    path: Path

    def columns(self, table: str) -> list[str]:
        """Names of a table's columns."""
        return [str(row[1]) for row in self._all(f"PRAGMA table_info({_quoted(table)})")]

    def whole(self, table: str) -> pa.Table:
        """Read a table that all accounts share."""
        names = self.columns(table)
        return _table(names, self._all(f"SELECT * FROM {_quoted(table)} ORDER BY rowid"))  # noqa: S608 - quoted

    def ids(self, table: str) -> pa.Array:
        """Every account that has a row in a table, each once, sorted."""
        text = f"SELECT DISTINCT CAST({ACCOUNT} AS TEXT) FROM {_quoted(table)} WHERE {ACCOUNT} NOT NULL ORDER BY 1"  # noqa: S608 - quoted
        return pa.array([row[0] for row in self._all(text)], pa.string())

    def rows(self, table: str, columns: Sequence[str], lower: str | None, upper: str | None) -> RowRange:
        """Rows of accounts from `lower` to before `upper`."""
        conditions = [f"{ACCOUNT} >= ?"] * (lower is not None) + [f"{ACCOUNT} < ?"] * (upper is not None)
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        chosen = ", ".join(map(_quoted, columns))
        text = f"SELECT {chosen} FROM {_quoted(table)}{where} ORDER BY {ACCOUNT}, rowid"  # noqa: S608 - quoted
        try:
            found = self._all(text, [bound for bound in (lower, upper) if bound is not None])
        except InputError as error:
            return RowRange(_table(columns, []), (Unreadable(None, None, table, str(error)),))
        return RowRange(_table(columns, found))

    def files(self) -> list[Path]:
        """Return the database, and its log where it has one."""
        return [path for path in (self.path, Path(f"{self.path}-wal")) if path.is_file()]

    def _all(self, text: str, bounds: Iterable[str] = ()) -> list[tuple[Any, ...]]:
        try:
            with closing(sqlite3.connect(f"{self.path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
                # What views of a stranger's database may call, and how long they may go on.
                connection.execute("PRAGMA trusted_schema = OFF")
                looks = count(1)
                most_looks = (_STEPS + _STEPS_A_BYTE * self.path.stat().st_size) // _LOOK
                connection.set_progress_handler(lambda: next(looks) > most_looks, _LOOK)
                cursor = connection.execute(text, tuple(bounds))
                most = MOST_CSV_CELLS // max(len(cursor.description or ()), 1)
                rows = cursor.fetchmany(most)
                if cursor.fetchone() is None:
                    return rows
        except (sqlite3.Error, OverflowError, OSError) as error:
            raise InputError.of(self.path.name, "a SQLite database that can be read", value=error) from error
        expected = f"at most {MOST_CSV_CELLS:,} cells at once; a smaller --chunk, or a table in parts"
        raise InputError.of(self.path.name, expected, value="more")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _table(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pa.table(
        [_array(cells, name == ACCOUNT) for name, cells in zip(names, columns, strict=True)], names=list(names)
    )


def _array(cells: Sequence[Any], is_text: bool) -> pa.Array:
    """A column of one type; where SQLite has cells of several, all as text, which the reading of rows judges."""
    if not cells:
        return pa.array([], pa.string())
    if not is_text:
        try:
            return pa.array(cells)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            pass
    return pa.array([_text(cell, is_text) for cell in cells], pa.string())


def _text(cell: Any, is_account: bool) -> str | None:
    if cell is None:
        return "" if is_account else None
    return cell if isinstance(cell, str) else str(cell)
