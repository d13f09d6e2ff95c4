"""The rebalance of one pattern as a cone program in CVXPY, solved by Clarabel.

Percent of NAV throughout, active weights and factor exposures as explicit variables, no N x N matrix: measured to be
the fastest form for an interior-point method.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from optimizer.clarabel_run import run_clarabel
from optimizer.cvxpy_later import cp
from optimizer.limit_numbers import upper_slopes
from optimizer.limits.base import Inequality, Limit, Variables
from optimizer.problem import Pattern, Problem
from optimizer.solution import Solution
from taxsleeve_errors import Shortfall

__all__ = ["ConeModel", "cone_model"]

Floats = NDArray[np.float64]
# In percent of NAV: what the independent check lets pass is no relaxation.
_NO_SLACK = 1e-4
_DUST = 3e-8


def _nothing() -> cp.Expression:
    return cp.Constant(0.0)


@dataclass(frozen=True, eq=False)
class ConeModel:
    """One pattern's convex problem, ready to be solved for different ends."""

    problem: Problem
    pattern: Pattern
    limits: tuple[Limit, ...]
    variables: Variables
    ground: list[cp.Constraint]
    inequalities: list[tuple[Limit, Inequality]]
    excess: cp.Expression = field(default_factory=_nothing)

    def maximise_value(self) -> Solution | None:
        """Best trades under every limit, or None where there are none."""
        p, v = self.problem, self.variables
        gain = (p.lot_credit + p.lot_priority - (p.cost + p.alpha) @ p.lot_sum) @ v.sell + (p.alpha - p.cost) @ v.buy
        if p.impact.any():
            # Of x per cent of NAV: 100 k (x / 100)^1.5 = k x^1.5 / 10, in percent of NAV as the gain is.
            gain -= p.impact / 10 @ cp.power(p.lot_sum @ v.sell + v.buy, 1.5)
        specific = cp.multiply(np.sqrt(p.specific_variance), v.active)
        # Percent squared over 100 is percent of NAV, as is the gain.
        risk = p.risk_aversion / 100 * (cp.sum_squares(v.exposure) + cp.sum_squares(specific))
        return self._solve(cp.Maximize(gain - risk - self.excess))

    def minimise_risk(self, without: str = "tracking_error") -> Solution | None:
        """Trades of least tracking error under every limit but the one named, or None where there are none."""
        p, v = self.problem, self.variables
        specific = cp.multiply(np.sqrt(p.specific_variance), v.active)
        kept = [pair for pair in self.inequalities if pair[0].name != without]
        model = ConeModel(p, self.pattern, self.limits, v, self.ground, kept)
        return model._solve(cp.Minimize(cp.sum_squares(v.exposure) + cp.sum_squares(specific)))

    def least_relaxation(self) -> list[Shortfall]:
        """Smallest sum of relaxations that lets all limits be met; empty where none is needed."""
        slacks = [cp.Variable(np.shape(i.upper), nonneg=True) for _, i in self.inequalities]
        loose = [
            inequality.expression <= inequality.upper + slack
            for (_, inequality), slack in zip(self.inequalities, slacks, strict=True)
        ]
        total = cp.norm1(cp.hstack([cp.vec(slack, order="C") for slack in slacks]))
        run_clarabel(cp.Problem(cp.Minimize(total), self.ground + loose), "the least relaxation", within=_NO_SLACK)
        shortfalls = []
        for (limit, inequality), slack in zip(self.inequalities, slacks, strict=True):
            amounts = np.atleast_1d(np.asarray(slack.value, dtype=float))
            for j in np.flatnonzero(amounts > _NO_SLACK).tolist():
                shortfalls.append(limit.shortfall(inequality.ends[j], amounts[j] / 100))
        return shortfalls

    def _solve(self, objective: cp.Maximize | cp.Minimize) -> Solution | None:
        constraints = [i.expression <= i.upper for _, i in self.inequalities]
        if not run_clarabel(cp.Problem(objective, self.ground + constraints), "a rebalance", within=_NO_SLACK):
            return None
        prices = self._prices(constraints)
        sell = self._clean(self.variables.sell, _most_sold(self.problem, self.pattern))
        buy = self._clean(self.variables.buy, np.where(self.pattern.may_buy(self.problem), np.inf, 0.0))
        return Solution(self.pattern, sell, buy, self.problem.value(sell, buy), prices)

    def _prices(self, constraints: Sequence[cp.Constraint]) -> dict[str, float]:
        """By limit: gain in value for each unit by which its number gives way."""
        prices: dict[str, float] = {}
        # With names to be exited the prices would hold the exits' priority, which is not money.
        if self.problem.lot_priority.any():
            return prices
        slopes = {limit.name: iter(upper_slopes(limit, self.problem, self.variables)) for limit, _ in self.inequalities}
        for (limit, _), constraint in zip(self.inequalities, constraints, strict=True):
            price = float(np.sum(next(slopes[limit.name]) * constraint.dual_value))
            prices[limit.name] = prices.get(limit.name, 0.0) + price
        return prices

    @staticmethod
    def _clean(expression: cp.Expression, most: Floats) -> Floats:
        """Take a solver's figures back inside their bounds: an interior point never quite reaches zero."""
        amounts = np.asarray(expression.value, dtype=float).reshape(most.shape) / 100
        # Measured against the bound itself where that is small: a worthless lot is not sold for being worthless.
        near = np.minimum(_DUST, 1e-6 * most)
        amounts[amounts < near] = 0.0
        snapped: Floats = np.where(amounts > most - near, most, amounts)
        return snapped


def cone_model(problem: Problem, limits: Sequence[Limit], pattern: Pattern) -> ConeModel:
    """State the convex problem of one pattern.

    Parameters
    ----------
    problem : Problem
    limits : sequence of Limit
    pattern : Pattern

    Returns
    -------
    ConeModel
    """
    sell, ground = _bounded(np.where(pattern.may_sell(problem), problem.lot_value, 0.0))
    buy, more = _bounded(np.where(pattern.may_buy(problem), np.inf, 0.0))
    active = cp.Variable(len(problem.assets))
    exposure = cp.Variable(problem.root.shape[1])
    net = buy - problem.lot_sum @ sell if len(problem.lot_asset) else buy
    ground += [*more, active == 100 * problem.active + net, exposure == problem.root.T @ active]
    leaving = pattern.exit[problem.lot_asset]
    if leaving.any():
        ground.append(sell[leaving] == 100 * problem.lot_value[leaving])
    entering = pattern.least_buy > 0
    if entering.any():
        ground.append(buy[entering] >= 100 * pattern.least_buy[entering])
    variables = Variables(sell, buy, active, exposure)
    inequalities, excess = _softened([(limit, i) for limit in limits for i in limit.inequalities(problem, variables)])
    return ConeModel(problem, pattern, tuple(limits), variables, ground, inequalities, excess)


def _softened(pairs: list[tuple[Limit, Inequality]]) -> tuple[list[tuple[Limit, Inequality]], cp.Expression]:
    """Give each inequality that has a price a slack, and add up what the slacks cost, in percent of NAV."""
    softened, excess = [], _nothing()
    for limit, inequality in pairs:
        if inequality.price is None:
            softened.append((limit, inequality))
            continue
        slack = cp.Variable(np.shape(inequality.upper), nonneg=True)
        softened.append((limit, replace(inequality, expression=inequality.expression - slack)))
        excess = excess + cp.sum(cp.multiply(inequality.price, slack))
    return softened, excess


def _most_sold(problem: Problem, pattern: Pattern) -> Floats:
    most: Floats = np.where(pattern.may_sell(problem), problem.lot_value, 0.0)
    return most


def _bounded(upper: Floats) -> tuple[cp.Expression, list[cp.Constraint]]:
    """Amounts between zero and a fraction of NAV, with a variable only where the bound leaves room."""
    free = np.flatnonzero(upper > 0)
    if not len(free):
        return cp.Constant(np.zeros(len(upper))), []
    variable = cp.Variable(len(free), nonneg=True)
    finite = np.flatnonzero(np.isfinite(upper[free]))
    constraints = [variable[finite] <= 100 * upper[free][finite]] if len(finite) else []
    embed = sp.csr_array((np.ones(len(free)), (free, np.arange(len(free)))), shape=(len(upper), len(free)))
    return embed @ variable, constraints
