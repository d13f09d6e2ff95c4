"""Branch and bound on the groups whose side is least decided, for accounts so small that the dual leaves a gap.

A node fixes the sides of some groups; the dual of the non-convex problem with those fixed bounds every trade list of
the node, and the sides that it prefers give a trade list to try. The node of greatest bound is split on the group whose
two sides cost most nearly the same.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.newton import EitherSide, Form, SideChoice
from optimizer.newton.solve import NewtonResult
from optimizer.pattern_trial import Trial, gap, try_pattern

__all__ = ["branch"]

Floats = NDArray[np.float64]
Bytes = NDArray[np.int8]
# Names times nodes: what may be spent on closing a gap, and the most nodes.
_EFFORT, _NODES = 12_000, 120


@dataclass(order=True, frozen=True)
class _Node:
    cost: float
    number: int
    dual: EitherSide = field(compare=False)
    prices: Floats = field(compare=False)
    choice: SideChoice = field(compare=False)


def branch(
    form: Form, dual: EitherSide, trial: Trial, prices: Floats, close: float, effort: float = 1.0
) -> tuple[Trial, float]:
    """Improve a trial and its bound until they are close, or enough has been spent.

    Parameters
    ----------
    form : Form
    dual : EitherSide
    trial : Trial
        The best known.
    prices : array (K + 1 + R,)
        Of the tightest bound known.
    close : float
        Gap that is small enough.
    effort : float
        Part of what is usually spent.

    Returns
    -------
    trial, least_cost : Trial, float
    """
    choice = dual.choose(prices)
    heap = [_Node(choice.cost, 0, dual, prices, choice)]
    undivided = np.inf
    for number in range(max(8, int(effort * min(_NODES, _EFFORT // len(form.cap))))):
        if not heap or gap(form, trial, min(heap[0].cost, undivided)) <= close:
            break
        node = heapq.heappop(heap)
        group = _least_decided(node)
        if group < 0:
            undivided = min(undivided, node.cost)
            continue
        for side in (0, 1):
            child = _child(node, group, side, 2 * number + side + 1)
            if gap(form, trial, child.cost) <= 0:
                continue
            heapq.heappush(heap, child)
            better = try_pattern(form, child.choice.sides, NewtonResult.start(form, child.prices))
            trial = better if better is not None and better.worth > trial.worth else trial
    open_cost = min([undivided, *(node.cost for node in heap)])
    reached = -100 * (trial.worth - form.worth(0.0))
    return trial, max(choice.cost, min(open_cost, reached))


def _least_decided(node: _Node) -> int:
    """Return the free group whose sides differ and cost most nearly the same; -1 where there is none."""
    size = np.abs(node.choice.advantage)
    size = np.where((node.dual.fixed < 0) & (size > 0), size, np.inf)
    group = int(np.argmin(size))
    return group if np.isfinite(size[group]) else -1


def _child(node: _Node, group: int, side: int, number: int) -> _Node:
    fixed = node.dual.fixed.copy()
    fixed[group] = side
    dual = replace(node.dual, fixed=fixed)
    prices, _ = dual.best_prices(node.prices, warm=True)
    choice = dual.choose(prices)
    return _Node(max(choice.cost, node.cost), number, dual, prices, choice)
