"""What moves each name in the coming month: size, beta, styles, specific volatility, and its expected return."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backtest.simulated.capital_curve import FULL_MARKET, HEAD, by_rank, log_capital
from backtest.simulated.names import Names, sector_figures
from backtest.simulated.specification import MarketSpecification

__all__ = ["Exposures", "exposures", "log_book_to_price"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Exposures:
    """Of each name (N,), as of the end of a month.

    Parameters
    ----------
    ranks : array
        In the market.
    relative : array
        Log-capitalisation over what rank 700 has.
    level : float
        Log-capitalisation of rank 700, in dollars.
    weights : array
        Share of all names' capitalisation.
    beta : array
        Their capitalisation-weighted mean is 1.
    styles : array (3, N)
        Size, value and momentum: capitalisation-weighted mean 0, in deviations across names.
    volatility : array
        Specific, a year.
    alpha : array
        Expected return a year above what the factors say: what makes the head of the market grow.
    issuance : array
        Expected net issuance a year.
    """

    ranks: Floats
    relative: Floats
    level: float
    weights: Floats
    beta: Floats
    styles: Floats
    volatility: Floats
    alpha: Floats
    issuance: Floats


def exposures(market: MarketSpecification, names: Names, all_ranks: Floats, slope: float) -> Exposures:
    """Exposures of the coming month, from what is known at its start.

    Parameters
    ----------
    market : MarketSpecification
    names : Names
    all_ranks : array (N,)
        See `market_ranks`.
    slope : float
        Steepness that the head tends to.
    """
    log_cap = names.log_cap
    order = np.argsort(-log_cap, kind="stable")
    ranks = np.empty_like(log_cap)
    ranks[order] = all_ranks
    caps = np.exp(log_cap - log_cap.max())
    weights = caps / caps.sum()
    curve = log_capital(market.capital, ranks, slope)
    # The body between ranks 50 and 1500 carries the level: it is hardly moved by any single name.
    body = (ranks > HEAD) & (ranks <= FULL_MARKET)
    level = float((log_cap - curve)[body].mean())
    relative = log_cap - level
    lacking = curve - relative
    head = ranks <= HEAD
    capital = market.capital
    pulled = np.clip(capital.head_pull * lacking, -capital.head_limit, capital.head_limit)
    filled = np.clip(capital.body_pull * lacking, -capital.body_limit, capital.body_limit)
    return Exposures(
        ranks=ranks,
        relative=relative,
        level=level,
        weights=weights,
        beta=_betas(market, names, relative, weights),
        styles=_styles(market, names, log_cap, weights),
        volatility=_volatilities(market, names, relative),
        alpha=np.where(head, pulled, 0.0),
        issuance=by_rank(capital.issuance, ranks) + np.where(head, 0.0, filled),
    )


def log_book_to_price(names: Names) -> Floats:
    """Logarithm of book-to-price (N,)."""
    return np.asarray(names.log_book - names.log_cap, dtype=np.float64)


def _betas(market: MarketSpecification, names: Names, relative: Floats, weights: Floats) -> Floats:
    factors = market.factors
    # Under 0.1 no name of the real panel stays for long.
    raw = factors.beta + factors.beta_slope * relative + sector_figures("beta")[names.sector] + names.beta
    raw = np.maximum(raw, 0.1)
    return np.asarray(raw - (raw * weights).sum() + 1.0, dtype=np.float64)


def _styles(market: MarketSpecification, names: Names, log_cap: Floats, weights: Floats) -> Floats:
    raw = np.stack([log_cap, log_book_to_price(names), names.history[:, :-1].sum(axis=1)])
    centred = raw - (raw * weights).sum(axis=1, keepdims=True)
    spread = np.maximum(raw.std(axis=1, keepdims=True), 1e-12)
    return np.asarray(np.clip(centred / spread, -market.factors.clip, market.factors.clip), dtype=np.float64)


def _volatilities(market: MarketSpecification, names: Names, relative: Floats) -> Floats:
    specific = market.specific
    at, typical = np.array(specific.by_size).T
    level = np.interp(relative, at, np.log(typical)) + sector_figures("log_volatility")[names.sector]
    spread = np.maximum(specific.spread - specific.spread_slope * np.clip(relative, at[0], at[-1]), 0.1)
    volatility = np.exp(level + spread * (names.slow + specific.skew * (names.slow**2 - 1.0)))
    return np.asarray(np.minimum(volatility, specific.largest), dtype=np.float64)
