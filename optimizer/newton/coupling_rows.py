"""Rows that couple names as matrices, and name by name: thousands of coefficients put in their places."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.newton.compiled import entry, kernel
from optimizer.newton.dual import ENTRY
from optimizer.newton.row_kinds import LEVEL, RowKinds, Triplets
from optimizer.problem import Problem
from optimizer.row_entries import Stack

__all__ = ["RowMatrices", "lot_matrix", "row_matrices", "run_row_kernels"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Records = NDArray[np.void]


class RowMatrices(NamedTuple):
    """What rows say of names.

    Parameters
    ----------
    buy, sell : array (R, N)
        What a dollar bought and sold of each name adds to a row, but for lots of rows that tell lots apart.
    level : array of bool (R,)
        Rows that say the same of all lots of a name, of every name that they speak of.
    upper : array (R,)
        Upper ends less what active weights take of them.
    entries : array of ENTRY (E,)
        What is not zero of `buy` and `sell`, by name.
    first : array of int (N + 1,)
        Those of name i are entries[first[i]:first[i + 1]].
    """

    buy: Floats
    sell: Floats
    level: Bools
    upper: Floats
    entries: Records
    first: Ints


class _Room(NamedTuple):
    """Room to work in: coefficients of active weights (R, N), and how far lots are from their means (R,)."""

    active: Floats
    apart: Floats


def row_matrices(problem: Problem, stack: Stack, kinds: RowKinds, rows: Ints) -> RowMatrices:
    """Put coefficients of these rows (R,) into matrices."""
    shape = (len(rows), len(problem.assets))
    place = np.full(len(stack.upper), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    active, buy, sell = Triplets.of(stack.active), Triplets.of(stack.buy), Triplets.of(stack.sell)
    # An entry comes of one coefficient or more.
    most = min(len(active.row) + len(buy.row) + len(sell.row), len(rows) * len(problem.assets))
    made = RowMatrices(
        buy=np.zeros(shape),
        sell=np.zeros(shape),
        level=np.empty(len(rows), dtype=bool),
        upper=stack.upper[rows],
        entries=np.empty(most, dtype=ENTRY),
        first=np.zeros(len(problem.assets) + 1, dtype=np.int64),
    )
    room = _Room(np.zeros(shape), np.zeros(len(rows)))
    _fill(place, active, buy, sell, problem.lot_asset, kinds.usable, kinds.lots, problem.active, made, room)
    return made._replace(entries=made.entries[: made.first[-1]])


def lot_matrix(stack: Stack, rows: Ints, lots: int) -> Floats:
    """Coefficients of amounts sold of these rows, shape (Q, L)."""
    place = np.full(len(stack.upper), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    matrix = np.zeros((len(rows), lots))
    if len(rows):
        _put_lots(place, Triplets.of(stack.sell), matrix)
    return matrix


@kernel
def _put(place: Ints, entries: Triplets, matrix: Floats) -> None:
    for e in range(len(entries.row)):
        row = place[entries.row[e]]
        if row >= 0:
            matrix[row, entries.column[e]] += entries.value[e]


@entry
def _put_lots(place: Ints, sell: Triplets, matrix: Floats) -> None:
    _put(place, sell, matrix)


@kernel
def _average(
    place: Ints, sell: Triplets, lot_asset: Ints, usable: Bools, count: Ints, made: RowMatrices, room: _Room
) -> None:
    """Write the mean coefficient of each name's lots into `sell`, and which rows say the same of all of them.

    Lots that a row leaves out are zeros that count in the mean, from which the others then are apart.
    """
    rows, names = made.sell.shape
    for e in range(len(sell.row)):
        row, lot = place[sell.row[e]], sell.column[e]
        if row >= 0 and usable[lot]:
            made.sell[row, lot_asset[lot]] += sell.value[e]
    for row in range(rows):
        for name in range(names):
            made.sell[row, name] /= max(count[name], 1)
    for e in range(len(sell.row)):
        row, lot = place[sell.row[e]], sell.column[e]
        if row >= 0 and usable[lot]:
            room.apart[row] += abs(sell.value[e] - made.sell[row, lot_asset[lot]])
    for row in range(rows):
        made.level[row] = room.apart[row] <= LEVEL


@kernel
def _gather(made: RowMatrices) -> None:
    """Write the entries, those of a name in the order of the rows."""
    rows, names = made.buy.shape
    for row in range(rows):
        for name in range(names):
            made.first[name + 1] += made.buy[row, name] != 0.0 or made.sell[row, name] != 0.0
    for name in range(names):
        made.first[name + 1] += made.first[name]
    for name in range(names):
        at = made.first[name]
        for row in range(rows):
            if made.buy[row, name] != 0.0 or made.sell[row, name] != 0.0:
                made.entries[at]["row"] = row
                made.entries[at]["buy"] = made.buy[row, name]
                made.entries[at]["sell"] = made.sell[row, name]
                at += 1


@entry
def _fill(
    place: Ints,
    active: Triplets,
    buy: Triplets,
    sell: Triplets,
    lot_asset: Ints,
    usable: Bools,
    count: Ints,
    weights: Floats,
    made: RowMatrices,
    room: _Room,
) -> None:
    """Write what `row_matrices` says into matrices of zeros; active weights are those before trading, (N,)."""
    _put(place, active, room.active)
    _put(place, buy, made.buy)
    _average(place, sell, lot_asset, usable, count, made, room)
    rows, names = made.buy.shape
    for row in range(rows):
        for name in range(names):
            weighed = room.active[row, name]
            made.upper[row] -= weighed * weights[name]
            made.buy[row, name] += weighed
            made.sell[row, name] = (made.sell[row, name] if made.level[row] else 0.0) - weighed
    _gather(made)


def run_row_kernels() -> None:
    """Call each with the types that `represent` gives it: one row, one name, one lot."""
    zero, one = np.zeros(1, dtype=np.int64), np.ones(1)
    part, count = Triplets(zero, zero, one), np.ones(2, dtype=np.int64)
    buy, sell, active, lots = (np.ones((1, 1)) for _ in range(4))
    first, level = np.zeros(2, dtype=np.int64), np.ones(1, dtype=bool)
    made = RowMatrices(buy, sell, level, one.copy(), np.empty(1, dtype=ENTRY), first)
    room = _Room(active, one.copy())
    _fill(zero, part, part, part, zero, level.copy(), count, one, made, room)
    _put_lots(zero, part, lots)
