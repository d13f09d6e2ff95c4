"""What a simulated market is asked to be."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field
from itertools import pairwise
from numbers import Integral

from backtest.simulated.behaviour import (
    BookBehaviour,
    CapitalBehaviour,
    DividendBehaviour,
    FactorBehaviour,
    LifeBehaviour,
    MarketBehaviour,
    SpecificBehaviour,
)
from backtest.simulated.capital_curve import FULL_MARKET
from taxsleeve_errors import Fault, InputError

__all__ = ["MarketSpecification"]

_LEAST_NAMES = 20


@dataclass(frozen=True)
class MarketSpecification:
    """A market of US-like large, mid and small companies, before it is drawn.

    Parameters
    ----------
    names : int
        Alive at any time. From 1,500 on they are the largest of a market, and 500, 400 and 600 of them large, mid and
        small; fewer are an even sample of 1,500 (see `segments`).
    years : int
        Calendar years where `start` is a January 1.
    start : date
        Prices begin at the last session before it.
    seed : int
        The same seed gives the same bytes, on any number of threads.
    annual_returns : tuple of float
        Total returns that the market shall have in its first years, as far as they go.
    market, factors, specific, capital, books, dividends, life
        What the market is made of.

    Raises
    ------
    InputError
        Fewer than 20 names, no year, years before 1886 or after 2199, a negative seed, any of these no whole number, a
        return of -1 or worse or without end.
    """

    names: int = 2600
    years: int = 12
    start: dt.date = dt.date(2014, 1, 1)
    seed: int = 0
    annual_returns: tuple[float, ...] = ()
    market: MarketBehaviour = field(default_factory=MarketBehaviour)
    factors: FactorBehaviour = field(default_factory=FactorBehaviour)
    specific: SpecificBehaviour = field(default_factory=SpecificBehaviour)
    capital: CapitalBehaviour = field(default_factory=CapitalBehaviour)
    books: BookBehaviour = field(default_factory=BookBehaviour)
    dividends: DividendBehaviour = field(default_factory=DividendBehaviour)
    life: LifeBehaviour = field(default_factory=LifeBehaviour)

    def __post_init__(self) -> None:
        given: dict[str, object] = {"names": self.names, "years": self.years, "seed": self.seed}
        faults = [
            Fault(key, "a whole number", value=repr(value))
            for key, value in given.items()
            if not isinstance(value, Integral)
        ]
        start: object = self.start
        if not isinstance(start, dt.date):
            faults.append(Fault("start", "a date", value=repr(start)))
        if faults:
            raise InputError(faults)
        if self.names < _LEAST_NAMES:
            faults.append(Fault("names", f"at least {_LEAST_NAMES}", value=str(self.names)))
        if self.years < 1:
            faults.append(Fault("years", "at least 1", value=str(self.years)))
        if not 1886 <= self.start.year <= self.start.year + self.years <= 2199:
            faults.append(Fault("start", "years from 1886 to 2199", value=f"{self.start}, {self.years} years"))
        if self.seed < 0:
            faults.append(Fault("seed", "0 or more", value=str(self.seed)))
        if any(not -1.0 < one < math.inf for one in self.annual_returns):
            faults.append(Fault("annual_returns", "finite returns above -1", value=str(self.annual_returns)))
        if faults:
            raise InputError(faults)

    @property
    def segments(self) -> tuple[int, int, int]:
        """How many of the largest names are large, how many then mid, how many small."""
        share = min(1.0, self.names / FULL_MARKET)
        bounds = [round(share * rank) for rank in (0, 500, 900, 1500)]
        large, mid, small = (after - before for before, after in pairwise(bounds))
        return large, mid, small
