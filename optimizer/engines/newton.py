"""The default engine: the dual Newton, with Clarabel where it does not finish."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.engines.clarabel import ClarabelEngine
from optimizer.limits.base import Limit
from optimizer.newton import Form, NewtonResult, least_multipliers, limit_prices, maximise, newton_form, pattern_form
from optimizer.problem import Pattern, Problem
from optimizer.solution import Solution

__all__ = ["NEWTON", "NewtonEngine", "newton_solution", "solve_pattern"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class NewtonEngine:
    """The dual Newton of `optimizer.newton` in compiled code."""

    name: str = "newton"

    def takes(self, problem: Problem, limits: Sequence[Limit]) -> bool:
        """Whether the limits are tracking error and rows that are linear in the trades."""
        return not newton_form(problem, limits).left_out

    def solve(self, problem: Problem, limits: Sequence[Limit], pattern: Pattern) -> Solution | None:
        """Return the best trades of a pattern, or None where it has none; unfinished work goes to Clarabel."""
        form = newton_form(problem, limits)
        if form.left_out:
            return ClarabelEngine().solve(problem, limits, pattern)
        result = solve_pattern(form, pattern)
        if result.infeasible:
            return None
        if not result.solved:
            return ClarabelEngine().solve(problem, limits, pattern)
        return newton_solution(form, pattern, result)


NEWTON = NewtonEngine()


def solve_pattern(form: Form, pattern: Pattern, start: NewtonResult | None = None) -> NewtonResult:
    """Solve one pattern, from another's result where there is one."""
    stated = pattern_form(form, pattern)
    z = least_multipliers(form) if start is None else start.z
    if not stated.feasible:
        empty = np.zeros(len(form.tax))
        return NewtonResult(z, np.zeros(len(form.cap)), empty, 0, solved=False, infeasible=True)
    if start is None:
        return maximise(form, stated, z, np.zeros(len(form.cap)))
    return maximise(form, stated, z, start.net, near=True)


def newton_solution(form: Form, pattern: Pattern, result: NewtonResult) -> Solution:
    """State a result in fractions of NAV, lots in the problem's order."""
    p = form.problem
    sell = np.zeros(len(p.lot_asset))
    sell[form.order] = result.sold / 100
    # What binary fractions leave of a lot sold whole.
    sell = np.where(sell > p.lot_value * (1 - 1e-12), p.lot_value, sell)
    buy = np.maximum(result.net, 0.0) / 100
    prices = {} if p.lot_priority.any() else limit_prices(form, pattern, result)
    return Solution(pattern, sell, buy, p.value(sell, buy), prices)
