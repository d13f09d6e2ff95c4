"""The budget of gains that may be realised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from optimizer.limits.base import End, LinearLimit, Reading, Rows
from optimizer.limits.validation import require_not_negative
from optimizer.outcome import Outcome
from optimizer.problem import Problem

__all__ = ["RealizedGainLimit"]


@dataclass(frozen=True)
class RealizedGainLimit(LinearLimit):
    """sum of gain_l s_l over lots with a gain <= limit: gross gains realised, losses not set off."""

    limit: float
    name = "realized_gain"

    def __post_init__(self) -> None:
        require_not_negative(self.name, self.limit)

    def rows(self, problem: Problem) -> Rows:
        """Return one row."""
        gains = sp.csr_array(np.maximum(problem.lot_gain, 0.0)[None, :])
        return Rows(np.array([self.limit]), (End(self.limit),), sell=gains)

    def readings(self, outcome: Outcome) -> list[Reading]:
        """Return gross gains in dollars over NAV."""
        return [self.reading(outcome.gross_gains / outcome.nav, self.limit)]
