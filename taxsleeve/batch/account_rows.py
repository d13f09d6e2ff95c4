"""Rows of the accounts of a chunk, one account after the other, as columns or as cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.types as pt
from numpy.typing import NDArray
from pydantic import BaseModel

from taxsleeve.account_tables import LotRow, RestrictionRow, TradeRow
from taxsleeve.batch.stores import ACCOUNT, TableStore, Unreadable
from taxsleeve.batch.table_shelf import cells_of
from taxsleeve.tables import Findings, Table, checked_table, no_rows

__all__ = ["ACCOUNT_TABLES", "HELD_IN", "ChunkRows", "read_rows"]

Row = TypeVar("Row", bound=BaseModel)
HELD_IN = "held_in"
ACCOUNT_TABLES: Mapping[str, type[BaseModel]] = {"lots": LotRow, "trades": TradeRow, "restrictions": RestrictionRow}


@dataclass(frozen=True, eq=False)
class ChunkRows:
    """Rows of one table, sorted by account.

    In tables `account` is the account of the batch; the column `account` of an account folder's own files, which tells
    whose lot or trade it is in the household, is `held_in`.

    Parameters
    ----------
    rows : pyarrow.Table
    unreadable : tuple of Unreadable
    """

    rows: pa.Table
    unreadable: tuple[Unreadable, ...]

    @cached_property
    def _accounts(self) -> NDArray[np.object_]:
        return np.array(self.rows.column(ACCOUNT).to_pylist(), dtype=object)

    @cached_property
    def ids(self) -> list[str]:
        """Accounts that have rows, each once."""
        return list(dict.fromkeys(self._accounts.tolist()))

    @cached_property
    def _ends(self) -> dict[str, tuple[int, int]]:
        found = self._accounts
        if not len(found):
            return {}
        starts = [0, *(np.flatnonzero(found[1:] != found[:-1]) + 1).tolist()]
        return {found[a]: (a, b) for a, b in zip(starts, [*starts[1:], len(found)], strict=True)}

    @cached_property
    def _columns(self) -> dict[str, NDArray[Any]]:
        names = [name for name in self.rows.column_names if name != ACCOUNT]
        return {ACCOUNT if name == HELD_IN else name: _array(self.rows.column(name)) for name in names}

    def columns(self, account: str) -> dict[str, NDArray[Any]]:
        """Columns of one account's rows, as `quick_account` takes them."""
        start, end = self._ends.get(account, (0, 0))
        return {name: column[start:end] for name, column in self._columns.items()}

    def checked(self, account: str, file: str, model: type[Row], findings: Findings) -> Table[Row]:
        """Rows of one account, counted from its own first, checked one by one."""
        start, end = self._ends.get(account, (0, 0))
        if start == end:
            return no_rows(file)
        rows = self.rows.slice(start, end - start).drop_columns([ACCOUNT])
        names = [ACCOUNT if name == HELD_IN else name for name in rows.column_names]
        return checked_table(file, model, *cells_of(rows.rename_columns(names)), findings)

    def rows_of(self, account: str) -> list[dict[str, Any]]:
        """Rows of one account as they stand."""
        start, end = self._ends.get(account, (0, 0))
        rows: list[dict[str, Any]] = self.rows.slice(start, end - start).to_pylist()
        return rows


def read_rows(store: TableStore, table: str, lower: str | None, upper: str | None) -> ChunkRows:
    """Read one table's rows of a range of accounts; of lots, trades and restrictions only columns that are known."""
    there = store.columns(table)
    if table in ACCOUNT_TABLES:
        known = {*ACCOUNT_TABLES[table].model_fields, HELD_IN}
        there = [name for name in there if name in known]
    if ACCOUNT not in there:
        return ChunkRows(pa.table({ACCOUNT: pa.array([], pa.string())}), ())
    found = store.rows(table, there, lower, upper)
    return ChunkRows(found.rows, found.unreadable)


def _array(column: pa.ChunkedArray) -> NDArray[Any]:
    kind = column.type
    if pt.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pt.is_floating(kind) or pt.is_integer(kind):
        numbers: NDArray[np.float64] = column.cast(pa.float64(), safe=False).to_numpy()
        return numbers
    if pt.is_date(kind) or pt.is_timestamp(kind):
        days: NDArray[np.datetime64] = column.to_numpy()
        return days
    objects = np.empty(len(column), dtype=object)
    objects[:] = column.to_pylist()
    return objects
