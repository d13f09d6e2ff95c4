"""Which rows bound one name's trade, which cap its losses, and which couple names, told from their coefficients."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.newton.compiled import entry, kernel
from optimizer.problem import Problem
from optimizer.row_entries import Entries, Stack

__all__ = ["CAP", "COUPLING", "LEVEL", "NOTHING", "TRADE", "RowKinds", "Triplets", "row_kinds", "run_kind_kernel"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bytes = NDArray[np.int8]
Bools = NDArray[np.bool_]
# What a row is; one without coefficients is nothing.
NOTHING, TRADE, CAP, COUPLING = 0, 1, 2, 3
# A row is level where it weighs a name's lots alike, but for this in sum.
LEVEL = 1e-12


class Triplets(NamedTuple):
    """Coefficients as kernels take them; arrays (E,)."""

    row: Ints
    column: Ints
    value: Floats

    @classmethod
    def of(cls, entries: Entries) -> Triplets:
        """Make them of `Entries`."""
        return cls(entries.row, entries.column, entries.value)


class RowKinds(NamedTuple):
    """What each row of a stack is, and what a row of one name says.

    Parameters
    ----------
    kind : array of int8 (M,)
        `NOTHING`, `TRADE`, `CAP` or `COUPLING`.
    name, last : array of int (M,)
        Lowest and highest name spoken of; N and -1 where there is none.
    buy, sell : array (M,)
        What a dollar bought and sold of its one name adds to a row; `sell` counts where the row is level.
    room : array (M,)
        Upper end less what the name's active weight takes of it.
    level : array of bool (M,)
        False for rows of one name that do not weigh all its lots alike.
    barred, usable : array of bool (L,)
        Lots that a row with no room keeps from being sold; lots that may be sold.
    lots : array of int (N + 1,)
        Usable lots of each name; of none at the end.
    """

    kind: Bytes
    name: Ints
    last: Ints
    buy: Floats
    sell: Floats
    room: Floats
    level: Bools
    barred: Bools
    usable: Bools
    lots: Ints


class _Room(NamedTuple):
    """Room to work in: arrays (M,), but for `capped` (N + 1,), the names that have a cap."""

    lots_only: Bools
    negative: Bools
    mean: Floats
    apart: Floats
    capped: Bools


def row_kinds(problem: Problem, stack: Stack) -> RowKinds:
    """Tell what the rows are."""
    m, n = len(stack.upper), len(problem.assets)
    made = RowKinds(
        kind=np.zeros(m, dtype=np.int8),
        name=np.full(m, n, dtype=np.int64),
        last=np.full(m, -1, dtype=np.int64),
        buy=np.zeros(m),
        sell=np.zeros(m),
        room=np.empty(m),
        level=np.empty(m, dtype=bool),
        barred=np.zeros(len(problem.lot_asset), dtype=bool),
        usable=problem.lot_sellable | problem.liquidable[problem.lot_group],
        lots=np.zeros(n + 1, dtype=np.int64),
    )
    room = _Room(
        np.ones(m, dtype=bool),
        np.zeros(m, dtype=bool),
        np.zeros(m),
        np.zeros(m),
        np.zeros(n + 1, dtype=bool),
    )
    active, buy, sell = Triplets.of(stack.active), Triplets.of(stack.buy), Triplets.of(stack.sell)
    weights = np.append(problem.active, 0.0)
    _tell(active, buy, sell, stack.upper, stack.ceiling, stack.which, problem.lot_asset, weights, made, room)
    return made


@kernel
def _widen(made: RowKinds, row: int, name: int) -> None:
    made.name[row] = min(made.name[row], name)
    made.last[row] = max(made.last[row], name)


@kernel
def _bar(sell: Triplets, upper: Floats, ceiling: Floats, lot_asset: Ints, made: RowKinds, room: _Room) -> None:
    """Take out the lots of rows that have no room at all: a gain budget of zero lets no gain go."""
    for e in range(len(sell.row)):
        r = sell.row[e]
        if upper[r] == 0.0 and room.lots_only[r] and not room.negative[r] and np.isinf(ceiling[r]):
            made.barred[sell.column[e]] = True
    for lot in range(len(lot_asset)):
        made.usable[lot] = made.usable[lot] and not made.barred[lot]
        if made.usable[lot]:
            made.lots[lot_asset[lot]] += 1


@kernel
def _weigh_lots(sell: Triplets, made: RowKinds, room: _Room) -> None:
    """Write the mean coefficient of the lots of rows of one name, and whether all are like it."""
    for e in range(len(sell.row)):
        r = sell.row[e]
        if made.name[r] == made.last[r] and made.usable[sell.column[e]]:
            room.mean[r] += sell.value[e]
    for r in range(len(room.mean)):
        if made.name[r] == made.last[r]:
            room.mean[r] /= max(made.lots[made.name[r]], 1)
    for e in range(len(sell.row)):
        r = sell.row[e]
        if made.name[r] == made.last[r] and made.usable[sell.column[e]]:
            room.apart[r] += abs(sell.value[e] - room.mean[r])
    for r in range(len(room.mean)):
        made.level[r] = room.apart[r] <= LEVEL


@entry
def _tell(
    active: Triplets,
    buy: Triplets,
    sell: Triplets,
    upper: Floats,
    ceiling: Floats,
    which: Ints,
    lot_asset: Ints,
    weights: Floats,
    made: RowKinds,
    room: _Room,
) -> None:
    """Write what `row_kinds` says; active weights (N + 1,) end with a zero.

    Caps are of one limit, on amounts sold alone, none of them negative, and one a name. A row of one name that has no
    room bounds its trade only if it speaks of its weight alone.
    """
    for e in range(len(active.row)):
        r = active.row[e]
        _widen(made, r, active.column[e])
        made.buy[r] += active.value[e]
        made.sell[r] -= active.value[e]
        room.lots_only[r] = False
    for e in range(len(sell.row)):
        _widen(made, sell.row[e], lot_asset[sell.column[e]])
        room.negative[sell.row[e]] |= sell.value[e] < 0.0
    for r in range(len(upper)):
        # Until here `buy` holds the active weight's coefficient alone.
        made.room[r] = made.buy[r]
    for e in range(len(buy.row)):
        r = buy.row[e]
        _widen(made, r, buy.column[e])
        made.buy[r] += buy.value[e]
        room.lots_only[r] = False
    _bar(sell, upper, ceiling, lot_asset, made, room)
    _weigh_lots(sell, made, room)
    capping = -1
    for r in range(len(upper)):
        made.sell[r] += room.mean[r]
        made.room[r] = upper[r] - made.room[r] * weights[made.name[r]]
        alone = made.name[r] == made.last[r] and np.isinf(ceiling[r])
        if alone and made.level[r] and (made.room[r] >= 0.0 or made.buy[r] == -made.sell[r]):
            made.kind[r] = TRADE
            continue
        caps = alone and not made.level[r] and upper[r] >= 0.0 and room.lots_only[r] and not room.negative[r]
        if caps and (capping < 0 or which[r] == capping):
            capping = which[r]
            if not room.capped[made.name[r]]:
                room.capped[made.name[r]] = True
                made.kind[r] = CAP
                continue
        made.kind[r] = COUPLING if made.name[r] <= made.last[r] else NOTHING


def run_kind_kernel() -> None:
    """Call it with the types that `row_kinds` gives it: one row, one name, one lot."""
    one, zero = np.ones(1), np.zeros(1, dtype=np.int64)
    part, no = Triplets(zero, zero, one), np.zeros(1, dtype=bool)
    made = RowKinds(
        np.zeros(1, dtype=np.int8), zero.copy(), zero.copy(), one.copy(), one.copy(), one.copy(), no.copy(), no.copy(),
        no.copy(), np.zeros(2, dtype=np.int64),
    )  # fmt: skip
    room = _Room(no.copy(), no.copy(), one.copy(), one.copy(), np.zeros(2, dtype=bool))
    _tell(part, part, part, one, one, zero, zero, np.zeros(2), made, room)
