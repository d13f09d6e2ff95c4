"""Trades in shares, lot by lot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.account import Account
from optimizer.cone import Solution
from optimizer.problem import Problem

__all__ = ["ShareTrades", "fractional_shares"]

Floats = NDArray[np.float64]
_DECIMALS = 6


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


def fractional_shares(problem: Problem, account: Account, solution: Solution) -> ShareTrades:
    """Trades in millionths of a share, rounded toward no trade; whole lots go whole."""
    unit = problem.price / problem.nav
    whole = solution.sell >= problem.lot_value
    sell = np.where(whole, account.lots.shares, _floor(solution.sell / unit[problem.lot_asset]))
    return ShareTrades(sell, _floor(solution.buy / unit))


def _floor(shares: Floats) -> Floats:
    floored: Floats = np.floor(shares * 10**_DECIMALS + 1e-3) / 10**_DECIMALS
    return floored
