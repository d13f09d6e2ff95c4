"""The limit on the loss realised in one name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from optimizer.limits.base import End, LinearLimit, Reading, Rows
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
        names = np.unique(problem.lot_asset[problem.lot_is_loss])
        losses = sp.csr_array(problem.lot_sum @ sp.diags_array(np.maximum(-problem.lot_gain, 0.0)))
        return Rows(
            self.limit + (losses @ problem.washed)[names],
            tuple(End(self.limit, problem.assets[i]) for i in names),
            sell=losses[names],
        )

    def readings(self, outcome: Outcome) -> list[Reading]:
        """Return the loss of each name that realised one."""
        return [
            self.reading(outcome.losses[i] / outcome.nav, self.limit, where=outcome.assets[i])
            for i in np.flatnonzero(outcome.losses)
        ]
