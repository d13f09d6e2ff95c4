"""Sorting a mandate's rows: which bound one name's trade, which cap its losses, and which couple names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.limits.base import Limit, LinearLimit, Rows
from optimizer.limits.tracking_error import TrackingErrorLimit
from optimizer.newton.coupling_rows import lot_matrix, row_matrices
from optimizer.newton.row_kinds import CAP, COUPLING, TRADE, RowKinds, row_kinds
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
    found = row_kinds(problem, stack)
    coupling = found.kind == COUPLING
    crowded = _crowded(stack, coupling, np.where(found.level, 1, _LOT_ROW))
    left_out += dict.fromkeys(stack.limits[r] for r in stack.which[crowded].tolist())
    return Representation(
        te_limit,
        _trades(stack, found, np.flatnonzero(found.kind == TRADE)),
        _caps(problem, stack, np.flatnonzero(found.kind == CAP)),
        _coupling(problem, stack, found, np.flatnonzero(coupling & ~crowded)),
        found.barred,
        tuple(len(rows.upper) for _, rows in linear),
        tuple(left_out),
    )


def _caps(problem: Problem, stack: Stack, rows: Ints) -> CapRows:
    cap, loss = np.full(len(problem.assets), np.inf), np.zeros(len(problem.lot_asset))
    if not len(rows):
        return CapRows("", cap, loss)
    chosen = np.zeros(len(stack.upper), dtype=bool)
    chosen[rows] = True
    entries = stack.sell.of(chosen[stack.sell.row])
    loss[entries.column] = entries.value
    # A cap's lots are of one name.
    cap[problem.lot_asset[entries.column]] = stack.upper[entries.row]
    return CapRows(stack.limits[stack.which[rows[0]]], cap, loss)


def _trades(stack: Stack, found: RowKinds, rows: Ints) -> TradeRows:
    return TradeRows(
        stack.limits,
        stack.which[rows],
        rows,
        found.name[rows],
        found.buy[rows],
        found.sell[rows],
        found.room[rows],
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


def _coupling(problem: Problem, stack: Stack, found: RowKinds, rows: Ints) -> CouplingRows:
    matrices = row_matrices(problem, stack, found, rows)
    lot_row = np.flatnonzero(~matrices.level)
    return CouplingRows(
        limit=tuple(stack.limits[r] for r in stack.which[rows].tolist()),
        number=rows,
        buy=matrices.buy,
        sell=matrices.sell,
        lot=lot_matrix(stack, rows[lot_row], len(problem.lot_asset)),
        lot_row=lot_row,
        upper=matrices.upper,
        ceiling=stack.ceiling[rows],
        entries=matrices.entries,
        first=matrices.first,
    )
