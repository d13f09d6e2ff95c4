"""Which groups to sell at a loss and which to leave open for buying, by any engine: the two-pass search.

For mandates with a limit that the dual Newton does not take.

A group may be sold at a loss or bought, not both, which makes the problem non-convex (TAX_RULES, section 4). The first
pass puts on the sell side every group with a loss worth its round trip, or those of them that the relaxation without
the either-or sells on balance; the second opens for buying those of which no loss was sold; then those not bought go
back to the sell side, and so on while it pays. Where no first pass has a solution, the net trades of the
minimum-risk rebalance say which side each group is on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.cone import ConeModel, cone_model
from optimizer.limits.base import Limit
from optimizer.problem import Pattern, Problem
from optimizer.solution import Solution
from taxsleeve_errors import InfeasibleError

__all__ = ["TwoPassResult", "two_pass_search"]

Bools = NDArray[np.bool_]
_SOLD = 1e-8
_TURNS = 5
_HARDLY = 1e-4
# Of NAV: what an interior point's answers may be out by.
_DIGITS = 1e-8


@dataclass(frozen=True, eq=False)
class TwoPassResult:
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


def two_pass_search(problem: Problem, limits: Sequence[Limit], effort: float = 1.0) -> TwoPassResult:
    """Find a good pattern and its best trades; without `effort` from one start alone, improved once.

    Raises
    ------
    InfeasibleError
        No trade list can meet the limits; says which fail and by how much.
    """
    relaxed = cone_model(problem, limits, Pattern.relaxation(problem))
    upper = relaxed.maximise_value()
    if upper is None:
        raise InfeasibleError("no trade list can meet the limits", relaxed.least_relaxation)
    worthwhile = _worthwhile(problem)
    starts = [worthwhile, worthwhile & _sold_on_balance(problem, upper)]
    better = _best_of(problem, limits, starts) if effort else _best_of(problem, limits, starts[:1], turns=0)
    if better is None:
        better = _best_of(problem, limits, _safe_starts(problem, relaxed))
    if better is None:
        nothing_harvested = Pattern.of(problem, np.zeros(problem.groups, dtype=bool))
        raise InfeasibleError(
            "no trade list was found that meets the limits without selling at a loss and buying the same name",
            lambda: cone_model(problem, limits, nothing_harvested).least_relaxation(),
        )
    bound = upper.value + problem.lot_priority @ (upper.sell - better.sell)
    return TwoPassResult(better, float(bound) + _DIGITS)


def _worthwhile(problem: Problem) -> Bools:
    """Groups that hold a loss worth its round trip."""
    lots = problem.lot_is_loss & problem.lot_sellable
    return _groups_of(problem, lots & (problem.lot_credit + problem.lot_priority > 2 * problem.cost[problem.lot_asset]))


def _safe_starts(problem: Problem, relaxed: ConeModel) -> list[Bools]:
    """Groups that the rebalance of least risk sells on balance, or none."""
    nothing = np.zeros(problem.groups, dtype=bool)
    safest = relaxed.minimise_risk()
    return [nothing] if safest is None else [_sold_on_balance(problem, safest), nothing]


def _best_of(
    problem: Problem, limits: Sequence[Limit], starts: Sequence[Bools], turns: int = _TURNS
) -> Solution | None:
    """Solve each start and improve it once, then the best of them until that hardly pays."""
    found = [cone_model(problem, limits, Pattern.of(problem, start)).maximise_value() for start in starts]
    improved = [_improved(problem, limits, solution, turns=1) for solution in found if solution is not None]
    if not improved:
        return None
    return _improved(problem, limits, max(improved, key=lambda solution: _worth(problem, solution)), turns=turns)


def _improved(problem: Problem, limits: Sequence[Limit], best: Solution, turns: int) -> Solution:
    """Open the groups not sold at a loss for buying, and put those not bought back on the sell side, in turn.

    Each turn leaves the trades of the one before allowed, so that none is worth less.
    """
    worthwhile = _worthwhile(problem)
    for turn in range(turns):
        bought = np.bincount(problem.group, weights=best.buy, minlength=problem.groups) > _SOLD
        loss_side = worthwhile & ~bought if turn % 2 else _sold_at_loss(problem, best)
        if (loss_side == best.pattern.loss_side).all():
            continue
        after = cone_model(problem, limits, Pattern.of(problem, loss_side)).maximise_value()
        if after is None or _worth(problem, after) < _worth(problem, best):
            break
        gained, best = _worth(problem, after) - _worth(problem, best), after
        if turn and gained < _HARDLY * abs(_worth(problem, best)):
            break
    return best


def _sold_on_balance(problem: Problem, solution: Solution) -> Bools:
    net = solution.buy - problem.lot_sum @ solution.sell
    sold: Bools = np.bincount(problem.group, weights=net, minlength=problem.groups) < -_SOLD
    return sold


def _worth(problem: Problem, solution: Solution) -> float:
    return float(solution.value + problem.lot_priority @ solution.sell)


def _sold_at_loss(problem: Problem, solution: Solution) -> Bools:
    return _groups_of(problem, problem.lot_is_loss & (solution.sell > _SOLD))


def _groups_of(problem: Problem, lots: Bools) -> Bools:
    groups: Bools = np.bincount(problem.lot_group, weights=lots, minlength=problem.groups) > 0
    return groups
