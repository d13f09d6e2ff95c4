"""Rows of the accounts of a chunk, one account after the other, as columns or as cells."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt
from numpy.typing import NDArray
from pydantic import BaseModel

from tax import CodedText, RowWords, Vocabulary
from taxsleeve.account_tables import LotRow, RestrictionRow, TradeRow
from taxsleeve.batch.sorted_rows import SortedRows, coded_column, plain_column
from taxsleeve.batch.stores import ACCOUNT, LOT_ID, TableStore, Unreadable
from taxsleeve.batch.table_shelf import cells_of
from taxsleeve.quick_cells import Columns
from taxsleeve.tables import Findings, Table, checked_table, no_rows

__all__ = ["ACCOUNT_TABLES", "HELD_IN", "ChunkRows", "ColumnWords", "read_rows"]

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
    def _ends(self) -> dict[str, tuple[int, int]]:
        found = SortedRows.of(self.rows)
        ends = found.starts.tolist()
        return dict(zip(found.ids.to_pylist(), pairwise(ends), strict=True))

    @property
    def ids(self) -> Collection[str]:
        """Accounts that have rows, each once."""
        return self._ends.keys()

    @cached_property
    def _columns(self) -> dict[str, CodedText | NDArray[Any]]:
        names = [name for name in self.rows.column_names if name != ACCOUNT]
        forms = {name: _own_words if name == LOT_ID else _column for name in names}
        return {ACCOUNT if name == HELD_IN else name: form(self.rows.column(name)) for name, form in forms.items()}

    def columns(self, account: str) -> Columns:
        """Columns of one account's rows, as `quick_account` takes them."""
        start, end = self._ends.get(account, (0, 0))
        return {
            name: column.take(slice(start, end)) if isinstance(column, CodedText) else column[start:end]
            for name, column in self._columns.items()
        }

    def checked(self, account: str, file: str, model: type[Row], findings: Findings) -> Table[Row]:
        """Rows of one account, counted from its own first, checked one by one."""
        start, end = self._ends.get(account, (0, 0))
        if start == end:
            return no_rows(file)
        rows = self.rows.slice(start, end - start).drop_columns([ACCOUNT])
        names = [ACCOUNT if name == HELD_IN else name for name in rows.column_names]
        return checked_table(file, model, *cells_of(rows.rename_columns(names)), findings)

    @cached_property
    def _all(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.rows.to_pylist()
        return rows

    def rows_of(self, account: str) -> list[dict[str, Any]]:
        """Rows of one account as they stand."""
        start, end = self._ends.get(account, (0, 0))
        return self._all[start:end]


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


def _column(column: pa.ChunkedArray) -> CodedText | NDArray[Any]:
    coded = coded_column(column)
    if pt.is_dictionary(coded.type):
        if pt.is_string(coded.type.value_type):
            return _coded_text(coded.combine_chunks())
        column = column.cast(column.type.value_type)
    kind = column.type
    if pt.is_floating(kind) or pt.is_integer(kind):
        numbers: NDArray[np.float64] = column.cast(pa.float64(), safe=False).to_numpy()
        return numbers
    if pt.is_date(kind) or pt.is_timestamp(kind):
        days: NDArray[np.datetime64] = column.to_numpy()
        return days
    objects = np.empty(len(column), dtype=object)
    objects[:] = column.to_pylist()
    return objects


class ColumnWords(RowWords):
    """Words that stand in a column.

    Parameters
    ----------
    column : pyarrow.StringArray
        Without an empty cell.
    """

    def __init__(self, column: pa.StringArray) -> None:
        super().__init__(column.to_numpy(zero_copy_only=False).tolist())
        self.column = column

    def taken(self, codes: NDArray[np.intp]) -> pa.StringArray:
        """Words of some numbers, those that came since too, as a column."""
        since = pa.array(self.words[len(self.column) :], pa.string())
        return pa.concat_arrays([self.column, since]).take(pa.array(codes))


def _own_words(column: pa.ChunkedArray) -> CodedText | NDArray[Any]:
    plain = plain_column(column)
    if not pt.is_string(plain.type):
        return _column(column)
    words = ColumnWords(pc.fill_null(plain, "").combine_chunks())
    return CodedText(np.arange(len(words)), words)


def _coded_text(column: pa.DictionaryArray) -> CodedText:
    """Text of a chunk; its words may be few of a dictionary that is a whole row group's."""
    if column.null_count:
        column = pc.fill_null(column.cast(pa.string()), "").dictionary_encode()
    codes = column.indices.to_numpy()
    used = np.zeros(len(column.dictionary), dtype=bool)
    used[codes] = True
    words = column.dictionary.filter(pa.array(used)).to_pylist()
    return CodedText((np.cumsum(used) - 1)[codes], Vocabulary(words))
