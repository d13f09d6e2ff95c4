"""One pattern of one account, stated once in numbers for every solver that is compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import clarabel
import cvxpy as cp
import numpy as np
import osqp
import scipy.sparse as sp
from numpy.typing import NDArray

from bench.optimizer_accounts import Case
from optimizer.problem import Pattern
from optimizer.quadratic.form import QuadraticForm, Statement, quadratic_form, state

__all__ = ["Answer", "OnePattern", "bare_clarabel", "bare_osqp", "bare_piqp", "plain_cvxpy"]

Floats = NDArray[np.float64]
_EPS = 1e-5
# With its own, 1e-10, PIQP calls some of these problems infeasible.
_PIQP_REGULARITY = 1e-8
# A name that no model rates has no variance, which a Cholesky factor does not stand.
_RIDGE = 1e-11


@dataclass(frozen=True, eq=False)
class Answer:
    """Trades that a solver found, percent of NAV of each lot and name, and its price of the tracking-error limit."""

    sell: Floats
    buy: Floats
    te_price: float = np.nan


@dataclass(frozen=True, eq=False)
class OnePattern:
    """The convex problem of one pattern; `form` has its bounds and rows, `matrices` the program in matrices."""

    case: Case
    pattern: Pattern
    form: QuadraticForm
    matrices: Statement

    @classmethod
    def of(cls, case: Case, pattern: Pattern) -> OnePattern:
        """State it."""
        form = quadratic_form(case.problem, case.limits, pattern)
        return cls(case, pattern, form, state(form, np.ones(len(case.problem.lot_asset), dtype=bool)))

    def value(self, answer: Answer) -> float:
        """What the trades are worth, over NAV; a hair below zero, as first-order methods leave it, is nothing."""
        return self.case.problem.value(np.maximum(answer.sell, 0.0) / 100, np.maximum(answer.buy, 0.0) / 100)

    def excess(self, answer: Answer) -> float:
        """By how much they break any limit or bound, over NAV (tracking error: a year)."""
        form, p = self.form, self.case.problem
        over = form.rows.over(p, answer.sell / 100, answer.buy / 100).max(initial=0.0)
        te = (form.tracking_error(answer.sell, answer.buy) - form.te_limit) / 100
        bounds = np.concatenate([-answer.sell, answer.sell - form.most_sold, -answer.buy]) / 100
        return float(max(over, te, bounds.max()))

    def answer(self, x: Floats, te_price: float = np.nan) -> Answer:
        """Read the columns of the matrices as trades."""
        m, sell, buy = self.matrices, np.zeros_like(self.form.most_sold), np.zeros_like(self.form.most_bought)
        sell[m.lots] = m.sale_scale * x[: len(m.lots)]
        buy[m.names] = m.buy_scale * x[len(m.lots) : len(m.lots) + len(m.names)]
        return Answer(sell, buy, te_price)


def plain_cvxpy(one: OnePattern, *, dense: bool = False) -> Answer:
    """Write the problem as a user of CVXPY would, and have Clarabel solve it.

    With `dense` risk is a Cholesky factor of the N x N covariance, otherwise factors and specific variances.
    """
    form, p = one.form, one.case.problem
    sell, buy = cp.Variable(len(form.most_sold), nonneg=True), cp.Variable(len(form.most_bought), nonneg=True)
    active = 100 * p.active + buy - p.lot_sum @ sell
    if dense:
        covariance = p.root @ p.root.T + np.diag(p.specific_variance)
        deviation: Any = np.linalg.cholesky(covariance + _RIDGE * np.eye(len(covariance))).T @ active
    else:
        deviation = cp.hstack([p.root.T @ active, cp.multiply(np.sqrt(p.specific_variance), active)])
    rows = form.rows
    limits = [
        sell <= form.most_sold,
        buy <= np.where(np.isfinite(form.most_bought), form.most_bought, 100.0),
        rows.sell @ sell + rows.buy @ buy + rows.net @ (active - 100 * p.active) <= 100 * rows.room,
        cp.norm(deviation) <= form.te_limit,
    ]
    cost = form.sale_cost @ sell + form.buy_cost @ buy + form.floor / 2 * cp.sum_squares(deviation)
    cp.Problem(cp.Minimize(cost), limits).solve(solver=cp.CLARABEL)
    return Answer(np.asarray(sell.value), np.asarray(buy.value), float(limits[-1].dual_value))


def bare_clarabel(one: OnePattern) -> Callable[[], Answer]:
    """Give the matrices to Clarabel, with the limit on tracking error as a cone; solving alone is the work."""
    m, form = one.matrices, one.form
    equal = np.isfinite(m.lower) & (m.lower == m.upper)
    above, below = ~equal & np.isfinite(m.upper), ~equal & np.isfinite(m.lower)
    curved = np.flatnonzero(m.P.diagonal() > 0)
    size = m.A.shape[1]
    tail = sp.csr_matrix((-np.ones(len(curved)), (np.arange(len(curved)), curved)), shape=(len(curved), size))
    parts = [m.A[equal], m.A[above], -m.A[below], sp.csr_matrix((1, size)), tail]
    matrix = sp.csc_matrix(sp.vstack([sp.csr_matrix(part) for part in parts]))
    right = np.concatenate([m.upper[equal], m.upper[above], -m.lower[below], [form.te_limit], np.zeros(len(curved))])
    cones = [
        clarabel.ZeroConeT(int(equal.sum())),
        clarabel.NonnegativeConeT(int(above.sum() + below.sum())),
        clarabel.SecondOrderConeT(1 + len(curved)),
    ]
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    quadratic = sp.csc_matrix(form.floor * m.P)
    cone_row = int(equal.sum() + above.sum() + below.sum())

    def solve() -> Answer:
        found = clarabel.DefaultSolver(quadratic, m.q, matrix, right, cones, settings).solve()
        return one.answer(np.asarray(found.x), float(found.z[cone_row]))

    return solve


def bare_osqp(one: OnePattern, te_price: float) -> Callable[[], Answer]:
    """Give the matrices to OSQP, which knows no cone: tracking error's price at the optimum stands for the limit."""
    m = one.matrices
    weight = one.form.floor + te_price / one.form.te_limit

    def solve() -> Answer:
        solver = osqp.OSQP()
        settings = {"eps_abs": _EPS, "eps_rel": _EPS, "max_iter": 200_000, "verbose": False}
        solver.setup(sp.csc_matrix(weight * m.P), m.q, m.A, m.lower, m.upper, **settings)
        return one.answer(np.asarray(solver.solve(raise_error=False).x))

    return solve


def bare_piqp(one: OnePattern, te_price: float) -> Callable[[], Answer]:
    """Give the matrices to PIQP, a quadratic solver too.

    Raises
    ------
    ImportError
        It is not installed.
    """
    import piqp

    m = one.matrices
    weight = one.form.floor + te_price / one.form.te_limit
    equal = np.isfinite(m.lower) & (m.lower == m.upper)
    rest = ~equal
    first, matrix = sp.csc_matrix(m.A[equal]), sp.csc_matrix(m.A[rest])
    bound = 1e30

    def solve() -> Answer:
        solver = piqp.SparseSolver()
        solver.settings.verbose = False
        solver.settings.reg_lower_limit = _PIQP_REGULARITY
        lower, upper = (np.clip(side[rest], -bound, bound) for side in (m.lower, m.upper))
        solver.setup(sp.csc_matrix(weight * m.P), m.q, first, m.upper[equal], matrix, lower, upper)
        solver.solve()
        return one.answer(np.asarray(solver.result.x))

    return solve
