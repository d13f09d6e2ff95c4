"""Rows sorted by account, with the place of each account's first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt
from numpy.typing import NDArray

from taxsleeve.batch.stores import ACCOUNT

__all__ = ["SortedRows", "coded_column", "plain_column"]


@dataclass(frozen=True, eq=False)
class SortedRows:
    """Rows of one table.

    Parameters
    ----------
    rows : pyarrow.Table
        By account, those of one account in their own order.
    ids : pyarrow.StringArray
        Accounts, each once, sorted.
    starts : array of int
        First row of each account, and the number of rows behind them.
    """

    rows: pa.Table
    ids: pa.StringArray
    starts: NDArray[np.intp]

    @classmethod
    def of(cls, rows: pa.Table) -> SortedRows:
        """Sort a table with a column `account`; an empty cell there is the account ""."""
        ids, ranks = _ranked(rows.column(ACCOUNT))
        if (ranks[1:] < ranks[:-1]).any():
            order = np.argsort(ranks, kind="stable")
            rows, ranks = rows.take(pa.array(order)), ranks[order]
        starts = np.searchsorted(ranks, np.arange(len(ids) + 1))
        there = np.flatnonzero(np.diff(starts))
        return cls(rows, ids.take(pa.array(there)), np.append(starts[there], len(ranks)))

    @classmethod
    def joined(cls, parts: Sequence[pa.Table]) -> SortedRows:
        """Sort what several tables have together; columns that one does not have are empty there."""
        return cls.of(pa.concat_tables(parts, promote_options="permissive").unify_dictionaries())

    def between(self, lower: str | None, upper: str | None) -> pa.Table:
        """Rows of accounts from `lower` to before `upper`; None is without end."""
        first = 0 if lower is None else self._place(lower)
        end = len(self.ids) if upper is None else max(first, self._place(upper))
        starts = self.starts[first : end + 1]
        rows = self.rows.slice(int(starts[0]), int(starts[-1] - starts[0]))
        # The accounts of a row group may be a million: those of the range alone go on.
        codes = np.repeat(np.arange(end - first, dtype=np.int32), np.diff(starts))
        own = pa.DictionaryArray.from_arrays(pa.array(codes), self.ids.slice(first, end - first))
        return rows.set_column(rows.schema.get_field_index(ACCOUNT), ACCOUNT, own)

    def _place(self, account: str) -> int:
        """How many accounts come before this one."""
        low, high = 0, len(self.ids)
        while low < high:
            middle = (low + high) // 2
            if self.ids[middle].as_py() < account:
                low = middle + 1
            else:
                high = middle
        return low


def coded_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Text as numbers into its dictionary, in one form from whatever file; other columns as they are."""
    kind = column.type
    if pt.is_string(kind) or pt.is_large_string(kind):
        return column.cast(pa.string()).dictionary_encode()
    if not pt.is_dictionary(kind) or not (pt.is_string(kind.value_type) or pt.is_large_string(kind.value_type)):
        return column
    coded = pa.dictionary(pa.int32(), pa.string())
    chunks = [
        pa.DictionaryArray.from_arrays(chunk.indices.cast(pa.int32()), chunk.dictionary.cast(pa.string()))
        for chunk in column.chunks
    ]
    return pa.chunked_array(chunks, type=coded).unify_dictionaries()


def plain_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Text as it stands, in one form from whatever file; other columns as they are."""
    kind = column.type.value_type if pt.is_dictionary(column.type) else column.type
    return column.cast(pa.string()) if pt.is_string(kind) or pt.is_large_string(kind) else column


def _ranked(account: pa.ChunkedArray) -> tuple[pa.StringArray, NDArray[np.intp]]:
    """Accounts, sorted, and the place of each row's among them."""
    if account.null_count or not pt.is_dictionary(account.type):
        account = pc.fill_null(account.cast(pa.string()), "").dictionary_encode()
    coded = coded_column(account).combine_chunks()
    if not len(coded):
        return pa.array([], pa.string()), np.empty(0, dtype=np.intp)
    words = coded.dictionary
    order = pc.sort_indices(words)
    ids = words.take(order)
    # A file's own dictionary may have a word twice.
    new = np.concatenate([[True], pc.not_equal(ids[1:], ids[:-1]).to_numpy(zero_copy_only=False)])
    rank = np.empty(len(words), dtype=np.intp)
    rank[order.to_numpy()] = np.cumsum(new) - 1
    return ids.filter(pa.array(new)), rank[coded.indices.to_numpy()]
