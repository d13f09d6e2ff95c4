"""The main verb: an account, a mandate and a risk model in, a checked trade list out."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.account import Account
from optimizer.check import Check, check_trades
from optimizer.continuous import ContinuousSolution, cash_shortfall, with_provisions
from optimizer.discrete import require_names
from optimizer.engines import NEWTON, Engine, HighsEngine
from optimizer.formulate import formulate
from optimizer.limits.base import Limit
from optimizer.limits.soft import SoftLimit, SoftLinearLimit
from optimizer.mandate import Mandate
from optimizer.notebook import rebalance_html
from optimizer.outcome import Outcome
from optimizer.problem import Problem
from optimizer.share_rounding import FRACTION, round_to_shares
from optimizer.share_trades import ShareTrades
from optimizer.trade_columns import TradeColumns
from optimizer.trade_list import trade_list
from optimizer.valuation import valuation
from optimizer.wash_search import search_washes
from optimizer.washed_sales import Washable, washable_groups
from optimizer.washed_trades import with_disallowed
from risk import FactorRisk
from tax import WashLocks, wash_locks
from taxsleeve_errors import CheckFailedError, InfeasibleError, InputError, Shortfall

__all__ = ["Certificate", "Rebalance", "rebalance"]

_ROUNDS = 8


@dataclass(frozen=True)
class Certificate:
    """How good a trade list is, and how good any could be; all in dollars.

    Parameters
    ----------
    value : float
        What the trade list in shares is worth: tax saved less costs and risk (`Valuation.total`).
    bound : float
        No trade list is worth more: the Lagrangian dual of the non-convex problem, evaluated at the prices found.
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
    listed : TradeColumns
        `TRADE_COLUMNS`; `disallowed` too where the mandate prices partly washed sales.
    check : Check
        The independent check, passed.
    certificate : Certificate
    prices : dict of str to float
        By limit: dollars of value for each unit (1.0) by which it is relaxed; empty where names are being exited,
        because the priority of the exits would stand in the prices.
    locks : WashLocks
        Wash-sale locks in force.
    frozen : dict of str to float
        Weight of each name held that was not traded because the risk model does not rate it.
    missing : dict of str to float
        Benchmark weight of each name not held that could not be bought for the same reason; tracking error leaves
        out both.
    engine : str
    seconds : dict of str to float
        CPU seconds for "solve" and "check".
    """

    account: Account
    mandate: Mandate
    risk: FactorRisk
    listed: TradeColumns
    check: Check
    certificate: Certificate
    prices: dict[str, float]
    locks: WashLocks
    frozen: dict[str, float]
    missing: dict[str, float]
    engine: str
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def trades(self) -> pd.DataFrame:
        """The trade list as a table."""
        return self.listed.frame

    def _repr_html_(self) -> str:
        worth = (self.certificate.value, self.certificate.bound)
        return rebalance_html(self.account, self.mandate, self.trades, self.check, worth, self.engine)


def rebalance(
    account: Account,
    mandate: Mandate,
    risk: FactorRisk,
    *,
    engine: Engine | HighsEngine = NEWTON,
    locks: WashLocks | None = None,
    effort: float = 1.0,
) -> Rebalance:
    """Make the trade list that saves most tax under every limit of the mandate.

    Parameters
    ----------
    account : Account
    mandate : Mandate
    risk : FactorRisk
        Rates at least one name; held names that it does not rate are not traded.
    engine : Engine or HighsEngine
        Solves the pattern found (the default falls back to Clarabel where it must), or the whole of a small account in
        whole shares at once.
    locks : WashLocks, optional
        Stronger ones than those of the account's trades and lots, which hold where none are given.
    effort : float
        Part of the usual search for better trades; zero takes the first that keep every limit, with a wider gap.

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
    if not 0 <= effort < np.inf:
        raise InputError.of("effort", "a number >= 0", value=effort)
    if locks is None:
        locks = wash_locks(account.trades, account.lots, account.as_of)
    problem = formulate(account, mandate, risk, locks)
    limits, washable = mandate.all_limits(), washable_groups(account, mandate, risk, locks)
    if isinstance(engine, HighsEngine):
        answers = [_proven_whole(account, mandate, limits, problem, engine, washable)]
    else:
        answers = _rounded(account, mandate, limits, problem, engine, washable, effort)
    lists = [_listed(problem, account, mandate, answer) for answer in answers]
    solved = time.process_time()
    answer, (listed, check, value) = _best_checked(account, mandate, risk, answers, lists)
    certificate = Certificate(
        value=value,
        bound=answer.bound * account.nav,
        covers=answer.covers,
        rounding=answer.before_rounding * account.nav - value,
    )
    return Rebalance(
        account=account,
        mandate=mandate,
        risk=risk,
        listed=listed,
        check=check,
        certificate=certificate,
        prices={name: price * account.nav for name, price in answer.prices.items()},
        locks=locks,
        frozen=_unrated(problem, problem.held),
        missing=_unrated(problem, np.where(problem.held > 0, 0.0, problem.benchmark)),
        engine=answer.engine,
        seconds={"solve": solved - started, "check": time.process_time() - solved},
    )


@dataclass(frozen=True, eq=False)
class _Answer:
    """Trades in shares, and what is proven of them; fractions of NAV."""

    problem: Problem
    trades: ShareTrades
    before_rounding: float
    bound: float
    covers: str
    prices: dict[str, float]
    engine: str


def _rounded(
    account: Account,
    mandate: Mandate,
    limits: tuple[Limit, ...],
    problem: Problem,
    engine: Engine,
    washable: tuple[Washable, ...],
    effort: float = 1.0,
) -> list[_Answer]:
    """Solve in fractions of NAV and round to shares; where losses are taken partly washed, without that too."""
    search = search_washes(problem, washable, mandate, limits, engine, effort)
    found = [search.best, *search.others]
    covers = _not_covered(account, mandate, search.best.left_out, washable)
    answers, refusal = [], None
    for one in found:
        try:
            trades = _in_shares(account, mandate, (*limits, *one.branch_limits), one)
        except InfeasibleError as error:
            refusal = error
            continue
        prices = dict(one.solution.prices)
        answers.append(_Answer(one.problem, trades, one.solution.value, one.bound, covers, prices, one.engine))
    if refusal is not None and not answers:
        raise refusal
    return answers


def _proven_whole(
    account: Account,
    mandate: Mandate,
    limits: tuple[Limit, ...],
    problem: Problem,
    engine: HighsEngine,
    washable: tuple[Washable, ...],
) -> _Answer:
    """Solve in whole shares at once, with every either-or choice, from the rounded trades where there are some."""
    start = None
    if not mandate.fractional and engine.takes(problem, limits):
        with contextlib.suppress(InfeasibleError):
            start = _rounded(account, mandate, limits, problem, NEWTON, ())[0].trades
    whole = engine.solve_whole(problem, account, limits, mandate, start=start)
    if whole is None:
        raise InfeasibleError("no trade list in whole shares can meet the limits, which is proven")
    covers = "no trade list in whole shares is worth more: the bound of HiGHS"
    covers += "; found without partly washed sales" * bool(washable)
    problem = with_provisions(problem, mandate, *whole.trades.amounts(problem))
    return _Answer(problem, whole.trades, whole.value, whole.bound, covers, {}, engine.name)


def _in_shares(account: Account, mandate: Mandate, limits: tuple[Limit, ...], best: ContinuousSolution) -> ShareTrades:
    """Round to shares, and round again where that changed the number of orders and with it the commissions.

    Raises
    ------
    InfeasibleError
        However they are rounded, what whole shares cost leaves cash out of its band.
    """
    problem, step = best.problem, FRACTION if mandate.fractional else 1.0
    trades = round_to_shares(problem, account, limits, best.solution, mandate.min_trade, step)
    missed: list[Shortfall | None] = []
    for _ in range(_ROUNDS):
        provided = with_provisions(problem, mandate, *trades.amounts(problem))
        if provided is problem:
            break
        problem = provided
        trades = round_to_shares(problem, account, limits, best.solution, mandate.min_trade, step)
        missed.append(cash_shortfall(problem, mandate, *trades.amounts(problem)))
    else:
        if missed[-1] is not None:
            least = min(filter(None, missed), key=lambda one: abs(one.needed - one.limit))
            raise InfeasibleError("whole shares: with what they cost, no rounding was found that keeps cash", [least])
    if mandate.names is not None:
        require_names(problem, *trades.amounts(problem), mandate.names)
    return trades


def _listed(problem: Problem, account: Account, mandate: Mandate, answer: _Answer) -> TradeColumns:
    """Write the trade list; a branch of partly washed sales is told by what the lots themselves lose."""
    told = answer.problem
    if told is not problem:
        own = problem if told.washed.any() else told
        told = replace(told, lot_gain=problem.lot_gain, lot_long=problem.lot_long, lot_credit=own.lot_credit)
    listed = trade_list(told, account, answer.trades)
    return with_disallowed(account, listed) if mandate.partly_washed == "price" else listed


def _best_checked(
    account: Account, mandate: Mandate, risk: FactorRisk, answers: list[_Answer], lists: list[TradeColumns]
) -> tuple[_Answer, _Checked]:
    """Check every trade list, and choose that which exits most of what is to be exited and then is worth most.

    Raises
    ------
    CheckFailedError
        None of them passes.
    """
    passed, failure = [], None
    excluded = account.rules("exclude")
    for answer, listed in zip(answers, lists, strict=True):
        try:
            checked = _checked(account, mandate, risk, listed)
        except CheckFailedError as error:
            failure = error
            continue
        kept = checked.listed
        exits = float(kept.amount[[asset in excluded for asset in kept.asset]].sum()) if excluded else 0.0
        passed.append((exits + checked.value, answer, checked))
    if failure is not None and not passed:
        raise failure
    _, answer, checked = max(passed, key=lambda one: one[0])
    return answer, checked


class _Checked(NamedTuple):
    """A trade list, its check and its value."""

    listed: TradeColumns
    check: Check
    value: float


def _checked(account: Account, mandate: Mandate, risk: FactorRisk, listed: TradeColumns) -> _Checked:
    """Check a trade list; where trading loses value and nothing has to be traded, the empty list is the better one."""
    check = check_trades(account, mandate, risk, listed)
    if not check.passed:
        raise CheckFailedError("the trade list breaks limits when recomputed: " + "; ".join(check.violations[:5]))
    found, nothing = _Checked(listed, check, _value(mandate, check)), listed.take(slice(0))
    # Not trading saves nothing, and costs the risk and the excesses that have a price: it is worth zero or less.
    if account.rules("exclude") or found.value >= 0 or _idle_value(account, mandate, risk, nothing) <= found.value:
        return found
    idle = check_trades(account, mandate, risk, nothing)
    return _Checked(nothing, idle, _value(mandate, idle)) if idle.passed else found


def _idle_value(account: Account, mandate: Mandate, risk: FactorRisk, nothing: TradeColumns) -> float:
    """What not trading is worth, in dollars: only limits that have a price can cost anything."""
    outcome = Outcome(account, mandate.benchmark, mandate.costs, risk, nothing)
    soft = (limit for limit in mandate.all_limits() if isinstance(limit, (SoftLimit, SoftLinearLimit)))
    return valuation(mandate, outcome, [reading for limit in soft for reading in limit.readings(outcome)]).total


def _value(mandate: Mandate, check: Check) -> float:
    return valuation(mandate, check.outcome, check.readings).total


def _not_covered(account: Account, mandate: Mandate, limits: tuple[str, ...], washable: tuple[Washable, ...]) -> str:
    left_out = ["whole shares"] * (not mandate.fractional) + ["least trade"] * (mandate.min_trade > 0)
    left_out += ["number of names"] * (mandate.names is not None) + ["commissions"] * (mandate.costs.commission > 0)
    left_out += [f"the limit {name}" for name in limits]
    left_out += ["other amounts exited"] * bool(account.rules("exclude"))
    left_out += ["sales of part of a recent purchase beside older lots that it washes"] * bool(washable)
    proof = "no trade list is worth more: the Lagrangian dual, with each name sold at a loss or bought but not both"
    return f"{proof}; found without {', '.join(left_out)}" if left_out else proof


def _unrated(problem: Problem, weights: NDArray[np.float64]) -> dict[str, float]:
    return {problem.assets[i]: float(weights[i]) for i in np.flatnonzero(~problem.rated & (weights > 0))}
