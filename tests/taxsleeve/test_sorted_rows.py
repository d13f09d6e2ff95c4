"""Rows of a range of accounts, whatever the order and the form of a file's text."""

from __future__ import annotations

import pyarrow as pa
import pytest

from taxsleeve.batch.sorted_rows import SortedRows, coded_column

IDS = ["b", "a", None, "c", "a", "b"]


def table(account: pa.Array) -> pa.Table:
    return pa.table({"n": list(range(len(account))), "account": account})


@pytest.mark.parametrize(
    "account",
    [
        pa.array(IDS, pa.string()),
        pa.array(IDS, pa.large_string()),
        pa.array(IDS).dictionary_encode(),
        # A word twice, and one that no row says.
        pa.DictionaryArray.from_arrays(pa.array([2, 1, None, 3, 4, 0]), pa.array(["b", "a", "b", "c", "a", "z"])),
    ],
)
def test_rows_are_sorted_by_account_and_otherwise_stay_in_order(account: pa.Array) -> None:
    found = SortedRows.of(table(account))
    assert found.ids.to_pylist() == ["", "a", "b", "c"]
    assert found.rows.column("n").to_pylist() == [2, 1, 4, 0, 5, 3]
    assert found.starts.tolist() == [0, 1, 3, 5, 6]
    assert found.between("a", "c").to_pydict() == {"n": [1, 4, 0, 5], "account": ["a", "a", "b", "b"]}
    assert found.between("aa", "b").num_rows == 0
    assert found.between(None, "a").column("n").to_pylist() == [2]
    assert found.between("bb", None).column("account").to_pylist() == ["c"]
    assert found.between("d", "b").num_rows == 0


def test_numbers_are_read_as_text_in_the_order_of_text() -> None:
    found = SortedRows.of(table(pa.array([10, 9, 100])))
    assert found.ids.to_pylist() == ["10", "100", "9"]


def test_no_rows_are_no_accounts() -> None:
    found = SortedRows.of(table(pa.array([], pa.string())))
    assert found.ids.to_pylist() == []
    assert found.starts.tolist() == [0]
    assert found.between("a", None).num_rows == 0


def test_groups_of_rows_that_overlap_are_sorted_together() -> None:
    parts = [
        pa.table({"account": coded_column(pa.chunked_array([pa.array(ids, kind)])), "n": numbers})
        for ids, kind, numbers in ((["a", "b"], pa.string(), [1, 2]), (["a", "c"], pa.large_string(), [3, 4]))
    ]
    parts[1] = parts[1].append_column("more", [["x", "y"]])
    found = SortedRows.joined(parts)
    assert found.ids.to_pylist() == ["a", "b", "c"]
    assert found.rows.column("n").to_pylist() == [1, 3, 2, 4]
    assert found.rows.column("more").to_pylist() == [None, "x", None, "y"]
