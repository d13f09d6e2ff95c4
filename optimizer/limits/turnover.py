"""The limit on turnover."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.limits.base import End, LinearLimit, Rows
from optimizer.limits.coefficients import Coefficients
from optimizer.limits.readings import Reading
from optimizer.limits.validation import require_not_negative
from optimizer.outcome import Outcome
from optimizer.problem import Problem

__all__ = ["TurnoverLimit"]


@dataclass(frozen=True)
class TurnoverLimit(LinearLimit):
    """1'b + 1's <= limit: buys plus sells over NAV (two-way)."""

    limit: float
    name = "turnover"

    def __post_init__(self) -> None:
        require_not_negative(self.name, self.limit)

    def rows(self, problem: Problem) -> Rows:
        """Return one row."""
        buy = Coefficients.one_row(np.ones(len(problem.assets)))
        sell = Coefficients.one_row(np.ones(len(problem.lot_asset)))
        return Rows(np.array([self.limit]), (End(self.limit),), buy=buy, sell=sell)

    def readings(self, outcome: Outcome) -> list[Reading]:
        """Return turnover in dollars over NAV."""
        return [self.reading(outcome.turnover, self.limit)]
