"""What an engine finds for one pattern."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.problem import Pattern

__all__ = ["Solution"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Solution:
    """Trades that an engine found for one pattern, in fractions of NAV.

    Parameters
    ----------
    pattern : Pattern
    sell : array (L,)
    buy : array (N,)
    value : float
        What the trades are worth (`Problem.value`), recomputed from them.
    prices : mapping of str to float
        By limit: gain in value for each unit by which the limit is relaxed.
    engine : str
        What found the trades, where that is more than the engine that was asked.
    """

    pattern: Pattern
    sell: Floats
    buy: Floats
    value: float
    prices: Mapping[str, float]
    engine: str = ""
