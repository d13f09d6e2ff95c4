"""How names end: takeovers, announced and then completed, and failures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backtest.simulated.capital_curve import by_rank
from backtest.simulated.exposures import Exposures
from backtest.simulated.names import NO_OFFER, Names
from backtest.simulated.specification import MarketSpecification
from backtest.simulated.trading_days import DAYS_PER_YEAR

__all__ = ["Deaths", "deaths_of_month", "pin_to_offers"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_HALVED = np.log(0.5)
_SETTLEMENT_SPREAD = 0.003


@dataclass(frozen=True, eq=False)
class Deaths:
    """Names that trade for the last time in a month.

    Parameters
    ----------
    where : array of int (d,)
        Places.
    last_days : array of int (d,)
        Days of their last trade.
    returns : array (d,)
        What holders get after it, as a return.
    """

    where: Ints
    last_days: Ints
    returns: Floats


def deaths_of_month(
    market: MarketSpecification, names: Names, exposed: Exposures, days: Ints, fresh: Ints, rng: np.random.Generator
) -> tuple[Deaths, NDArray[np.bool_], Ints]:
    """Draw the month's failures and announcements; offers that end in the month are deaths too.

    Parameters
    ----------
    market, names
    exposed : Exposures
    days : array of int
        The month's days.
    fresh : array of int
        Places of names listed in this month, which do not die in it.
    rng : Generator

    Returns
    -------
    deaths : Deaths
    announced : array of bool (N,)
        Names for which an offer is made this month; `names.offer_ends` is set.
    offer_days : array of int (N,)
        Day of the announcement, meaningless elsewhere.
    """
    life, N = market.life, len(exposed.ranks)
    rate = by_rank(life.death, exposed.ranks) * np.where(names.history.sum(axis=1) < _HALVED, life.distress, 1.0)
    too_small = exposed.relative < life.least_capital
    struck = (rng.random(N) < rate / 12.0) | too_small
    struck[fresh] = False
    struck &= names.offer_ends == NO_OFFER
    takeover = (rng.random(N) < life.merger_share) & ~too_small
    offer_days = days[0] + (rng.random(N) * len(days)).astype(np.int64)
    least, most = life.deal_days
    ends = offer_days + rng.integers(least, most + 1, size=N)
    fall = np.clip(life.failure + life.failure_spread * rng.standard_normal(N), -0.99, 0.1)
    settled = _SETTLEMENT_SPREAD * rng.standard_normal(N)
    done = (names.offer_ends != NO_OFFER) & (names.offer_ends <= days[-1])
    announced, failed = struck & takeover, struck & ~takeover
    where = np.flatnonzero(done | failed)
    deaths = Deaths(
        where=where,
        last_days=np.where(done, np.maximum(names.offer_ends, days[0]), offer_days)[where],
        returns=np.where(done, settled, fall)[where],
    )
    names.offer_ends[announced] = ends[announced]
    return deaths, announced, offer_days


def pin_to_offers(
    market: MarketSpecification,
    names: Names,
    returns: Floats,
    days: Ints,
    announced: NDArray[np.bool_],
    offer_days: Ints,
    rng: np.random.Generator,
) -> None:
    """Overwrite the returns of names under offer: the premium on the day, then next to nothing.

    Parameters
    ----------
    market, names
    returns : array (n, N)
        Changed in place.
    days : array of int (n,)
    announced, offer_days
        From `deaths_of_month`.
    rng : Generator
    """
    life = market.life
    under = np.flatnonzero(names.offer_ends != NO_OFFER)
    if not len(under):
        return
    # The day before the month for those whose offer is older.
    since = np.where(announced[under], offer_days[under], days[0] - 1)
    calm = life.deal_volatility / np.sqrt(DAYS_PER_YEAR) * rng.standard_normal((len(days), len(under)))
    calm += market.market.risk_free / DAYS_PER_YEAR
    jump = np.maximum(life.premium + life.premium_spread * rng.standard_normal(len(under)), -0.05)
    own = returns[:, under]
    own = np.where(days[:, None] > since, np.clip(calm, -0.2, 0.2), own)
    returns[:, under] = np.where(days[:, None] == since, jump, own)
