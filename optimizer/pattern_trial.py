"""One pattern tried: solved by the dual Newton, or by Clarabel where that does not finish."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.engines.clarabel import ClarabelEngine
from optimizer.engines.newton import solve_pattern
from optimizer.newton import Form, NewtonResult, pattern_of
from optimizer.problem import Pattern
from optimizer.solution import Solution

__all__ = ["Trial", "gap", "try_pattern"]


@dataclass(frozen=True, eq=False)
class Trial:
    """A pattern's best trades.

    Parameters
    ----------
    sides : array of int8 (G,)
    pattern : Pattern
    result : NewtonResult
        Prices and trades, to start the next trial from.
    value, exits : float
        Value, and the priority of what is exited, fractions of NAV.
    solution : Solution or None
        Where another engine than the dual Newton solved it.
    engine : str
    """

    sides: NDArray[np.int8]
    pattern: Pattern
    result: NewtonResult
    value: float
    exits: float
    solution: Solution | None
    engine: str

    @property
    def worth(self) -> float:
        """Value with the priority of exits."""
        return self.value + self.exits


def gap(form: Form, trial: Trial, least_cost: float) -> float:
    """(bound - value) / |bound|, as the certificate says it."""
    bound = form.worth(least_cost) - trial.exits
    return (bound - trial.value) / max(abs(bound), 1e-9)


def try_pattern(
    form: Form, sides: NDArray[np.int8], start: NewtonResult | None, *, patient: bool = True
) -> Trial | None:
    """Solve the pattern in which groups are on these sides; None where it has no trades.

    Unless `patient`, also None where the dual Newton does not finish at once.
    """
    problem = form.problem
    pattern = pattern_of(problem, sides)
    result = solve_pattern(form, pattern, start)
    if patient and not result.solved and not result.infeasible and start is not None:
        result = solve_pattern(form, pattern, None)
    if result.infeasible:
        return None
    if result.solved:
        return Trial(sides, pattern, result, result.value(form), result.exits(form), None, "newton")
    if not patient:
        return None
    solution = ClarabelEngine().solve(problem, form.limits, pattern)
    if solution is None:
        return None
    exits = float(problem.lot_priority @ solution.sell)
    return Trial(sides, pattern, result, solution.value, exits, solution, "cvxpy-clarabel")
