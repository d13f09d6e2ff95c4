"""Specific risk by the weeks of the quarter: companies report in the first weeks of each, and their prices jump then.

A quarter has 63 trading days, so that every third block of 21 days falls on the same weeks; no calendar is needed. The
effect is learnt from the window itself and shrunk by what chance alone would make of it (empirical Bayes: the spread
between seasons less the noise expected from the spread within them).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["season_effect"]

Floats = NDArray[np.float64]
_LEAST_YEARS = 3


def season_effect(log_ratios: Floats, ages: NDArray[np.int64], seasons: int = 3) -> float:
    """Expected log of realised over forecast variance in the block to come.

    With m_q the mean of the blocks of season q, V the mean within-season variance over blocks a season and
    B the variance of the m_q: max(0, 1 - V / B) (m_0 - mean m).

    Parameters
    ----------
    log_ratios : array of shape (B,)
        Of each past block.
    ages : array of shape (B,)
        Blocks before the one to come: 1 for the last. The season to come is that of ages 3, 6, ...
    seasons : int
        Blocks a quarter.

    Returns
    -------
    float
        Zero where a season has fewer than three blocks.
    """
    season = ages % seasons
    counts = np.bincount(season, minlength=seasons)
    if counts.min() < _LEAST_YEARS:
        return 0.0
    means = np.bincount(season, log_ratios, minlength=seasons) / counts
    within = float(((log_ratios - means[season]) ** 2).sum()) / (len(log_ratios) - seasons)
    noise = within * float((1 / counts).mean())
    between = float(means.var(ddof=1))
    if between <= noise:
        return 0.0
    return float((1 - noise / between) * (means[0] - means.mean()))
