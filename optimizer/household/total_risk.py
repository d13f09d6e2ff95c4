"""Tracking error of all sleeves together against the blended benchmark, and the limit on it as one sleeve sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.cvxpy_later import cp
from optimizer.household.household import Household
from optimizer.limits.base import End, Inequality, Limit, Variables
from optimizer.limits.readings import Reading
from optimizer.outcome import Outcome
from optimizer.problem import Problem
from risk import FactorRisk

__all__ = ["TotalTrackingErrorLimit", "holdings_after", "total_active", "total_tracking_error", "tracking_error_of"]

Floats = NDArray[np.float64]


def holdings_after(outcome: Outcome) -> dict[str, float]:
    """Dollars held of each name once a sleeve's trades have filled."""
    return dict(zip(outcome.assets, (outcome.shares_after * outcome.price).tolist(), strict=True))


def total_active(household: Household, holdings: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Active weight of each name in the household, from the dollars that its sleeves hold."""
    active = {asset: -weight for asset, weight in household.benchmark.items()}
    for held in holdings:
        for asset, dollars in held.items():
            active[asset] = active.get(asset, 0.0) + dollars / household.nav
    return active


def total_tracking_error(household: Household, risk: FactorRisk, holdings: Sequence[Mapping[str, float]]) -> float:
    """Annual tracking error of the household over the names that the risk model rates."""
    return tracking_error_of(total_active(household, holdings), risk)


def tracking_error_of(active: Mapping[str, float], risk: FactorRisk) -> float:
    """Annual tracking error of active weights by asset, of those that the risk model rates."""
    return risk.tracking_error(np.array([active.get(asset, 0.0) for asset in risk.assets]))


@dataclass(frozen=True, eq=False)
class TotalTrackingErrorLimit(Limit):
    """Limit on the household's tracking error while one sleeve trades and the others are as given.

    Parameters
    ----------
    limit : float
        A year, as a fraction of the household's NAV.
    share : float
        What the sleeve is worth over the household's NAV.
    rest : mapping of str to float
        Active weights in the household with this sleeve left out: what the others hold less the blended benchmark.
    risk : FactorRisk
    room : float
        Part of the limit that is kept free for rounding to shares, which does not steer by it.
    """

    limit: float
    share: float
    rest: Mapping[str, float]
    risk: FactorRisk
    room: float = 0.0
    name = "household_tracking_error"
    unit = "a year, fraction of NAV"

    def inequalities(self, problem: Problem, variables: Variables) -> list[Inequality]:
        """Return one second-order cone, in percent of the household's NAV."""
        names = np.flatnonzero(problem.rated)
        inside = {problem.assets[i] for i in names}
        fixed = np.array([self.rest.get(problem.assets[i], 0.0) for i in names])
        start = 100 * (fixed + self.share * problem.benchmark[names])
        outside = [a for a in self.risk.assets if a not in inside and self.rest.get(a, 0.0) != 0.0]
        others = self.risk.reindex(outside)
        away = 100 * np.array([self.rest[a] for a in outside])
        own = self.share * variables.active[names] + start
        exposure = self.share * variables.exposure + problem.root[names].T @ start + others.root().T @ away
        parts = [
            exposure,
            cp.multiply(np.sqrt(problem.specific_variance[names]), own),
            np.array([np.sqrt(away @ (others.specific_variance * away))]),
        ]
        return [
            Inequality(cp.norm(cp.hstack(parts), 2), np.array(100 * self.limit * (1 - self.room)), (End(self.limit),))
        ]

    def readings(self, outcome: Outcome) -> list[Reading]:
        """Return the household's tracking error with this sleeve as the trades leave it."""
        active = dict(self.rest)
        for asset, weight in zip(outcome.assets, (outcome.shares_after * outcome.price).tolist(), strict=True):
            active[asset] = active.get(asset, 0.0) + self.share * weight / outcome.nav
        return [self.reading(tracking_error_of(active, self.risk), self.limit)]
