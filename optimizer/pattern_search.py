"""Which groups to sell at a loss and which to leave open for buying, and a bound that proves how good the choice is.

A group may be sold at a loss or bought, not both, which makes the problem non-convex (TAX_RULES, section 4). The dual
of the non-convex problem bounds the value of every trade list; the sides that it prefers at its maximum are tried
first. Then **price flips**: at a solution's prices every group whose other side would cost less changes side, all at
once or the most promising, while that pays; last, where a gap is left, branching on the groups least decided, and the
other choice one by one where branching has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.branching import branch
from optimizer.cone import cone_model
from optimizer.engines.newton import newton_solution
from optimizer.limits.base import Limit
from optimizer.limits.tracking_error import TrackingErrorLimit
from optimizer.newton import BestPrices, EitherSide, Form, SideChoice, best_prices, either_side, least_risk, newton_form
from optimizer.newton.either_side import GONE, LOSS, OPEN
from optimizer.pattern_trial import Trial, gap, try_pattern
from optimizer.problem import Pattern, Problem
from optimizer.solution import Solution
from optimizer.two_pass import two_pass_search
from taxsleeve_errors import InfeasibleError

__all__ = ["SearchResult", "search_pattern", "value_bound"]

Bytes = NDArray[np.int8]
Ints = NDArray[np.intp]
_SOLD = 1e-6
_ROUNDS = 12
_PARTS = (1.0, 0.4, 0.1)
_HARDLY = 1e-9
_UNDECIDED = 1e-7
# Of NAV: what a sum of thousands of binary fractions, and limits met to nine digits, may be out by.
_DIGITS = 1e-9
# A gap below this part of the bound is not worth another solve.
_CLOSE = 1.5e-3
# Groups of recent purchases whose side is tried last.
_TURNED = 20


@dataclass(frozen=True, eq=False)
class SearchResult:
    """The best solution found, and a bound that no trade list can exceed.

    Parameters
    ----------
    solution : Solution
    bound : float
        Of value, a fraction of NAV. Where names are to be exited, it holds for trade lists that exit as much.
    left_out : tuple of str
        Limits without which the bound was found; it holds with them all the more.
    engine : str
    """

    solution: Solution
    bound: float
    left_out: tuple[str, ...]
    engine: str


def search_pattern(problem: Problem, limits: Sequence[Limit], effort: float = 1.0) -> SearchResult:
    """Find the best pattern and its best trades; `effort` is the part of the usual branching that may be spent.

    Raises
    ------
    InfeasibleError
        No trade list can meet the limits; says which fail and by how much.
    """
    form = newton_form(problem, limits)
    dual = either_side(form)
    prices = best_prices(dual, nearly=True)
    if form.left_out:
        prices = best_prices(dual, prices)
        return _with_users_limits(problem, limits, form, dual, prices, effort)
    choice = dual.choose(prices.z, prices.opened)
    trial = _first_trial(problem, limits, form, choice, prices)
    trial, least_cost = _flipped(form, dual, trial, choice.cost)
    if gap(form, trial, least_cost) > _CLOSE:
        prices = best_prices(dual, prices)
        least_cost = max(least_cost, dual.bound(prices.z))
    if gap(form, trial, least_cost) > _CLOSE:
        trial, least_cost = branch(form, dual, trial, prices, _CLOSE, effort)
        trial = _turned(form, trial, least_cost, int(effort * _TURNED))
    solution = trial.solution or newton_solution(form, trial.pattern, trial.result)
    exits = problem.lot_priority @ solution.sell
    return SearchResult(solution, float(form.worth(least_cost) - exits) + _DIGITS, (), trial.engine)


def value_bound(problem: Problem, limits: Sequence[Limit]) -> float:
    """Value that no trade list exceeds, the priority of exits counted: the bound alone, a fraction of NAV.

    Minus infinity where it is proven that no trade list meets the limits.
    """
    form = newton_form(problem, limits)
    dual = either_side(form)
    prices = best_prices(dual)
    choice = dual.choose(prices.z)
    trial = try_pattern(form, choice.sides, prices.start(form, choice.sides), patient=False)
    if trial is None and least_risk(problem, limits)[1].infeasible:
        return -np.inf
    cost = choice.cost if trial is None else max(choice.cost, dual.choose(trial.result.z).cost)
    return float(form.worth(cost)) + _DIGITS


def _first_trial(
    problem: Problem, limits: Sequence[Limit], form: Form, choice: SideChoice, prices: BestPrices
) -> Trial:
    """Solve the sides that the dual prefers; where they allow nothing, those of the trades of least risk, or none."""
    trial = try_pattern(form, choice.sides, prices.start(form, choice.sides))
    if trial is not None:
        return trial
    for sides in _safe_starts(problem, limits):
        trial = try_pattern(form, sides, None)
        if trial is not None:
            return trial
    nothing_harvested = Pattern.of(problem, np.zeros(problem.groups, dtype=bool))
    raise InfeasibleError(
        "no trade list was found that meets the limits without selling at a loss and buying the same name",
        lambda: cone_model(problem, limits, nothing_harvested).least_relaxation(),
    )


def _safe_starts(problem: Problem, limits: Sequence[Limit]) -> list[Bytes]:
    """Groups that the rebalance of least risk sells on balance, or none.

    Raises
    ------
    InfeasibleError
        Not even without regard to tax and wash sales can the limits be met.
    """
    _, safest = least_risk(problem, limits)
    te_limit = min([np.inf, *(limit.limit for limit in limits if isinstance(limit, TrackingErrorLimit))])
    active = problem.active + safest.net / 100
    if safest.infeasible or (safest.solved and np.sqrt(problem.variance(active)) > te_limit + 1e-7):
        raise InfeasibleError(
            "no trade list can meet the limits",
            lambda: cone_model(problem, limits, Pattern.relaxation(problem)).least_relaxation(),
        )
    sold = np.bincount(problem.group, weights=safest.net, minlength=problem.groups) < -_SOLD
    return [sold.astype(np.int8), np.zeros(problem.groups, dtype=np.int8)]


def _flipped(form: Form, dual: EitherSide, trial: Trial, least_cost: float) -> tuple[Trial, float]:
    """Change sides at the solution's prices while that pays; the bound is read at every price on the way."""
    for _ in range(_ROUNDS):
        choice = dual.choose(trial.result.z)
        least_cost = max(least_cost, choice.cost)
        wrong = np.flatnonzero((choice.sides != trial.sides) & (np.abs(choice.advantage) > _UNDECIDED))
        if not len(wrong) or gap(form, trial, least_cost) <= _CLOSE:
            break
        wrong = wrong[np.argsort(-np.abs(choice.advantage[wrong]))]
        better = _first_better(form, trial, choice.sides, wrong)
        if better is None:
            break
        trial = better
    return trial, least_cost


def _first_better(form: Form, trial: Trial, sides: Bytes, wrong: Ints) -> Trial | None:
    """Move the most promising part of the groups to these sides: all, or fewer until the trades are worth more."""
    for part in _PARTS:
        chosen = wrong[: max(1, int(part * len(wrong)))]
        moved = trial.sides.copy()
        moved[chosen] = sides[chosen]
        better = try_pattern(form, moved, trial.result)
        if better is not None and better.worth > trial.worth + _HARDLY:
            return better
    return None


def _turned(form: Form, trial: Trial, least_cost: float, most: int) -> Trial:
    """Let groups that sell buy instead, or the reverse, one by one, where the bound's open side has both.

    That is so where recent lots go at a loss only with the whole position: branching, which decides between that and
    all else, leaves the choice between selling other lots and buying to the sign of a net trade.
    """
    problem = form.problem
    usable = problem.lot_is_loss & problem.lot_sellable
    loss = np.bincount(problem.lot_group, weights=problem.lot_value * usable, minlength=problem.groups)
    groups = np.flatnonzero(problem.liquidable & (loss > 0) & (trial.sides != GONE))
    for group in groups[np.argsort(-loss[groups], kind="stable")][:most]:
        if gap(form, trial, least_cost) <= _CLOSE:
            break
        sides = trial.sides.copy()
        sides[group] = OPEN if sides[group] == LOSS else LOSS
        other = try_pattern(form, sides, trial.result, patient=False)
        if other is not None and other.worth > trial.worth + _HARDLY:
            trial = other
    return trial


def _with_users_limits(
    problem: Problem, limits: Sequence[Limit], form: Form, dual: EitherSide, prices: BestPrices, effort: float
) -> SearchResult:
    found = two_pass_search(problem, limits, effort)
    worth_bound = form.worth(dual.choose(prices.z).cost) - problem.lot_priority @ found.solution.sell
    # The relaxation's rows do not know what impact and commissions take from cash.
    bounds = [float(worth_bound), *([] if len(form.paid_from) else [found.bound])]
    return SearchResult(found.solution, min(bounds), form.left_out, "cvxpy-clarabel")
