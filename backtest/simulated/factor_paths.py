"""Returns of the sector, industry and style factors by day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backtest.simulated.behaviour import FactorBehaviour
from backtest.simulated.market_path import mean_reverting, unit_t
from backtest.simulated.sectors import INDUSTRIES, SECTORS
from backtest.simulated.trading_days import DAYS_PER_YEAR

__all__ = ["STYLES", "FactorPaths", "factor_paths"]

Floats = NDArray[np.float64]
STYLES = ("size", "value", "momentum")


@dataclass(frozen=True, eq=False)
class FactorPaths:
    """Simple returns by day.

    Parameters
    ----------
    sectors : array (T, 11)
    industries : array (T, I)
    styles : array (T, 3)
        Of one unit of `STYLES`.
    """

    sectors: Floats
    industries: Floats
    styles: Floats


def factor_paths(behaviour: FactorBehaviour, relative_volatility: Floats, rng: np.random.Generator) -> FactorPaths:
    """Draw the factors; all share the market's stochastic volatility to the power `volatility_link`.

    Parameters
    ----------
    behaviour : FactorBehaviour
    relative_volatility : array (T,)
        The market's volatility over its usual one.
    rng : Generator
    """
    T = len(relative_volatility)
    daily = relative_volatility[:, None] ** behaviour.volatility_link / np.sqrt(DAYS_PER_YEAR)
    sectors = daily * behaviour.sector * unit_t(rng, behaviour.tail, (T, len(SECTORS)))
    industries = daily * behaviour.industry * unit_t(rng, behaviour.tail, (T, INDUSTRIES))
    spreads = np.array([behaviour.size, behaviour.value, behaviour.momentum])
    styles = daily * spreads * unit_t(rng, behaviour.tail, (T, len(STYLES)))
    cycle = mean_reverting(rng.standard_normal(T), behaviour.value_cycle_half_life * DAYS_PER_YEAR)
    styles[:, 1] += behaviour.value_cycle / DAYS_PER_YEAR * cycle
    styles[:, 2] += behaviour.momentum_premium / DAYS_PER_YEAR
    return FactorPaths(sectors, industries, styles)
