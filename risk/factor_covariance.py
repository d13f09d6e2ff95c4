"""The factor covariance of a fundamental model, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import LedoitWolf

from risk.covariance_adjustments import (
    effective_sample,
    eigenfactor_adjustment,
    newey_west,
    one_step_ahead_variance,
    shrunk_correlation,
    volatility_regime,
)

__all__ = ["FactorCovariance", "FactorSettings", "estimate_factor_covariance"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class FactorSettings:
    """How factor returns become a covariance; every step can be switched off.

    Parameters
    ----------
    volatility_half_life, correlation_half_life : float
        Periods.
    volatility_lags, correlation_lags : int
        Newey-West; zero turns it off.
    correlation_estimator : sklearn.covariance estimator or None
        Shrinks the correlations; None takes `LedoitWolf(assume_centered=True)`, `EmpiricalCovariance` shrinks nothing.
    eigenfactor_scale : float
        a; zero turns the eigenfactor adjustment off.
    eigenfactor_simulations : int
    regime_half_life : float or None
        Of the volatility-regime adjustment; None turns it off.
    seed : int
    """

    volatility_half_life: float
    correlation_half_life: float
    volatility_lags: int
    correlation_lags: int
    correlation_estimator: Any
    eigenfactor_scale: float
    eigenfactor_simulations: int
    regime_half_life: float | None
    seed: int


@dataclass(frozen=True, eq=False)
class FactorCovariance:
    """Covariance (K, K) a period, the fitted correlation estimator and the regime's multiplier."""

    covariance: Floats
    estimator: Any
    regime: float


def estimate_factor_covariance(returns: Floats, settings: FactorSettings) -> FactorCovariance:
    """Regress -> EWMA and Newey-West -> shrinkage -> eigenfactors -> volatility regime (MOW).

    Parameters
    ----------
    returns : array of shape (T, K)
        Factor returns, no gaps, no two factors the same.
    settings : FactorSettings

    Returns
    -------
    FactorCovariance
    """
    age = np.arange(len(returns))[::-1]
    of_volatility = 0.5 ** (age / settings.volatility_half_life)
    of_correlation = 0.5 ** (age / settings.correlation_half_life)
    deviation = np.sqrt(np.diag(newey_west(returns, of_volatility, settings.volatility_lags)))
    estimator = settings.correlation_estimator or LedoitWolf(assume_centered=True)
    C, fitted = shrunk_correlation(returns, of_correlation, settings.correlation_lags, estimator)
    F = C * np.outer(deviation, deviation)
    if settings.eigenfactor_scale > 0:
        F = eigenfactor_adjustment(
            F,
            effective_sample(of_correlation),
            scale=settings.eigenfactor_scale,
            simulations=settings.eigenfactor_simulations,
            seed=settings.seed,
        )
    regime = 1.0
    if settings.regime_half_life is not None:
        ahead = one_step_ahead_variance(returns**2, settings.volatility_half_life)
        regime = volatility_regime(returns, ahead[:-1], settings.regime_half_life)
    return FactorCovariance(F * regime**2, fitted, regime)
