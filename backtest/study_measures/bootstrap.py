"""How often each month of history is drawn: the stationary bootstrap of Politis and Romano."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from taxsleeve_errors import Fault, InputError

__all__ = ["Resampling", "draw_counts"]


@dataclass(frozen=True)
class Resampling:
    """How intervals are drawn.

    Parameters
    ----------
    block : float
        Mean length of a block in months. A year keeps together a crash and the harvest that follows it.
    draws : int
    level : float
        Of the intervals.
    seed : int

    Raises
    ------
    InputError
        A number out of range.
    """

    block: float = 12.0
    draws: int = 2000
    level: float = 0.95
    seed: int = 0

    def __post_init__(self) -> None:
        faults = []
        if not self.block >= 1:
            faults.append(Fault("block", "a month or more", value=str(self.block)))
        if self.draws < 100:
            faults.append(Fault("draws", "100 or more", value=str(self.draws)))
        if not 0.5 <= self.level < 1:
            faults.append(Fault("level", "from 0.5 to under 1", value=str(self.level)))
        if faults:
            raise InputError(faults)


@lru_cache(maxsize=64)
def draw_counts(months: int, resampling: Resampling) -> NDArray[np.float64]:
    """Count how often each of so many months is in each draw, of as many months.

    Blocks start anywhere with the same chance, have geometric lengths and run around the end (Politis and Romano, "The
    stationary bootstrap", JASA 89, 1994; the moving blocks of Kuensch, Annals of Statistics 17, 1989, leave the first
    and last months out more often than the others).

    Returns
    -------
    array (draws, months)
        Rows sum to `months`; do not write into it, it is shared.
    """
    generator = np.random.default_rng([resampling.seed, months])
    starts = generator.integers(months, size=(resampling.draws, months))
    begins = generator.random((resampling.draws, months)) < 1 / resampling.block
    position = starts[:, 0]
    counts = np.zeros((resampling.draws, months))
    row = np.arange(resampling.draws)
    counts[row, position] += 1
    for k in range(1, months):
        position = np.where(begins[:, k], starts[:, k], (position + 1) % months)
        counts[row, position] += 1
    counts.flags.writeable = False
    return counts
