"""Sorting a mandate's rows: which bound one name's trade, which cap its losses, and which couple names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.limits.base import Limit, LinearLimit, Rows
from optimizer.limits.tracking_error import TrackingErrorLimit
from optimizer.newton.coupling_rows import RowMatrices, entries_by_name, row_matrices
from optimizer.problem import Problem
from optimizer.row_entries import Stack, stacked, sums

__all__ = ["CapRows", "CouplingRows", "Representation", "TradeRows", "represent"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]
# More rows than this make the steps of the dual Newton slower than Clarabel.
_MOST_ROWS = 400
# A row that tells a name's lots apart counts as so many: its curves are written anew at each of its prices.
_LOT_ROW = 10
# A row is level where it weighs a name's lots alike, but for this in sum.
_LEVEL = 1e-12


@dataclass(frozen=True, eq=False)
class TradeRows:
    """Rows that speak of one name's net trade t alone: buy t <= room where t > 0, sell (-t) <= room where t < 0.

    Parameters
    ----------
    limits : tuple of str
        Names of all limits.
    which : array of int (m,)
        Whose row each is.
    number : array of int (m,)
        Which of all linear limits' rows it is.
    name : array of int (m,)
    buy, sell, room : array (m,)
    """

    limits: tuple[str, ...]
    which: Ints
    number: Ints
    name: Ints
    buy: Floats
    sell: Floats
    room: Floats

    @property
    def limit(self) -> tuple[str, ...]:
        """Name of each row's limit."""
        return tuple(self.limits[r] for r in self.which.tolist())


@dataclass(frozen=True, eq=False)
class CapRows:
    """Rows sum_l loss_l s_l <= cap over the lots of one name.

    Parameters
    ----------
    limit : str
        Name of the limit, "" where there is none.
    cap : array (N,)
        Infinite where there is none.
    loss : array (L,)
    """

    limit: str
    cap: Floats
    loss: Floats


@dataclass(frozen=True, eq=False)
class CouplingRows:
    """Rows buy @ max(t, 0) + sell @ max(-t, 0) + lot @ s <= upper of several names.

    Parameters
    ----------
    limit : tuple of str
    number : array of int (R,)
        Which of all linear limits' rows it is.
    buy, sell : array (R, N)
    lot : array (Q, L)
        Of the rows `lot_row`, beside `sell`.
    lot_row : array of int (Q,)
    upper, ceiling : array (R,)
        `ceiling` is the price at which a row may be exceeded, infinite for a hard one.
    entries : array of ENTRY (E,)
        What is not zero of `buy` and `sell`, by name.
    first : array of int (N + 1,)
        Those of name i are entries[first[i]:first[i + 1]].
    """

    limit: tuple[str, ...]
    number: Ints
    buy: Floats
    sell: Floats
    lot: Floats
    lot_row: NDArray[np.int64]
    upper: Floats
    ceiling: Floats
    entries: NDArray[np.void]
    first: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Representation:
    """A mandate's limits as the dual Newton takes them, in fractions of NAV.

    Parameters
    ----------
    te_limit : float
        Infinite where there is none.
    trade, cap, coupling
        The linear limits' rows.
    barred : array of bool (L,)
        Lots that a row with no room keeps from being sold.
    count : tuple of int
        Rows of each linear limit.
    left_out : tuple of str
        Limits of a form that the dual Newton does not take; what is solved without them is a relaxation.
    """

    te_limit: float
    trade: TradeRows
    cap: CapRows
    coupling: CouplingRows
    barred: Bools
    count: tuple[int, ...]
    left_out: tuple[str, ...]


def represent(problem: Problem, limits: Sequence[Limit]) -> Representation:
    """Sort the rows of every limit."""
    te_limit = np.inf
    linear: list[tuple[str, Rows]] = []
    left_out: list[str] = []
    for limit in limits:
        if isinstance(limit, TrackingErrorLimit):
            te_limit = min(te_limit, limit.limit)
        elif isinstance(limit, LinearLimit):
            linear.append((limit.name, limit.stated(problem)))
        else:
            left_out.append(limit.name)
    stack = stacked(problem, linear)
    alone = _AloneRows.of(problem, stack)
    is_cap = _proper_caps(stack, alone)
    is_trade = alone.alone & alone.level & _proper_trades(problem, stack, alone)
    coupling = (stack.first <= stack.last) & ~is_cap & ~is_trade
    crowded = _crowded(stack, coupling, np.where(alone.level, 1, _LOT_ROW))
    left_out += dict.fromkeys(stack.limits[r] for r in stack.which[crowded].tolist())
    return Representation(
        te_limit,
        _trades(problem, stack, alone, np.flatnonzero(is_trade)),
        _caps(problem, stack, np.flatnonzero(is_cap)),
        _coupling(problem, stack, np.flatnonzero(coupling & ~crowded)),
        stack.barred,
        tuple(len(rows.upper) for _, rows in linear),
        tuple(left_out),
    )


@dataclass(frozen=True, eq=False)
class _AloneRows:
    """Rows of one name, arrays (m,).

    Parameters
    ----------
    alone : array of bool
        Which rows are such, and hard.
    level : array of bool
        False for rows of one name that do not weigh all its lots alike.
    active, buy, sell : array
        What a dollar of active weight, bought and sold adds to each row; `sell` counts where the row is level.
    """

    alone: Bools
    level: Bools
    active: Floats
    buy: Floats
    sell: Floats

    @classmethod
    def of(cls, problem: Problem, stack: Stack) -> _AloneRows:
        m, one = len(stack.upper), stack.first == stack.last
        active = sums(stack.active.row, stack.active.value, m)
        buy = active + sums(stack.buy.row, stack.buy.value, m)
        entries = stack.sell.of(stack.usable[stack.sell.column] & one[stack.sell.row])
        lots = np.bincount(problem.lot_asset[stack.usable], minlength=len(problem.assets) + 1)
        count = np.where(one, lots[stack.first], 0)
        listed = np.bincount(entries.row, minlength=m)
        mean = sums(entries.row, entries.value, m) / np.maximum(count, 1)
        apart = sums(entries.row, np.abs(entries.value - mean[entries.row]), m)
        level = (apart <= _LEVEL) & ((listed == 0) | (listed == count))
        return cls(one & np.isinf(stack.ceiling), level, active, buy, mean - active)


def _proper_caps(stack: Stack, alone: _AloneRows) -> Bools:
    """Rows that are caps: of one limit, on amounts sold alone, none negative, and one a name."""
    m = len(stack.upper)
    proper: Bools = alone.alone & ~alone.level & (stack.upper >= 0) & stack.lots_only
    proper[stack.sell.row[stack.sell.value < 0]] = False
    found = np.flatnonzero(proper)
    if len(found):
        found = found[stack.which[found] == stack.which[found[0]]]
        found = found[np.unique(stack.first[found], return_index=True)[1]]
    kept = np.zeros(m, dtype=bool)
    kept[found] = True
    return kept


def _caps(problem: Problem, stack: Stack, rows: Ints) -> CapRows:
    cap, loss = np.full(len(problem.assets), np.inf), np.zeros(len(problem.lot_asset))
    chosen = np.zeros(len(stack.upper), dtype=bool)
    chosen[rows] = True
    cap[stack.first[rows]] = stack.upper[rows]
    entries = stack.sell.of(chosen[stack.sell.row])
    loss[entries.column] = entries.value
    return CapRows(stack.limits[stack.which[rows[0]]] if len(rows) else "", cap, loss)


def _proper_trades(problem: Problem, stack: Stack, alone: _AloneRows) -> Bools:
    """Rows of one name that bound its trade: those without room must speak of its weight alone."""
    proper: Bools = (_room(problem, stack, alone) >= 0) | (alone.buy == -alone.sell)
    return proper


def _room(problem: Problem, stack: Stack, alone: _AloneRows) -> Floats:
    active = np.append(problem.active, 0.0)
    room: Floats = stack.upper - alone.active * active[stack.first]
    return room


def _trades(problem: Problem, stack: Stack, alone: _AloneRows, rows: Ints) -> TradeRows:
    return TradeRows(
        stack.limits,
        stack.which[rows],
        rows,
        stack.first[rows],
        alone.buy[rows],
        alone.sell[rows],
        _room(problem, stack, alone)[rows],
    )


def _crowded(stack: Stack, coupling: Bools, weight: Ints) -> Bools:
    """Rows of the limits with most rows, which would make too many."""
    crowded = np.zeros(len(coupling), dtype=bool)
    if weight[coupling].sum() <= _MOST_ROWS:
        return crowded
    while weight[coupling & ~crowded].sum() > _MOST_ROWS:
        most = sums(stack.which, np.where(coupling & ~crowded, weight, 0), len(stack.limits)).argmax()
        crowded |= coupling & (stack.which == most)
    return crowded


def _coupling(problem: Problem, stack: Stack, rows: Ints) -> CouplingRows:
    size, r = len(problem.lot_asset), len(rows)
    place = np.full(len(stack.upper), -1, dtype=np.intp)
    place[rows] = np.arange(r)
    count = np.bincount(problem.lot_asset[stack.usable], minlength=len(problem.assets))
    found = row_matrices(place, r, stack.active, stack.buy, stack.sell, problem.lot_asset, stack.usable, count)
    level = _level(found, count)
    lot_row = np.flatnonzero(~level)
    lot_place = np.full(len(stack.upper), -1, dtype=np.intp)
    lot_place[rows[lot_row]] = np.arange(len(lot_row))
    buy = found.active + found.buy
    sell = np.where(level[:, None], found.mean, 0.0) - found.active
    entries, first = entries_by_name(buy, sell)
    return CouplingRows(
        limit=tuple(stack.limits[r] for r in stack.which[rows].tolist()),
        number=rows,
        buy=buy,
        sell=sell,
        lot=stack.sell.dense(lot_place, len(lot_row), size),
        lot_row=lot_row.astype(np.int64),
        upper=stack.upper[rows] - found.active @ problem.active,
        ceiling=stack.ceiling[rows],
        entries=entries,
        first=first,
    )


def _level(found: RowMatrices, count: Ints) -> Bools:
    """Rows that say the same of all lots of a name, of every name that they speak of, shape (R,)."""
    level: Bools = found.apart <= _LEVEL
    # Few rows speak of lots: those of exposures do not.
    for row in np.flatnonzero(level & found.listed.any(axis=1)).tolist():
        listed = found.listed[row]
        level[row] = bool(((listed == 0) | (listed == count)).all())
    return level
