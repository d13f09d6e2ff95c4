"""Branching on the choices that the joint relaxation leaves open, the node of the greatest bound first."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from optimizer.household.joint_bands import Filled, oversold
from optimizer.household.joint_cone import JointSolution, solve_joint
from optimizer.household.joint_problem import JointProblem
from optimizer.household.joint_relaxation import Choices, JointRelaxation, Relaxed

__all__ = ["Found", "branch_jointly", "within_bands"]

# Of the bound: a gap that branching leaves as it is.
_CLOSE = 2e-4
# Names times programs solved: so much work, whatever the machine, and no fewer nodes than are worth beginning.
_WORK = 2500
_MOST_NODES = 40
_FILLS = 4
_UNDECIDED = 1e-3


@dataclass(frozen=True, eq=False)
class Found:
    """The best trades found, if any, and the sides they are on."""

    solution: JointSolution | None
    sides: Mapping[str, bool]

    @property
    def worth(self) -> float:
        """Value with the priority of exits, less friction; minus infinity where nothing is found."""
        return -np.inf if self.solution is None else self.solution.worth

    def or_better(self, other: Found) -> Found:
        """Return the one that is worth more."""
        return other if other.worth > self.worth else self


def branch_jointly(
    joint: JointProblem, relaxation: JointRelaxation, root: Relaxed, found: Found
) -> tuple[float, Found]:
    """Branch until the gap is small or the work is done.

    Parameters
    ----------
    joint : JointProblem
    relaxation : JointRelaxation
    root : Relaxed
        With no choice made.
    found : Found

    Returns
    -------
    float
        Bound of all trades, as of `Relaxed`.
    Found
        No worse than what was given.
    """
    left = min(_MOST_NODES, _WORK // max(joint.names, 1))
    count, closed, stakes = 0, -np.inf, _stakes(joint)
    tried = {tuple(found.sides.items())}
    nodes = [(-root.bound, count, Choices(), root)]
    while nodes and left >= 2:
        limit = -nodes[0][0]
        if limit - found.worth <= _CLOSE * abs(limit):
            break
        _, _, made, node = heapq.heappop(nodes)
        children = _children(joint, made, node.solution, stakes) if node.solution is not None else ()
        if not children:
            closed = max(closed, limit)
            continue
        for choices in children:
            child, left = relaxation.solve(choices), left - 1
            if child.bound == -np.inf:
                continue
            count += 1
            bound = min(child.bound, limit)
            heapq.heappush(nodes, (-bound, count, choices, replace(child, bound=bound)))
            if child.solution is not None and bound > found.worth:
                sides = {group: z > 0.5 for group, z in child.solution.loss_side.items()}
                if tuple(sides.items()) not in tried:
                    tried.add(tuple(sides.items()))
                    found, left = found.or_better(_solved(joint, sides, choices.filled)), left - 1
    return max(closed, found.worth, *(-node[0] for node in nodes)), found


def within_bands(
    joint: JointProblem, solution: JointSolution, sides: Mapping[str, bool], filled: Filled
) -> JointSolution | None:
    """Sell of names below their band only what the moves bring beyond it; None where no such trades are found."""
    made = dict(filled)
    for _ in range(_FILLS):
        over = oversold(joint, solution.sell, solution.buy, solution.moved)
        if not over:
            return solution
        made |= {key: sale.half_arrives for key, sale in over.items()}
        after = solve_joint(joint, sides, made) or solve_joint(joint, sides, made | dict.fromkeys(over, False))
        if after is None:
            return None
        solution = after
    return None


def _solved(joint: JointProblem, sides: Mapping[str, bool], filled: Filled) -> Found:
    solution = solve_joint(joint, sides, filled)
    return Found(within_bands(joint, solution, sides, filled) if solution is not None else None, sides)


def _children(
    joint: JointProblem, made: Choices, solution: JointSolution, stakes: Mapping[str, float]
) -> tuple[Choices, ...]:
    """Both ways of the open choice with most at stake; none where all are decided."""
    at_stake: dict[str | tuple[int, int], float] = {}
    for group, z in solution.loss_side.items():
        if group not in made.sides and _UNDECIDED < z < 1 - _UNDECIDED:
            at_stake[group] = min(z, 1 - z) * stakes[group]
    for (s, name), sale in oversold(joint, solution.sell, solution.buy, solution.moved).items():
        if (s, name) not in made.filled:
            p = joint.sleeves[s].problem
            credit = np.max(p.lot_credit[p.lot_asset == name], initial=0.0)
            at_stake[s, name] = joint.sleeves[s].share * sale.amount * float(credit)
    if not at_stake:
        return ()
    choice = max(at_stake, key=lambda one: at_stake[one])
    if isinstance(choice, str):
        return tuple(Choices({**made.sides, choice: way}, made.filled) for way in (True, False))
    return tuple(Choices(made.sides, {**made.filled, choice: way}) for way in (True, False))


def _stakes(joint: JointProblem) -> dict[str, float]:
    """Tax that the losses of each contested group could save, fraction of the household's NAV."""
    stakes = dict.fromkeys(joint.contested, 0.0)
    for j in joint.sleeves:
        p = j.problem
        for lot in np.flatnonzero(p.lot_is_loss & j.sellable):
            if (group := j.group[p.lot_asset[lot]]) in stakes:
                stakes[group] += j.share * float(p.lot_credit[lot] * p.lot_value[lot])
    return stakes
