"""The hard limit on tracking error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.cvxpy_later import cp
from optimizer.limits.base import End, Inequality, Limit, Variables
from optimizer.limits.readings import Reading
from optimizer.limits.validation import require_positive
from optimizer.outcome import Outcome
from optimizer.problem import Problem

__all__ = ["TrackingErrorLimit"]


@dataclass(frozen=True)
class TrackingErrorLimit(Limit):
    """sqrt(y'y + a'Da) <= limit: ex-ante tracking error, a year, as a fraction of NAV.

    Names that the risk model does not rate cannot count.
    """

    limit: float
    name = "tracking_error"
    unit = "a year, fraction of NAV"

    def __post_init__(self) -> None:
        require_positive(self.name, self.limit)

    def inequalities(self, problem: Problem, variables: Variables) -> list[Inequality]:
        """Return one second-order cone."""
        rated = np.flatnonzero(problem.rated)
        if not len(rated):
            return []
        specific = cp.multiply(np.sqrt(problem.specific_variance[rated]), variables.active[rated])
        deviation = cp.norm(cp.hstack([variables.exposure, specific]), 2)
        return [Inequality(deviation, np.array(100 * self.limit), (End(self.limit),))]

    def readings(self, outcome: Outcome) -> list[Reading]:
        """Return tracking error from the risk model and the traded account."""
        return [self.reading(outcome.tracking_error_after, self.limit)]
