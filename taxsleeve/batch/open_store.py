"""Opening the tables of a batch by what they are."""

from __future__ import annotations

from pathlib import Path

from taxsleeve.batch.stores import TableStore
from taxsleeve_errors import InputError

__all__ = ["open_store"]


def open_store(path: Path) -> TableStore:
    """Open a folder of Parquet tables, or a SQLite or DuckDB database.

    Raises
    ------
    InputError
        It is none of these.
    """
    if (path / "account.toml").is_file():
        expected = "a folder of account folders; `taxsleeve rebalance` is for one account"
        raise InputError.of(str(path), expected, value="an account folder itself")
    if path.is_dir():
        from taxsleeve.batch.parquet_store import ParquetStore

        return ParquetStore(path)
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError as error:
        expected = "a folder of account folders or of Parquet tables, or a SQLite or DuckDB database"
        raise InputError.of(str(path), expected, value=error.strerror) from error
    if start.startswith(b"SQLite format 3"):
        from taxsleeve.batch.sqlite_store import SqliteStore

        return SqliteStore(path)
    if start[8:12] == b"DUCK":
        from taxsleeve.batch.duckdb_store import DuckdbStore

        return DuckdbStore(path)
    raise InputError.of(str(path), "a SQLite or DuckDB database, or a folder", value="another file")
