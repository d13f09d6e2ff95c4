"""One quadratic program in OSQP, set up once and solved for one multiplier of risk after another."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import osqp
from numpy.typing import NDArray

from optimizer.quadratic.form import QuadraticForm, Statement
from optimizer.quadratic.impossible import contradicts

__all__ = ["Contradiction", "Run", "RunPoint", "run_of"]

Floats = NDArray[np.float64]
# The columns have a scale of their own, and the step size rho is chosen here: OSQP's own scaling and its changes of rho
# were measured to go in circles where the problem is almost linear.
_SETTINGS = {
    "verbose": False,
    "eps_prim_inf": 1e-7,
    "eps_dual_inf": 1e-9,
    "scaling": 0,
    "adaptive_rho": 0,
    "polishing": False,
}
_RHO, _POWER = 0.02, 0.4
_RHO_OF_RISK = 0.1
# Rounds of so many iterations, each with more of them and with less of a change of rho than the last.
_ROUND, _LONGER = 250, 1.25
_DAMPING, _DAMPER = 0.3, 0.8
_ROUNDS = 14
# Residuals asked for, and those that will do after so many rounds; limits are met exactly later.
_EPS, _ENOUGH, _PATIENCE = 2e-6, 1e-5, 6
# Of the largest entry, which may be a turnover of 200%: a limit on it is not to be met more loosely for that.
_RELATIVE = 0.1
_UNPROVEN = 4
# Cost in hundred-thousandths of NAV: measured to be where OSQP's residuals mean most.
_UNIT = 10.0
# Of a column, in its own scale: what a first-order method leaves of nothing.
_DUST = 1e-5


@dataclass(frozen=True, eq=False)
class RunPoint:
    """Best trades for one multiplier, in percent of NAV, as the solver leaves them.

    Parameters
    ----------
    lam : float
        Of (y'y + v'v) / 2 against the cost; infinite for the least risk whatever the cost.
    sell : array (L,)
    buy : array (N,)
    price : array (m,)
        Multipliers of the form's rows, in cost for a unit; in risk (percent squared over two) where lam is infinite.
    touched : array (N + K,)
        What the solver squares for the variance, as `bounds.squared` orders it.
    iterations : int
    ended : str
        How the solver ended, where that is without an answer; the trades are then only near the best ones.
    """

    lam: float
    sell: Floats
    buy: Floats
    price: Floats
    touched: Floats
    iterations: int
    ended: str = ""


@dataclass(frozen=True)
class Contradiction:
    """The solver says that the limits contradict each other; `proven` where its weights of the rows show it."""

    proven: bool


@dataclass(frozen=True, eq=False)
class Run:
    """A quadratic program set up in OSQP; the next solve starts where the last one ended."""

    form: QuadraticForm
    statement: Statement
    solver: osqp.OSQP

    def at(self, lam: float, finer: float = 1.0) -> RunPoint | Contradiction:
        """Solve for one multiplier, to a part `finer` of the usual residuals."""
        s, ends = self.statement, np.isinf(lam)
        unit = 1.0 if ends else _UNIT
        q, curve = np.zeros(len(s.q)) if ends else s.q * unit, s.P.data * (1.0 if ends else lam * unit)
        self.solver.update(q=q)
        self.solver.update(Px=curve)
        found = self._solved(_RHO_OF_RISK if ends else _RHO * lam**_POWER, finer)
        status = found.info.status_val
        if status == osqp.SolverStatus.OSQP_PRIMAL_INFEASIBLE:
            return Contradiction(proven=contradicts(self.form, self._weights(found)))
        x, info = np.nan_to_num(np.asarray(found.x)), found.info
        sell, buy = self._trades(x)
        price = np.maximum(np.nan_to_num(np.asarray(found.y))[s.limit_rows], 0.0) / unit
        first, squares = len(s.lots) + len(s.names), s.limit_rows.start
        touched = (x * (s.P.diagonal() > 0))[first : first + squares]
        solved = status == osqp.SolverStatus.OSQP_SOLVED
        ended = "" if solved else f"OSQP ended with status {info.status!r} after {info.iter} iterations"
        return RunPoint(lam, sell, buy, price, touched, int(info.iter), ended)

    def start(self, point: RunPoint) -> None:
        """Let the next solve start from another's trades and prices."""
        s, form = self.statement, self.form
        active = form.active_after(point.sell, point.buy)
        curved = np.sqrt(form.problem.specific_variance)
        x = np.zeros(len(s.q))
        sales, names, n, k = len(s.lots), len(s.names), len(active), form.problem.root.shape[1]
        x[:sales] = point.sell[s.lots] / s.sale_scale
        x[sales : sales + names] = point.buy[s.names] / s.buy_scale
        x[sales + names :][:n] = active * np.where(curved > 0, curved, 1.0)
        x[sales + names + n :][:k] = form.problem.root.T @ active
        y = np.zeros(s.A.shape[0])
        y[s.limit_rows] = point.price * (1.0 if np.isinf(point.lam) else _UNIT)
        self.solver.warm_start(x=x, y=y)

    def _solved(self, rho: float, finer: float) -> SimpleNamespace:
        """Run OSQP in rounds; between them rho moves toward what balances its residuals, by less and less."""
        damping, length, unproven = _DAMPING, float(_ROUND), 0
        iterations = 0
        for turn in range(_ROUNDS):
            eps = finer * (_EPS if turn < _PATIENCE else _ENOUGH)
            self.solver.update_settings(rho=rho, max_iter=int(length), eps_abs=eps, eps_rel=_RELATIVE * eps)
            found: SimpleNamespace = self.solver.solve(raise_error=False)
            iterations += found.info.iter
            found.info.iter = iterations
            if found.info.status_val == osqp.SolverStatus.OSQP_SOLVED:
                break
            if found.info.status_val == osqp.SolverStatus.OSQP_PRIMAL_INFEASIBLE:
                unproven += 1
                if unproven == _UNPROVEN or contradicts(self.form, self._weights(found)):
                    break
                self.solver.warm_start(x=np.zeros(len(self.statement.q)), y=np.zeros(self.statement.A.shape[0]))
            estimate = found.info.rho_estimate
            if np.isfinite(estimate) and estimate > 0:
                rho *= float(np.clip(estimate / rho, 0.01, 100.0)) ** damping
            damping, length = damping * _DAMPER, length * _LONGER
        return found

    def _weights(self, found: SimpleNamespace) -> Floats:
        weights = np.nan_to_num(np.asarray(found.prim_inf_cert, dtype=float))[self.statement.limit_rows]
        positive: Floats = np.maximum(weights, 0.0)
        return positive

    def _trades(self, x: Floats) -> tuple[Floats, Floats]:
        s, form = self.statement, self.form
        sell, buy = form.least_sold.copy(), np.zeros(len(form.most_bought))
        sell[s.lots] = _snapped(x[: len(s.lots)], np.zeros(len(s.lots)), np.ones(len(s.lots))) * s.sale_scale
        bounds = form.least_bought[s.names] / s.buy_scale, form.most_bought[s.names] / s.buy_scale
        buy[s.names] = _snapped(x[len(s.lots) : len(s.lots) + len(s.names)], *bounds) * s.buy_scale
        return sell, buy


def _snapped(x: Floats, lower: Floats, upper: Floats) -> Floats:
    snapped: Floats = np.where(x < lower + _DUST, lower, np.where(x > upper - _DUST, upper, x))
    return snapped


def run_of(form: QuadraticForm, statement: Statement) -> Run:
    """Set a quadratic program up in OSQP."""
    solver = osqp.OSQP()
    s = statement
    # OSQP keeps the very matrix that it is given, and changes it.
    solver.setup(s.P.copy(), s.q, s.A, s.lower, s.upper, **_SETTINGS)
    return Run(form, statement, solver)
