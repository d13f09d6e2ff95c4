"""Which of two models predicts better, and how sure that is."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from taxsleeve_errors import RiskModelError

__all__ = ["diebold_mariano"]


def diebold_mariano(loss: ArrayLike, reference_loss: ArrayLike, lags: int | None = None) -> float:
    """Diebold-Mariano t of paired loss differences d(t) = loss(t) - reference_loss(t).

    t = mean(d) / sqrt(V / T), with V the Newey-West long-run variance of d (Bartlett weights).
    Source: Diebold and Mariano, J. Business & Economic Statistics 13 (1995); Newey and West, Econometrica 55 (1987).

    Parameters
    ----------
    loss, reference_loss : array of shape (T,)
        Loss of either model in the same periods; periods where either is NaN are left out.
    lags : int or None
        Lags of the long-run variance; None takes floor(4 (T / 100)^(2/9)).

    Returns
    -------
    float
        Negative where the first model loses less. NaN below three periods; zero where the losses are all equal.
    """
    d = np.asarray(loss, dtype=float) - np.asarray(reference_loss, dtype=float)
    if d.ndim != 1:
        raise RiskModelError(f"losses: {d.ndim} dimensions, expected one loss a period")
    d = d[np.isfinite(d)]
    periods = len(d)
    if periods < 3:
        return float("nan")
    lags = int(4 * (periods / 100) ** (2 / 9)) if lags is None else lags
    if not 0 <= lags < periods:
        raise RiskModelError(f"lags: {lags}, expected 0 to {periods - 1}")
    e = d - d.mean()
    V = float(e @ e) / periods
    for lag in range(1, lags + 1):
        V += 2 * (1 - lag / (lags + 1)) * float(e[lag:] @ e[:-lag]) / periods
    if V <= 0:
        return 0.0 if d.mean() == 0 else float(np.copysign(np.inf, d.mean()))
    return float(d.mean() / np.sqrt(V / periods))
