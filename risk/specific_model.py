"""The specific volatility of a fundamental model, step by step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from risk._fundamental_panel import Regressions
from risk.covariance_adjustments import one_step_ahead_variance, volatility_regime
from risk.specific_forecast import forecast_variance
from risk.specific_risk import bayesian_shrinkage, blend_weight, structural_volatility, time_series_volatility

__all__ = ["SpecificSettings", "estimate_specific_volatility"]

Floats = NDArray[np.float64]
_LEAST_HISTORY = 60


@dataclass(frozen=True)
class SpecificSettings:
    """How residuals become specific volatilities; see `FundamentalRiskModel` for the meaning."""

    forecast: bool
    half_life: float
    lags: int
    structural: bool
    bayesian_shrinkage: float
    regime_half_life: float | None
    seasonal: bool


def estimate_specific_volatility(
    regressions: Regressions,
    returns: Floats,
    exposures: Floats,
    caps: Floats,
    rated: NDArray[np.bool_],
    settings: SpecificSettings,
) -> Floats:
    """Forecast (or time series) -> structural blend -> Bayesian shrinkage -> volatility regime.

    Parameters
    ----------
    regressions : Regressions
    returns : array of shape (T, N)
        That were regressed.
    exposures : array of shape (N, K)
        Of the day after the data.
    caps : array of shape (N,)
    rated : array of shape (N,)
        Names wanted.
    settings : SpecificSettings

    Returns
    -------
    array of shape (N,)
        A period's; NaN for a name that has neither 60 residuals nor a structural model.
    """
    u = regressions.residuals
    volatility = None
    if settings.forecast:
        first = regressions.first_day + _LEAST_HISTORY
        variance = forecast_variance(u, regressions.exposures, returns, first_day=first, seasonal=settings.seasonal)
        volatility = None if variance is None else np.sqrt(variance)
    forecast = volatility is not None
    if volatility is None:
        volatility = time_series_volatility(u, settings.half_life, settings.lags)
    volatility = _blended(volatility, u, exposures, caps, rated, settings.structural)
    good = rated & np.isfinite(volatility)
    if forecast or not good.any():
        return volatility
    if settings.bayesian_shrinkage > 0:
        volatility[good] = bayesian_shrinkage(volatility[good], caps[good], settings.bayesian_shrinkage)
    if settings.regime_half_life is not None:
        ahead = one_step_ahead_variance(u**2, settings.half_life)
        weights = np.broadcast_to(np.where(rated, caps, 0.0), u.shape)
        volatility = volatility * volatility_regime(u, ahead[:-1], settings.regime_half_life, weights)
    return volatility


def _blended(
    volatility: Floats, u: Floats, exposures: Floats, caps: Floats, rated: NDArray[np.bool_], structural: bool
) -> Floats:
    gamma = blend_weight(u)
    usable = np.isfinite(volatility) & (np.nan_to_num(volatility) > 0)
    trusted = (gamma >= 1) & usable & rated
    if not structural or trusted.sum() < 3 * exposures.shape[1]:
        enough = np.isfinite(u).sum(axis=0) >= _LEAST_HISTORY
        return np.where(enough & usable, volatility, np.nan)
    modelled = structural_volatility(volatility, exposures, np.sqrt(caps), trusted)
    gamma = np.where(usable, gamma, 0.0)
    return gamma * np.where(usable, volatility, 0.0) + (1 - gamma) * modelled
