"""skfolio's mean-risk optimization on the backtest of weights; needs skfolio."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from skfolio.optimization import MeanRisk, ObjectiveFunction
from skfolio.prior import BasePrior, ReturnDistribution

from bench.weights_market import Walk, WeightsMarket, walk

__all__ = ["skfolio_walk"]

Floats = NDArray[np.float64]


class _Given(BasePrior):
    """Expected returns and covariance as they are given."""

    def __init__(self, mu: Any = None, covariance: Any = None) -> None:
        self.mu = mu
        self.covariance = covariance

    def fit(self, X: Any, y: Any = None, **fit_params: Any) -> _Given:  # noqa: ARG002 its base class has them
        """Give them."""
        self.return_distribution_ = ReturnDistribution(mu=self.mu, covariance=self.covariance, returns=np.asarray(X))
        return self


def skfolio_walk(market: WeightsMarket) -> Walk:
    """Fit `MeanRisk` month by month; variance against the benchmark is written out, for its own is absolute."""
    B, F = market.loadings, market.factor_variance
    covariance = (B * F) @ B.T + np.diag(market.specific)
    toward = 2 * market.gamma * covariance @ market.benchmark

    def decide(month: int, before: Floats) -> Floats:
        model = MeanRisk(
            objective_function=ObjectiveFunction.MAXIMIZE_UTILITY,
            risk_aversion=market.gamma,
            prior_estimator=_Given(market.alpha[month] + toward, covariance),
            transaction_costs=market.cost,
            previous_weights=before,
        )
        weights: Floats = np.maximum(model.fit(market.returns[:2]).weights_, 0.0)
        return weights / weights.sum()

    return walk(market, decide)
