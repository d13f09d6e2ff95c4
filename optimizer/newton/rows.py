"""Sorting a mandate's rows: which bound one name's trade, which cap its losses, and which couple names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from optimizer.limits.base import Limit, LinearLimit, Rows
from optimizer.limits.tracking_error import TrackingErrorLimit
from optimizer.problem import Problem

__all__ = ["CapRows", "CouplingRows", "Representation", "TradeRows", "represent"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class TradeRows:
    """Rows that speak of one name's net trade t alone: buy t <= room where t > 0, sell (-t) <= room where t < 0.

    Parameters
    ----------
    limit : tuple of str
        Name of each row's limit.
    name : array of int (m,)
    buy, sell, room : array (m,)
    """

    limit: tuple[str, ...]
    name: Ints
    buy: Floats
    sell: Floats
    room: Floats


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
    buy, sell : array (R, N)
    lot : array (Q, L)
        Of the rows `lot_row`, beside `sell`.
    lot_row : array of int (Q,)
    upper, ceiling : array (R,)
        `ceiling` is the price at which a row may be exceeded, infinite for a hard one.
    """

    limit: tuple[str, ...]
    buy: Floats
    sell: Floats
    lot: Floats
    lot_row: Ints
    upper: Floats
    ceiling: Floats


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
    left_out : tuple of str
        Limits of a form that the dual Newton does not take; what is solved without them is a relaxation.
    """

    te_limit: float
    trade: TradeRows
    cap: CapRows
    coupling: CouplingRows
    barred: Bools
    left_out: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Stack:
    """All linear rows above each other."""

    limit: tuple[str, ...]
    active: sp.csr_array
    buy: sp.csr_array
    sell: sp.csr_array
    upper: Floats
    ceiling: Floats


def represent(problem: Problem, limits: Sequence[Limit]) -> Representation:
    """Sort the rows of every limit."""
    te_limit = np.inf
    linear, left_out = [], []
    for limit in limits:
        if isinstance(limit, TrackingErrorLimit):
            te_limit = min(te_limit, limit.limit)
        elif isinstance(limit, LinearLimit):
            linear.append((limit, limit.rows(problem)))
        else:
            left_out.append(limit.name)
    stack = _stacked(problem, linear)
    barred = _barred(stack)
    first, last = _names_spoken_of(problem, stack)
    uniform, by_name = _uniform(problem, stack, barred)
    single = (first == last) & np.isinf(stack.ceiling)
    is_cap = _proper_caps(stack, single & ~uniform, first)
    is_trade = single & uniform & _proper_trades(problem, stack, by_name, first)
    strange = single & ~is_cap & ~is_trade
    left_out += dict.fromkeys(stack.limit[r] for r in np.flatnonzero(strange))
    coupling = np.flatnonzero((first <= last) & ~single)
    return Representation(
        te_limit,
        _trades(problem, stack, by_name, np.flatnonzero(is_trade), first),
        _caps(problem, stack, np.flatnonzero(is_cap), first),
        _coupling(problem, stack, by_name, uniform, coupling),
        barred,
        tuple(left_out),
    )


def _stacked(problem: Problem, linear: Sequence[tuple[LinearLimit, Rows]]) -> _Stack:
    n, size = len(problem.assets), len(problem.lot_asset)

    def pile(blocks: list[sp.csr_array | None], columns: int) -> sp.csr_array:
        parts = [
            sp.csr_array((len(rows.upper), columns)) if block is None else sp.csr_array(block)
            for (_, rows), block in zip(linear, blocks, strict=True)
        ]
        return sp.csr_array(sp.vstack(parts)) if parts else sp.csr_array((0, columns))

    ceilings = [
        np.full(len(rows.upper), np.inf) if getattr(rows, "price", None) is None else np.asarray(rows.price)
        for _, rows in linear
    ]
    return _Stack(
        limit=tuple(limit.name for limit, rows in linear for _ in rows.upper),
        active=pile([rows.active for _, rows in linear], n),
        buy=pile([rows.buy for _, rows in linear], n),
        sell=pile([rows.sell for _, rows in linear], size),
        upper=np.concatenate([rows.upper for _, rows in linear]) if linear else np.zeros(0),
        ceiling=np.concatenate(ceilings) if ceilings else np.zeros(0),
    )


def _barred(stack: _Stack) -> Bools:
    """Lots of rows that have no room at all: a gain budget of zero lets no gain go."""
    lots_only = (np.diff(stack.active.indptr) == 0) & (np.diff(stack.buy.indptr) == 0) & np.isinf(stack.ceiling)
    positive = np.array(
        [not (stack.sell.data[a:b] < 0).any() for a, b in zip(stack.sell.indptr, stack.sell.indptr[1:], strict=False)],
        dtype=bool,
    )
    closed = np.flatnonzero(lots_only & positive & (stack.upper == 0)) if len(positive) else np.zeros(0, dtype=np.intp)
    barred = np.zeros(stack.sell.shape[1], dtype=bool)
    rows = stack.sell[closed].tocoo()
    barred[rows.col[rows.data > 0]] = True
    return barred


def _names_spoken_of(problem: Problem, stack: _Stack) -> tuple[Ints, Ints]:
    """Lowest and highest name of each row; the lowest is above the highest where a row is empty."""
    m, n = len(stack.upper), len(problem.assets)
    first, last = np.full(m, n, dtype=np.intp), np.full(m, -1, dtype=np.intp)
    for matrix, name in ((stack.active, None), (stack.buy, None), (stack.sell, problem.lot_asset)):
        entries = matrix.tocoo()
        column = entries.col if name is None else name[entries.col]
        seen = entries.data != 0
        np.minimum.at(first, entries.row[seen], column[seen])
        np.maximum.at(last, entries.row[seen], column[seen])
    return first, last


def _uniform(problem: Problem, stack: _Stack, barred: Bools) -> tuple[Bools, sp.csr_array]:
    """Whether a row treats all lots of each name alike, and what a dollar sold of each name adds to it."""
    m, n = len(stack.upper), len(problem.assets)
    usable = (problem.lot_sellable | problem.liquidable[problem.lot_group]) & ~barred
    entries = stack.sell.tocoo()
    kept = usable[entries.col]
    row, column, data = entries.row[kept], entries.col[kept], entries.data[kept]
    name = problem.lot_asset[column]
    shape = (m, n)
    count = np.bincount(problem.lot_asset[usable], minlength=n)
    total = sp.csr_array((data, (row, name)), shape=shape).tocoo()
    mean = sp.csr_array((total.data / count[total.col], (total.row, total.col)), shape=shape)
    expected = mean[row, name] if len(row) else np.zeros(0)
    uneven = np.bincount(row, weights=np.abs(data - np.asarray(expected).ravel()), minlength=m) > 1e-12
    # A name of which only some lots stand in the row is uneven too.
    listed = sp.csr_array((np.ones(len(row)), (row, name)), shape=shape).tocoo()
    uneven |= np.bincount(listed.row, weights=listed.data < count[listed.col], minlength=m) > 0
    return ~uneven, mean


def _proper_caps(stack: _Stack, candidates: Bools, first: Ints) -> Bools:
    """Rows that are caps: of one limit, on amounts sold alone, none negative, and one a name."""
    proper = candidates & (stack.upper >= 0)
    proper &= (np.diff(stack.active.indptr) == 0) & (np.diff(stack.buy.indptr) == 0)
    entries = stack.sell.tocoo()
    proper[entries.row[entries.data < 0]] = False
    seen: set[tuple[int, str]] = set()
    for r in np.flatnonzero(proper).tolist():
        limit = stack.limit[r]
        if any(other != limit for _, other in seen) or (int(first[r]), limit) in seen:
            proper[r] = False
        else:
            seen.add((int(first[r]), limit))
    return proper


def _caps(problem: Problem, stack: _Stack, rows: Ints, first: Ints) -> CapRows:
    cap, loss = np.full(len(problem.assets), np.inf), np.zeros(len(problem.lot_asset))
    part = stack.sell[rows].tocoo()
    cap[first[rows]] = stack.upper[rows]
    loss[part.col] = part.data
    return CapRows(stack.limit[rows[0]] if len(rows) else "", cap, loss)


def _slopes(stack: _Stack, by_name: sp.csr_array) -> tuple[Floats, Floats, Floats]:
    """What a dollar of active weight, bought and sold adds to each row, were it of one name."""
    active = np.asarray(stack.active.sum(axis=1)).ravel()
    buy = active + np.asarray(stack.buy.sum(axis=1)).ravel()
    return active, buy, np.asarray(by_name.sum(axis=1)).ravel() - active


def _proper_trades(problem: Problem, stack: _Stack, by_name: sp.csr_array, first: Ints) -> Bools:
    """Rows of one name that bound its trade: those without room must speak of its weight alone."""
    active, buy, sell = _slopes(stack, by_name)
    name = np.minimum(first, len(problem.assets) - 1)
    proper: Bools = (stack.upper - active * problem.active[name] >= 0) | (buy == -sell)
    return proper


def _trades(problem: Problem, stack: _Stack, by_name: sp.csr_array, rows: Ints, first: Ints) -> TradeRows:
    active, buy, sell = _slopes(stack, by_name)
    room = stack.upper[rows] - active[rows] * problem.active[first[rows]]
    return TradeRows(tuple(stack.limit[r] for r in rows), first[rows], buy[rows], sell[rows], room)


def _coupling(problem: Problem, stack: _Stack, by_name: sp.csr_array, uniform: Bools, rows: Ints) -> CouplingRows:
    active = stack.active[rows].toarray()
    level = uniform[rows]
    lot_row = np.flatnonzero(~level)
    sell = np.where(level[:, None], by_name[rows].toarray(), 0.0) - active
    return CouplingRows(
        limit=tuple(stack.limit[r] for r in rows),
        buy=active + stack.buy[rows].toarray(),
        sell=sell,
        lot=stack.sell[rows[lot_row]].toarray(),
        lot_row=lot_row,
        upper=stack.upper[rows] - active @ problem.active,
        ceiling=stack.ceiling[rows],
    )
