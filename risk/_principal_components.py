"""Asymptotic principal components on returns with gaps: the pure functions under `StatisticalRiskModel`.

Source: Connor and Korajczyk, "Performance measurement with the arbitrage pricing theory", J. Financial Economics 15
(1986), and "A test for the number of factors", J. Finance 48 (1993); gaps are filled by iterating the fit (the EM
algorithm of Stock and Watson, J. Business & Economic Statistics 20, 2002).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

__all__ = ["PrincipalComponents", "exponential_weights", "principal_components"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PrincipalComponents:
    """A fit r(t) = B f(t) + u(t), in returns of one period.

    Parameters
    ----------
    loadings : array of shape (N, K)
        B.
    factor_returns : array of shape (T, K)
        f.
    specific_variance : array of shape (N,)
        Weighted variance of u, corrected for the K fitted coefficients.
    """

    loadings: Floats
    factor_returns: Floats
    specific_variance: Floats


def exponential_weights(periods: int, half_life: float) -> Floats:
    """Weights of T periods, oldest first, that halve every `half_life` periods and sum to one; shape (T,)."""
    weights = 0.5 ** (np.arange(periods)[::-1] / half_life)
    normalised: Floats = weights / weights.sum()
    return normalised


def principal_components(
    returns: Floats, weights: Floats, n_factors: int, *, max_iterations: int = 10, tolerance: float = 1e-3
) -> PrincipalComponents:
    """Fit K factors to returns that may have gaps.

    Each column is scaled to unit weighted deviation, the K leading components of the weighted panel are the factors,
    loadings come from each asset's own regression on the days it was observed, and missing cells are replaced by the
    fit until that no longer moves.

    Parameters
    ----------
    returns : array of shape (T, N)
        NaN where missing; every column has more than K observations and is not constant.
    weights : array of shape (T,)
        Sum to one.
    n_factors : int
        K, at most min(T, N).
    max_iterations, tolerance
        When to stop filling gaps: mean absolute change of a filled cell, in deviations.

    Returns
    -------
    PrincipalComponents
    """
    observed = np.isfinite(returns)
    share = weights @ observed
    scale = np.sqrt(weights @ np.where(observed, returns, 0.0) ** 2 / share)
    Z = np.where(observed, returns / scale, 0.0)
    gaps = ~observed
    gappy = gaps.any(axis=0)
    still = _gram(Z[:, ~gappy], weights)
    for _ in range(max_iterations):
        # Only the names with gaps change from one round to the next.
        f = _leading_components(Z, weights, n_factors, still + _gram(Z[:, gappy], weights))
        B = _regress(Z, f, weights, observed)
        fitted = f @ B.T
        change = float(np.abs(Z[gaps] - fitted[gaps]).mean()) if gaps.any() else 0.0
        Z[gaps] = fitted[gaps]
        if change < tolerance:
            break
    u2 = np.where(observed, Z - fitted, 0.0) ** 2
    effective = share**2 / (weights**2 @ observed)
    correction = effective / np.maximum(effective - n_factors, 1.0)
    variance = weights @ u2 / share * correction
    return PrincipalComponents(B * scale[:, None], f, variance * scale**2)


def _gram(Z: Floats, weights: Floats) -> Floats:
    """Weighted products of periods, (T, T)."""
    X = Z * np.sqrt(weights)[:, None]
    return np.asarray(X @ X.T, dtype=float)


def _leading_components(Z: Floats, weights: Floats, n_factors: int, gram: Floats) -> Floats:
    """Scores (T, K) of the leading components, by whichever Gram matrix is the smaller."""
    X = Z * np.sqrt(weights)[:, None]
    periods, assets = X.shape
    if periods <= assets:
        values, vectors = eigh(gram, subset_by_index=[periods - n_factors, periods - 1])
        directions = X.T @ vectors / np.sqrt(np.maximum(values, np.finfo(float).tiny))
    else:
        _, directions = eigh(X.T @ X, subset_by_index=[assets - n_factors, assets - 1])
    directions = directions[:, ::-1]
    # An eigenvector's sign is arbitrary; the larger half of the names decides it, so that the same data give the
    # same bytes.
    signs = np.where(directions.sum(axis=0) < 0, -1.0, 1.0)
    scores: Floats = Z @ (directions * signs)
    return scores


def _regress(Z: Floats, f: Floats, weights: Floats, observed: NDArray[np.bool_]) -> Floats:
    """Weighted least squares of every column of Z on f over its own observed days; (N, K)."""
    k = f.shape[1]
    wf = f * weights[:, None]
    # Names without a gap share one normal matrix; only the others need their own.
    own: Floats = np.asarray(np.linalg.solve(wf.T @ f, wf.T @ Z).T, dtype=float)
    gappy = ~observed.all(axis=0)
    if not gappy.any():
        return own
    products = (wf[:, :, None] * f[:, None, :]).reshape(len(f), k * k)
    normal = (observed[:, gappy].T.astype(float) @ products).reshape(-1, k, k)
    # A whisper of ridge keeps a name whose observed days do not span the factors solvable.
    ridge = 1e-8 * np.trace(normal, axis1=1, axis2=2)[:, None, None] / k * np.eye(k)
    right = np.where(observed, Z, 0.0)[:, gappy].T @ wf
    own[gappy] = np.linalg.solve(normal + ridge, right[:, :, None])[:, :, 0]
    return own
