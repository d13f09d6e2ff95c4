"""Which groups to sell at a loss and which to leave open for buying: the two-pass search.

A group may be sold at a loss or bought, not both, which makes the problem non-convex (TAX_RULES, section 4). The
first pass puts every group with a loss worth its round trip on the sell side; the second opens those of which no
loss was sold. Where the first pass has no solution, the net trades of the minimum-risk rebalance say which side each
group is on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.cone import Solution, cone_model
from optimizer.limits.base import Limit
from optimizer.problem import Pattern, Problem
from taxsleeve_errors import InfeasibleError

__all__ = ["SearchResult", "search_pattern", "without_round_trips"]

Bools = NDArray[np.bool_]
_SOLD = 1e-8


@dataclass(frozen=True, eq=False)
class SearchResult:
    """The best solution found, and a bound that no trade list can exceed.

    Parameters
    ----------
    solution : Solution
    bound : float
        Of value, a fraction of NAV: the optimum of the relaxation in which groups may be sold at a loss and bought at
        once. Where names are to be exited, it holds for trade lists that exit as much.
    """

    solution: Solution
    bound: float


def search_pattern(problem: Problem, limits: Sequence[Limit]) -> SearchResult:
    """Find a good pattern and its best trades.

    Raises
    ------
    InfeasibleError
        No trade list can meet the limits; says which fail and by how much.
    """
    relaxed = cone_model(problem, limits, Pattern.relaxation(problem))
    upper = relaxed.maximise_value()
    if upper is None:
        shortfalls = relaxed.least_relaxation()
        raise InfeasibleError("no trade list can meet the limits", shortfalls)
    first = _first_solution(problem, limits)
    if first is None:
        nothing_harvested = Pattern.of(problem, np.zeros(problem.groups, dtype=bool))
        shortfalls = cone_model(problem, limits, nothing_harvested).least_relaxation()
        raise InfeasibleError(
            "no trade list was found that meets the limits without selling at a loss and buying the same name",
            shortfalls,
        )
    opened = _sold_at_loss(problem, first)
    second = cone_model(problem, limits, Pattern.of(problem, opened)).maximise_value()
    better = first if second is None or _worth(problem, second) < _worth(problem, first) else second
    bound = upper.value + problem.lot_priority @ (upper.sell - better.sell)
    return SearchResult(better, max(float(bound), better.value))


def without_round_trips(problem: Problem, solution: Solution) -> Solution:
    """Take back what is sold at a gain and bought again in one name: it changes no position and only costs."""
    undo = np.minimum(problem.lot_sum @ np.where(problem.lot_is_loss, 0.0, solution.sell), solution.buy)
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


def _first_solution(problem: Problem, limits: Sequence[Limit]) -> Solution | None:
    worthwhile = problem.lot_is_loss & problem.lot_sellable
    worthwhile &= problem.lot_credit + problem.lot_priority > 2 * problem.cost[problem.lot_asset]
    greedy = _groups_of(problem, worthwhile)
    solution = cone_model(problem, limits, Pattern.of(problem, greedy)).maximise_value()
    if solution is not None:
        return solution
    safest = cone_model(problem, limits, Pattern.relaxation(problem)).minimise_risk()
    if safest is None:
        return None
    net = safest.buy - problem.lot_sum @ safest.sell
    by_group = np.bincount(problem.group, weights=net, minlength=problem.groups)
    for loss_side in (by_group < -_SOLD, np.zeros(problem.groups, dtype=bool)):
        solution = cone_model(problem, limits, Pattern.of(problem, loss_side)).maximise_value()
        if solution is not None:
            return solution
    return None


def _worth(problem: Problem, solution: Solution) -> float:
    return float(solution.value + problem.lot_priority @ solution.sell)


def _sold_at_loss(problem: Problem, solution: Solution) -> Bools:
    return _groups_of(problem, problem.lot_is_loss & (solution.sell > _SOLD))


def _groups_of(problem: Problem, lots: Bools) -> Bools:
    groups: Bools = np.bincount(problem.lot_group, weights=lots, minlength=problem.groups) > 0
    return groups
