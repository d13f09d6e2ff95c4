"""The names that are alive: what each of them is, and what it carries from month to month."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from backtest.simulated.capital_curve import by_rank
from backtest.simulated.sectors import SECTORS
from backtest.simulated.specification import MarketSpecification

__all__ = ["NO_OFFER", "QUARTER_DAYS", "Names", "draw_names", "sector_figures"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NO_OFFER = -1
QUARTER_DAYS = 63
_FIRST_REPORT, _LAST_REPORT = 8, 38
_TYPICAL_TURNOVER, _TURNOVER_SPREAD = -5.1, 0.75


@dataclass(eq=False)
class Names:
    """One entry a name (N,); changed in place from month to month, and only within a run.

    Parameters
    ----------
    asset : array of int
        Number in the order of listing.
    price, shares, log_book : array
    sector, industry : array of int
    beta, loading : array
        Own part of the market beta; loading on the sector.
    slow, fast : array
        States of specific log-volatility, standard normal in the long run.
    book_own, turnover : array
        What log book-to-price tends to, and log turnover a day, about the others of that size.
    pays : array of bool
    log_yield, payment : array
        Of the payers; `payment` is the last quarter's, dollars a share, 0 before the first.
    ex_month, ex_day, report_day : array of int
        Phase of the payments in the quarter, their day in the month, day of the quarter with earnings.
    offer_ends : array of int
        Day of the last trade where a takeover is announced, else `NO_OFFER`.
    history : array (N, 12)
        Log total returns of the last months, the latest last.
    """

    asset: Ints
    price: Floats
    shares: Floats
    log_book: Floats
    sector: Ints
    industry: Ints
    beta: Floats
    loading: Floats
    slow: Floats
    fast: Floats
    book_own: Floats
    turnover: Floats
    pays: NDArray[np.bool_]
    log_yield: Floats
    payment: Floats
    ex_month: Ints
    ex_day: Ints
    report_day: Ints
    offer_ends: Ints
    history: Floats

    @property
    def log_cap(self) -> Floats:
        """Logarithm of capitalisation in dollars (N,)."""
        return np.asarray(np.log(self.price * self.shares), dtype=np.float64)

    def put(self, where: Ints, fresh: Names) -> None:
        """Let fresh names take the places of others."""
        for field in fields(self):
            getattr(self, field.name)[where] = getattr(fresh, field.name)


def sector_figures(figure: str) -> Floats:
    """One figure of all sectors (11,), in their order."""
    return np.array([getattr(sector, figure) for sector in SECTORS], dtype=np.float64)


def draw_names(
    market: MarketSpecification,
    log_caps: Floats,
    ranks: Floats,
    first_asset: int,
    rng: np.random.Generator,
    *,
    new: bool,
) -> Names:
    """Draw names of given capitalisations, each with its character.

    Parameters
    ----------
    market : MarketSpecification
    log_caps, ranks : arrays (n,)
    first_asset : int
        Number of the first one.
    rng : Generator
    new : bool
        Just listed: wilder, cheap in book value, seldom a payer, without a past.
    """
    n = len(log_caps)
    shares = sector_figures("share")
    sector = np.asarray(rng.choice(len(SECTORS), size=n, p=shares / shares.sum()), dtype=np.int64)
    within = np.array([s.industries for s in SECTORS], dtype=np.int64)
    industry = (np.cumsum(within) - within)[sector] + (rng.random(n) * within[sector]).astype(np.int64)
    slow = rng.standard_normal(n) + (market.specific.newness / market.specific.spread if new else 0.0)
    price = np.maximum(market.life.listing_price * np.exp((0.0 if new else 0.8) + 0.5 * rng.standard_normal(n)), 2.0)
    books = market.books
    own = books.own * rng.standard_normal(n)
    typical = by_rank(books.typical, ranks) + sector_figures("log_book_to_price")[sector]
    distance = np.sqrt(max(books.spread**2 - books.own**2, 0.0)) * rng.standard_normal(n)
    likely = np.clip(by_rank(market.dividends.payers, ranks) + sector_figures("payers")[sector], 0.02, 0.98)
    monthly = 0.35 / np.sqrt(12.0) * rng.standard_normal((n, 12))
    return Names(
        asset=first_asset + np.arange(n, dtype=np.int64),
        price=price,
        shares=np.exp(log_caps) / price,
        log_book=log_caps + typical + own + distance + (books.newness if new else 0.0),
        sector=sector,
        industry=industry,
        beta=market.factors.beta_spread * rng.standard_normal(n),
        loading=1.0 + market.factors.loading_spread * rng.standard_normal(n),
        slow=slow,
        fast=rng.standard_normal(n),
        book_own=own,
        turnover=_TYPICAL_TURNOVER + sector_figures("log_turnover")[sector] + _TURNOVER_SPREAD * rng.standard_normal(n),
        pays=rng.random(n) < likely * (0.3 if new else 1.0),
        log_yield=market.dividends.yield_spread * rng.standard_normal(n),
        payment=np.zeros(n),
        ex_month=rng.integers(3, size=n),
        ex_day=rng.integers(19, size=n),
        report_day=rng.integers(_FIRST_REPORT, _LAST_REPORT, size=n),
        offer_ends=np.full(n, NO_OFFER, dtype=np.int64),
        history=np.zeros((n, 12)) if new else monthly,
    )
