"""Which moves in kind to make and which side each contested group is on: the joint relaxation, then fixed sides.

The relaxation's optimum bounds every set of lists. Its sides, rounded step by step, are solved as they are; groups of
which no loss was sold are then opened for buying, and groups not bought put back on the loss side, while that pays.
Branching lowers the bound and finds what rounding missed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.household.joint_branching import Found, branch_jointly, within_bands
from optimizer.household.joint_cone import FRICTION, JointSolution, solve_joint
from optimizer.household.joint_problem import JointProblem
from optimizer.household.joint_relaxation import Choices, JointRelaxation, joint_relaxation
from optimizer.household.transfers import LotMove

__all__ = ["JointAnswer", "rounded_moves", "search_jointly"]

_SOLD = 1e-8
_TURNS = 4
_HARDLY = 1e-4
_DECIDED = 0.02
# Of the household's NAV: a smaller move in kind is not worth its paper.
_SMALLEST_MOVE = 1e-5


@dataclass(frozen=True, eq=False)
class JointAnswer:
    """What the joint problem says.

    Parameters
    ----------
    bound : float
        With the priority of exits, fraction of the household's NAV; minus infinity where there are no lists at all.
    solution : JointSolution or None
        Best trades and moves found with sides that can be traded; None where none were found.
    sides : dict of str to bool
        By contested group: sold at a loss (True), or open to buys.
    """

    bound: float
    solution: JointSolution | None
    sides: dict[str, bool]


def search_jointly(joint: JointProblem) -> JointAnswer:
    """Find moves, sides and a bound for a household.

    Raises
    ------
    SolverError
    """
    relaxation = joint_relaxation(joint)
    root = relaxation.solve(Choices())
    if root.bound == -np.inf:
        return JointAnswer(-np.inf, None, {})
    if root.solution is None or root.bound == np.inf:
        return _without_sides(joint)
    found = _first(joint, relaxation, root.solution)
    bound, found = branch_jointly(joint, relaxation, root, found)
    return JointAnswer(_with_friction(joint, bound), found.solution, dict(found.sides))


def _without_sides(joint: JointProblem) -> JointAnswer:
    """Search by the looser relaxation, where nothing is proven of the one by sides."""
    loose = solve_joint(joint, {}, by_sides=False)
    if loose is None:
        return JointAnswer(-np.inf, None, {})
    found = _first_of(joint, [_sold_on_balance(joint, loose), dict.fromkeys(joint.contested, False)])
    return JointAnswer(_with_friction(joint, loose.worth), found.solution, dict(found.sides))


def _first(joint: JointProblem, relaxation: JointRelaxation, relaxed: JointSolution) -> Found:
    """First trades: of sides decided step by step, sold on balance, or all open, whichever has any."""
    starts = [
        _dived(joint, relaxation, relaxed),
        _sold_on_balance(joint, relaxed),
        dict.fromkeys(joint.contested, False),
    ]
    return _first_of(joint, starts)


def _first_of(joint: JointProblem, starts: Sequence[Mapping[str, bool] | None]) -> Found:
    for sides in starts:
        if sides is not None and (found := _tried(joint, sides)).solution is not None:
            return found
    return Found(None, {})


def _tried(joint: JointProblem, sides: Mapping[str, bool]) -> Found:
    solution = solve_joint(joint, sides)
    if solution is None:
        return Found(None, {})
    best, improved = _improved(joint, solution, sides)
    # Where none keep the bands that moves leave, the sleeves start from those that do not.
    return Found(within_bands(joint, best, improved, {}) or best, improved)


def _with_friction(joint: JointProblem, bound: float) -> float:
    """Bound with the friction that it may have counted too much: no list moves more than all that may move."""
    movable = sum({(a.source, a.lot): _value_of(joint, a.source, a.lot) for a in joint.arcs}.values())
    return bound + FRICTION * movable + 1e-9


def _dived(joint: JointProblem, relaxation: JointRelaxation, relaxed: JointSolution) -> dict[str, bool] | None:
    """Fix the sides that are decided, and the half of the others that nearly are, and solve again until all are fixed.

    Fewer where that leaves no trades, and the other side where not even one can be fixed; None where nothing helps.
    """
    sides: dict[str, bool] = {}
    solution = relaxed
    while len(sides) < len(joint.contested):
        free = {group: z for group, z in solution.loss_side.items() if group not in sides}
        order = sorted(free, key=lambda group: (-abs(free[group] - 0.5), group))
        decided = sum(abs(z - 0.5) > 0.5 - _DECIDED for z in free.values())
        count = decided + max(1, (len(order) - decided + 1) // 2)
        after = None
        while after is None and count > 0:
            trial = sides | {group: free[group] > 0.5 for group in order[:count]}
            after = relaxation.solve(Choices(trial)).solution
            count //= 2
        if after is None:
            trial = sides | {order[0]: free[order[0]] <= 0.5}
            after = relaxation.solve(Choices(trial)).solution
        if after is None:
            return None
        sides, solution = trial, after
    return sides


def rounded_moves(joint: JointProblem, solution: JointSolution) -> list[LotMove]:
    """Moves in whole shares; a lot that goes whole takes its fraction of a share with it.

    What rounding leaves unsettled is settled in cash, less than a share a lot.
    """
    moves: list[LotMove] = []
    names = [sleeve.name for sleeve in joint.household.sleeves]
    for arc, amount in zip(joint.arcs, solution.moved.tolist(), strict=True):
        j = joint.sleeves[arc.source]
        lots = j.sleeve.account.lots
        held = float(lots.shares[arc.lot])
        part = amount / float(j.problem.lot_value[arc.lot])
        shares = held if part > 1 - 1e-5 else float(np.floor(part * held + 1e-6))
        if shares > 0 and amount * j.share >= _SMALLEST_MOVE:
            moves.append(LotMove(names[arc.source], names[arc.target], str(lots.lot_id[arc.lot]), shares))
    return moves


def _value_of(joint: JointProblem, source: int, lot: int) -> float:
    return float(joint.sleeves[source].share * joint.sleeves[source].problem.lot_value[lot])


def _improved(
    joint: JointProblem, best: JointSolution, sides: Mapping[str, bool]
) -> tuple[JointSolution, dict[str, bool]]:
    """Open the groups not sold at a loss, and put back those not bought, in turn; no turn is worth less."""
    current = dict(sides)
    for turn in range(_TURNS):
        sold, bought = _sold_at_loss(joint, best), _bought(joint, best)
        changed = {g: g not in bought if turn % 2 else g in sold for g in joint.contested}
        if changed == current:
            continue
        after = solve_joint(joint, changed)
        if after is None or after.worth < best.worth:
            break
        gained, best, current = after.worth - best.worth, after, changed
        if turn and gained < _HARDLY * abs(best.worth):
            break
    return best, current


def _sold_at_loss(joint: JointProblem, solution: JointSolution) -> set[str]:
    return {
        j.group[j.problem.lot_asset[lot]]
        for j, sell in zip(joint.sleeves, solution.sell, strict=True)
        for lot in np.flatnonzero(j.problem.lot_is_loss & (sell > _SOLD))
    }


def _bought(joint: JointProblem, solution: JointSolution) -> set[str]:
    return {
        j.group[i]
        for j, buy in zip(joint.sleeves, solution.buy, strict=True)
        for i in np.flatnonzero(buy > _SOLD)
    }  # fmt: skip


def _sold_on_balance(joint: JointProblem, solution: JointSolution) -> dict[str, bool]:
    net = dict.fromkeys(joint.contested, 0.0)
    for j, sell, buy in zip(joint.sleeves, solution.sell, solution.buy, strict=True):
        for i, amount in enumerate((buy - j.problem.lot_sum @ sell).tolist()):
            if j.group[i] in net:
                net[j.group[i]] += j.share * amount
    return {group: amount < -_SOLD for group, amount in net.items()}
