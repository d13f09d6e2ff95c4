"""The simulated market behind the example account: a few factors, fat tails, names of unequal size.

It only has to look like a market; studies use the calibrated one of `backtest`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["ExampleMarket", "simulate_market"]

Floats = NDArray[np.float64]
SECTORS = (
    "Communication Services",
    "Consumer Discretionary",
    "Consumer Staples",
    "Energy",
    "Financials",
    "Health Care",
    "Industrials",
    "Information Technology",
    "Materials",
    "Real Estate",
    "Utilities",
)
_YEARS = 6
_DAY = 1 / 252
# From here on there are enough names for a pair of share classes, one that left the benchmark and one just listed.
_ENOUGH = 20
_NEWCOMER_DAYS = 20
_CONSONANTS, _VOWELS = "BCDFGHKLMNPRSTVZ", "AEIOU"


@dataclass(frozen=True, eq=False)
class ExampleMarket:
    """Six years of daily prices and today's facts, one entry a name.

    Parameters
    ----------
    assets, sectors, groups : list of str
    prices : DataFrame (T, N)
        Total-return closes, NaN before a name was listed.
    last, caps, weights : array (N,)
        Last price, capitalisation in dollars, benchmark weight (zero for the leaver and the newcomer).
    twin, leaver, newcomer : int or None
        The second share class of the largest name, a name that left the benchmark, and one listed days ago.
    """

    assets: list[str]
    sectors: list[str]
    groups: list[str]
    prices: pd.DataFrame
    last: Floats
    caps: Floats
    weights: Floats
    twin: int | None
    leaver: int | None
    newcomer: int | None

    def price(self, name: int, row: int) -> float:
        """Price of a name in a row of the history."""
        values: Floats = self.prices.to_numpy()
        return float(values[row, name])

    def price_on(self, name: int, day: dt.date) -> float:
        """Price of a name on a day, or on the last trading day before it."""
        row = int(np.searchsorted(self.prices.index.to_numpy(), np.datetime64(day), side="right")) - 1
        return self.price(name, row)


def simulate_market(names: int, as_of: dt.date, rng: np.random.Generator) -> ExampleMarket:
    """Simulate a benchmark of `names` up to a day, with a leaver and a newcomer beside it where there are enough."""
    total = names + 2 if names >= _ENOUGH else names
    caps = np.sort(np.exp(1.4 * rng.standard_normal(total)))[::-1] * 2e10
    sector = rng.integers(len(SECTORS), size=total)
    days = pd.bdate_range(end=pd.Timestamp(as_of), periods=_YEARS * 252, name="date").as_unit("us")
    growth = _growth(len(days), caps, sector, rng)
    last = np.round(np.exp(rng.normal(4.4, 0.7, total)), 2).astype(float)
    twin = 1 if names >= _ENOUGH else None
    assets = _tickers(total, rng)
    groups = list(assets)
    if twin is not None:
        growth[:, twin] = growth[:, 0] * np.exp(0.002 * rng.standard_normal(len(days)))
        sector[twin] = sector[0]
        groups[0] = groups[twin] = f"{assets[0]} (all classes)"
    prices = np.round(growth / growth[-1] * last, 4)
    leaver, newcomer = (names, names + 1) if names >= _ENOUGH else (None, None)
    weights = caps.copy()
    if newcomer is not None:
        prices[:-_NEWCOMER_DAYS, newcomer] = np.nan
        weights[names:] = 0.0
    return ExampleMarket(
        assets=assets,
        sectors=[SECTORS[s] for s in sector],
        groups=groups,
        prices=pd.DataFrame(prices, index=days, columns=assets),
        last=last,
        caps=caps,
        weights=weights / weights.sum(),
        twin=twin,
        leaver=leaver,
        newcomer=newcomer,
    )


def _growth(periods: int, caps: Floats, sector: NDArray[np.int64], rng: np.random.Generator) -> Floats:
    """Cumulated growth (T, N): market, sectors, two styles and Student-t own returns, larger for smaller names."""
    n = len(caps)
    rank = np.argsort(np.argsort(-caps)) / max(n - 1, 1)
    market = rng.standard_t(5, periods) * np.sqrt(3 / 5) * 0.16 * np.sqrt(_DAY) + 0.08 * _DAY
    by_sector = rng.standard_normal((periods, len(SECTORS))) * 0.09 * np.sqrt(_DAY)
    styles = rng.standard_normal((periods, 2)) * 0.05 * np.sqrt(_DAY)
    beta = 1.0 + 0.25 * rng.standard_normal(n)
    exposure = rng.standard_normal((2, n))
    volatility = (0.20 + 0.16 * rank) * np.exp(0.25 * rng.standard_normal(n))
    own = rng.standard_t(4, (periods, n)) * np.sqrt(2 / 4) * volatility * np.sqrt(_DAY)
    returns = np.outer(market, beta) + by_sector[:, sector] + styles @ exposure + own
    growth: Floats = np.cumprod(1 + np.clip(returns, -0.4, 0.6), axis=0)
    return growth


def _tickers(count: int, rng: np.random.Generator) -> list[str]:
    """Made-up five-letter names that can be spoken, each once."""
    pool = [
        a + b + c + d + e for a in _CONSONANTS for b in _VOWELS for c in _CONSONANTS for d in _VOWELS for e in "NRSX"
    ]
    return [pool[i] for i in rng.permutation(len(pool))[:count]]
