"""Daily cross-sectional weighted least squares on market, sectors and styles, many days in one batch.

r_i(t) = f_m(t) + sum_k X_ik(t-1) f_k(t) + u_i(t), with the sector returns held to a cap-weighted zero sum,
sum_j c_j f_j = 0. Implemented by a change of basis: z_j = x_j - (c_j / c_k) x_k with k the largest sector left out, and
f_k = -sum_{j != k} c_j f_j / c_k (MOW ch. 3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["CrossSections", "cross_sections", "sector_basis"]

Floats = NDArray[np.float64]
_DAYS_A_BATCH = 8


@dataclass(frozen=True, eq=False)
class CrossSections:
    """Factor returns and residuals of T days.

    Parameters
    ----------
    factor_returns : array of shape (T, 1 + J + S)
        Market, J sectors, S styles. NaN on days without a regression.
    residuals : array of shape (T, N)
        u, NaN where a name has no return that day.
    """

    factor_returns: Floats
    residuals: Floats


def sector_basis(shares: Floats) -> Floats:
    """Full sector returns (J) from those without the largest sector (J - 1): f = R g with sum_j c_j f_j = 0.

    Parameters
    ----------
    shares : array of shape (J,)
        c, cap shares of the sectors; the largest is more than zero.

    Returns
    -------
    array of shape (J, J - 1)
        R, with shares @ R = 0.
    """
    k = int(np.argmax(shares))
    R: Floats = np.delete(np.eye(len(shares)), k, axis=1)
    R[k] = -np.delete(shares, k) / shares[k]
    return R


def cross_sections(
    returns: Floats, targets: Floats, sectors: NDArray[np.bool_], styles: Floats, caps: Floats, weights: Floats
) -> CrossSections:
    """Regress every day's returns on the exposures of the day before.

    Parameters
    ----------
    returns : array of shape (T, N)
        What is fitted (winsorised), NaN where missing.
    targets : array of shape (T, N)
        What residuals are of (the returns as they were), NaN where missing.
    sectors : array of shape (N, J)
        Membership, one sector a name.
    styles : array of shape (T, N, S)
        Exposures known before each day.
    caps : array of shape (T, N)
        Capitalisation known before each day, for the sectors' shares; NaN counts nothing.
    weights : array of shape (T, N)
        v of the regression; zero leaves a name out of it (it still has a residual).

    Returns
    -------
    CrossSections
    """
    days, n = returns.shape
    J, S = sectors.shape[1], styles.shape[2]
    f = np.full((days, 1 + J + S), np.nan)
    residuals = np.full((days, n), np.nan)
    dummies, sector = sectors.astype(float), sectors.argmax(axis=1)
    for start in range(0, days, _DAYS_A_BATCH):
        part = slice(start, min(start + _DAYS_A_BATCH, days))
        v = np.where(np.isfinite(returns[part]), np.nan_to_num(weights[part]), 0.0)
        # A sector without a member that day has no share, and no return.
        c = np.where(v > 0, np.nan_to_num(caps[part]), 0.0) @ dummies
        good = (v > 0).sum(axis=1) > 1 + J + S
        for t in np.flatnonzero(~good):
            c[t] = 1.0
        basis = np.stack([sector_basis(row) for row in c])
        X = np.empty((len(v), n, J + S))
        X[:, :, 0] = 1.0
        X[:, :, 1:J] = basis[:, sector]
        X[:, :, J:] = styles[part]
        g = _weighted_least_squares(X, np.nan_to_num(returns[part]), v)
        fitted = (X @ g[:, :, None])[:, :, 0]
        full = np.concatenate([g[:, :1], np.einsum("tjk,tk->tj", basis, g[:, 1:J]), g[:, J:]], axis=1)
        f[part] = np.where(good[:, None], full, np.nan)
        residuals[part] = np.where(good[:, None], targets[part] - fitted, np.nan)
    return CrossSections(f, residuals)


def _weighted_least_squares(X: Floats, y: Floats, v: Floats) -> Floats:
    """Coefficients (T, K) of T regressions; a column of zeros gets zero."""
    Xv = X * v[:, :, None]
    normal = Xv.transpose(0, 2, 1) @ X
    right = (Xv.transpose(0, 2, 1) @ y[:, :, None])[:, :, 0]
    size = np.einsum("tkk->tk", normal)
    scale = 1 / np.sqrt(np.where(size > 0, size, 1.0))
    scaled = normal * scale[:, :, None] * scale[:, None, :]
    # Keeps an empty or repeated column solvable; on columns of unit length it moves nothing that can be seen.
    scaled += 1e-12 * np.eye(X.shape[2])
    scaled[:, np.arange(X.shape[2]), np.arange(X.shape[2])] += size <= 0
    coefficients: Floats = np.linalg.solve(scaled, (right * scale)[:, :, None])[:, :, 0] * scale
    return coefficients
