"""The limit on what is traded of a name against what the market trades of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.limits.base import End, LinearLimit, Rows
from optimizer.limits.coefficients import Coefficients
from optimizer.limits.readings import Reading
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
        count, n, size = len(known), len(problem.assets), len(problem.lot_asset)
        place = np.full(n, -1, dtype=np.intp)
        place[known] = np.arange(count)
        lots = np.flatnonzero(place[problem.lot_asset] >= 0)
        return Rows(
            self.limit * problem.adv[known],
            tuple(End(self.limit * problem.adv[i], problem.assets[i]) for i in known.tolist()),
            buy=Coefficients(np.arange(count), known, np.ones(count), (count, n)),
            sell=Coefficients(place[problem.lot_asset[lots]], lots, np.ones(len(lots)), (count, size)),
        )

    def readings(self, outcome: Outcome) -> list[Reading]:
        """Return what is traded of each name whose volume is known, where anything is."""
        traded, most = (outcome.bought + outcome.sold) / outcome.nav, self.limit * outcome.adv / outcome.nav
        return [
            self.reading(traded[i], most[i], where=outcome.assets[i])
            for i in np.flatnonzero((traded > 0) & ~np.isnan(most))
        ]
