"""The quadratic form solved by OSQP: for comparison, and for many limits on tracking error from one setup.

Where OSQP does not finish, as on problems that are nearly linear, linear programs by HiGHS go on from where it was, and
the solution says so. Either way a bound that is proven from the multipliers alone decides what is returned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.limits.base import Limit
from optimizer.newton import NewtonResult, limit_prices
from optimizer.newton.rows import represent
from optimizer.problem import Pattern, Problem
from optimizer.quadratic import Best, QuadraticForm, best_within, quadratic_form, search_of
from optimizer.solution import Solution
from taxsleeve_errors import SolverError

__all__ = ["OsqpEngine", "SweepPoint", "sweep"]

Floats = NDArray[np.float64]
_FINISHED = "osqp, finished by highs"


@dataclass(frozen=True)
class OsqpEngine:
    """OSQP on the quadratic form, finished by HiGHS where OSQP is not; tracking error is met exactly by mixing."""

    name: str = "osqp"

    def takes(self, problem: Problem, limits: Sequence[Limit]) -> bool:
        """Whether the limits are tracking error and rows that are linear in the trades, and trading costs linear."""
        return not problem.impact.any() and not represent(problem, limits).left_out

    def solve(self, problem: Problem, limits: Sequence[Limit], pattern: Pattern) -> Solution | None:
        """Return the best trades of a pattern, or None where it is proven to have none.

        Raises
        ------
        SolverError
            What OSQP and then HiGHS reached is more than 5e-5 of the value below the bound that is proven, or neither
            trades nor that there are none; or the limits have a form that it does not take.
        """
        form = _form(self, problem, limits, pattern)
        best = best_within(search_of(form), form.te_limit)
        return None if best is None else _solution(form, best, form.te_limit)


@dataclass(frozen=True, eq=False)
class SweepPoint:
    """Best trades of one pattern within one limit on tracking error, in fractions of NAV.

    Parameters
    ----------
    limit, te : float
        Annual tracking error: the limit, and what is reached.
    value : float
        `Problem.value` of the trades.
    sell : array (L,)
    buy : array (N,)
    engine : str
        Empty where OSQP found the trades by itself.
    """

    limit: float
    te: float
    value: float
    sell: Floats
    buy: Floats
    engine: str = ""


def sweep(
    problem: Problem, limits: Sequence[Limit], pattern: Pattern, te_limits: Sequence[float]
) -> list[SweepPoint | None]:
    """Solve one pattern under many limits on tracking error, from one setup, each solve starting from the last.

    Parameters
    ----------
    problem : Problem
    limits : sequence of Limit
        One on tracking error among them is left out of account.
    pattern : Pattern
    te_limits : sequence of float
        Fractions a year, in any order.

    Returns
    -------
    list of SweepPoint or None
        In the order of `te_limits`; None where no trades meet the limits, which is then proven.

    Raises
    ------
    SolverError
        As `OsqpEngine.solve`.
    """
    form = _form(OsqpEngine(), problem, limits, pattern)
    search = search_of(form)
    found: dict[float, SweepPoint | None] = {}
    # From the widest: each has a multiplier above the one before, and starts from its trades.
    for limit in sorted(set(te_limits), reverse=True):
        best = best_within(search, 100 * limit)
        if best is not None:
            solution = _solution(form, best, 100 * limit)
            found[limit] = SweepPoint(
                limit, best.te / 100, solution.value, solution.sell, solution.buy, solution.engine
            )
    return [found.get(limit) for limit in te_limits]


def _form(engine: OsqpEngine, problem: Problem, limits: Sequence[Limit], pattern: Pattern) -> QuadraticForm:
    if not engine.takes(problem, limits):
        raise SolverError("osqp takes linear costs, tracking error and linear limits; use cvxpy-clarabel for others")
    return quadratic_form(problem, limits, pattern)


def _solution(form: QuadraticForm, best: Best, te_limit: float) -> Solution:
    p, sell, buy = form.problem, best.sell / 100, best.buy / 100
    sell = np.where(sell > p.lot_value * (1 - 1e-12), p.lot_value, sell)
    prices = {} if p.lot_priority.any() else _prices(form, best, te_limit)
    return Solution(form.pattern, sell, buy, p.value(sell, buy), prices, _FINISHED if best.programs else "")


def _prices(form: QuadraticForm, best: Best, te_limit: float) -> dict[str, float]:
    """Prices of the limits as the dual Newton reads them off the multipliers of what couples names."""
    p, newton = form.problem, form.newton
    coupling = best.price[len(best.price) - len(newton.rows.coupling.limit) :]
    nu = best.lam * (p.root.T @ form.active_after(best.sell, best.buy))
    net = best.buy - p.lot_sum @ best.sell
    z = np.concatenate([nu, [best.lam], coupling])
    result = NewtonResult(z, net, best.sell[newton.order], 0, solved=True, infeasible=False)
    prices = dict(limit_prices(newton, form.pattern, result))
    if np.isfinite(te_limit):
        # d(value)/d(TE^2 / 2) = lam - floor; percent cancel.
        prices["tracking_error"] = max(best.lam - form.floor, 0.0) * te_limit
    return prices
