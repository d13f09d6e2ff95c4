"""What a simulated market is made of, as frozen figures: one small group for each mechanism.

Rates, volatilities and premia are annual; half-lives are in years unless a name says days. The defaults were
calibrated to the figures in `backtest.simulated.targets`.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "BookBehaviour",
    "CapitalBehaviour",
    "DividendBehaviour",
    "FactorBehaviour",
    "LifeBehaviour",
    "MarketBehaviour",
    "SpecificBehaviour",
]


@dataclass(frozen=True)
class MarketBehaviour:
    """The market factor: log-volatility in a slow and a fast part, the fast one driven by the market's own falls.

    Parameters
    ----------
    risk_free, premium : float
    volatility : float
        Root mean square.
    slow_spread, fast_spread : float
        Standard deviations of the two parts of log-volatility.
    slow_half_life, fast_half_life_days : float
    leverage : float
        Correlation of the fast part with the market's shock of the day.
    tail : float
        Degrees of freedom of the shocks.
    """

    risk_free: float = 0.02
    premium: float = 0.075
    volatility: float = 0.172
    slow_spread: float = 0.36
    slow_half_life: float = 0.75
    fast_spread: float = 0.34
    fast_half_life_days: float = 9.0
    leverage: float = -0.55
    tail: float = 8.0


@dataclass(frozen=True)
class FactorBehaviour:
    """Sector, industry and style factors, and how names lean on them.

    Parameters
    ----------
    sector, industry, size, value, momentum : float
        Volatility of one sector's or industry's own return, and of one unit of style.
    tail : float
        Degrees of freedom of the shocks.
    volatility_link : float
        Exponent of the market's volatility in the factors' own.
    loading_spread : float
        Standard deviation of a name's loading on its sector.
    beta, beta_slope : float
        Market beta of the name of rank 700, and its fall per unit of log-capitalisation.
    beta_spread, beta_half_life : float
        Of a name's own beta, which moves.
    value_cycle, value_cycle_half_life : float
        Standard deviation of the expected return of a unit of value, which comes and goes.
    momentum_premium : float
        Expected return of a unit of momentum.
    clip : float
        Style exposures are cut here.
    """

    sector: float = 0.080
    industry: float = 0.075
    size: float = 0.040
    value: float = 0.068
    momentum: float = 0.050
    tail: float = 6.0
    volatility_link: float = 0.5
    loading_spread: float = 0.30
    beta: float = 1.035
    beta_slope: float = -0.055
    beta_spread: float = 0.36
    beta_half_life: float = 2.2
    value_cycle: float = 0.025
    value_cycle_half_life: float = 3.0
    momentum_premium: float = 0.01
    clip: float = 3.0


@dataclass(frozen=True)
class SpecificBehaviour:
    """What moves one name alone.

    Parameters
    ----------
    by_size : tuple of (float, float)
        Log-capitalisation over that of rank 700, and the typical specific volatility there; linear in between.
    spread, spread_slope : float
        Standard deviation of names' slow log-volatility, and its rise per unit of log-capitalisation lost.
    skew : float
        Weight of the square in the slow part: the wildest are wilder than a normal would have them.
    slow_half_life : float
    fast_spread, fast_half_life_days : float
        The part of log-volatility that comes and goes within months.
    leverage : float
        Correlation of both parts with the name's own fate: what falls becomes wilder.
    volatility_link : float
        Exponent of the market's volatility in every name's own.
    tail : float
        Degrees of freedom of the shocks.
    earnings : float
        How many times an ordinary day's volatility one of the four earnings days a year has.
    largest : float
        Most specific volatility that a name can have.
    newness : float
        Extra log-volatility of a name just listed.
    largest_fall, largest_rise : float
        Total returns of a day are cut here.
    """

    by_size: tuple[tuple[float, float], ...] = (
        (-2.7, 0.440),
        (-1.6, 0.355),
        (-1.05, 0.304),
        (-0.6, 0.264),
        (-0.2, 0.238),
        (0.2, 0.214),
        (1.2, 0.192),
        (2.45, 0.175),
        (3.3, 0.160),
        (4.3, 0.143),
    )
    spread: float = 0.36
    spread_slope: float = 0.03
    skew: float = 0.0
    slow_half_life: float = 4.5
    fast_spread: float = 0.32
    fast_half_life_days: float = 25.0
    leverage: float = -0.5
    volatility_link: float = 0.34
    tail: float = 3.3
    earnings: float = 5.5
    largest: float = 1.5
    newness: float = 0.25
    largest_fall: float = -0.75
    largest_rise: float = 1.50


@dataclass(frozen=True)
class CapitalBehaviour:
    """How large names are, and how that moves.

    Parameters
    ----------
    curve : tuple of (int, float)
        Rank and log-capitalisation over that of rank 700, from rank 50 on; linear in log-rank in between.
    reference : float
        Capitalisation of rank 700 on the first day, dollars.
    head_offset : float
        What is added to the ranks of the 50 largest (Zipf-Mandelbrot): the very largest are nearer to each other.
    effective_number, effective_number_end : float
        1 / sum of squared weights of the 500 largest: before, and at the end of, the drift.
    drift_years : float
        How long the drift takes; it ends with the run, and a shorter run sees its first years.
    head_pull, head_limit : float
        Expected return, per unit of log-capitalisation that the 50 largest lack to the curve of the day, and the
        most that there is.
    body_pull, body_limit : float
        Net issuance of the other names, in the same way.
    issuance : tuple of (int, float)
        Rank up to which, and net issuance; the last holds for all below.
    issuance_spread : float
        Of one name's net issuance in a year.
    """

    curve: tuple[tuple[int, float], ...] = (
        (50, 2.80),
        (100, 2.20),
        (200, 1.53),
        (350, 0.92),
        (500, 0.47),
        (700, 0.0),
        (900, -0.37),
        (1200, -0.82),
        (1500, -1.25),
        (2000, -1.95),
        (2400, -2.65),
        (2600, -3.00),
    )
    reference: float = 5.5e9
    head_offset: float = 3.0
    effective_number: float = 144.0
    effective_number_end: float = 38.0
    drift_years: float = 10.0
    head_pull: float = 1.5
    head_limit: float = 0.30
    body_pull: float = 0.3
    body_limit: float = 0.12
    issuance: tuple[tuple[int, float], ...] = ((500, -0.012), (900, 0.004), (10**9, 0.020))
    issuance_spread: float = 0.05


@dataclass(frozen=True)
class BookBehaviour:
    """Book values: they grow, are pulled towards what the price says, and are rewritten now and then.

    Parameters
    ----------
    typical : tuple of (int, float)
        Rank up to which, and the logarithm of book-to-price that names tend to.
    spread : float
        Standard deviation of log book-to-price on the first day, within a sector.
    own : float
        Standard deviation of what a name tends to, about its size and sector.
    growth, noise : float
        Of book value, a year.
    pull : float
        Share of the distance made up in a year.
    newness : float
        Log book-to-price of a name just listed, less what it tends to.
    """

    typical: tuple[tuple[int, float], ...] = ((500, -1.35), (900, -1.20), (10**9, -1.05))
    spread: float = 0.88
    own: float = 0.45
    growth: float = 0.055
    noise: float = 0.22
    pull: float = 0.22
    newness: float = -0.6


@dataclass(frozen=True)
class DividendBehaviour:
    """Who pays, how much, and how a payment follows the price.

    Parameters
    ----------
    payers : tuple of (int, float)
        Rank up to which, and the share of names that pay; shifted by the sector's own share.
    yields : tuple of (int, float)
        Rank up to which, and the payers' typical yield.
    yield_spread : float
        Standard deviation of the logarithm of a payer's yield.
    smoothing : float
        Share of last quarter's payment in this quarter's; the rest follows the price.
    start, stop : float
        Rates a year at which names begin and cease to pay (`stop` fourfold after a fall by half).
    """

    payers: tuple[tuple[int, float], ...] = ((500, 0.78), (900, 0.66), (10**9, 0.58))
    yields: tuple[tuple[int, float], ...] = ((500, 0.024), (900, 0.019), (10**9, 0.018))
    yield_spread: float = 0.55
    smoothing: float = 0.8
    start: float = 0.09
    stop: float = 0.02


@dataclass(frozen=True)
class LifeBehaviour:
    """How names end, and how new ones come in their place.

    Parameters
    ----------
    death : tuple of (int, float)
        Rank up to which, and the rate of deaths a year.
    distress : float
        How many times that for names down by half or more in a year.
    merger_share : float
        Share of deaths that are takeovers.
    premium, premium_spread : float
        Of a takeover, on the day it is announced.
    deal_days : tuple of int
        Least and most days from announcement to the last trade.
    deal_volatility : float
        Of a name under offer.
    failure, failure_spread : float
        What holders of the others get after the last trade, as a return.
    least_capital : float
        Log-capitalisation over that of rank 700 under which a name is taken off the exchange, as a failure.
    highest_listing : int
        No name is listed at a better rank.
    listing_price : float
        Median first price, dollars.
    """

    death: tuple[tuple[int, float], ...] = ((500, 0.015), (900, 0.036), (1500, 0.045), (10**9, 0.055))
    distress: float = 3.0
    merger_share: float = 0.8
    premium: float = 0.24
    premium_spread: float = 0.14
    deal_days: tuple[int, int] = (40, 130)
    deal_volatility: float = 0.06
    failure: float = -0.35
    failure_spread: float = 0.20
    least_capital: float = -5.5
    highest_listing: int = 350
    listing_price: float = 20.0
