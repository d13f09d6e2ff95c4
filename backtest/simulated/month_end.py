"""What changes between two months: shares, books, betas and volatilities, and the names that come in for the dead."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backtest.simulated.capital_curve import by_rank, log_capital
from backtest.simulated.exposures import Exposures, log_book_to_price
from backtest.simulated.names import Names, draw_names, sector_figures
from backtest.simulated.specification import MarketSpecification

__all__ = ["average_volumes", "list_new_names", "turn_month"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_MONTHS = 12.0


def turn_month(market: MarketSpecification, names: Names, exposed: Exposures, rng: np.random.Generator) -> None:
    """Move everything that moves by the month, in place; prices and history are already those of its end.

    Parameters
    ----------
    market, names
    exposed : Exposures
        Of the month that ends.
    rng : Generator
    """
    N = len(names.asset)
    books, factors = market.books, market.factors
    # Large companies' share counts move less.
    spread = market.capital.issuance_spread * np.clip(1.0 - 0.2 * exposed.relative, 0.2, 1.5)
    issued = exposed.issuance / _MONTHS + spread / np.sqrt(_MONTHS) * rng.standard_normal(N)
    names.shares *= np.exp(issued)
    typical = by_rank(books.typical, exposed.ranks) + sector_figures("log_book_to_price")[names.sector] + names.book_own
    names.log_book += (
        books.growth / _MONTHS
        + issued
        + books.pull / _MONTHS * (typical - log_book_to_price(names))
        + books.noise / np.sqrt(_MONTHS) * rng.standard_normal(N)
    )
    names.beta = _step(names.beta, factors.beta_half_life, factors.beta_spread, rng)
    names.slow = _slow_volatility(market, names, exposed, rng)


def _slow_volatility(market: MarketSpecification, names: Names, exposed: Exposures, rng: np.random.Generator) -> Floats:
    specific, month = market.specific, names.history[:, -1]
    fate = np.clip((month - np.median(month)) / (exposed.volatility / np.sqrt(_MONTHS)), -2.0, 2.0)
    phi = 0.5 ** (1.0 / (_MONTHS * specific.slow_half_life))
    own = np.sqrt(1.0 - specific.leverage**2) * rng.standard_normal(len(month))
    return np.asarray(phi * names.slow + np.sqrt(1.0 - phi**2) * (specific.leverage * fate + own), dtype=np.float64)


def list_new_names(
    market: MarketSpecification,
    names: Names,
    where: Ints,
    curve: tuple[Floats, float, float],
    first_asset: int,
    rng: np.random.Generator,
) -> None:
    """Put a new name, at a random rank, in each place that has fallen empty.

    Parameters
    ----------
    market, names
    where : array of int (d,)
        The places.
    curve : (array (N,), float, float)
        Ranks of the market, steepness of its head, and level of log-capitalisation.
    first_asset : int
    rng : Generator
    """
    all_ranks, slope, level = curve
    open_ranks = all_ranks[all_ranks > market.life.highest_listing]
    ranks = rng.choice(open_ranks, size=len(where))
    log_caps = level + log_capital(market.capital, ranks, slope)
    names.put(where, draw_names(market, log_caps, ranks, first_asset, rng, new=True))


def average_volumes(names: Names, exposed: Exposures, market_volatility: float, rng: np.random.Generator) -> Floats:
    """Average daily volume in dollars (N,): wilder names and wilder months trade more."""
    noise = 0.15 * rng.standard_normal(len(names.asset))
    wildness = 0.35 * np.log(exposed.volatility / 0.2) + 0.3 * np.log(market_volatility)
    return np.asarray(np.exp(names.log_cap + names.turnover + wildness + noise), dtype=np.float64)


def _step(state: Floats, half_life: float, spread: float, rng: np.random.Generator) -> Floats:
    phi = 0.5 ** (1.0 / (_MONTHS * half_life))
    return np.asarray(phi * state + spread * np.sqrt(1.0 - phi**2) * rng.standard_normal(len(state)), dtype=np.float64)
