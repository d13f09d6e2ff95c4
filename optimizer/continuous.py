"""The best trades in fractions of NAV, before shares are counted: pattern, number of names, least trade, commission."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.discrete import drop_small_trades, meet_names_limit
from optimizer.engines import NEWTON, Engine
from optimizer.limits.base import End, Limit
from optimizer.limits.cash import CashLimit
from optimizer.mandate import Mandate
from optimizer.netting import RegionLimit, regions
from optimizer.pattern_search import SearchResult, search_pattern, value_bound
from optimizer.problem import Problem
from optimizer.round_trips import without_round_trips
from optimizer.share_rounding import FRACTION
from optimizer.solution import Solution
from taxsleeve_errors import InfeasibleError, Shortfall, SolverError

__all__ = ["ContinuousSolution", "best_trades", "cash_shortfall", "commissions", "with_provisions"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_ROUNDS = 8
# Of NAV; a fifth of what the independent check lets pass.
_NEAR = 2e-7


@dataclass(frozen=True, eq=False)
class ContinuousSolution:
    """Trades in fractions of NAV, the problem with its commissions set aside, and the bound on any trade list.

    The bound was found without the limits `left_out`; `engine` found the trades. `branch_limits` keep partly washed
    sales on the branch that they are priced for.
    """

    problem: Problem
    solution: Solution
    bound: float
    left_out: tuple[str, ...] = ()
    engine: str = "newton"
    branch_limits: tuple[Limit, ...] = ()


def best_trades(
    problem: Problem, mandate: Mandate, limits: tuple[Limit, ...], engine: Engine = NEWTON, effort: float = 1.0
) -> ContinuousSolution:
    """Solve one rebalance but for the rounding to shares: the best over the regions of the year's tax.

    The pattern is searched by the dual Newton, with a part of the usual `effort`; `engine` solves it.

    Raises
    ------
    InfeasibleError
        No trade list was found that meets the limits; says which fail and by how much.
    """
    pieces = regions(problem, mandate)
    if len(pieces) == 1:
        return _best_in_region(pieces[0].problem, mandate, (*limits, *pieces[0].limits), engine, effort)
    relaxed = [value_bound(piece.problem, (*limits, *piece.limits)) for piece in pieces]
    found: list[ContinuousSolution] = []
    for i in sorted(range(len(pieces)), key=lambda i: -relaxed[i]):
        best = max((_worth(one.problem, one.solution) for one in found), default=-np.inf)
        if relaxed[i] <= best:  # neither this region nor any after it can win
            break
        with contextlib.suppress(InfeasibleError):
            one = _best_in_region(pieces[i].problem, mandate, (*limits, *pieces[i].limits), engine, effort)
            found.append(one)
            relaxed[i] = min(relaxed[i], one.bound + float(one.problem.lot_priority @ one.solution.sell))
    if not found:  # says what fails, or finds trades after all
        found.append(_best_in_region(problem, mandate, limits, engine, effort))
    best_found = max(found, key=lambda one: _worth(one.problem, one.solution))
    priority = float(best_found.problem.lot_priority @ best_found.solution.sell)
    bound = max(relaxed) - priority
    # What moving a region's edge would be worth is no price of a limit of the mandate.
    prices = {name: price for name, price in best_found.solution.prices.items() if name != RegionLimit.name}
    return replace(best_found, solution=replace(best_found.solution, prices=prices), bound=bound)


def _worth(problem: Problem, solution: Solution) -> float:
    return float(solution.value + problem.lot_priority @ solution.sell)


def _best_in_region(
    problem: Problem, mandate: Mandate, limits: tuple[Limit, ...], engine: Engine, effort: float
) -> ContinuousSolution:
    found = search_pattern(problem, limits, effort)
    solution, name = _by(engine, problem, limits, found)
    if name == found.engine != engine.name:
        engine = NEWTON
    solution = _meet_discrete_limits(problem, mandate, limits, solution, engine)
    for _ in range(_ROUNDS if mandate.costs.commission or mandate.costs.impact else 0):
        solution = _without_poor_orders(problem, mandate, limits, solution, engine)
        provided = with_provisions(problem, mandate, solution.sell, solution.buy)
        if provided is problem:
            break
        problem = provided
        again = engine.solve(problem, limits, solution.pattern)
        if again is None:
            impact = f" and market impact of {problem.reserve * problem.nav:,.2f}" if problem.reserve else ""
            commission = f"commissions of {problem.commission * problem.nav:,.2f}"
            raise InfeasibleError(f"costs: {commission}{impact} leave no room for the limits")
        solution = _meet_discrete_limits(problem, mandate, limits, again, engine)
    return ContinuousSolution(problem, solution, found.bound, found.left_out, solution.engine or name)


def with_provisions(problem: Problem, mandate: Mandate, sell: Floats, buy: Floats) -> Problem:
    """Set aside what no linear row can count: the commissions of these trades, and cash for their market impact.

    Returns
    -------
    Problem
        The same object where it sets the commissions aside and cash stays in its band with the impact paid.
    """
    needed = commissions(problem, mandate, sell, buy)
    impact = problem.market_impact(problem.by_name(sell) + buy)
    kept = impact == problem.reserve or cash_shortfall(problem, mandate, sell, buy) is None
    if kept and needed == problem.commission:
        return problem
    return replace(problem, commission=needed, reserve=impact)


def cash_shortfall(problem: Problem, mandate: Mandate, sell: Floats, buy: Floats) -> Shortfall | None:
    """How far these trades, with all that they cost, leave cash out of its band; None where it is kept.

    Parameters
    ----------
    sell, buy : array (L,), (N,)
        Fractions of NAV.
    """
    sold = problem.by_name(sell)
    costs = commissions(problem, mandate, sell, buy) + problem.market_impact(sold + buy)
    cash = float(problem.cash - costs + (1 - problem.cost) @ sold - (1 + problem.cost) @ buy)
    band = next(limit for limit in mandate.all_limits() if isinstance(limit, CashLimit))
    if cash < band.least - _NEAR:
        return band.shortfall(End(band.least, "least", lower=True), band.least - cash)
    if cash > band.greatest + _NEAR:
        return band.shortfall(End(band.greatest, "greatest"), cash - band.greatest)
    return None


def commissions(problem: Problem, mandate: Mandate, sell: Floats, buy: Floats) -> float:
    """Commissions of one order a name traded, a fraction of NAV."""
    orders = int(((problem.by_name(sell) + buy) > 0).sum())
    return orders * mandate.costs.commission / problem.nav


def _by(engine: Engine, problem: Problem, limits: tuple[Limit, ...], found: SearchResult) -> tuple[Solution, str]:
    """Solve the pattern found by the engine asked for, where that is not the one that found it.

    Where that engine does not finish, the trades stay those of the engine that found the pattern, and bear its name.
    """
    if engine.name == NEWTON.name or engine.name == found.engine:
        return found.solution, found.engine
    if not engine.takes(problem, limits):
        raise SolverError(f"{engine.name} does not take one of the mandate's limits or costs; use another engine")
    try:
        solution = engine.solve(problem, limits, found.solution.pattern)
    except SolverError:
        return found.solution, found.engine
    if solution is None:
        raise SolverError(f"{engine.name} finds no trades where {found.engine} finds some")
    return solution, solution.engine or engine.name


def _meet_discrete_limits(
    problem: Problem, mandate: Mandate, limits: tuple[Limit, ...], solution: Solution, engine: Engine
) -> Solution:
    if mandate.names is not None:
        smallest = FRACTION if mandate.fractional else 1.0
        least_position = np.maximum(mandate.min_trade, smallest * problem.price / problem.nav)
        may_leave = _may_leave(problem, mandate)
        solution = meet_names_limit(problem, limits, solution, mandate.names, least_position, may_leave, engine)
    solution = without_round_trips(problem, solution)
    # What a cone program solves again may sell and buy one name again.
    return without_round_trips(problem, drop_small_trades(problem, limits, solution, mandate.min_trade, engine))


def _may_leave(problem: Problem, mandate: Mandate) -> Bools:
    """Names whose whole position can be sold: an order of the least size or more, and no fraction of a share left."""
    may_leave: Bools = (problem.held >= mandate.min_trade) | (problem.held == 0)
    if not mandate.fractional:
        shares = problem.lot_value * problem.nav / problem.price[problem.lot_asset]
        may_leave[problem.lot_asset[np.abs(shares - np.round(shares)) > 1e-7]] = False
    return may_leave


def _without_poor_orders(
    problem: Problem, mandate: Mandate, limits: tuple[Limit, ...], solution: Solution, engine: Engine
) -> Solution:
    """Hold still names whose sale saves less tax than its commission costs, where the limits allow that."""
    saved = problem.by_name((problem.lot_credit + problem.lot_priority) * solution.sell)
    sold = problem.by_name(solution.sell)
    poor = (sold > 0) & (saved > 0) & (saved < mandate.costs.commission / problem.nav) & ~solution.pattern.exit
    if not poor.any():
        return solution
    pattern = replace(solution.pattern, still=solution.pattern.still | poor)
    again = engine.solve(problem, limits, pattern)
    return solution if again is None else without_round_trips(problem, again)
