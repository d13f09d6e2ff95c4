"""Limits that are not convex even within a pattern: least trade, and the number of names held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from optimizer.cone import cone_model
from optimizer.engines import NEWTON, Engine
from optimizer.limits.base import Limit, LinearLimit
from optimizer.problem import Pattern, Problem
from optimizer.solution import Solution
from taxsleeve_errors import InfeasibleError, Shortfall

__all__ = ["drop_small_trades", "meet_names_limit", "require_names"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_ROUNDS = 6
_NAMES_ROUNDS = 24
_NOTHING = 1e-9


def drop_small_trades(
    problem: Problem, limits: Sequence[Limit], solution: Solution, min_trade: float, engine: Engine = NEWTON
) -> Solution:
    """Hold still every name whose order would be below the least trade, and solve again until none is left.

    Raises
    ------
    InfeasibleError
        Without its small trades the account cannot meet the limits.
    """
    for _ in range(_ROUNDS):
        small = _too_small(problem, solution, min_trade)
        if not small.any():
            return solution
        pattern = _held_still(problem, solution.pattern, small)
        again = engine.solve(problem, limits, pattern)
        if again is None:
            raise InfeasibleError(
                f"min_trade: without the {int(small.sum())} orders below {min_trade:.3g} of NAV the other limits "
                "cannot be met; lower min_trade",
                cone_model(problem, limits, pattern).least_relaxation,
            )
        solution = again
    small = _too_small(problem, solution, min_trade)
    sell, buy = np.where(small[problem.lot_asset], 0.0, solution.sell), np.where(small, 0.0, solution.buy)
    return replace(solution, sell=sell, buy=buy, value=problem.value(sell, buy))


def _held_still(problem: Problem, pattern: Pattern, names: Bools) -> Pattern:
    """Hold names still, and with them what could only go whole: no name of such a group exits then."""
    kept = np.zeros(problem.groups, dtype=bool)
    kept[problem.group[names & pattern.exit]] = True
    return replace(pattern, still=pattern.still | names, exit=pattern.exit & ~kept[problem.group])


def _too_small(problem: Problem, solution: Solution, min_trade: float) -> Bools:
    # What is sold at a gain and bought again in one name will be taken back: the order is the net.
    order = np.abs(problem.by_name(solution.sell) - solution.buy)
    # Room for what the best trades may be out by, so that an order of exactly the least trade stays.
    small: Bools = (order > 0) & (order < min_trade * (1 - 1e-6))
    return small


def meet_names_limit(
    problem: Problem,
    limits: Sequence[Limit],
    solution: Solution,
    names: tuple[int, int],
    least_position: Floats,
    may_leave: Bools,
    engine: Engine = NEWTON,
) -> Solution:
    """Exit the smallest positions, or enter the largest missing names, until the number held is within its limits.

    Where no more names can be bought, the smallest of those that were to be sold out are held still instead.

    The pattern of the solution returned keeps out the names that it does not hold, so that no rounding lets them in.

    Parameters
    ----------
    problem, limits, solution
        What was solved without regard to the number of names.
    names : (int, int)
        Least and greatest number of names held.
    least_position : array (N,)
        Smallest amount of a name that is worth entering, fraction of NAV.
    may_leave : array of bool (N,)
        Whether everything held of a name can be sold: not where a fraction of a share would be left.
    engine : Engine
        Solves the patterns tried.

    Raises
    ------
    InfeasibleError
        The names that would have to go or come cannot.
    """
    least, greatest = names
    stuck = ~may_leave | _cannot_exit(problem, limits)
    batch = len(problem.assets)
    for _ in range(_NAMES_ROUNDS):
        weights = problem.held - problem.by_name(solution.sell) + solution.buy
        held = _held_after(problem, solution.sell, solution.buy) | ((problem.held > 0) & ~may_leave)
        count = int(held.sum())
        if least <= count <= greatest:
            return replace(solution, pattern=_keep_out(problem, solution.pattern, ~held))
        if count > greatest:
            batch = min(batch, count - greatest)
            changed = _smallest(problem, solution.pattern, weights, held & ~stuck, batch)
            pattern = _keep_out(problem, solution.pattern, changed)
        else:
            batch = min(batch, least - count)
            changed, pattern = _enter_largest(problem, solution.pattern, held | stuck, batch, least_position)
            if not changed.any():
                changed, pattern = _hold_smallest(problem, solution.pattern, held, batch)
        again = engine.solve(problem, limits, pattern) if changed.any() else None
        if again is not None:
            solution = again
        elif batch > 1 and changed.any():
            batch = batch // 2
        elif changed.any():
            stuck = stuck | changed
        else:
            break
    raise _names_error(count, names)


def _cannot_exit(problem: Problem, limits: Sequence[Limit]) -> Bools:
    """Names whose sale alone would break a limit that only looks at sales, such as the loss allowed in one name."""
    stuck = np.zeros(len(problem.assets), dtype=bool)
    everything = sp.csc_array(sp.diags_array(problem.lot_value) @ problem.lot_sum.T)
    for limit in limits:
        if isinstance(limit, LinearLimit):
            rows = limit.rows(problem)
            if rows.sell is not None and rows.active is None and rows.buy is None and rows.price is None:
                # Where some sales lessen a row, one alone says nothing.
                only_grows = np.asarray((-rows.sell.csr).maximum(0).sum(axis=1)).ravel() == 0
                over = np.asarray((rows.sell.csr @ everything).toarray() > rows.upper[:, None])
                stuck |= over[only_grows].any(axis=0)
    return stuck


def require_names(problem: Problem, sell: Floats, buy: Floats, names: tuple[int, int]) -> None:
    """Raise an InfeasibleError unless the trades leave a number of names within its limits."""
    held = _held_after(problem, sell, buy)
    if not names[0] <= held.sum() <= names[1]:
        raise _names_error(int(held.sum()), names)


def _held_after(problem: Problem, sell: Floats, buy: Floats) -> Bools:
    """Names held after trading; however little is held of one, it is a name held until it is sold."""
    sold = problem.by_name(sell)
    held: Bools = (problem.held - sold + buy > _NOTHING) | ((problem.held > 0) & (sold <= 0))
    return held


def _keep_out(problem: Problem, pattern: Pattern, absent: Bools) -> Pattern:
    held_before = problem.held > 0
    return replace(pattern, exit=pattern.exit | (absent & held_before), still=pattern.still | (absent & ~held_before))


def _names_error(count: int, names: tuple[int, int]) -> InfeasibleError:
    end = names[1] if count > names[1] else names[0]
    return InfeasibleError(
        f"names: no trade list was found that holds between {names[0]} and {names[1]} names and meets the other limits",
        [Shortfall("names", end, count, "names held")],
    )


def _smallest(problem: Problem, pattern: Pattern, weights: Floats, may_go: Bools, count: int) -> Bools:
    """The smallest positions that can be exited."""
    locked = np.zeros(len(problem.assets), dtype=bool)
    locked[problem.lot_asset[~pattern.may_sell(problem)]] = True
    may_go = may_go & ~locked & ~pattern.exit
    chosen = np.zeros(len(problem.assets), dtype=bool)
    chosen[np.flatnonzero(may_go)[np.argsort(weights[may_go], kind="stable")][:count]] = True
    return chosen


def _enter_largest(
    problem: Problem, pattern: Pattern, unfit: Bools, count: int, least_position: Floats
) -> tuple[Bools, Pattern]:
    """The largest benchmark names that can be entered, and the pattern in which they are."""
    may_come = pattern.may_buy(problem) & ~unfit
    chosen = np.zeros(len(problem.assets), dtype=bool)
    chosen[np.flatnonzero(may_come)[np.argsort(-problem.benchmark[may_come], kind="stable")][:count]] = True
    return chosen, replace(pattern, least_buy=np.where(chosen, least_position, pattern.least_buy))


def _hold_smallest(problem: Problem, pattern: Pattern, held: Bools, count: int) -> tuple[Bools, Pattern]:
    """The smallest positions that were to be sold out, and the pattern in which they stay as they are."""
    may_stay = (problem.held > 0) & ~held & ~pattern.exit
    chosen = np.zeros(len(problem.assets), dtype=bool)
    chosen[np.flatnonzero(may_stay)[np.argsort(problem.held[may_stay], kind="stable")][:count]] = True
    return chosen, replace(pattern, still=pattern.still | chosen)
