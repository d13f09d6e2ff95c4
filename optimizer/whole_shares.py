"""Rounding trades to whole shares so that every limit stays kept.

Each lot and name is rounded to the nearest share; then single shares are bought, sold or left alone, always the one
that leaves the least violation (the one that costs least among equals). Where no single share lessens it, one share
is moved to mend the limit broken worst, is not moved back, and the rest is mended around it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from optimizer.account import Account
from optimizer.cone import Solution
from optimizer.limits.base import Limit
from optimizer.problem import Problem
from optimizer.share_grid import KEPT, ShareGrid, share_grid
from optimizer.share_trades import ShareTrades

__all__ = ["round_to_whole_shares"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def round_to_whole_shares(
    problem: Problem, account: Account, limits: Sequence[Limit], solution: Solution, min_trade: float
) -> ShareTrades | None:
    """Round a solution to whole shares.

    Parameters
    ----------
    problem, account, solution
        What was solved.
    limits : sequence of Limit
        The linear ones and tracking error steer the repair; others are left to the independent check.
    min_trade : float
        Least amount of an order, fraction of NAV.

    Returns
    -------
    ShareTrades or None
        None where single shares could not mend what rounding broke: the account is too small for its limits.
    """
    grid = share_grid(problem, account, limits, solution.pattern, min_trade)
    trades = _nearest(grid, solution)
    cost = grid.loss_of_value()
    banned = np.zeros(len(cost), dtype=bool)
    for _ in range(10 * len(problem.assets) + 200):
        violation = grid.violation(trades)
        if violation <= KEPT:
            return trades
        allowed = grid.allowed(trades) & ~banned
        left = grid.violation_after(trades)
        move = _cheapest(np.flatnonzero(allowed & (left < violation - 1e-13)), left, cost)
        if move is None:
            move = _cheapest(_mends_the_worst(grid, trades, allowed), left, cost)
            if move is None:
                return None
            banned[grid.reverse(move)] = True
        trades = grid.apply(trades, move)
    return None


def _nearest(grid: ShareGrid, solution: Solution) -> ShareTrades:
    p = grid.problem
    sell = np.minimum(np.round(solution.sell / grid.unit[p.lot_asset]), grid.most)
    buy = np.round(solution.buy / grid.unit)
    small_sale = p.lot_sum @ (sell * grid.unit[p.lot_asset]) < grid.min_trade
    sell[small_sale[p.lot_asset]] = 0.0
    buy[buy * grid.unit < grid.min_trade] = 0.0
    return ShareTrades(sell, buy)


def _cheapest(candidates: NDArray[np.intp], left: Floats, cost: Floats) -> int | None:
    """Return the candidate that leaves the least violation, the cheapest among equals."""
    if not len(candidates):
        return None
    return int(candidates[np.lexsort((cost[candidates], left[candidates]))[0]])


def _mends_the_worst(grid: ShareGrid, trades: ShareTrades, allowed: Bools) -> NDArray[np.intp]:
    """Moves that lessen the violation of the limit that is broken worst, whatever they do to the others."""
    residuals, te = grid.residuals(trades), grid.tracking_error(trades)
    worst = int(np.argmax(residuals)) if len(residuals) else -1
    if worst < 0 or te - grid.te_limit > residuals[worst]:
        return np.flatnonzero(allowed & (grid.tracking_error_after(trades) < te))
    effect = grid.effects[[worst], :].toarray().ravel()
    return np.flatnonzero(allowed & (effect < 0))
