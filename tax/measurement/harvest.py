"""How much loss was harvested, and how much of it was used."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tax.measurement._numbers import above_zero, finite, not_negative
from taxsleeve_errors import TaxError

__all__ = ["HarvestYield", "annualized_daily_yield", "capture_ratio", "harvest_yield"]

TRADING_DAYS = 252


@dataclass(frozen=True)
class HarvestYield:
    """Harvest yield as fractions of the same capital.

    Parameters
    ----------
    gross : float
        Losses realised.
    net : float
        Losses less gains realised.
    """

    gross: float
    net: float


def harvest_yield(losses: float, gains: float, capital: float) -> HarvestYield:
    """Harvest yield: losses / capital gross, (losses - gains) / capital net.

    Parameters
    ----------
    losses, gains : float
        Realised short- and long-term losses, and gains, dollars, zero or more.
    capital : float
        Average market value, or the initial capital; say which beside the number.

    Raises
    ------
    TaxError
        An amount is negative or not finite, or the capital is not above zero.
    """
    not_negative(losses=losses, gains=gains)
    above_zero(capital=capital)
    return HarvestYield(gross=losses / capital, net=(losses - gains) / capital)


def annualized_daily_yield(daily_yields: Sequence[float]) -> float:
    """Mean daily harvest yield of one vintage x 252 trading days (Wealthfront's convention).

    Raises
    ------
    TaxError
        There is no day, or a yield is not finite.
    """
    if not daily_yields:
        raise TaxError("daily yields: found none, expected at least one day")
    for value in daily_yields:
        finite(daily_yield=value)
    return math.fsum(daily_yields) / len(daily_yields) * TRADING_DAYS


def capture_ratio(losses_used: float, losses_harvested: float) -> float:
    """Capture (usage): losses used / losses harvested, from 0 to 1.

    Raises
    ------
    TaxError
        Nothing was harvested, or more was used than harvested.
    """
    not_negative(losses_used=losses_used)
    above_zero(losses_harvested=losses_harvested)
    if losses_used > losses_harvested:
        raise TaxError(f"losses used: found {losses_used}, expected at most the {losses_harvested} harvested")
    return losses_used / losses_harvested
