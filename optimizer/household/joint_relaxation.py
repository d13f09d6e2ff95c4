"""The joint program with its either-or choices left open, stated once and solved with any of them decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from optimizer.clarabel_run import run_for_bound
from optimizer.cvxpy_later import cp
from optimizer.household.joint_bands import Filled
from optimizer.household.joint_cone import (
    JointSolution,
    StatedJointly,
    joint_value,
    read_solution,
    solve_joint,
    state_jointly,
)
from optimizer.household.joint_problem import JointProblem
from taxsleeve_errors import SolverError

__all__ = ["Choices", "JointRelaxation", "Relaxed", "joint_relaxation"]

# Above so many names in all sleeves, stating what is left of the program is faster than solving the whole again.
_SOLVED_WHOLE = 700
# Above so many names in all sleeves the groups are not split by sides: there are as many cones, twice.
MOST_SPLIT_NAMES = 5000


@dataclass(frozen=True)
class Choices:
    """Choices that are made: by contested group, sold at a loss or open; by name below its band, filled or not."""

    sides: Mapping[str, bool] = field(default_factory=dict)
    filled: Filled = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Relaxed:
    """What the relaxation says.

    Parameters
    ----------
    bound : float
        No lists with these choices are worth more, fraction of the household's NAV, friction left aside; minus
        infinity where there are none, infinite where nothing was proven.
    solution : JointSolution or None
    """

    bound: float
    solution: JointSolution | None


@dataclass(frozen=True, eq=False)
class JointRelaxation:
    """The relaxed program, whose choices are made by parameters, so that it is compiled once."""

    joint: JointProblem
    stated: StatedJointly
    problem: cp.Problem
    groups: tuple[str, ...]
    fills: tuple[tuple[int, int], ...]
    lower: cp.Parameter
    upper: cp.Parameter
    by_sides: bool

    def solve(self, choices: Choices) -> Relaxed:
        """Solve with these choices made and the others open."""
        made: list[bool | None] = [choices.sides.get(group) for group in self.groups]
        made += [choices.filled.get(key) for key in self.fills]
        self.lower.value = np.array([float(bool(choice)) for choice in made] or [0.0])
        self.upper.value = np.array([float(choice is not False) for choice in made] or [1.0])
        solved, bound = run_for_bound(self.problem)
        solution = read_solution(self.stated, float(self.problem.value) / 100) if solved else None
        return Relaxed(np.inf if bound is None else bound / 100, solution)

    def trades(self, choices: Choices) -> JointSolution | None:
        """Trades with these choices made and the others open, without a bound; None where none are found."""
        if self.joint.names <= _SOLVED_WHOLE:
            return self.solve(choices).solution
        try:
            return solve_joint(self.joint, choices.sides, choices.filled, by_sides=self.by_sides)
        except SolverError:
            return None


def joint_relaxation(joint: JointProblem) -> JointRelaxation:
    """State a household with every choice left open."""
    by_sides = joint.names <= MOST_SPLIT_NAMES
    stated = state_jointly(joint, {}, {}, by_sides=by_sides)
    stated.keep_household_limits()
    count = len(joint.contested) + len(stated.fills)
    lower, upper = cp.Parameter(max(count, 1)), cp.Parameter(max(count, 1))
    parts = [*([stated.z] if joint.contested else []), *(cp.reshape(y, (1,), order="C") for y in stated.fills.values())]
    bounds = []
    if parts:
        chosen = cp.hstack(parts)
        bounds = [chosen >= lower, chosen <= upper]
    problem = cp.Problem(cp.Maximize(joint_value(stated)), [*stated.constraints, *bounds])
    return JointRelaxation(joint, stated, problem, joint.contested, tuple(stated.fills), lower, upper, by_sides)
