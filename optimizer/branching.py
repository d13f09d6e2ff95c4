"""Branch and bound on the groups whose sides the bound mixes, for accounts on which the dual leaves a gap.

A node fixes the sides of some groups; the dual of the non-convex problem with those fixed bounds every trade list of
the node, and the sides that it prefers give a trade list to try. At the prices of a tight bound a few groups are mixed:
part on the open, part on the loss side, which no trade list can do. The group with most at stake is fixed first, for
that moves the bound most, and of its two nodes the better is split next until nothing is mixed; then the node of
greatest bound is.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field, replace

import numpy as np

from optimizer.newton import BestPrices, EitherSide, Form, SideChoice, best_prices
from optimizer.pattern_trial import Trial, gap, try_pattern

__all__ = ["branch"]

# What may be spent on closing a gap, in Newton steps times the size of one: a second or two.
_EFFORT, _LEAST_STEPS, _OVERHEAD = 4_000_000, 400, 100
# Counted for a pattern that the dual Newton did not finish.
_UNFINISHED = 100
# Percent of NAV that has to hang on a group for a split.
_NOTHING = 1e-9


@dataclass(order=True, frozen=True)
class _Node:
    cost: float
    number: int
    dual: EitherSide = field(compare=False)
    prices: BestPrices = field(compare=False)
    choice: SideChoice = field(compare=False)

    @classmethod
    def of(cls, dual: EitherSide, prices: BestPrices, number: int) -> _Node:
        choice = dual.choose(prices.z, prices.opened)
        return cls(choice.cost, number, dual, prices, choice)


def branch(
    form: Form, dual: EitherSide, trial: Trial, prices: BestPrices, close: float, effort: float = 1.0
) -> tuple[Trial, float]:
    """Improve a trial and its bound until they are close, or enough has been spent.

    Parameters
    ----------
    form : Form
    dual : EitherSide
    trial : Trial
        The best known.
    prices : BestPrices
        Of the tightest bound known.
    close : float
        Gap that is small enough.
    effort : float
        Part of what is usually spent, zero for no branching at all.

    Returns
    -------
    trial, least_cost : Trial, float
    """
    root = _Node.of(dual, prices, 0)
    nodes, tried = [root], {trial.sides.tobytes()}
    undivided, next_best = np.inf, root
    left = 0 if effort == 0 else max(int(effort * _EFFORT) // (len(form.cap) + _OVERHEAD), _LEAST_STEPS)
    while nodes and left > 0 and gap(form, trial, min(nodes[0].cost, undivided)) > close:
        node = next_best if gap(form, trial, next_best.cost) > 0 else nodes[0]
        nodes.remove(node)
        heapq.heapify(nodes)
        children = _split(node)
        if not children:
            undivided = min(undivided, node.cost)
        for child in children:
            left -= child.prices.steps
            sides = child.choice.sides
            if gap(form, trial, child.cost) <= 0:
                continue
            heapq.heappush(nodes, child)
            if sides.tobytes() not in tried:
                tried.add(sides.tobytes())
                other = try_pattern(form, sides, child.prices.start(form, sides), patient=False)
                left -= _UNFINISHED if other is None else other.result.steps
                trial = other if other is not None and other.worth > trial.worth else trial
        next_best = min((child for child in children if child in nodes), default=nodes[0] if nodes else root)
    open_cost = min([undivided, *(node.cost for node in nodes)])
    reached = -100 * (trial.worth - form.worth(0.0))
    return trial, max(root.cost, min(open_cost, reached))


def _split(node: _Node) -> list[_Node]:
    """Fix the free group whose mixing gains most on either side; nothing where the bound mixes none."""
    share = node.prices.share(node.choice)
    mixed = np.where(node.dual.fixed < 0, share * (1 - share) * node.choice.stake, 0.0)
    group = int(np.argmax(mixed))
    if mixed[group] <= _NOTHING:
        return []
    return [_child(node, group, side) for side in (0, 1)]


def _child(node: _Node, group: int, side: int) -> _Node:
    fixed = node.dual.fixed.copy()
    fixed[group] = side
    dual = replace(node.dual, fixed=fixed)
    child = _Node.of(dual, best_prices(dual, node.prices), 2 * node.number + side + 1)
    return replace(child, cost=max(child.cost, node.cost))
