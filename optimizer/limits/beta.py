"""The limit on the beta that the active positions have against the benchmark."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.limits.base import LinearLimit, Rows, band, both_sides
from optimizer.limits.coefficients import Coefficients
from optimizer.limits.readings import Reading
from optimizer.limits.validation import require_not_negative
from optimizer.outcome import Outcome
from optimizer.problem import Problem

__all__ = ["BetaActiveLimit"]


@dataclass(frozen=True)
class BetaActiveLimit(LinearLimit):
    """|sum of beta_i a_i| <= limit, beta_i = (Sigma w_b)_i / (w_b' Sigma w_b); not `strict`: no worse than it was.

    This is the beta of the active positions a to the benchmark w_b, by the risk model: beta of the portfolio less one
    where nothing is held in cash. Names that the model does not rate count neither as positions nor in the benchmark.
    Source of the formula: Grinold and Kahn, Active Portfolio Management, chapter 2.
    """

    limit: float
    strict: bool = False
    name = "beta_active"
    unit = "beta to the benchmark"

    def __post_init__(self) -> None:
        require_not_negative(self.name, self.limit)

    def rows(self, problem: Problem) -> Rows:
        """Return two rows, none where the benchmark has no rated name."""
        w = np.where(problem.rated, problem.benchmark, 0.0)
        variance = problem.variance(w)
        if not variance > 0:
            return Rows(np.empty(0), ())
        beta = (problem.root @ (problem.root.T @ w) + problem.specific_variance * w) / variance
        lower, upper = band(self.limit, np.array([beta @ problem.active]), strict=self.strict)
        return both_sides(Coefficients.one_row(beta), lower, upper, [""])

    def readings(self, outcome: Outcome) -> list[Reading]:
        """Return the end of the band that active beta is nearer to."""
        beta = _betas(outcome)
        if beta is None:
            return []
        after = float(beta @ outcome.active_after)
        (lower,), (upper,) = band(self.limit, np.array([beta @ outcome.active_before]), strict=self.strict)
        near_lower = lower - after > after - upper
        return [self.reading(after, lower if near_lower else upper, lower=bool(near_lower))]


def _betas(outcome: Outcome) -> NDArray[np.float64] | None:
    """Beta of each name of the outcome from the model itself, zero where not rated, shape (N,)."""
    risk = outcome.risk
    rated = [asset for asset in outcome.assets if asset in risk]
    known = risk.reindex(rated)
    w = np.array([outcome.benchmark.get(asset, 0.0) for asset in rated])
    covariance = known.loadings @ (known.factor_covariance @ (known.loadings.T @ w)) + known.specific_variance * w
    variance = float(w @ covariance)
    if not variance > 0:
        return None
    beta = dict(zip(rated, (covariance / variance).tolist(), strict=True))
    return np.array([beta.get(asset, 0.0) for asset in outcome.assets])
