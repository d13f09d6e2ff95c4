"""The market's path: volatility first, then returns on it, pinned to given calendar years where asked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from backtest.simulated.behaviour import MarketBehaviour
from backtest.simulated.trading_days import DAYS_PER_YEAR, TradingDays

__all__ = ["MarketPath", "market_path", "mean_reverting", "unit_t"]

Floats = NDArray[np.float64]
_DAILY_LIMIT = 0.18


@dataclass(frozen=True, eq=False)
class MarketPath:
    """The market factor by day.

    Parameters
    ----------
    volatility : array (T,)
        Annual volatility of the day, known before it.
    returns : array (T,)
        Simple total returns; day 0 has none.
    """

    volatility: Floats
    returns: Floats


def market_path(
    behaviour: MarketBehaviour, days: TradingDays, rng: np.random.Generator, pinned: tuple[float, ...] = ()
) -> MarketPath:
    """Draw the market.

    Parameters
    ----------
    behaviour : MarketBehaviour
    days : TradingDays
    rng : Generator
    pinned : tuple of float
        Total returns of the run's first calendar years; the path within a year is bent to end there.
    """
    T = len(days.dates)
    shocks = unit_t(rng, behaviour.tail, (T,))
    own = rng.standard_normal(T)
    # Today's fall raises tomorrow's volatility: the fast part takes yesterday's shock.
    mixed = behaviour.leverage * shocks + np.sqrt(1.0 - behaviour.leverage**2) * own
    yesterday = np.concatenate([rng.standard_normal(1), mixed[:-1]])
    fast = mean_reverting(yesterday, behaviour.fast_half_life_days) * behaviour.fast_spread
    slow = mean_reverting(rng.standard_normal(T), behaviour.slow_half_life * DAYS_PER_YEAR) * behaviour.slow_spread
    # E exp(2 x) = exp(2 var x): the root mean square is the volatility asked for.
    level = behaviour.slow_spread**2 + behaviour.fast_spread**2
    volatility = behaviour.volatility * np.exp(slow + fast - level)
    drift = (behaviour.risk_free + behaviour.premium) / DAYS_PER_YEAR
    returns = np.clip(drift + volatility / np.sqrt(DAYS_PER_YEAR) * shocks, -_DAILY_LIMIT, _DAILY_LIMIT)
    returns[0] = 0.0
    return MarketPath(volatility, _pinned(returns, days.years, pinned))


def mean_reverting(shocks: Floats, half_life: float) -> Floats:
    """AR(1) with unit variance along the first axis, begun in its own distribution; a half-life in steps."""
    phi = 0.5 ** (1.0 / half_life)
    scaled = shocks * np.sqrt(1.0 - phi**2)
    scaled[0] = shocks[0]
    return np.asarray(lfilter([1.0], [1.0, -phi], scaled, axis=0), dtype=np.float64)


def unit_t(rng: np.random.Generator, tail: float, shape: tuple[int, ...]) -> Floats:
    """Student-t shocks of unit variance; `tail` degrees of freedom, more than two."""
    return np.asarray(rng.standard_t(tail, shape) * np.sqrt((tail - 2.0) / tail), dtype=np.float64)


def _pinned(returns: Floats, years: NDArray[np.int64], targets: tuple[float, ...]) -> Floats:
    bent = np.log1p(returns)
    first = int(years[1])
    for year, target in enumerate(targets, start=first):
        days = np.flatnonzero(years == year)
        days = days[days > 0]
        if len(days):
            bent[days] += (np.log1p(target) - bent[days].sum()) / len(days)
    return np.asarray(np.expm1(bent), dtype=np.float64)
