"""The limit on harvesting to the losses that the year can use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.limits.base import End, LinearLimit, Rows
from optimizer.limits.coefficients import Coefficients
from optimizer.limits.readings import Reading
from optimizer.outcome import Outcome
from optimizer.problem import Problem
from optimizer.year_to_date import YearToDate

__all__ = ["HarvestOffsetsLimit"]


@dataclass(frozen=True)
class HarvestOffsetsLimit(LinearLimit):
    """Losses less gains realised by this rebalance <= max(0, S + L + D): harvest only what offsets.

    S and L are the year's net gains before it, carryovers in, and D the net loss that other income takes, so that no
    loss of this rebalance is carried to the next year. Without this limit everything is harvested.
    """

    year: YearToDate
    name = "harvest_offsets"

    @property
    def _dollars(self) -> float:
        return max(0.0, sum(self.year.net) + self.year.deduction)

    def rows(self, problem: Problem) -> Rows:
        """Return one row."""
        most = self._dollars / problem.nav
        upper = np.array([most - problem.lot_gain @ problem.washed])
        return Rows(upper, (End(most),), sell=Coefficients.one_row(-problem.lot_gain))

    def readings(self, outcome: Outcome) -> list[Reading]:
        """Return losses less gains in dollars over NAV."""
        return [self.reading(-float(outcome.gains().sum()) / outcome.nav, self._dollars / outcome.nav)]
