"""How likely later returns are under a factor model."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from risk.factor_risk import FactorRisk

__all__ = ["mean_log_likelihood"]

Floats = NDArray[np.float64]


def mean_log_likelihood(model: FactorRisk, returns: Floats, periods_per_year: float) -> float:
    """Mean Gaussian log-likelihood a name and period.

    Parameters
    ----------
    model : FactorRisk
        Of N assets, annual.
    returns : array of shape (T, N)
        In the order of the model's assets; NaN counts as zero.
    periods_per_year : float
    """
    R = np.nan_to_num(returns)
    D = model.specific_variance / periods_per_year
    G = model.root() / np.sqrt(periods_per_year)
    # Woodbury: the N x N covariance is never formed.
    inner = np.eye(G.shape[1]) + G.T @ (G / D[:, None])
    projected = (R / D) @ G
    quadratic = (R**2 / D).sum(axis=1) - (projected * np.linalg.solve(inner, projected.T).T).sum(axis=1)
    log_det = float(np.log(D).sum() + np.linalg.slogdet(inner)[1])
    return float(-0.5 * (quadratic.mean() / len(D) + log_det / len(D) + np.log(2 * np.pi)))
