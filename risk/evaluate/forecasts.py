"""What is under test: anything that predicts the variance of a portfolio, and the straight covariance estimators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone

from risk.evaluate.history import Window
from risk.factor_risk import FactorRisk
from taxsleeve_errors import RiskModelError

__all__ = ["DenseRisk", "PortfolioRisk", "StraightEstimator", "predicted_variances"]

Floats = NDArray[np.float64]
_DAYS_A_YEAR = 252.0


@runtime_checkable
class PortfolioRisk(Protocol):
    """A prediction of the annual variance of any portfolio of its assets; `FactorRisk` is one."""

    @property
    def assets(self) -> tuple[str, ...]:
        """Names that are rated."""

    def variance(self, active: ArrayLike) -> float:
        """Annual variance of a portfolio, weights of shape (N,)."""

    def reindex(self, assets: Sequence[str]) -> Self:
        """Return the prediction for just these assets, in this order."""


@dataclass(frozen=True, eq=False)
class DenseRisk:
    """A covariance matrix as it is.

    Parameters
    ----------
    assets : tuple of str
        The N names.
    covariance : array of shape (N, N)
        Annual, positive semidefinite.
    """

    assets: tuple[str, ...]
    covariance: Floats

    def __post_init__(self) -> None:
        n = len(self.assets)
        if self.covariance.shape != (n, n) or not np.isfinite(self.covariance).all():
            raise RiskModelError(f"covariance: shape {self.covariance.shape}, expected finite numbers ({n}, {n})")

    def variance(self, active: ArrayLike) -> float:
        """Annual variance a' Sigma a."""
        a = np.asarray(active, dtype=float)
        return float(a @ self.covariance @ a)

    def reindex(self, assets: Sequence[str]) -> DenseRisk:
        """Return the rows and columns of these assets."""
        position = {asset: i for i, asset in enumerate(self.assets)}
        missing = [asset for asset in assets if asset not in position]
        if missing:
            raise RiskModelError(f"no risk figures for {', '.join(missing[:5])} ({len(missing)} of {len(assets)})")
        rows = [position[asset] for asset in assets]
        return DenseRisk(tuple(assets), self.covariance[np.ix_(rows, rows)])


def predicted_variances(model: PortfolioRisk, weights: Floats) -> Floats:
    """Annual variance of each portfolio, weights of shape (P, N) in the model's order; the N x N of a factor model is
    never formed.
    """
    W = np.asarray(weights, dtype=float)
    if isinstance(model, FactorRisk):
        exposure = W @ model.loadings
        systematic = np.einsum("pk,kl,pl->p", exposure, model.factor_covariance, exposure, optimize=True)
        factor_form: Floats = systematic + W**2 @ model.specific_variance
        return factor_form
    if isinstance(model, DenseRisk):
        dense: Floats = np.einsum("pn,pn->p", W @ model.covariance, W)
        return np.maximum(dense, 0.0)
    return np.array([model.variance(row) for row in W])


@dataclass(frozen=True)
class StraightEstimator:
    """A `sklearn.covariance` estimator fitted on the window's returns themselves, every day the same weight.

    It needs a full panel, so a missing return counts as zero and a name's other returns are scaled up by
    sqrt(T / observed), which keeps its variance; names with fewer than `min_history` returns are not rated.

    Parameters
    ----------
    estimator : sklearn.covariance estimator
        Cloned for each fit.
    min_history : int
    """

    estimator: Any
    min_history: int = 60

    def __call__(self, window: Window) -> DenseRisk:
        """Fit on a window."""
        observed = window.returns.notna().to_numpy()
        count = observed.sum(axis=0)
        rated = count >= self.min_history
        R = np.where(observed, window.returns.to_numpy(dtype=float), 0.0)[:, rated]
        R *= np.sqrt(len(R) / count[rated])
        estimator = clone(self.estimator).fit(R)
        names = tuple(str(name) for name in window.returns.columns[rated])
        return DenseRisk(names, np.asarray(estimator.covariance_, dtype=float) * _DAYS_A_YEAR)
