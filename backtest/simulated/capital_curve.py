"""How capitalisation falls with rank, and how the head of that curve grows steeper as a market concentrates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from backtest.simulated.behaviour import CapitalBehaviour

__all__ = ["FULL_MARKET", "HEAD", "LARGE", "by_rank", "effective_numbers", "log_capital", "market_ranks", "steepness"]

Floats = NDArray[np.float64]
# Ranks of the market: the S&P 1500's, the names above the Zipf part's end, the S&P 500's.
FULL_MARKET, HEAD, LARGE = 1500, 50, 500


def market_ranks(names: int) -> Floats:
    """Rank in the market that each of `names` names stands for, largest first.

    From 1,500 names on, every name is itself. Fewer are an even sample of the 1,500, so that a third of them is
    large, four fifteenths mid and two fifths small.
    """
    ranks = np.arange(1.0, names + 1.0)
    thinned = ranks if names >= FULL_MARKET else (ranks - 0.5) * FULL_MARKET / names + 0.5
    return np.asarray(thinned, dtype=np.float64)


def by_rank(table: tuple[tuple[int, float], ...], ranks: Floats) -> Floats:
    """Value of each rank, from a table of (last rank, value)."""
    last, values = np.array(table, dtype=float).T
    return np.asarray(values[np.minimum(np.searchsorted(last, ranks), len(values) - 1)], dtype=np.float64)


def log_capital(behaviour: CapitalBehaviour, ranks: Floats, slope: float) -> Floats:
    """Logarithm of capitalisation over that of rank 700: a Zipf-Mandelbrot head on the measured body.

    Parameters
    ----------
    behaviour : CapitalBehaviour
    ranks : array
        From 1 on.
    slope : float
        Fall of log-capitalisation per unit of log(rank + head_offset) among the 50 largest.
    """
    known, values = np.array(behaviour.curve).T
    x = np.log(np.maximum(ranks, HEAD))
    body = np.interp(x, np.log(known), values)
    tail = (values[-1] - values[-2]) / np.log(known[-1] / known[-2])
    beyond = np.maximum(np.log(ranks / known[-1]), 0.0) * tail
    offset = behaviour.head_offset
    head = slope * np.log((HEAD + offset) / (np.minimum(ranks, HEAD) + offset))
    return np.asarray(body + beyond + head, dtype=np.float64)


def steepness(behaviour: CapitalBehaviour, effective_number: float) -> float:
    """Slope of the head at which the 500 largest names have this effective number, 1 / sum of squared weights."""
    ranks = np.arange(1.0, LARGE + 1.0)

    def excess(slope: float) -> float:
        caps = np.exp(log_capital(behaviour, ranks, slope))
        return float(caps.sum() ** 2 / (caps**2).sum()) - effective_number

    return float(brentq(excess, 0.0, 6.0))


def effective_numbers(behaviour: CapitalBehaviour, months: int) -> Floats:
    """What the 500 largest names' effective number tends to at the end of each month, from month 0 on.

    Parameters
    ----------
    behaviour : CapitalBehaviour
    months : int
        Of the run. The drift takes its last `drift_years`; a shorter run sees the first part of it.
    """
    month = np.arange(months + 1)
    drift = 12.0 * behaviour.drift_years
    share = np.clip((month - max(0.0, months - drift)) / drift, 0.0, 1.0)
    fall = np.log(behaviour.effective_number_end / behaviour.effective_number)
    return np.asarray(behaviour.effective_number * np.exp(fall * share), dtype=np.float64)
