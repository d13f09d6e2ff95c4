"""Rows that couple names as matrices, and name by name: thousands of coefficients put in their places."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.newton.compiled import entry, kernel
from optimizer.newton.dual import ENTRY
from optimizer.row_entries import Entries

__all__ = ["RowMatrices", "entries_by_name", "row_matrices", "run_row_kernels"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Records = NDArray[np.void]


class _Triplets(NamedTuple):
    row: Ints
    column: Ints
    value: Floats


class RowMatrices(NamedTuple):
    """What rows say of names.

    Parameters
    ----------
    active, buy : array (R, N)
        Coefficients of active weights and of amounts bought.
    mean : array (R, N)
        Mean coefficient of a name's lots.
    apart : array (R,)
        Sum of what the coefficients of lots are apart from these means.
    listed : array of int (R, N)
        Lots of each name that a row has a coefficient for.
    """

    active: Floats
    buy: Floats
    mean: Floats
    apart: Floats
    listed: Ints


def row_matrices(
    place: Ints, rows: int, active: Entries, buy: Entries, sell: Entries, lot_asset: Ints, usable: Bools, count: Ints
) -> RowMatrices:
    """Put coefficients into matrices.

    Parameters
    ----------
    place : array of int (M,)
        Where each row is to stand, -1 where it is left out.
    rows : int
        R, how many are not.
    active, buy, sell : Entries
        Columns are names, names and lots.
    lot_asset : array of int (L,)
        Name of each lot.
    usable : array of bool (L,)
        Lots whose coefficients count.
    count : array of int (N,)
        Such lots of each name.
    """
    shape = (rows, len(count))
    made = RowMatrices(np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros(rows), np.zeros(shape, np.int64))
    _fill(place, _triplets(active), _triplets(buy), _triplets(sell), lot_asset, usable, count, made)
    return made


def _triplets(entries: Entries) -> _Triplets:
    return _Triplets(entries.row, entries.column, entries.value)


def entries_by_name(buy: Floats, sell: Floats) -> tuple[Records, Ints]:
    """What is not zero of two matrices (R, N), by name, and where each name's entries begin, (N + 1,)."""
    first = np.zeros(buy.shape[1] + 1, dtype=np.int64)
    _count(buy, sell, first)
    entries = np.empty(first[-1], dtype=ENTRY)
    _gather(buy, sell, first, entries)
    return entries, first


@kernel
def _put(place: Ints, entries: _Triplets, matrix: Floats) -> None:
    for e in range(len(entries.row)):
        row = place[entries.row[e]]
        if row >= 0:
            matrix[row, entries.column[e]] += entries.value[e]


@entry
def _fill(
    place: Ints,
    active: _Triplets,
    buy: _Triplets,
    sell: _Triplets,
    lot_asset: Ints,
    usable: Bools,
    count: Ints,
    made: RowMatrices,
) -> None:
    """Write what `row_matrices` says into matrices of zeros."""
    _put(place, active, made.active)
    _put(place, buy, made.buy)
    for e in range(len(sell.row)):
        row, lot = place[sell.row[e]], sell.column[e]
        if row >= 0 and usable[lot]:
            made.mean[row, lot_asset[lot]] += sell.value[e]
            made.listed[row, lot_asset[lot]] += 1
    for row in range(len(made.mean)):
        for name in range(len(count)):
            if made.listed[row, name] > 0:
                made.mean[row, name] /= max(count[name], 1)
    for e in range(len(sell.row)):
        row, lot = place[sell.row[e]], sell.column[e]
        if row >= 0 and usable[lot]:
            made.apart[row] += abs(sell.value[e] - made.mean[row, lot_asset[lot]])


@entry
def _count(buy: Floats, sell: Floats, first: Ints) -> None:
    """Write how many entries the names before each have."""
    rows, names = buy.shape
    for row in range(rows):
        for name in range(names):
            first[name + 1] += buy[row, name] != 0.0 or sell[row, name] != 0.0
    for name in range(names):
        first[name + 1] += first[name]


@entry
def _gather(buy: Floats, sell: Floats, first: Ints, entries: Records) -> None:
    """Write the entries, those of a name in the order of the rows."""
    rows, names = buy.shape
    for name in range(names):
        at = first[name]
        for row in range(rows):
            if buy[row, name] != 0.0 or sell[row, name] != 0.0:
                entries[at]["row"] = row
                entries[at]["buy"] = buy[row, name]
                entries[at]["sell"] = sell[row, name]
                at += 1


def run_row_kernels() -> None:
    """Call each with the types that `represent` gives it: one row, one name, one lot."""
    place, count = np.zeros(1, dtype=np.int64), np.ones(1, dtype=np.int64)
    entries = Entries(place, place, np.ones(1))
    made = row_matrices(place, 1, entries, entries, entries, place, np.ones(1, dtype=bool), count)
    entries_by_name(made.buy, made.mean)
