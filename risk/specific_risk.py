"""Specific volatility of every name, those listed yesterday too: pure functions.

Time series by EWMA and Newey-West, blended with a structural model where the series is short or wild (MOW s. 5.1),
shrunk towards the mean of the size decile (MOW s. 5.2). All volatilities are for one period.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["bayesian_shrinkage", "blend_weight", "structural_volatility", "time_series_volatility"]

Floats = NDArray[np.float64]
_LEAST_NEWEY_WEST = 0.25


def time_series_volatility(residuals: Floats, half_life: float, lags: int) -> Floats:
    """EWMA volatility of each name's residuals with Bartlett-weighted autocovariances.

    sigma^2 = C_0 + 2 sum_d (1 - d/(D+1)) C_d about zero, over each name's own days; never under a quarter of C_0, which
    a few days of bounce could otherwise bring below zero.

    Parameters
    ----------
    residuals : array of shape (T, N)
        NaN where missing.
    half_life : float
    lags : int
        D.

    Returns
    -------
    array of shape (N,)
        NaN for a name without a residual.
    """
    seen = np.isfinite(residuals)
    u = np.where(seen, residuals, 0.0)
    w = 0.5 ** (np.arange(len(u))[::-1] / half_life)
    total = w @ seen
    C0 = np.divide(w @ u**2, total, out=np.full(u.shape[1], np.nan), where=total > 0)
    variance = C0.copy()
    for d in range(1, min(lags, len(u) - 1) + 1):
        pairs = w[d:] @ (seen[d:] & seen[:-d])
        C = np.divide(w[d:] @ (u[d:] * u[:-d]), pairs, out=np.zeros(u.shape[1]), where=pairs > 0)
        variance += 2 * (1 - d / (lags + 1)) * C
    volatility: Floats = np.sqrt(np.maximum(variance, _LEAST_NEWEY_WEST * C0))
    return volatility


def blend_weight(residuals: Floats) -> Floats:
    """How far to trust each name's own series, gamma_n from 0 to 1 (MOW eq. 5.2 to 5.4).

    gamma = min(1, max(0, (h - 60)/120)) min(1, max(0, exp(1 - Z))), Z = |s_eq - s~| / s~, with h the name's number of
    residuals, s~ = (Q3 - Q1)/1.35 of its residuals *through time*, s_eq their deviation clipped at +-10 s~.

    Parameters
    ----------
    residuals : array of shape (T, N)

    Returns
    -------
    array of shape (N,)
        Zero for a name without history: pure structural.
    """
    seen = np.isfinite(residuals)
    h = seen.sum(axis=0)
    robust = _interquartile(residuals, seen) / 1.35
    clipped = np.clip(np.where(seen, residuals, 0.0), -10 * robust, 10 * robust)
    mean = clipped.sum(axis=0) / np.maximum(h, 1)
    spread = np.sqrt((np.where(seen, clipped - mean, 0.0) ** 2).sum(axis=0) / np.maximum(h, 1))
    Z = np.divide(np.abs(spread - robust), robust, out=np.full(len(h), np.inf), where=robust > 0)
    gamma: Floats = np.clip((h - 60) / 120, 0.0, 1.0) * np.clip(np.exp(1 - Z), 0.0, 1.0)
    return gamma


def structural_volatility(
    volatility: Floats, exposures: Floats, weights: Floats, trusted: NDArray[np.bool_], ridge: float = 1e-6
) -> Floats:
    """Volatility from exposures alone: sigma_STR = E_0 exp(X b) (MOW eq. 5.5 and 5.6).

    b from the weighted regression of ln sigma on X over the trusted names; E_0 is the weighted mean of exp(e) of its
    residuals, slightly above one, because the exponential of an unbiased logarithm is biased low.

    Parameters
    ----------
    volatility : array of shape (N,)
        Of the time series; only the trusted are read.
    exposures : array of shape (N, K)
        X; rank need not be full.
    weights : array of shape (N,)
        Square root of capitalisation.
    trusted : array of shape (N,)
        Names with gamma = 1.

    Returns
    -------
    array of shape (N,)
    """
    good = trusted & (np.nan_to_num(volatility) > 0) & (weights > 0)
    X, y, w = exposures[good], np.log(volatility[good]), weights[good] / weights[good].sum()
    Xw = X * w[:, None]
    normal = Xw.T @ X
    b = np.linalg.solve(normal + ridge * np.eye(len(normal)) * np.trace(normal) / len(normal), Xw.T @ y)
    # Names that nothing like them is trusted for must not be thrown outside what was seen.
    fitted = np.clip(exposures @ b, y.min(), y.max())
    E0 = float(w @ np.exp(y - X @ b))
    structural: Floats = E0 * np.exp(fitted)
    return structural


def bayesian_shrinkage(volatility: Floats, caps: Floats, q: float, groups: int = 10) -> Floats:
    """Shrink towards the cap-weighted mean of the size decile (MOW eq. 5.8 to 5.11).

    sigma_SH = v m + (1 - v) sigma, v = q |sigma - m| / (Delta + q |sigma - m|), with m the cap-weighted mean of the
    decile and Delta = sqrt(mean (sigma - m)^2).

    Parameters
    ----------
    volatility, caps : arrays of shape (N,)
    q : float
        Zero shrinks nothing; 0.1 is right for a half-life near a quarter, 1 far too much.
    groups : int
        Number of groups by size.

    Returns
    -------
    array of shape (N,)
    """
    order = np.argsort(-caps, kind="stable")
    shrunk: Floats = volatility.copy()
    for members in np.array_split(order, min(groups, max(1, len(order)))):
        s, c = volatility[members], caps[members]
        m = float(c @ s / c.sum())
        distance = np.abs(s - m)
        delta = float(np.sqrt((distance**2).mean()))
        if delta > 0:
            v = q * distance / (delta + q * distance)
            shrunk[members] = v * m + (1 - v) * s
    return shrunk


def _interquartile(x: Floats, seen: NDArray[np.bool_]) -> Floats:
    """Q3 - Q1 down each column, over what is there; linear interpolation as in NumPy."""
    # Sorted along rows in memory, which is twice as quick.
    ordered = np.sort(np.where(seen, x, np.inf).T, axis=1).T
    h = seen.sum(axis=0)
    quartiles = []
    for p in (0.25, 0.75):
        place = p * np.maximum(h - 1, 0)
        low = np.floor(place).astype(int)
        high = np.minimum(low + 1, np.maximum(h - 1, 0))
        columns = np.arange(x.shape[1])
        a, b = ordered[low, columns], ordered[high, columns]
        with np.errstate(invalid="ignore"):
            quartiles.append(np.where(h > 0, a + (place - low) * (b - a), 0.0))
    spread: Floats = np.nan_to_num(quartiles[1] - quartiles[0])
    return spread
