"""The best rebalance where partly washed sales are priced: branch and bound on the branches of the washed groups.

A node says of some groups that their partly washed sales are avoided, or on which branch they are (`washed_sales`); the
others are relaxed (`washed_bound`). Its trades say which branch each group is on, which is solved exactly: that gives
trades; the group whose relaxed price was furthest off is decided next.
"""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from optimizer.continuous import ContinuousSolution, best_trades
from optimizer.engines import Engine
from optimizer.limits.base import Limit
from optimizer.mandate import Mandate
from optimizer.netting import regions
from optimizer.newton import newton_form
from optimizer.pattern_search import search_pattern, value_bound
from optimizer.problem import Problem
from optimizer.washed_bound import relaxed_washes
from optimizer.washed_sales import Washable, implied_split, washed_branch, washed_credit
from taxsleeve_errors import InfeasibleError, SolverError

__all__ = ["WashSearch", "search_washes"]

Floats = NDArray[np.float64]
_AVOIDED = -2
# Names times relaxations: what may be spent, the least and the most of them.
_EFFORT, _FEWEST, _MOST = 6_000, 8, 24
# The same of branches solved exactly.
_SOLVED, _LEAST_SOLVED = 2_500, 4
# Rows that tell lots apart slow the dual Newton down: not more groups than this are sold partly washed at once.
_GROUPS = 20
# A limit that the dual Newton does not take is a model of cvxpy for every solve, which takes so many times as long.
_SLOWER = 10
_CLOSE = 2e-4
# Of the usual branching on sides: rows of washed shares make a pattern slow to solve, and price flips come near.
_NO_EFFORT = 0.0
_TURNS, _KEPT = 4, 3
_NOTHING = 1e-9


@dataclass(frozen=True, eq=False)
class WashSearch:
    """What was found where partly washed sales are priced.

    Parameters
    ----------
    best : ContinuousSolution
        Its bound is one on every trade list, partly washed sales included.
    others : tuple of ContinuousSolution
        Others found on the way, best first and with the same bound, should the best not be met in shares; the last is
        the best without partly washed sales, where there is one.
    """

    best: ContinuousSolution
    others: tuple[ContinuousSolution, ...] = ()


@dataclass(order=True, frozen=True)
class _Node:
    """Some groups decided; `cost` is minus the bound of what they are worth, priority of exits counted.

    `possible` is false where no trades of the relaxation can meet the limits; of what was not solved nothing is known.
    """

    cost: float
    number: int
    splits: Mapping[Washable, int] = field(compare=False)
    sell: Floats | None = field(compare=False)
    possible: bool = field(compare=False)


@dataclass(frozen=True, eq=False)
class _Question:
    """One rebalance and its washable groups."""

    problem: Problem
    washable: tuple[Washable, ...]
    mandate: Mandate
    limits: tuple[Limit, ...]
    engine: Engine

    @cached_property
    def size(self) -> int:
        """Names, each counted for as many as take that long."""
        slower = _SLOWER if newton_form(self.problem, self.limits).left_out else 1
        return len(self.problem.assets) * slower

    def exactly(self, splits: Mapping[Washable, int]) -> ContinuousSolution | None:
        """Best trades with these groups on these branches and all others avoided, None where there are none.

        Raises
        ------
        InfeasibleError
            No group is on a branch, and no trade list meets the limits.
        """
        branch = washed_branch(self.problem, _on_a_branch(splits))
        try:
            # Where nothing is sold partly washed, what is found must be what a mandate that avoids it gets.
            effort = _NO_EFFORT if branch.limits else 1.0
            found = best_trades(branch.problem, self.mandate, (*self.limits, *branch.limits), self.engine, effort)
        except InfeasibleError:
            if not branch.limits:
                raise
            return None
        except SolverError:
            # A branch that is not solved offers no trades; the bound is not drawn from it.
            if not branch.limits:
                raise
            return None
        return replace(found, branch_limits=branch.limits) if branch.holds(found.solution.sell) else None

    def node(self, number: int, splits: Mapping[Washable, int], most: float) -> _Node:
        """Bound what is worth most with these groups decided, at most `most`."""
        branch = washed_branch(self.problem, _on_a_branch(splits))
        undecided = [one for one in self.washable if one not in splits]
        relaxed, limits = relaxed_washes(branch.problem, self.mandate, self.limits, undecided)
        limits = (*limits, *branch.limits)
        bound, sell, best, possible = -np.inf, None, -np.inf, False
        for piece in regions(relaxed, self.mandate):
            try:
                found = search_pattern(piece.problem, (*limits, *piece.limits), _NO_EFFORT)
            except (InfeasibleError, SolverError) as error:
                possible |= isinstance(error, SolverError)
                bound = max(bound, value_bound(piece.problem, (*limits, *piece.limits)))
                continue
            possible = True
            if not branch.holds(found.solution.sell):
                continue
            exits = float(piece.problem.lot_priority @ found.solution.sell)
            bound = max(bound, found.bound + exits)
            if found.solution.value + exits > best:
                best, sell = found.solution.value + exits, found.solution.sell
        return _Node(-min(bound, most), number, splits, sell, possible)

    def error(self, one: Washable, sell: Floats) -> float:
        """Credit that the relaxation gave a group beyond what its sales earn."""
        older, p = one.older, self.problem
        least, held = max(float(p.lot_credit[older].min()), 0.0), float(p.lot_value[older].sum())
        taken = min(one.replaced, held) / held * float(sell[older].sum()) - float(sell[one.recent].sum())
        return abs(washed_credit(p, one, sell) - least * taken)


def search_washes(
    problem: Problem,
    washable: tuple[Washable, ...],
    mandate: Mandate,
    limits: tuple[Limit, ...],
    engine: Engine,
    effort: float = 1.0,
) -> WashSearch:
    """Find the best trades where some groups may be sold partly washed; without such groups, the best trades.

    Parameters
    ----------
    problem : Problem
        As formulated, in which they may not.
    washable : tuple of Washable
    mandate : Mandate
    limits : tuple of Limit
    engine : Engine
    effort : float
        Part of the usual branching; with zero any trades will do: nothing is sold partly washed where some are found
        without, and else the first that are found are taken.

    Raises
    ------
    InfeasibleError
        No trade list was found that meets the limits; says which fail and by how much.
    """
    if not washable:
        return WashSearch(best_trades(problem, mandate, limits, engine, effort))
    question = _Question(problem, washable, mandate, limits, engine)
    if effort == 0:
        with contextlib.suppress(InfeasibleError):
            first = best_trades(problem, mandate, limits, engine, effort)
            return WashSearch(_bounded(question, [first], -question.node(0, {}, np.inf).cost)[0])
    known = _Known(question)
    known.trades({})
    bound = _branch(known, any_will_do=effort == 0)
    ranked = sorted(known.found, key=_worth, reverse=True)[:_KEPT]
    avoided = known.trades({})
    if not ranked:
        raise known.refused[0]
    if avoided is not None and avoided not in ranked:
        ranked.append(avoided)
    best, *others = _bounded(question, ranked, bound)
    return WashSearch(best, tuple(others))


def _bounded(question: _Question, ranked: Sequence[ContinuousSolution], bound: float) -> list[ContinuousSolution]:
    """Give trades, the best first, the bound on all lists (priority of exits counted), and what it leaves out."""
    bound -= float(ranked[0].problem.lot_priority @ ranked[0].solution.sell)
    taken = {limit.name for limit in relaxed_washes(question.problem, question.mandate, question.limits, ())[1]}
    dropped = [limit.name for limit in question.limits if limit.name not in taken]
    return [replace(one, bound=bound, left_out=(*dict.fromkeys((*one.left_out, *dropped)),)) for one in ranked]


@dataclass(frozen=True, eq=False)
class _Known:
    """Branches solved so far, and what was said where trades that avoid all washes meet no limits."""

    question: _Question
    solved: dict[frozenset[tuple[Washable, int]], ContinuousSolution | None] = field(default_factory=dict)
    refused: list[InfeasibleError] = field(default_factory=list)

    def trades(self, splits: Mapping[Washable, int]) -> ContinuousSolution | None:
        """Best trades on these branches, solved once."""
        key = frozenset(splits.items())
        if key not in self.solved:
            self.solved[key] = None
            try:
                self.solved[key] = self.question.exactly(splits)
            except InfeasibleError as error:
                self.refused.append(error)
        return self.solved[key]

    @property
    def most(self) -> int:
        """Branches that may be solved."""
        return int(np.clip(_SOLVED // self.question.size, _LEAST_SOLVED, _MOST))

    @property
    def found(self) -> list[ContinuousSolution]:
        """All trades found."""
        return [one for one in self.solved.values() if one is not None]

    def reaches(self, bound: float) -> bool:
        """Whether trades worth as much as a bound, or nearly, are known."""
        worth = max((_worth(one) for one in self.found), default=-np.inf)
        return bool(np.isfinite(worth) and bound <= worth + _CLOSE * abs(worth))


def _branch(known: _Known, *, any_will_do: bool) -> float:
    """Branch and bound; return the bound on what any trade list is worth, priority of exits counted.

    Where any trades will do, it ends with the first, and does not look for long.
    """
    question, closed, number = known.question, -np.inf, 0
    heap = [question.node(0, {}, np.inf)]
    if not heap[0].possible and not known.found:
        # Not even the relaxation meets the limits: no branch of it will.
        return -heap[0].cost
    effort = _FEWEST if any_will_do else int(np.clip(_EFFORT // question.size, _FEWEST, _MOST))
    while heap and not known.reaches(-heap[0].cost) and not (any_will_do and known.found):
        node = heapq.heappop(heap)
        _follow(known, node)
        one = _next_group(question, node)
        branches = () if one is None else (_AVOIDED, *one.branches)
        if one is None or number + len(branches) > effort:
            closed = max(closed, -node.cost)
            continue
        for split in branches:
            number += 1
            child = question.node(number, {**node.splits, one: split}, -node.cost)
            if known.reaches(-child.cost):
                closed = max(closed, -child.cost)
            else:
                heapq.heappush(heap, child)
    return max([closed, *(-node.cost for node in heap)])


def _worth(found: ContinuousSolution) -> float:
    return float(found.solution.value + found.problem.lot_priority @ found.solution.sell)


def _on_a_branch(splits: Mapping[Washable, int]) -> dict[Washable, int]:
    return {one: split for one, split in splits.items() if split != _AVOIDED}


def _next_group(question: _Question, node: _Node) -> Washable | None:
    """Return the undecided group whose relaxed price was furthest off; None where all prices are right."""
    undecided = [one for one in question.washable if one not in node.splits]
    sell = node.sell
    if sell is None:
        return undecided[0] if undecided and np.isfinite(node.cost) else None
    sold = {one: float(sell[np.concatenate([one.older, one.recent])].sum()) for one in undecided}
    undecided = [one for one in undecided if sold[one] > _NOTHING]
    errors = [(question.error(one, sell), sold[one]) for one in undecided]
    return undecided[errors.index(max(errors))] if errors else None


def _follow(known: _Known, node: _Node) -> None:
    """Solve the branches that a node's trades are on, and then those of the trades found, until they stay."""
    sell, tried = node.sell, []
    for _ in range(_TURNS):
        splits = {} if sell is None else _implied(known.question, node, sell)
        if splits in tried or len(known.solved) >= known.most:
            break
        tried.append(splits)
        found = known.trades(splits)
        sell = None if found is None else found.solution.sell


def _implied(question: _Question, node: _Node, sell: Floats) -> dict[Washable, int]:
    """Branches of sales; a group's own where the node has decided it, and avoided where little is sold."""
    earned = {}
    splits = dict(_on_a_branch(node.splits))
    for one in question.washable:
        split = implied_split(one, sell)
        if one not in node.splits and split is not None:
            splits[one] = split
            credit = np.maximum(question.problem.lot_credit[one.older], 0.0)
            earned[one] = float(credit @ sell[one.older]) - washed_credit(question.problem, one, sell)
    for one in sorted(earned, key=lambda one: -earned[one])[_GROUPS:]:
        del splits[one]
    return splits
