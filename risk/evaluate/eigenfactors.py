"""Eigenfactor portfolios: the uncorrelated directions of a model's own factors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.sparse.linalg import eigsh

from risk.evaluate.forecasts import DenseRisk, PortfolioRisk
from risk.evaluate.portfolios import PortfolioSet
from risk.factor_risk import FactorRisk

__all__ = ["eigenfactor_portfolios"]

Floats = NDArray[np.float64]
_FAMILY = "eigenfactor"


def eigenfactor_portfolios(model: PortfolioRisk, count: int = 20) -> PortfolioSet | None:
    """Portfolios of a model's own eigenfactors, largest first; None for a model that is neither factor nor matrix.

    Of a factor model F = U D U': the portfolio of least specific risk with exposures U_k,
    D_s^-1 B (B' D_s^-1 B)^+ U_k; all K of them (fewer where exposures are collinear), named by rank. Of a covariance
    matrix: its `count` leading eigenvectors (scaled to unit gross weight, which no score depends on).
    """
    if isinstance(model, FactorRisk):
        W = _mimicking(model)
    elif isinstance(model, DenseRisk):
        W = _leading(model.covariance, count)
    else:
        return None
    gross = np.abs(W).sum(axis=1)
    W = W[gross > 0] / gross[gross > 0][:, None]
    return PortfolioSet(_FAMILY, tuple(f"eigenfactor {k + 1}" for k in range(len(W))), W)


def _leading(covariance: Floats, count: int) -> Floats:
    """Leading eigenvectors as rows, largest first."""
    n = len(covariance)
    if n > 4 * count:
        # Lanczos from a fixed start, so that the same data give the same bytes.
        values, vectors = eigsh(covariance, k=count, which="LA", v0=np.ones(n))
        rows: Floats = vectors[:, np.argsort(-values)].T
        return rows
    _, vectors = eigh(covariance, subset_by_index=[max(n - count, 0), n - 1])
    return np.asarray(vectors[:, ::-1].T, dtype=float)


def _mimicking(model: FactorRisk) -> Floats:
    _, U = np.linalg.eigh(model.factor_covariance)
    U = U[:, ::-1]
    weighted = model.loadings / model.specific_variance[:, None]
    pseudo_inverse = np.linalg.pinv(model.loadings.T @ weighted, rcond=1e-8, hermitian=True)
    exposures = model.loadings.T @ weighted @ pseudo_inverse @ U
    # A direction that the names' exposures do not span has no portfolio.
    spanned = (exposures * U).sum(axis=0) > 0.5
    portfolios: Floats = (weighted @ pseudo_inverse @ U[:, spanned]).T
    return portfolios
