"""Rounding trades to whole shares, or to fractions of one, so that every limit stays kept.

Each lot and name is rounded to the nearest step; then single steps are bought, sold or left alone, always the one that
leaves the least violation (the one that costs least among equals). Where no single step lessens it, one is made to mend
the limit broken worst, is not taken back, and the rest is mended around it. Last, steps that only gain are made.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from optimizer.account import Account
from optimizer.limits.base import Limit
from optimizer.problem import Problem
from optimizer.share_grid import KEPT, ShareGrid, share_grid
from optimizer.share_trades import ShareTrades
from optimizer.solution import Solution
from taxsleeve_errors import InfeasibleError

__all__ = ["FRACTION", "round_to_shares"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
FRACTION = 1e-6
_GAINING_STEPS = 200
# Half of what the independent check lets pass, where single steps can do no better.
_GOOD_ENOUGH = 5e-7


def round_to_shares(
    problem: Problem, account: Account, limits: Sequence[Limit], solution: Solution, min_trade: float, step: float = 1.0
) -> ShareTrades:
    """Round a solution to multiples of a step.

    Parameters
    ----------
    problem, account, solution
        What was solved.
    limits : sequence of Limit
        The linear ones and tracking error steer the repair; others are left to the independent check.
    min_trade : float
        Least amount of an order, fraction of NAV.
    step : float
        Shares: 1 for whole shares, `FRACTION` where fractions may be traded.

    Returns
    -------
    ShareTrades

    Raises
    ------
    InfeasibleError
        Single steps could not mend what rounding broke: the account is too small for its limits.
    """
    grid = share_grid(problem, account, limits, solution.pattern, min_trade, step)
    mended = _mend(grid, _nearest(grid, solution))
    if step == 1.0:
        mended = _improve(grid, mended)
    sell = mended.sell * step
    if step < 1.0:
        # The last millionth of a share goes with its lot.
        sell = np.where((mended.sell > 0) & (mended.sell == grid.most), account.lots.shares, _digits(sell))
    return ShareTrades(sell, _digits(mended.buy * step))


def _digits(shares: Floats) -> Floats:
    rounded: Floats = np.round(shares, 6)
    return rounded


def _nearest(grid: ShareGrid, solution: Solution) -> ShareTrades:
    p = grid.problem
    # A lot of less than a step is one step.
    sell = np.minimum(np.round(solution.sell / np.minimum(grid.unit[p.lot_asset], p.lot_value)), grid.most)
    buy = np.round(solution.buy / grid.unit)
    sell[~grid.big_enough(p.by_name(sell))[p.lot_asset]] = 0.0
    buy[~grid.big_enough(buy)] = 0.0
    return ShareTrades(sell, buy)


def _mend(grid: ShareGrid, trades: ShareTrades) -> ShareTrades:
    """Make single steps until no limit is broken."""
    violation = grid.violation(trades)
    if violation <= KEPT:
        return trades
    cost = grid.loss_of_value(trades)
    banned = np.zeros(len(cost), dtype=bool)
    for _ in range(10 * len(grid.problem.assets) + 1000):
        moves = np.flatnonzero(grid.allowed(trades) & ~banned)
        left = grid.violation_after(trades, moves)
        move = _cheapest(moves, left < violation - 1e-13, left, cost)
        if move is None:
            move = _cheapest(moves, _mending_the_worst(grid, trades)[moves], left, cost)
            if move is None:
                break
            banned[grid.moves.reverse(move)] = True
        trades = grid.moves.apply(trades, move)
        violation = grid.violation(trades)
        if violation <= KEPT:
            return trades
    if violation <= _GOOD_ENOUGH:
        return trades
    nav, names = grid.problem.nav, len(grid.problem.assets)
    raise InfeasibleError(
        f"whole shares: an account of ${nav:,.0f} with {names} names was not rounded to shares within its limits; "
        "allow fractional shares, use fewer names, or relax",
        grid.shortfalls(trades),
    )


def _improve(grid: ShareGrid, trades: ShareTrades) -> ShareTrades:
    """Sell single shares more or less where that gains and breaks nothing."""
    selling = grid.moves.selling
    for _ in range(_GAINING_STEPS):
        cost = grid.loss_of_value(trades)[selling]
        gaining = np.flatnonzero(grid.allowed(trades)[selling] & (cost < -1e-12))
        if len(gaining):
            gaining = gaining[grid.violation_after(trades, gaining) <= KEPT]
        if not len(gaining):
            break
        trades = grid.moves.apply(trades, int(gaining[np.argmin(cost[gaining])]))
    return trades


def _cheapest(moves: NDArray[np.intp], good: Bools, left: Floats, cost: Floats) -> int | None:
    """Return the good move of some that leaves the least violation, the cheapest among equals."""
    moves, left = moves[good], left[good]
    if not len(moves):
        return None
    return int(moves[np.lexsort((cost[moves], left))[0]])


def _mending_the_worst(grid: ShareGrid, trades: ShareTrades) -> Bools:
    """Which moves lessen the violation of the limit that is broken worst, whatever they do to the others."""
    residuals, te = grid.residuals(trades), grid.tracking_error(trades)
    worst = int(np.argmax(residuals)) if len(residuals) else -1
    if worst < 0 or te - grid.most_tracking_error > residuals[worst]:
        return np.asarray(grid.tracking_error_after(trades) < te)
    return np.asarray(grid.effect_on(worst) < 0)
