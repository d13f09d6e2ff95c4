"""The joint program with its either-or choices left open, solved with any of them made, for a bound and for trades."""

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
    state_jointly,
)
from optimizer.household.joint_problem import JointProblem

__all__ = ["Choices", "JointRelaxation", "Relaxed", "joint_relaxation"]

# Above so many names in all sleeves, what is left open is stated anew: parameters take longer than they save.
_MOST_COMPILED = 500
# Above so many names in all sleeves the groups are not split by sides: with 1,200 names a sleeve that took a quarter
# longer and proved as good as nothing more.
MOST_SPLIT_NAMES = 3000


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
class _Compiled:
    """The whole program with its choices as parameters: least and greatest z, then y."""

    stated: StatedJointly
    problem: cp.Problem
    lower: cp.Parameter
    upper: cp.Parameter


@dataclass(frozen=True, eq=False)
class JointRelaxation:
    """The relaxed program of a household.

    Parameters
    ----------
    joint : JointProblem
    by_sides : bool
        Whether contested groups are split by sides.
    compiled : _Compiled or None
        None where the program is stated anew each time.
    """

    joint: JointProblem
    by_sides: bool
    compiled: _Compiled | None

    def solve(self, choices: Choices) -> Relaxed:
        """Solve with these choices made and the others open."""
        if self.compiled is None:
            stated = state_jointly(self.joint, choices.sides, choices.filled, by_sides=self.by_sides)
            stated.keep_household_limits()
            problem = cp.Problem(cp.Maximize(joint_value(stated)), stated.constraints)
        else:
            stated, problem = self.compiled.stated, self.compiled.problem
            made: list[bool | None] = [choices.sides.get(group) for group in self.joint.contested]
            made += [choices.filled.get(key) for key in stated.fills]
            self.compiled.lower.value = np.array([float(bool(choice)) for choice in made])
            self.compiled.upper.value = np.array([float(choice is not False) for choice in made])
        solved, bound = run_for_bound(problem)
        solution = read_solution(stated, float(problem.value) / 100) if solved else None
        return Relaxed(np.inf if bound is None else bound / 100, solution)


def joint_relaxation(joint: JointProblem) -> JointRelaxation:
    """State a household with every choice left open."""
    by_sides = joint.names <= MOST_SPLIT_NAMES
    if joint.names > _MOST_COMPILED:
        return JointRelaxation(joint, by_sides, None)
    stated = state_jointly(joint, {}, {}, by_sides=by_sides)
    stated.keep_household_limits()
    parts = [*([stated.z] if joint.contested else []), *(cp.reshape(y, (1,), order="C") for y in stated.fills.values())]
    if not parts:
        return JointRelaxation(joint, by_sides, None)
    count = len(joint.contested) + len(stated.fills)
    lower, upper, chosen = cp.Parameter(count), cp.Parameter(count), cp.hstack(parts)
    constraints = [*stated.constraints, chosen >= lower, chosen <= upper]
    problem = cp.Problem(cp.Maximize(joint_value(stated)), constraints)
    return JointRelaxation(joint, by_sides, _Compiled(stated, problem, lower, upper))
