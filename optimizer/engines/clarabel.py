"""The reference engine: the cone program in CVXPY, solved by Clarabel. Takes every limit, users' own included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.cone import cone_model
from optimizer.limits.base import Limit
from optimizer.problem import Pattern, Problem
from optimizer.solution import Solution

__all__ = ["ClarabelEngine"]


@dataclass(frozen=True)
class ClarabelEngine:
    """CVXPY + Clarabel on the cone form."""

    name: str = "cvxpy-clarabel"

    def takes(self, problem: Problem, limits: Sequence[Limit]) -> bool:  # noqa: ARG002 there is none that it refuses
        """Return True: whatever has a form in CVXPY can be solved."""
        return True

    def solve(self, problem: Problem, limits: Sequence[Limit], pattern: Pattern) -> Solution | None:
        """Return the best trades of a pattern, or None where it has none."""
        return cone_model(problem, limits, pattern).maximise_value()
