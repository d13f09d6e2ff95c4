"""A DuckDB database, opened to read only; the only module that imports `duckdb`, which the extra `duckdb` installs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from taxsleeve.batch.stores import ACCOUNT, RowRange, Unreadable
from taxsleeve_errors import InputError

__all__ = ["DuckdbStore", "add_to_duckdb"]

# A view of a stranger's database can read any file, or a server; with these it can not.
_SEALED = {"enable_external_access": "false", "autoinstall_known_extensions": "false"}


@dataclass(frozen=True)
class DuckdbStore:
    """Tables in a DuckDB file.

    Parameters
    ----------
    path : Path
    """

    path: Path

    def columns(self, table: str) -> list[str]:
        """Names of a table's columns."""
        text = "SELECT column_name FROM information_schema.columns WHERE table_name = ? ORDER BY ordinal_position"
        return [str(name) for name in self._arrow(text, [table]).column(0).to_pylist()]

    def whole(self, table: str) -> pa.Table:
        """Read a table that all accounts share."""
        return self._arrow(f"SELECT * FROM {_quoted(table)} ORDER BY rowid")  # noqa: S608 - quoted

    def ids(self, table: str) -> pa.Array:
        """Every account that has a row in a table, each once, sorted."""
        text = f"SELECT DISTINCT CAST({ACCOUNT} AS VARCHAR) FROM {_quoted(table)} WHERE {ACCOUNT} NOT NULL ORDER BY 1"  # noqa: S608 - quoted
        return self._arrow(text).column(0).cast(pa.string()).combine_chunks()

    def rows(self, table: str, columns: Sequence[str], lower: str | None, upper: str | None) -> RowRange:
        """Rows of accounts from `lower` to before `upper`."""
        key = f"coalesce(CAST({ACCOUNT} AS VARCHAR), '')"
        conditions = [f"{key} >= ?"] * (lower is not None) + [f"{key} < ?"] * (upper is not None)
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        chosen = ", ".join(f"{key} AS {ACCOUNT}" if name == ACCOUNT else _quoted(name) for name in columns)
        text = f"SELECT {chosen} FROM {_quoted(table)}{where} ORDER BY {key}, rowid"  # noqa: S608 - quoted
        try:
            return RowRange(self._arrow(text, [bound for bound in (lower, upper) if bound is not None]))
        except InputError as error:
            empty = pa.table({name: pa.array([], pa.string()) for name in columns})
            return RowRange(empty, (Unreadable(None, None, table, str(error)),))

    def files(self) -> list[Path]:
        """Return the database."""
        return [self.path]

    def _arrow(self, text: str, bounds: Sequence[str] = ()) -> pa.Table:
        duckdb = _duckdb(self.path)
        try:
            with duckdb.connect(str(self.path), read_only=True, config=_SEALED) as connection:
                return connection.sql(text, params=list(bounds)).to_arrow_table()
        except duckdb.Error as error:
            first = str(error).splitlines()[0]
            raise InputError.of(self.path.name, "a DuckDB database that can be read", value=first) from error


def add_to_duckdb(path: Path, tables: Iterable[tuple[str, pa.Table]]) -> None:
    """Add rows to tables of a DuckDB database, made where they are not there."""
    with _duckdb(path).connect(str(path)) as connection:
        for name, rows in tables:
            connection.register("added", rows)
            connection.execute(f"CREATE TABLE IF NOT EXISTS {_quoted(name)} AS SELECT * FROM added LIMIT 0")  # noqa: S608 - quoted
            connection.execute(f"INSERT INTO {_quoted(name)} SELECT * FROM added")  # noqa: S608 - quoted
            connection.unregister("added")


def _duckdb(path: Path) -> Any:
    """Return the package.

    Raises
    ------
    InputError
        It is not installed.
    """
    try:
        import duckdb
    except ImportError as error:
        expected = "the package duckdb beside it: pip install 'taxsleeve[duckdb]'"
        raise InputError.of(path.name, expected, value="a DuckDB database") from error
    return duckdb


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
