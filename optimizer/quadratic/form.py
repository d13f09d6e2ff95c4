"""One pattern as a quadratic program, scaled so that a first-order method gets anywhere (DUAL_NEWTON).

In percent of NAV, with lam the multiplier of the risk term,

    minimise    cost'(s, b) + lam (y'y + v'v) / 2
    subject to  a = a0 + b - M s,   y = G'a,   v = D^(1/2) a,   rows of the limits, bounds.

Columns: fractions of lots, buys over a typical weight of the name, v (active weights where D is zero), y, and what soft
rows are exceeded by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from optimizer.limits.base import Limit
from optimizer.linear_rows import LinearRows, linear_rows
from optimizer.newton import Form, newton_form
from optimizer.problem import Pattern, Problem

__all__ = ["QuadraticForm", "Statement", "quadratic_form", "state"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]
# Percent of NAV; a name that is neither held nor in the benchmark is still bought in amounts of about this.
_LEAST_SCALE = 1e-2


@dataclass(frozen=True, eq=False)
class QuadraticForm:
    """What every choice of lots shares; all amounts in percent of NAV.

    Parameters
    ----------
    problem : Problem
    pattern : Pattern
    newton : Form
        The dual Newton's form, which has sorted the limits.
    rows : LinearRows
        In fractions of NAV, which percent leave as they are but for `room`.
    te_limit : float
        Infinite where there is none.
    most_sold : array (L,)
        Zero where a lot may not be sold.
    least_sold : array (L,)
        What the pattern's exits sell.
    least_bought, most_bought : array (N,)
    feasible : bool
        False where bounds cross, so that there are no trades.
    """

    problem: Problem
    pattern: Pattern
    newton: Form
    rows: LinearRows
    te_limit: float
    most_sold: Floats
    least_sold: Floats
    least_bought: Floats
    most_bought: Floats
    feasible: bool

    @property
    def floor(self) -> float:
        """Least multiplier of (y'y + a'Da) / 2: what the objective itself asks for variance."""
        return 2 * self.problem.risk_aversion / 100

    @property
    def sale_cost(self) -> Floats:
        """Cost of a dollar sold of each lot, shape (L,)."""
        p = self.problem
        cost: Floats = (p.cost + p.alpha)[p.lot_asset] - p.lot_credit - p.lot_priority
        return cost

    @property
    def buy_cost(self) -> Floats:
        """Cost of a dollar bought of each name, shape (N,)."""
        cost: Floats = self.problem.cost - self.problem.alpha
        return cost

    def active_after(self, sell: Floats, buy: Floats) -> Floats:
        """Active weights after trades, shape (N,)."""
        after: Floats = 100 * self.problem.active - self.problem.lot_sum @ sell + buy
        return after

    def tracking_error(self, sell: Floats, buy: Floats) -> float:
        """Annual tracking error after trades."""
        return float(np.sqrt(self.problem.variance(self.active_after(sell, buy))))

    def cost(self, sell: Floats, buy: Floats) -> float:
        """Cost of trades without that of risk, soft limits included."""
        over = self.rows.over(self.problem, sell / 100, buy / 100)
        soft = np.isfinite(self.rows.ceiling)
        exceeded = 100 * float(self.rows.ceiling[soft] @ np.maximum(over[soft], 0.0))
        return float(self.sale_cost @ sell + self.buy_cost @ buy) + exceeded

    def value(self, sell: Floats, buy: Floats) -> float:
        """Value of trades, which is what they cost with that of risk, negative."""
        return -self.cost(sell, buy) - self.floor / 2 * self.tracking_error(sell, buy) ** 2


@dataclass(frozen=True, eq=False)
class Statement:
    """The quadratic program over some of the lots: min q'x + lam x'Px / 2 with lower <= Ax <= upper.

    Parameters
    ----------
    lots, names : array of int
        Lots and names with a column of their own.
    sale_scale, buy_scale : array
        Percent of NAV for one unit of their columns.
    P, A : sparse array
    q, lower, upper : array
    limit_rows : slice
        Rows of A that are the form's rows, in its order.
    """

    lots: Ints
    names: Ints
    sale_scale: Floats
    buy_scale: Floats
    P: sp.csc_matrix
    A: sp.csc_matrix
    q: Floats
    lower: Floats
    upper: Floats
    limit_rows: slice


def quadratic_form(problem: Problem, limits: Sequence[Limit], pattern: Pattern) -> QuadraticForm:
    """Gather bounds and rows of one pattern.

    Parameters
    ----------
    problem : Problem
    limits : sequence of Limit
        Tracking error and linear ones.
    pattern : Pattern

    Returns
    -------
    QuadraticForm
    """
    # Rows are sorted by what may be sold; lots that this pattern lets go with a whole position may.
    sellable = problem.lot_sellable | pattern.liquidated(problem)[problem.lot_group]
    form: Form = newton_form(replace(problem, lot_sellable=sellable), limits)
    may_sell = pattern.may_sell(problem) & ~form.rows.barred
    leaving = pattern.exit[problem.lot_asset]
    most_bought = np.where(pattern.may_buy(problem), np.maximum(form.most, 0.0), 0.0)
    least_bought = np.maximum(100 * pattern.least_buy, 0.0)
    return QuadraticForm(
        problem=problem,
        pattern=pattern,
        newton=form,
        rows=linear_rows(problem, form.rows),
        te_limit=100 * form.rows.te_limit,
        most_sold=np.where(may_sell, 100 * problem.lot_value, 0.0),
        least_sold=np.where(leaving, 100 * problem.lot_value, 0.0),
        least_bought=np.minimum(least_bought, most_bought),
        most_bought=most_bought,
        feasible=bool(may_sell[leaving].all() and (least_bought <= most_bought + 1e-9).all()),
    )


def state(form: QuadraticForm, kept: Bools) -> Statement:
    """State the quadratic program with columns for the lots `kept` (L,) that may be sold and are not sold anyway."""
    p, rows = form.problem, form.rows
    (n, k), m = p.root.shape, len(rows.room)
    lots = np.flatnonzero(kept & (form.most_sold > 0) & (form.least_sold == 0))
    names = np.flatnonzero(form.most_bought > 0)
    soft = np.flatnonzero(np.isfinite(rows.ceiling))
    sale_scale, buy_scale = form.most_sold[lots], _buy_scale(form)[names]
    curved = p.specific_variance > 0
    unit = sp.diags_array(1 / np.sqrt(np.where(curved, p.specific_variance, 1.0)))
    sales, buys = sp.diags_array(sale_scale), _columns(names, n) @ sp.diags_array(buy_scale)
    sizes = np.array([len(lots), len(names), n, k, len(soft)])
    blocks = [
        [p.lot_sum[:, lots] @ sales, -buys, unit, None, None],
        [None, None, -sp.csr_array(p.root.T) @ unit, sp.eye_array(k), None],
        [rows.sell[:, lots] @ sales, rows.buy @ buys, rows.net @ unit, None, -_columns(soft, m)],
        [sp.eye_array(sizes[0]), None, None, None, None],
        [None, sp.eye_array(sizes[1]), None, None, None],
        [None, None, None, None, sp.eye_array(sizes[4])],
    ]
    start = form.active_after(form.least_sold, np.zeros(n))
    room = 100 * rows.room - rows.sell @ form.least_sold + rows.net @ (100 * p.active)
    equal = np.concatenate([start, np.zeros(k)])
    least = form.least_bought[names] / buy_scale
    return Statement(
        lots=lots,
        names=names,
        sale_scale=sale_scale,
        buy_scale=buy_scale,
        P=_diagonal(np.repeat([0.0, 0.0, 1.0, 1.0, 0.0], sizes) * _curved(curved, sizes)),
        A=_stacked(blocks, sizes, [n, k, m, sizes[0], sizes[1], sizes[4]]),
        q=np.concatenate(
            [form.sale_cost[lots] * sale_scale, form.buy_cost[names] * buy_scale, np.zeros(n + k), rows.ceiling[soft]]
        ),
        lower=np.concatenate([equal, np.full(m, -np.inf), np.zeros(sizes[0]), least, np.zeros(sizes[4])]),
        upper=np.concatenate(
            [equal, room, np.ones(sizes[0]), form.most_bought[names] / buy_scale, np.full(sizes[4], np.inf)]
        ),
        limit_rows=slice(n + k, n + k + m),
    )


def _buy_scale(form: QuadraticForm) -> Floats:
    """A typical amount of each name, shape (N,)."""
    p = form.problem
    usual = np.maximum(100 * np.maximum(p.held, p.benchmark), _LEAST_SCALE)
    scale: Floats = np.minimum(usual, np.where(form.most_bought > 0, form.most_bought, usual))
    return scale


def _columns(chosen: Ints, size: int) -> sp.csr_array:
    """Columns of the identity."""
    return sp.csr_array((np.ones(len(chosen)), (chosen, np.arange(len(chosen)))), shape=(size, len(chosen)))


def _diagonal(entries: Floats) -> sp.csc_matrix:
    at = np.flatnonzero(entries)
    return sp.csc_matrix((entries[at], (at, at)), shape=(len(entries), len(entries)))


def _curved(curved: Bools, sizes: Ints) -> Floats:
    """Return zero for columns of active weights without specific variance, one for all others."""
    ones = np.ones(int(sizes.sum()))
    first = int(sizes[:2].sum())
    ones[first : first + len(curved)] = curved
    return ones


def _stacked(blocks: list[list[Any]], widths: Ints, heights: Sequence[int]) -> sp.csc_matrix:
    """Stack blocks of known sizes, of which None is zero; any size may be none at all."""
    return sp.csc_matrix(
        sp.vstack(
            [
                sp.hstack(
                    [sp.csr_array((h, w)) if block is None else block for block, w in zip(row, widths, strict=True)]
                )
                for row, h in zip(blocks, heights, strict=True)
            ]
        )
    )
