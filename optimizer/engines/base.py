"""What an engine is: something that finds the best trades of one pattern."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from optimizer.limits.base import Limit
from optimizer.problem import Pattern, Problem
from optimizer.solution import Solution

__all__ = ["Engine"]


class Engine(Protocol):
    """Solves one pattern of a problem; the problem's definition is the same for every engine.

    Nothing that an engine says is believed: the trade list made of its answer is judged by `check_trades`.
    """

    @property
    def name(self) -> str:
        """What the result calls the engine."""

    def takes(self, problem: Problem, limits: Sequence[Limit]) -> bool:
        """Whether every one of these limits has a form that the engine can solve."""

    def solve(self, problem: Problem, limits: Sequence[Limit], pattern: Pattern) -> Solution | None:
        """Return the best trades of a pattern, or None where it has none.

        Raises
        ------
        SolverError
            The engine neither found trades nor proved that there are none.
        """
