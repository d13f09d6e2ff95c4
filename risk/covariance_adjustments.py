"""From factor returns to a covariance that holds on portfolios an optimizer chose: pure functions.

Sources: Newey and West, Econometrica 55 (1987); Menchero, Wang, Orr, "Improving risk forecasts for optimized
portfolios", FAJ 68(3), 2012 (MWO); Menchero, Orr, Wang, *The Barra US Equity Model (USE4) Methodology Notes*, MSCI
2011 (MOW), sections 4.1 to 4.3.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import wishart
from sklearn.base import clone

__all__ = [
    "effective_sample",
    "eigenfactor_adjustment",
    "eigenfactor_bias",
    "newey_west",
    "one_step_ahead_variance",
    "shrunk_correlation",
    "volatility_regime",
]

Floats = NDArray[np.float64]
_LEAST_EIGENVALUE = 1e-8
_UNFITTED_EIGENFACTORS = 15


def effective_sample(weights: Floats) -> float:
    """Number of equally weighted observations that weights (T,) are worth: (sum w)^2 / sum w^2.

    For an endless EWMA this is (1 + lambda) / (1 - lambda).
    """
    return float(weights.sum() ** 2 / (weights**2).sum())


def newey_west(returns: Floats, weights: Floats, lags: int) -> Floats:
    """Long-run covariance a period, C_0 + sum_d (1 - d/(D+1)) (C_d + C_d'), of returns about zero.

    C_d = sum_t w_t f_t f_{t-d}' / sum_t w_t over the pairs there are; negative eigenvalues, which unequal weights can
    leave, are raised to a whisper of the largest.

    Parameters
    ----------
    returns : array of shape (T, K)
        No gaps.
    weights : array of shape (T,)
        Of the periods, any sum.
    lags : int
        D; zero for the plain weighted covariance.

    Returns
    -------
    array of shape (K, K)
    """
    total = weights.sum()
    weighted = returns * weights[:, None]
    F: Floats = weighted.T @ returns / total
    for d in range(1, lags + 1):
        C = weighted[d:].T @ returns[:-d] / total
        F += (1 - d / (lags + 1)) * (C + C.T)
    return _positive(F)


def shrunk_correlation(returns: Floats, weights: Floats, lags: int, estimator: Any) -> tuple[Floats, Any]:
    """Correlations of factor returns by `newey_west`, shrunk by a scikit-learn covariance estimator.

    The estimator wants a sample, not a matrix: it is given the standardised weighted returns, turned so that their
    second moment is the Newey-West correlation C: X = Z C_0^(-1/2) C^(1/2).

    Parameters
    ----------
    returns, weights, lags
        As in `newey_west`.
    estimator : sklearn.covariance estimator
        A clone of it is fitted.

    Returns
    -------
    correlation : array of shape (K, K)
    fitted : estimator
    """
    C = _to_correlation(newey_west(returns, weights, lags))
    scale = np.sqrt(weights @ returns**2 / weights.sum())
    Z = returns / scale * np.sqrt(weights / weights.sum() * len(returns))[:, None]
    C0 = Z.T @ Z / len(Z)
    X = Z @ _power(C0, -0.5) @ _power(C, 0.5)
    fitted = clone(estimator).fit(X)
    return _to_correlation(_positive(np.asarray(fitted.covariance_, dtype=float))), fitted


def eigenfactor_bias(F: Floats, sample: float, simulations: int, seed: int) -> Floats:
    """Simulated volatility bias v(k) of the eigenfactors of a covariance estimated from `sample` periods (MWO).

    F = U D U' is taken for the truth; each simulated F_m = U_m D_m U_m' is what `sample` normal periods would have
    estimated; v(k) = sqrt(mean_m (U_m' F U_m)_kk / D_m(k)).

    Parameters
    ----------
    F : array of shape (K, K)
    sample : float
        Effective number of periods behind F.
    simulations : int
        M.
    seed : int

    Returns
    -------
    array of shape (K,)
        By eigenvalue, smallest first; above one where a sample's variance is too low.
    """
    values = np.linalg.eigvalsh(F)
    k = len(values)
    # In F's own eigenvectors the truth is diagonal, and the sample covariance a scaled Wishart matrix.
    draws = wishart.rvs(df=max(round(sample), k), scale=np.eye(k), size=simulations, random_state=seed)
    draws = np.asarray(draws, dtype=float).reshape(simulations, k, k) / max(round(sample), k)
    root = np.sqrt(values)
    D_m, U_m = np.linalg.eigh(draws * root[:, None] * root)
    true = np.einsum("mjk,j,mjk->mk", U_m, values, U_m)
    bias: Floats = np.sqrt((true / D_m).mean(axis=0))
    return bias


def eigenfactor_adjustment(
    F: Floats, sample: float, *, scale: float = 1.4, simulations: int = 1000, seed: int = 0, smooth: bool = True
) -> Floats:
    """Raise the variances of the eigenfactors that sampling has made too low (MOW s. 4.2, MWO).

    gamma(k) = a (v_p(k) - 1) + 1, F_adj = U diag(gamma^2 D) U'. v_p is a parabola through v(k) without the 15 smallest
    eigenfactors where there are enough others, v itself where there are not or `smooth` is false.

    Parameters
    ----------
    F : array of shape (K, K)
        Positive definite.
    sample : float
        Effective number of periods behind F.
    scale : float
        a; above one because real returns are fat-tailed and drift.
    simulations, seed
        Of the Monte Carlo.
    smooth : bool

    Returns
    -------
    array of shape (K, K)
    """
    values, U = np.linalg.eigh(F)
    v = eigenfactor_bias(F, sample, simulations, seed)
    k = len(v)
    if smooth and k > _UNFITTED_EIGENFACTORS + 10:
        ranks = np.arange(k, dtype=float)
        fitted = np.polynomial.Polynomial.fit(ranks[_UNFITTED_EIGENFACTORS:], v[_UNFITTED_EIGENFACTORS:], 2)(ranks)
    else:
        fitted = v
    gamma = np.maximum(scale * (fitted - 1) + 1, 0.1)
    adjusted: Floats = (U * (gamma**2 * values)) @ U.T
    return (adjusted + adjusted.T) / 2


def one_step_ahead_variance(squares: Floats, half_life: float, warm_up: int = 21) -> Floats:
    """EWMA of squared returns as it stood before each period, sigma^2(t | t-1).

    Parameters
    ----------
    squares : array of shape (T, M)
        NaN where missing; what came before only grows older through a gap.
    half_life : float
    warm_up : int
        Observations a column needs before it has a forecast.

    Returns
    -------
    array of shape (T + 1, M)
        NaN until the warm-up is over; the last row is the forecast for the period after the data.
    """
    seen = np.isfinite(squares)
    decay = 0.5 ** (1 / half_life)
    total, weight = _decayed_sums(np.where(seen, squares, 0.0), decay), _decayed_sums(seen.astype(float), decay)
    ready = np.cumsum(seen, axis=0) >= warm_up
    out: Floats = np.full((len(squares) + 1, squares.shape[1]), np.nan)
    np.divide(total, weight, out=out[1:], where=ready & (weight > 1e-12))
    return out


def _decayed_sums(terms: Floats, decay: float) -> Floats:
    # As scipy.signal.lfilter has it to the last bit, without the time that its package takes to load.
    sums, running = np.empty_like(terms), np.zeros(terms.shape[1:])
    for t, row in enumerate(terms):
        running = row + decay * running
        sums[t] = running
    return sums


def volatility_regime(
    returns: Floats, variance: Floats, half_life: float, weights: Floats | None = None, most: float = 25.0
) -> float:
    """Volatility multiplier lambda of the regime (MOW s. 4.3 and 5.3).

    B(t)^2 = sum_k m_k min(f_k(t)^2 / sigma_k(t|t-1)^2, most); lambda^2 = EWMA of B^2; the forecasts must be those
    before any regime adjustment, or the multiplier oscillates.

    Parameters
    ----------
    returns : array of shape (T, M)
    variance : array of shape (T, M)
        One-step-ahead forecasts, NaN where there is none.
    half_life : float
        Of the EWMA over time, periods.
    weights : array of shape (T, M), optional
        m, cross-sectional; equal where not given. They are normalised over what is there.
    most : float
        Cap of one squared standardised return: a single +400% day is no regime.

    Returns
    -------
    float
        lambda; one where no period has a forecast.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        squares = np.minimum(returns**2 / variance, most)
    good = np.isfinite(squares)
    m = good.astype(float) if weights is None else np.where(good, weights, 0.0)
    m = np.nan_to_num(m)
    total = m.sum(axis=1)
    days = total > 0
    if not days.any():
        return 1.0
    B2 = (m * np.where(good, squares, 0.0)).sum(axis=1)[days] / total[days]
    w = 0.5 ** (np.flatnonzero(days[::-1])[::-1] / half_life)
    return float(np.sqrt(w @ B2 / w.sum()))


def _positive(F: Floats) -> Floats:
    F = (F + F.T) / 2
    values, U = np.linalg.eigh(F)
    least = _LEAST_EIGENVALUE * values[-1]
    if values[0] >= least:
        return F
    raised: Floats = (U * np.maximum(values, least)) @ U.T
    return (raised + raised.T) / 2


def _power(C: Floats, exponent: float) -> Floats:
    values, U = np.linalg.eigh(C)
    power: Floats = (U * np.maximum(values, _LEAST_EIGENVALUE * values[-1]) ** exponent) @ U.T
    return power


def _to_correlation(F: Floats) -> Floats:
    deviation = np.sqrt(np.diag(F))
    C: Floats = F / np.outer(deviation, deviation)
    np.fill_diagonal(C, 1.0)
    return C
