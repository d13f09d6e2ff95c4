"""The limit on the loss realised in one name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.limits.base import Ends, LinearLimit, Rows
from optimizer.limits.coefficients import Coefficients
from optimizer.limits.readings import Readings
from optimizer.limits.validation import require_not_negative
from optimizer.outcome import Outcome
from optimizer.problem import Problem

__all__ = ["LossPerNameLimit"]


@dataclass(frozen=True)
class LossPerNameLimit(LinearLimit):
    """sum over the lots of a name of loss_l s_l <= limit: losses realised in one name, gains not set off.

    What a wash sale disallows is no loss realised.
    """

    limit: float
    name = "loss_per_name"

    def __post_init__(self) -> None:
        require_not_negative(self.name, self.limit)

    def rows(self, problem: Problem) -> Rows:
        """Return one row for each name that holds a loss."""
        lots = np.flatnonzero(problem.lot_is_loss)
        holds = np.zeros(len(problem.assets), dtype=bool)
        holds[problem.lot_asset[lots]] = True
        names = np.flatnonzero(holds)
        row = (np.cumsum(holds) - 1)[problem.lot_asset[lots]]
        limit = np.full(len(names), self.limit)
        ends = Ends(limit, [problem.assets[i] for i in names.tolist()], np.zeros(len(names), dtype=bool))
        losses = Coefficients(row, lots, -problem.lot_gain[lots], (len(names), len(problem.lot_asset)))
        return Rows(limit + losses @ problem.washed, ends, sell=losses)

    def readings(self, outcome: Outcome) -> Readings:
        """Return the loss of each name that realised one."""
        names = np.flatnonzero(outcome.losses)
        value = outcome.losses[names] / outcome.nav
        return self.reading_each(value, np.full(len(names), self.limit), [outcome.assets[i] for i in names.tolist()])
