"""The limit on what is traded of a name against what the market trades of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from optimizer.limits.base import End, LinearLimit, Reading, Rows
from optimizer.limits.validation import require_not_negative
from optimizer.outcome import Outcome
from optimizer.problem import Problem

__all__ = ["LiquidityLimit"]


@dataclass(frozen=True)
class LiquidityLimit(LinearLimit):
    """b_i + (Ms)_i <= limit x ADV_i for every name: buys plus sells as a fraction of its average daily volume.

    Read in fractions of NAV, as b_i and (Ms)_i are. A name whose volume is not known is not limited; one of no volume
    at all is not traded.
    """

    limit: float
    name = "liquidity"

    def __post_init__(self) -> None:
        require_not_negative(self.name, self.limit)

    def rows(self, problem: Problem) -> Rows:
        """Return one row for each name of known volume, in fractions of NAV."""
        known = np.flatnonzero(~np.isnan(problem.adv))
        pick = sp.csr_array((np.ones(len(known)), (np.arange(len(known)), known)), (len(known), len(problem.assets)))
        return Rows(
            self.limit * problem.adv[known],
            tuple(End(self.limit * problem.adv[i], problem.assets[i]) for i in known),
            buy=pick,
            sell=sp.csr_array(pick @ problem.lot_sum),
        )

    def readings(self, outcome: Outcome) -> list[Reading]:
        """Return what is traded of each name whose volume is known, where anything is."""
        traded, most = (outcome.bought + outcome.sold) / outcome.nav, self.limit * outcome.adv / outcome.nav
        return [
            self.reading(traded[i], most[i], where=outcome.assets[i])
            for i in np.flatnonzero((traded > 0) & ~np.isnan(most))
        ]
