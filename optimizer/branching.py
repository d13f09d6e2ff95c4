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
# Nodes of a small account take few steps, and most of their time before and after.
_MOST_NODES = 2_000
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
    queue, tried = _Queue([root], {root.number}), {trial.sides.tobytes()}
    undivided, next_best, count = np.inf, root, 0
    left = 0 if effort == 0 else max(int(effort * _EFFORT) // (len(form.cap) + _OVERHEAD), _LEAST_STEPS)
    while queue.open and left > 0 and count < _MOST_NODES and gap(form, trial, min(queue.least, undivided)) > close:
        node = queue.take(next_best if gap(form, trial, next_best.cost) > 0 else queue.first)
        children = _split(node)
        count += len(children)
        if not children:
            undivided = min(undivided, node.cost)
        for child in children:
            left -= child.prices.steps
            sides = child.choice.sides
            if gap(form, trial, child.cost) <= 0:
                continue
            queue.add(child)
            if sides.tobytes() not in tried:
                tried.add(sides.tobytes())
                other = try_pattern(form, sides, child.prices.start(form, sides), patient=False)
                left -= _UNFINISHED if other is None else other.result.steps
                trial = other if other is not None and other.worth > trial.worth else trial
        waiting = [child for child in children if child.number in queue.open]
        next_best = min(waiting, default=queue.first if queue.open else root)
    reached = -100 * (trial.worth - form.worth(0.0))
    return trial, max(root.cost, min(queue.least, undivided, reached))


@dataclass(frozen=True)
class _Queue:
    """Nodes still to be split, by their bound; one that was taken out of turn stays in the heap until it comes up."""

    heap: list[_Node]
    open: set[int]

    @property
    def first(self) -> _Node:
        """The node of greatest bound, one of `open`."""
        while self.heap[0].number not in self.open:
            heapq.heappop(self.heap)
        return self.heap[0]

    @property
    def least(self) -> float:
        """Least cost of an open node, infinite where there is none."""
        return self.first.cost if self.open else np.inf

    def add(self, node: _Node) -> None:
        """Put a node in."""
        heapq.heappush(self.heap, node)
        self.open.add(node.number)

    def take(self, node: _Node) -> _Node:
        """Take a node out."""
        self.open.remove(node.number)
        return node


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
