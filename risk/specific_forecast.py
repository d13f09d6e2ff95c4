"""Specific variance learnt from the whole panel: which past figures say what the next month's variance will be.

An optimizer weighs names by the reciprocal of their forecast variance, so what its portfolios need is that
E[u^2 / sigma^2] = 1, overall and along every characteristic that its objective may like. Those are the first-order
conditions of a gamma regression with a logarithmic link,

    sum_in x_in (u_in^2 / exp(x_in' b) - 1) = 0,

fitted over all names and the months of the window at once, on log variances over three half-lives (as in Corsi's
heterogeneous autoregression, J. Financial Econometrics 7, 2009), a jump-robust one, the style exposures, and what the
name's holders have lost, by itself and by its recent variance (a fallen name that has gone quiet jumps again). It is
the quasi-likelihood estimator of Patton's QLIKE loss (J. Econometrics 160, 2011). The weeks of the quarter are allowed
for at the end (see `specific_season`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from risk.specific_season import season_effect
from risk.unrealised_loss import mean_unrealised_loss

__all__ = ["forecast_variance", "gamma_regression"]

Floats = NDArray[np.float64]
_HALF_LIVES = (10.0, 42.0, 252.0)
_ROBUST_HALF_LIFE, _ROBUST_MULTIPLE = 126.0, 3.0
_WARM_UP, _LEAST_TARGETS = 21, 200
_QUARTER, _MOST_RATIO = 63, 20.0


@dataclass(frozen=True, eq=False)
class _Panel:
    X: Floats
    y: Floats
    weights: Floats
    ages: NDArray[np.int64]


def forecast_variance(
    residuals: Floats,
    exposures: Floats,
    returns: Floats,
    *,
    first_day: int,
    half_life: float = 252.0,
    horizon: int = 21,
    seasonal: bool = True,
) -> Floats | None:
    """Variance a period of each name over the next `horizon` periods.

    Parameters
    ----------
    residuals : array of shape (T, N)
        NaN where missing.
    exposures : array of shape (T + 1, N, S)
        Row t as known before period t.
    returns : array of shape (T, N)
        That the residuals are of, NaN where missing.
    first_day : int
        First row to learn from.
    half_life : float
        By which older months count less.
    horizon : int
        Periods of one target.
    seasonal : bool
        Whether periods are trading days, so that the weeks of the quarter tell (see `specific_season`).

    Returns
    -------
    array of shape (N,), or None
        NaN for a name without a variance of its own yet; None where the window holds too few months to learn from.
    """
    T = len(residuals)
    marks = np.arange(T - horizon, first_day - 1, -horizon)[::-1]
    if not len(marks):
        return None
    squares = residuals**2
    features = _features(squares, exposures, returns, np.append(marks, T))
    panel = _learning_panel(squares, features, marks, half_life, horizon)
    if len(panel.y) < max(_LEAST_TARGETS, 20 * panel.X.shape[1]):
        return None
    mean = panel.X.mean(axis=0)
    spread = panel.X.std(axis=0)
    spread[spread < 1e-9] = 1.0
    Z = _with_constant((panel.X - mean) / spread)
    b = gamma_regression(Z, panel.y, panel.weights)
    log_forecast = _with_constant((features[T] - mean) / spread) @ b
    if seasonal and _QUARTER % horizon == 0:
        log_forecast = log_forecast + _season(panel, np.exp(Z @ b), _QUARTER // horizon)
    low, high = np.quantile(np.log(panel.y[panel.y > 0]), [0.001, 0.999])
    forecast: Floats = np.exp(np.clip(log_forecast, low, high))
    return forecast


def gamma_regression(X: Floats, y: Floats, weights: Floats, iterations: int = 50) -> Floats:
    """Coefficients b with sum_i w_i x_i (y_i / exp(x_i'b) - 1) = 0, by Fisher scoring; the first column is ones.

    Parameters
    ----------
    X : array of shape (n, p)
    y, weights : arrays of shape (n,)
        y at least zero, not all of it.

    Returns
    -------
    array of shape (p,)
    """
    w = weights / weights.sum()
    b: Floats = np.zeros(X.shape[1])
    b[0] = np.log(w @ y)
    # The information matrix of a gamma regression does not depend on b.
    information = (X * w[:, None]).T @ X + 1e-6 * np.eye(X.shape[1])
    for _ in range(iterations):
        score = (X * w[:, None]).T @ (y / np.exp(np.clip(X @ b, -40, 20)) - 1)
        step = np.linalg.solve(information, score)
        b += step / max(1.0, float(np.abs(step).max()) / 0.5)
        if np.abs(step).max() < 1e-8:
            break
    return b


def _season(panel: _Panel, fitted: Floats, seasons: int) -> float:
    """Log of what the coming block's weeks of the quarter add to the forecast."""
    ratio = np.minimum(panel.y / fitted, _MOST_RATIO)
    ages = np.unique(panel.ages)
    mean = np.bincount(panel.ages, ratio)[ages] / np.bincount(panel.ages)[ages]
    return season_effect(np.log(mean), ages, seasons)


def _features(squares: Floats, exposures: Floats, returns: Floats, rows: NDArray[np.int64]) -> dict[int, Floats]:
    """Figures (N, p) of each name as known before the periods `rows`; NaN for a name not yet seen enough."""
    seen = np.isfinite(squares)
    filled = np.where(seen, squares, 0.0)
    *paths, usual = _averages(filled, seen, rows, (*_HALF_LIVES, _ROBUST_HALF_LIFE))
    # Each period is capped by what was usual at the row before it (the first row's for those before that).
    place = np.maximum(np.searchsorted(rows, np.arange(len(squares)), side="right") - 1, 0)
    bound = np.nan_to_num(_ROBUST_MULTIPLE**2 * usual, nan=np.inf)
    paths += _averages(np.minimum(filled, bound[place]), seen, rows, (_ROBUST_HALF_LIFE,))
    logs = [np.log(path + 1e-8) for path in paths]
    loss = np.nan_to_num(mean_unrealised_loss(returns, rows))
    logs += [loss, loss * logs[1], np.log(loss + 0.01)]
    return {row: np.column_stack([*(path[i] for path in logs), exposures[row]]) for i, row in enumerate(rows.tolist())}


def _averages(
    filled: Floats, seen: NDArray[np.bool_], rows: NDArray[np.int64], half_lives: tuple[float, ...]
) -> list[Floats]:
    """EWMA (len(rows), N) of the periods before each row, one a half-life; NaN where fewer than `_WARM_UP` of them."""
    age = rows[:, None] - 1 - np.arange(len(filled))
    own = seen.astype(float)
    enough = (age >= 0).astype(float) @ own >= _WARM_UP
    weights = np.vstack([np.where(age >= 0, 0.5 ** (np.maximum(age, 0) / h), 0.0) for h in half_lives])
    totals = np.split(weights @ own, len(half_lives))
    sums = np.split(weights @ filled, len(half_lives))
    out = [np.full(enough.shape, np.nan) for _ in half_lives]
    for average, total, weighted in zip(out, totals, sums, strict=True):
        np.divide(weighted, total, out=average, where=enough & (total > 1e-12))
    return out


def _learning_panel(
    squares: Floats, features: dict[int, Floats], marks: NDArray[np.int64], half_life: float, horizon: int
) -> _Panel:
    X, y, w, ages = [], [], [], []
    for t in marks.tolist():
        month = squares[t : t + horizon]
        count = np.isfinite(month).sum(axis=0)
        good = (count >= horizon // 2) & np.isfinite(features[t]).all(axis=1)
        X.append(features[t][good])
        y.append(np.nansum(month[:, good], axis=0) / count[good])
        w.append(np.full(int(good.sum()), 0.5 ** ((len(squares) - t) / half_life)))
        ages.append(np.full(int(good.sum()), (len(squares) - t) // horizon))
    return _Panel(np.vstack(X), np.concatenate(y), np.concatenate(w), np.concatenate(ages))


def _with_constant(X: Floats) -> Floats:
    return np.column_stack([np.ones(len(X)), X])
