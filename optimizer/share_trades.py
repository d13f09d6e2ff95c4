"""Trades in shares, lot by lot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.problem import Problem

__all__ = ["ShareTrades"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ShareTrades:
    """Shares sold of each lot, shape (L,), and bought of each name, shape (N,)."""

    sell: Floats
    buy: Floats

    def amounts(self, problem: Problem) -> tuple[Floats, Floats]:
        """Sold of each lot and bought of each name, as fractions of NAV."""
        unit = problem.price / problem.nav
        return self.sell * unit[problem.lot_asset], self.buy * unit

    def value(self, problem: Problem) -> float:
        """What the trades are worth, a fraction of NAV (`Problem.value`)."""
        return problem.value(*self.amounts(problem))
