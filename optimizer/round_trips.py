"""Round trips: what is sold and bought again in one name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.problem import Problem
from optimizer.solution import Solution

__all__ = ["without_round_trips"]


def without_round_trips(problem: Problem, solution: Solution) -> Solution:
    """Take back what is sold at a gain and bought again in one name: it changes no position and only costs."""
    undo = np.minimum(problem.by_name(np.where(problem.lot_is_loss, 0.0, solution.sell)), solution.buy)
    if not (undo > 0).any():
        return solution
    sell, left = solution.sell.copy(), undo.copy()
    for lot in np.flatnonzero((sell > 0) & ~problem.lot_is_loss & (undo[problem.lot_asset] > 0)):
        name = problem.lot_asset[lot]
        back = min(sell[lot], left[name])
        sell[lot] -= back
        left[name] -= back
    buy = solution.buy - undo
    return replace(solution, sell=sell, buy=buy, value=problem.value(sell, buy))
