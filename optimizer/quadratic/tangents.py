"""One pattern as a linear program: each of the squares that variance is the sum of stands above its tangents.

The program is as good as its tangents, and its value is a bound that no trades within the limits exceed. Each square is
of one column, so that a few tangents about a point that is nearly right are enough.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import linprog

from optimizer.quadratic.bounds import squared
from optimizer.quadratic.form import QuadraticForm, Statement

__all__ = ["LinearPoint", "Tangents"]

Floats = NDArray[np.float64]
# Of a typical square's root where tracking error is on its limit: where the first tangents touch.
_FIRST = (-3.0, -1.0, -0.3, 0.0, 0.3, 1.0, 3.0)
_NO_LIMIT = 1.0


@dataclass(frozen=True, eq=False)
class LinearPoint:
    """Best trades of a linear program, in percent of NAV.

    Parameters
    ----------
    sell : array (L,)
    buy : array (N,)
    least : float
        Of what is minimised, the sale of what must go left out.
    lam : float
        Multiplier of half the variance.
    price : array (m,)
        Multipliers of the form's rows.
    touched : array (N + K,)
        Where the program's tangents touch, on average by their multipliers.
    """

    sell: Floats
    buy: Floats
    least: float
    lam: float
    price: Floats
    touched: Floats


class Tangents:
    """The linear program of a statement; columns are the statement's, then half of each square.

    Parameters
    ----------
    form : QuadraticForm
    statement : Statement
    te_limit : float
        Percent, infinite for none: says what size squares will have.
    """

    def __init__(self, form: QuadraticForm, statement: Statement, te_limit: float) -> None:
        self._form, self._statement = form, statement
        self._square = np.flatnonzero(statement.P.diagonal())
        self._rows: list[sp.csr_array] = []
        self._roots: list[Floats] = []
        count = len(self._square)
        usual = (te_limit if np.isfinite(te_limit) else _NO_LIMIT) / np.sqrt(max(count, 1))
        for multiple in _FIRST:
            self._add(np.full(count, multiple * usual))

    def touch(self, sell: Floats, buy: Floats) -> None:
        """Add the tangents at trades."""
        roots = squared(self._form, self._form.active_after(sell, buy))
        self._add(roots[self._square - self._before])

    def best(self, te_limit: float) -> LinearPoint | None:
        """Least cost within a limit on tracking error, percent; None where HiGHS reaches no optimum."""
        cost = np.concatenate([self._statement.q, np.full(len(self._square), self._form.floor)])
        return self._solved(cost, te_limit)

    def least_risk(self) -> LinearPoint | None:
        """Least of half the variance, whatever the cost; None where HiGHS reaches no optimum."""
        cost = np.concatenate([np.zeros(len(self._statement.q)), np.ones(len(self._square))])
        return self._solved(cost, np.inf)

    @property
    def _before(self) -> int:
        return len(self._statement.lots) + len(self._statement.names)

    def _solved(self, cost: Floats, te_limit: float) -> LinearPoint | None:
        s, limited = self._statement, np.isfinite(te_limit)
        equal = s.limit_rows.start
        total = np.concatenate([np.zeros(len(s.q)), np.ones(len(self._square))])
        rows = [self._widened(s.A[s.limit_rows]), *([sp.csr_array(total[None, :])] if limited else []), *self._rows]
        most = np.array([te_limit**2 / 2] if limited else [])
        room = [s.upper[s.limit_rows], most, *(roots**2 / 2 for roots in self._roots)]
        found = linprog(
            cost,
            A_ub=sp.vstack(rows),
            b_ub=np.concatenate(room),
            A_eq=self._widened(s.A[:equal]),
            b_eq=s.lower[:equal],
            bounds=self._bounds(),
        )
        if found.status != 0:
            return None
        dual, m = np.maximum(-found.ineqlin.marginals, 0.0), len(room[0])
        lam = float(cost[-1] if len(self._square) else 0.0) + (float(dual[m]) if limited else 0.0)
        touched = self._touched(dual[m + limited :].reshape(len(self._roots), -1), lam)
        return LinearPoint(*self._trades(found.x), float(found.fun), lam, dual[:m], touched)

    def _touched(self, dual: Floats, lam: float) -> Floats:
        """Mean of where tangents touch each square, shape (N + K,)."""
        touched = np.zeros(self._statement.limit_rows.start)
        if lam > 0:
            touched[self._square - self._before] = (dual * np.array(self._roots)).sum(axis=0) / lam
        return touched

    def _add(self, roots: Floats) -> None:
        at, size = np.arange(len(roots)), len(self._statement.q)
        entries = np.concatenate([roots, -np.ones(len(roots))])
        columns = np.concatenate([self._square, size + at])
        shape = (len(roots), size + len(roots))
        self._rows.append(sp.csr_array((entries, (np.concatenate([at, at]), columns)), shape=shape))
        self._roots.append(roots)

    def _widened(self, rows: sp.csc_matrix) -> sp.csr_array:
        return sp.csr_array(sp.hstack([rows, sp.csr_array((rows.shape[0], len(self._square)))]))

    def _bounds(self) -> Floats:
        s = self._statement
        own, after = self._before, s.limit_rows.stop
        lower = np.zeros(len(s.q) + len(self._square))
        upper = np.full(len(lower), np.inf)
        lower[:own], upper[:own] = s.lower[after:][:own], s.upper[after:][:own]
        lower[own : own + s.limit_rows.start] = -np.inf
        return np.stack([lower, upper], axis=1)

    def _trades(self, x: Floats) -> tuple[Floats, Floats]:
        s, form = self._statement, self._form
        sell, buy = form.least_sold.copy(), np.zeros(len(form.most_bought))
        sell[s.lots] = np.clip(x[: len(s.lots)], 0.0, 1.0) * s.sale_scale
        bought = x[len(s.lots) : self._before] * s.buy_scale
        buy[s.names] = np.clip(bought, form.least_bought[s.names], form.most_bought[s.names])
        return sell, buy
