"""One problem in the arrays that the kernels take, in percent of NAV, lots sorted by name; and one pattern of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from optimizer.limits.base import Limit
from optimizer.limits.cash import CashLimit
from optimizer.newton.best_trades import NAME
from optimizer.newton.dual import Coupling, Room, Side, make_room, make_side
from optimizer.newton.lot_order import by_name
from optimizer.newton.net_bounds import net_bounds
from optimizer.newton.rows import Representation, represent
from optimizer.newton.sale_curves import LOT, state_lots
from optimizer.newton.warm_up import compile_kernels
from optimizer.problem import Pattern, Problem

__all__ = ["Form", "PatternForm", "bought_as", "bounded", "median", "newton_form", "pattern_form"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Records = NDArray[np.void]
_CROSSED = 1e-9


@dataclass(frozen=True, eq=False)
class Form:
    """What all patterns of a problem share.

    Parameters
    ----------
    problem : Problem
    limits : tuple of Limit
    rows : Representation
    order : array of int (L,)
        The problem's lots sorted by name, and by tax.
    first : array of int (N + 1,)
        Lots of name i are order[first[i]:first[i + 1]].
    coupling : Coupling
    tax, loss : array (L,)
        Of a dollar sold, in sorted order: tax (the priority of exits taken off), and loss that counts against the cap.
    cap : array (N,)
    lot_row : array (L, Q)
    least, most : array (N,)
        Bounds of the net trade that limits alone set; `most` is finite.
    group : array of int (N,)
    paid_from : array of int
        Rows that keep cash below its greatest, where impact or commissions, which no row counts, come out of it.
    """

    problem: Problem
    limits: tuple[Limit, ...]
    rows: Representation
    order: NDArray[np.intp]
    first: NDArray[np.int64]
    coupling: Coupling
    tax: Floats
    loss: Floats
    cap: Floats
    lot_row: Floats
    least: Floats
    most: Floats
    group: NDArray[np.int64]
    paid_from: NDArray[np.intp]

    @property
    def left_out(self) -> tuple[str, ...]:
        """Limits that the kernels do not take."""
        return self.rows.left_out

    @cached_property
    def room(self) -> Room:
        """Room for the kernels, which work on one thing at a time."""
        rows = self.coupling
        multipliers = rows.root.shape[1] + 1 + len(rows.upper)
        return make_room(len(self.cap), self.problem.groups, multipliers, len(rows.lot_row))

    @cached_property
    def unit_weights(self) -> Floats:
        """A typical slope over each name's own size, shape (N,): bends a whole position's tax by itself."""
        slope = median(np.abs(self.tax)) if len(self.tax) else 0.05
        size = 100 * (self.problem.held + self.problem.benchmark)
        weights: Floats = max(slope, 1e-2) / np.maximum(size, 1e-2)
        return weights

    def worth(self, cost: float) -> float:
        """Value, with the priority of exits, of trades that cost so much in percent of NAV."""
        return self.problem.fixed_value - self.problem.commission - cost / 100

    def names(self, least: Floats, most: Floats) -> Records:
        """Make the array of NAME with these bounds on net trades."""
        names = self._names.copy()
        names["least"], names["most"] = least, most
        return names

    @cached_property
    def _names(self) -> Records:
        p = self.problem
        names: Records = np.empty(len(p.assets), dtype=NAME)
        names["active"] = 100 * p.active
        names["variance"] = p.specific_variance
        names["buy_slope"], names["sell_slope"] = p.cost - p.alpha, p.cost + p.alpha
        names["impact"] = p.impact / 10
        return names

    def lots(self, may_sell: Bools) -> Records:
        """Make the array of LOT of which those that `may_sell` (in the problem's order) lets go can be sold."""
        lots: Records = np.empty(len(self.order), dtype=LOT)
        state_lots(self.order, may_sell, self.amounts, self.tax, self.loss, lots)
        return lots

    @cached_property
    def amounts(self) -> Floats:
        """Amount of each lot in percent of NAV, in sorted order; zero where a row bars it."""
        return np.where(self.rows.barred, 0.0, 100 * self.problem.lot_value)[self.order]

    def side(self, may_sell: Bools) -> Side:
        """Make a side of these lots, bounds of net trades as limits set them, curves at the prices of zero."""
        return make_side(self.names(self.least, self.most), self.lots(may_sell), self.first, self.cap, self.lot_row)


@dataclass(frozen=True, eq=False)
class PatternForm:
    """One pattern: what may be sold and bought, as bounds and curves; `crossed` (N,) are names whose bounds cross."""

    side: Side
    crossed: Bools

    @property
    def feasible(self) -> bool:
        """Whether every name's own bounds leave it something."""
        return not self.crossed.any()


def median(numbers: Floats) -> float:
    """Median of one number or more, at a fifth of what `numpy.median` takes for a thousand."""
    middle = [(len(numbers) - 1) // 2, len(numbers) // 2]
    low, high = np.partition(numbers, middle)[middle].tolist()
    return float(0.5 * (low + high))


def newton_form(problem: Problem, limits: Sequence[Limit]) -> Form:
    """State a problem for the kernels; limits of a form that they do not take are left out, and named."""
    compile_kernels()
    rows = represent(problem, limits)
    n = len(problem.assets)
    tax = -(problem.lot_credit + problem.lot_priority)
    first = np.concatenate([[0], np.cumsum(np.bincount(problem.lot_asset, minlength=n))]).astype(np.int64)
    order = by_name(problem.lot_asset, tax, first)
    coupling = Coupling(
        root=np.array(problem.root, dtype=float, order="C"),
        exposure=100 * (problem.root.T @ problem.active),
        te_limit=float(100 * rows.te_limit),
        floor=float(2 * problem.risk_aversion / 100),
        entries=rows.coupling.entries,
        first=rows.coupling.first,
        upper=100 * rows.coupling.upper,
        ceiling=rows.coupling.ceiling,
        lot_row=rows.coupling.lot_row,
    )
    least, most = net_bounds(problem, rows)
    return Form(
        problem=problem,
        limits=tuple(limits),
        rows=rows,
        order=order,
        first=first,
        coupling=coupling,
        tax=tax[order],
        loss=rows.cap.loss[order],
        cap=100 * rows.cap.cap,
        lot_row=np.ascontiguousarray(rows.coupling.lot.T[order]),
        least=least,
        most=most,
        group=np.array(problem.group, dtype=np.int64),
        paid_from=_paid_from(problem, rows),
    )


def _paid_from(problem: Problem, rows: Representation) -> NDArray[np.intp]:
    if not problem.impact.any() and not problem.order_cost:
        return np.empty(0, dtype=np.intp)
    ours = np.array([name == CashLimit.name for name in rows.coupling.limit], dtype=bool)
    # Buying makes room below the greatest, and takes it above the least.
    return np.flatnonzero(ours & (rows.coupling.buy < 0).any(axis=1))


def pattern_form(form: Form, pattern: Pattern) -> PatternForm:
    """State one pattern."""
    side = form.side(pattern.may_sell(form.problem))
    return bounded(side, *_own_bounds(form, pattern, side.sellable))


def bought_as(form: Form, stated: PatternForm, other: Pattern) -> PatternForm:
    """Return a pattern stated, with what another lets be bought: a name's net trade is one or the other anyway."""
    may_sell = other.may_sell(form.problem)[form.order]
    if (form.loss[may_sell] > 0).any():
        sellable = form.side(other.may_sell(form.problem)).sellable
    else:  # no cap keeps any of these lots
        amounts = np.where(may_sell, form.amounts, 0.0)
        name = form.problem.lot_asset[form.order]
        sellable = np.bincount(name, weights=amounts, minlength=len(form.cap)).astype(float, copy=False)
    least, most = _own_bounds(form, other, sellable)
    names = stated.side.names
    names["most"] = np.maximum(names["most"], most)
    return PatternForm(stated.side, stated.crossed & (least - most > _CROSSED))


def _own_bounds(form: Form, pattern: Pattern, sellable: Floats) -> tuple[Floats, Floats]:
    """Least and most net trade of each name in a pattern, of which so much can be sold."""
    p = form.problem
    most = np.minimum(np.where(pattern.may_buy(p), form.most, 0.0), form.most)
    most = np.where(pattern.exit, np.minimum(most, -100 * p.held), most)
    least = np.maximum(form.least, -sellable)
    return np.where(pattern.least_buy > 0, np.maximum(least, 100 * pattern.least_buy), least), most


def bounded(side: Side, least: Floats, most: Floats) -> PatternForm:
    """Set the bounds of net trades."""
    # The sum of a name's lots and its weight differ in the last digits.
    crossed = least - most > _CROSSED
    side.names["least"], side.names["most"] = np.minimum(least, most), most
    return PatternForm(side, crossed)
