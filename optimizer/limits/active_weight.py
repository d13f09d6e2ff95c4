"""The limit on the active weight of one name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from optimizer.limits.base import LinearLimit, Rows, band, both_right_sides, both_sides
from optimizer.limits.coefficients import Coefficients
from optimizer.limits.readings import Readings
from optimizer.limits.validation import require_not_negative
from optimizer.outcome import Outcome
from optimizer.problem import Floats, Problem

__all__ = ["ActiveWeightLimit"]


@lru_cache(maxsize=32)
def _each_name(n: int) -> Coefficients:
    return Coefficients(np.arange(n), np.arange(n), np.ones(n), (n, n))


@dataclass(frozen=True)
class ActiveWeightLimit(LinearLimit):
    """|a_i| <= limit for every name; not `strict`: where drift has broken it, no worse than it was."""

    limit: float
    strict: bool = False
    name = "active_weight"

    def __post_init__(self) -> None:
        require_not_negative(self.name, self.limit)

    def rows(self, problem: Problem) -> Rows:
        """Return two rows a name."""
        lower, upper = band(self.limit, problem.active, strict=self.strict)
        return both_sides(_each_name(len(problem.assets)), lower, upper, problem.assets)

    def right_sides(self, problem: Problem) -> Floats:
        """Return `upper` of the rows alone."""
        return both_right_sides(*band(self.limit, problem.active, strict=self.strict))

    def readings(self, outcome: Outcome) -> Readings:
        """Return the end of the band that each name is nearer to."""
        lower, upper = band(self.limit, outcome.active_before, strict=self.strict)
        after = outcome.active_after
        near_lower = lower - after > after - upper
        return self.reading_each(after, np.where(near_lower, lower, upper), outcome.assets, lower=near_lower)
