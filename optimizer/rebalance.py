"""The main verb: an account, a mandate and a risk model in, a checked trade list out."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from optimizer.account import Account
from optimizer.check import Check, check_trades
from optimizer.cone import Solution, cone_model
from optimizer.discrete import drop_small_trades, meet_names_limit
from optimizer.formulate import formulate
from optimizer.limits.base import Limit
from optimizer.mandate import Mandate
from optimizer.pattern_search import search_pattern, without_round_trips
from optimizer.problem import Problem
from optimizer.share_trades import ShareTrades, fractional_shares
from optimizer.trade_list import trade_list
from optimizer.valuation import risk_penalty, tax_value
from optimizer.whole_shares import round_to_whole_shares
from risk import FactorRisk
from tax import WashLocks, wash_locks
from taxsleeve_errors import CheckFailedError, InfeasibleError

__all__ = ["Certificate", "Rebalance", "rebalance"]

ENGINE = "cvxpy-clarabel"
_COMMISSION_ROUNDS = 4


@dataclass(frozen=True)
class Certificate:
    """How good a trade list is, and how good any could be; all in dollars.

    Parameters
    ----------
    value : float
        Tax saved less costs less the price of risk, of the trade list in shares.
    bound : float
        No trade list is worth more: optimum of a relaxation, to the solver's tolerance.
    covers : str
        What the bound leaves out of account.
    rounding : float
        What whole shares cost.
    """

    value: float
    bound: float
    covers: str
    rounding: float

    @property
    def gap(self) -> float:
        """(bound - value) / |bound|, zero where both are zero."""
        return (self.bound - self.value) / abs(self.bound) if self.bound else 0.0


@dataclass(frozen=True, eq=False)
class Rebalance:
    """A checked trade list, and what is to be known about it.

    Parameters
    ----------
    account : Account
    mandate : Mandate
    risk : FactorRisk
    trades : DataFrame
        Columns of `TRADE_COLUMNS`.
    check : Check
        The independent check, passed.
    certificate : Certificate
    prices : dict of str to float
        By limit: dollars of value for each unit (1.0) by which it is relaxed.
    locks : WashLocks
        Wash-sale locks in force.
    frozen : dict of str to str
        Names held that were not traded because the risk model does not rate them, and why.
    engine : str
    seconds : dict of str to float
        CPU seconds for "solve" and "check".
    """

    account: Account
    mandate: Mandate
    risk: FactorRisk
    trades: pd.DataFrame
    check: Check
    certificate: Certificate
    prices: dict[str, float]
    locks: WashLocks
    frozen: dict[str, str]
    engine: str = ENGINE
    seconds: dict[str, float] = field(default_factory=dict)


def rebalance(account: Account, mandate: Mandate, risk: FactorRisk) -> Rebalance:
    """Make the trade list that saves most tax under every limit of the mandate.

    Parameters
    ----------
    account : Account
    mandate : Mandate
    risk : FactorRisk
        Rates at least one name; held names that it does not rate are not traded.

    Returns
    -------
    Rebalance
        Whose check has passed.

    Raises
    ------
    InfeasibleError
        No trade list can meet the limits; says which fail and by how much.
    CheckFailedError
        The trade list found breaks a limit when recomputed; nothing is returned.
    InputError, SolverError
    """
    started = time.process_time()
    locks = wash_locks(account.trades, account.lots, account.as_of)
    problem = formulate(account, mandate, risk, locks)
    limits = mandate.all_limits()
    problem, solution, bound = _solve(problem, mandate, limits)
    trades = _in_shares(problem, account, mandate, limits, solution)
    table = trade_list(problem, account, trades)
    solved = time.process_time()
    check = check_trades(account, mandate, risk, table)
    if not check.passed:
        raise CheckFailedError("the trade list breaks limits when recomputed: " + "; ".join(check.violations[:5]))
    value = tax_value(mandate, table) - check.outcome.cost - risk_penalty(mandate, check.outcome)
    certificate = Certificate(
        value=value,
        bound=max(bound * account.nav, value),
        covers=_not_covered(mandate),
        rounding=solution.value * account.nav - value,
    )
    return Rebalance(
        account=account,
        mandate=mandate,
        risk=risk,
        trades=table,
        check=check,
        certificate=certificate,
        prices={name: price * account.nav for name, price in solution.prices.items()},
        locks=locks,
        frozen=_frozen(problem),
        seconds={"solve": solved - started, "check": time.process_time() - solved},
    )


def _solve(problem: Problem, mandate: Mandate, limits: tuple[Limit, ...]) -> tuple[Problem, Solution, float]:
    """Best trades in fractions of NAV, the problem with its commissions set aside, and the bound."""
    found = search_pattern(problem, limits)
    solution = _meet_discrete_limits(problem, mandate, limits, found.solution)
    for _ in range(_COMMISSION_ROUNDS if mandate.costs.commission else 0):
        orders = int(((problem.lot_sum @ solution.sell + solution.buy) > 0).sum())
        needed = orders * mandate.costs.commission / problem.nav
        if needed == problem.commission:
            break
        problem = replace(problem, commission=max(needed, problem.commission))
        again = cone_model(problem, limits, solution.pattern).maximise_value()
        if again is None:
            raise InfeasibleError(f"costs: commissions of {needed * problem.nav:,.2f} leave no room for the limits")
        solution = _meet_discrete_limits(problem, mandate, limits, again)
    return problem, without_round_trips(problem, solution), found.bound


def _meet_discrete_limits(
    problem: Problem, mandate: Mandate, limits: tuple[Limit, ...], solution: Solution
) -> Solution:
    if mandate.names is not None:
        share = problem.price / problem.nav
        least_position = np.maximum(mandate.min_trade, 0.0 if mandate.fractional else share)
        solution = meet_names_limit(problem, limits, solution, mandate.names, np.maximum(least_position, 1e-6))
    return drop_small_trades(problem, limits, solution, mandate.min_trade)


def _in_shares(
    problem: Problem, account: Account, mandate: Mandate, limits: tuple[Limit, ...], solution: Solution
) -> ShareTrades:
    if mandate.fractional:
        return fractional_shares(problem, account, solution)
    trades = round_to_whole_shares(problem, account, limits, solution, mandate.min_trade)
    if trades is None:
        raise InfeasibleError(
            f"whole shares: an account of ${problem.nav:,.0f} with {len(problem.assets)} names cannot keep its limits "
            "in whole shares; allow fractional shares or use fewer names"
        )
    return trades


def _not_covered(mandate: Mandate) -> str:
    left_out = ["whole shares"] * (not mandate.fractional) + ["least trade"] * (mandate.min_trade > 0)
    left_out += ["number of names"] * (mandate.names is not None) + ["commissions"] * (mandate.costs.commission > 0)
    return "optimum without: " + ", ".join(["sell at a loss or buy but not both", *left_out])


def _frozen(problem: Problem) -> dict[str, str]:
    unrated = np.flatnonzero(~problem.rated & (problem.held > 0))
    return {problem.assets[i]: "held, but the risk model does not rate it" for i in unrated}
