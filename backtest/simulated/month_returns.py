"""Total returns of a month's days, for all names at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backtest.simulated.exposures import Exposures
from backtest.simulated.factor_paths import FactorPaths
from backtest.simulated.market_path import MarketPath, unit_t
from backtest.simulated.names import QUARTER_DAYS, Names
from backtest.simulated.specification import MarketSpecification
from backtest.simulated.trading_days import DAYS_PER_YEAR

__all__ = ["month_returns"]

Floats = NDArray[np.float64]
_WILD = 3.0


def month_returns(
    market: MarketSpecification,
    names: Names,
    exposed: Exposures,
    days: NDArray[np.int64],
    paths: tuple[MarketPath, FactorPaths],
    rng: np.random.Generator,
) -> Floats:
    """Draw the month; moves on the names' fast volatility.

    r_i = rf + beta_i (m - rf) + x_i - sum_j w_j x_j, where x_i = alpha_i + sector + industry + styles + specific and
    w are the weights by capitalisation at the month's start: the market factor is the capitalisation-weighted mean.

    Parameters
    ----------
    market, names, exposed
    days : array of int (n,)
        The month's days.
    paths : (MarketPath, FactorPaths)
    rng : Generator

    Returns
    -------
    array (n, N)
        Simple total returns, as if no name were taken over.
    """
    path, factors = paths
    x = factors.sectors[days][:, names.sector]
    x *= names.loading
    x += factors.industries[days][:, names.industry]
    # Written out rather than as a matrix product, whose sums depend on the number of threads.
    for k in range(len(exposed.styles)):
        x += factors.styles[days, k][:, None] * exposed.styles[k]
    x += exposed.alpha / DAYS_PER_YEAR
    x += _specific(market, names, exposed, days, path, rng)
    x -= (x * exposed.weights).sum(axis=1, keepdims=True)
    rf = market.market.risk_free / DAYS_PER_YEAR
    x += rf + (path.returns[days] - rf)[:, None] * exposed.beta
    return np.clip(x, market.specific.largest_fall, market.specific.largest_rise, out=x)


def _specific(
    market: MarketSpecification,
    names: Names,
    exposed: Exposures,
    days: NDArray[np.int64],
    path: MarketPath,
    rng: np.random.Generator,
) -> Floats:
    specific = market.specific
    shape = (len(days), len(names.asset))
    phi = 0.5 ** (1.0 / specific.fast_half_life_days)
    shocks = unit_t(rng, specific.tail, shape)
    # Tomorrow's volatility takes today's shock; one wild day shall not decide it alone.
    steps = specific.leverage * np.clip(shocks, -_WILD, _WILD)
    steps += np.sqrt(1.0 - specific.leverage**2) * rng.standard_normal(shape)
    steps *= np.sqrt(1.0 - phi**2)
    volatility, fast = np.empty(shape), names.fast
    for today, step in zip(volatility, steps, strict=True):
        today[:] = fast
        fast = phi * fast + step
    names.fast = fast
    volatility *= specific.fast_spread
    shocks *= np.exp(volatility, out=volatility)
    reports = (days[:, None] % QUARTER_DAYS) == names.report_day
    shocks[reports] *= specific.earnings
    # So that earnings days leave the year's variance as it is.
    usual = np.sqrt((QUARTER_DAYS - 1.0 + specific.earnings**2) / QUARTER_DAYS * DAYS_PER_YEAR)
    relative = (path.volatility[days] / market.market.volatility) ** specific.volatility_link
    shocks *= relative[:, None]
    shocks *= exposed.volatility / usual
    return np.asarray(shocks, dtype=np.float64)
