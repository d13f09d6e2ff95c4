"""How well predicted risk fits what happened: the field's scores, as pure functions.

b(t) = R(t) / sigma(t) is a portfolio's return over a period, divided by the risk predicted for it at the start.

Source: Menchero, Orr and Wang, *The Barra US Equity Model (USE4) Methodology Notes*, MSCI 2011, appendix A; Patton,
"Volatility forecast comparison using imperfect volatility proxies", J. Econometrics 160 (2011).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2

from taxsleeve_errors import RiskModelError

__all__ = ["barra_q", "bias_band", "bias_statistic", "qlike", "rolling_mrad"]

Floats = NDArray[np.float64]
_LEAST_RATIO = 1e-12


def bias_statistic(standardised: ArrayLike) -> Floats:
    """B = standard deviation of b over periods (divisor T - 1); one where the predictions are right, more if too low.

    Parameters
    ----------
    standardised : array of shape (T,) or (T, P)
        b by period and portfolio; NaN periods are left out.

    Returns
    -------
    array of shape () or (P,)
        NaN where there are fewer than two periods.
    """
    b = np.asarray(standardised, dtype=float)
    seen = np.isfinite(b)
    count = seen.sum(axis=0)
    mean = np.where(seen, b, 0.0).sum(axis=0) / np.maximum(count, 1)
    squares = np.where(seen, b - mean, 0.0) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        statistic: Floats = np.sqrt(np.where(count > 1, squares.sum(axis=0) / (count - 1), np.nan))
    return statistic


def bias_band(periods: int, level: float = 0.95) -> tuple[float, float]:
    """Interval that holds B of a perfect model with probability `level`, exact for normal returns.

    (T - 1) B^2 is chi-squared with T - 1 degrees of freedom. Fat tails widen it; see `perfect_model_floors`.

    Raises
    ------
    RiskModelError
        Fewer than two periods, or a level outside (0, 1).
    """
    if periods < 2 or not 0 < level < 1:
        raise RiskModelError(f"periods {periods}, level {level}: expected at least 2 periods and a level in (0, 1)")
    tail = (1 - level) / 2
    low, high = np.sqrt(chi2.ppf([tail, 1 - tail], periods - 1) / (periods - 1))
    return float(low), float(high)


def rolling_mrad(standardised: ArrayLike, window: int = 12) -> float:
    """Mean rolling absolute deviation: mean of |B - 1| over portfolios and overlapping windows.

    Parameters
    ----------
    standardised : array of shape (T,) or (T, P)
        b by period and portfolio; windows that are not whole are left out.
    window : int
        Periods of each window; 12 months by custom.

    Returns
    -------
    float
        NaN where no window is whole. Its floor under a perfect model is far from zero (0.17 for 12 normal periods).
    """
    b = np.asarray(standardised, dtype=float)
    b = b[:, None] if b.ndim == 1 else b
    if len(b) < window:
        return float("nan")
    windows = np.lib.stride_tricks.sliding_window_view(b, window, axis=0)
    deviations = np.abs(windows.std(axis=-1, ddof=1) - 1)
    whole = np.isfinite(deviations)
    return float(deviations[whole].mean()) if whole.any() else float("nan")


def qlike(realised_variance: ArrayLike, predicted_variance: ArrayLike) -> Floats:
    """Patton's quasi-likelihood loss L = x - ln x - 1 with x = realised / predicted variance; zero where equal.

    Its expectation is least at the true variance for any unbiased proxy of it, so models are ranked by mean L on the
    same portfolios. A realised variance of zero counts as a ratio of 1e-12, for the logarithm's sake.
    """
    x = np.maximum(np.asarray(realised_variance, dtype=float) / np.asarray(predicted_variance, dtype=float), 0.0)
    x = np.maximum(x, _LEAST_RATIO)
    loss: Floats = x - np.log(x) - 1
    return loss


def barra_q(standardised: ArrayLike) -> Floats:
    """Barra's Q = mean over periods of b^2 - ln b^2, by portfolio; 2.27 for a perfect model and normal returns."""
    b2 = np.maximum(np.asarray(standardised, dtype=float) ** 2, _LEAST_RATIO)
    values = b2 - np.log(b2)
    seen = np.isfinite(values)
    count = seen.sum(axis=0)
    total = np.where(seen, values, 0.0).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: Floats = np.where(count > 0, total / count, np.nan)
    return mean
