"""Which mixes nothing beats, and a search for more of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from backtest.allocation.mix import finer_grid, grid_parts, mix_grid

__all__ = ["candidates", "efficient"]

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Measured = Callable[[Floats], Sequence[tuple[Floats, Floats]]]
# A grid at least as fine as 5% is fine enough: differences within it are far smaller than any interval.
_FINE = 20


def efficient(risk: Floats, reward: Floats) -> NDArray[np.bool_]:
    """Flag what no other beats: none has at most the risk and at least the reward; of equals the first is flagged.

    Parameters
    ----------
    risk, reward : array (M,)
    """
    order = np.lexsort((-reward, risk))
    best = np.concatenate([[-np.inf], np.maximum.accumulate(reward[order])[:-1]])
    flags = np.zeros(len(risk), dtype=bool)
    flags[order] = reward[order] > best
    return flags


def candidates(sleeves: int, measured: Measured) -> Floats:
    """List mixes: a grid over all weights, refined around what is efficient until steps are at most 5%.

    Parameters
    ----------
    sleeves : int
    measured : callable
        From weights (M, S) to pairs of risk and reward (M,), each a view of its own whose frontier is sought.

    Returns
    -------
    array (M, S)
        Weights, in rising order.
    """
    parts = grid_parts(sleeves)
    counts = mix_grid(sleeves, parts)
    while sleeves > 1 and parts < _FINE:
        flags = np.any([efficient(*pair) for pair in measured(counts / parts)], axis=0)
        counts = np.unique(np.concatenate([2 * counts, finer_grid(counts[flags])]), axis=0)
        parts *= 2
    weights: Floats = counts / parts
    return weights
