"""The main verb of a household: sleeves, limits and a risk model in, checked trade and transfer lists out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from optimizer.engines import NEWTON, Engine, HighsEngine
from optimizer.household.check import HouseholdCheck, check_household
from optimizer.household.graduation import graduate_moves
from optimizer.household.household import Household
from optimizer.household.in_turn import Guide, rebalance_in_turn
from optimizer.household.joint_cone import JointSolution, least_household_limit
from optimizer.household.joint_problem import JointProblem, joint_problem
from optimizer.household.joint_search import JointAnswer, rounded_moves, search_jointly
from optimizer.household.shared_history import sleeve_locks, with_shared_history
from optimizer.household.transfers import LotMove, after_transfers, transfer_table
from optimizer.limits.cash import CashLimit
from optimizer.limits.soft import SoftLinearLimit
from optimizer.notebook import household_html
from optimizer.pattern_search import value_bound
from optimizer.rebalance import Rebalance
from optimizer.valuation import valuation
from optimizer.washed_bound import relaxed_washes
from optimizer.washed_sales import washable_groups
from risk import FactorRisk
from tax import LossUse
from taxsleeve_errors import CheckFailedError, InfeasibleError, InputError, OptimizerError, Shortfall, SolverError

__all__ = ["IN_TURN", "JOINTLY", "HouseholdCertificate", "HouseholdRebalance", "rebalance_household"]

# What is told of progress.
JOINTLY, IN_TURN = "all sleeves jointly", "sleeve after sleeve"


@dataclass(frozen=True)
class HouseholdCertificate:
    """How good the lists of a household are, and how good any could be; all in dollars.

    Parameters
    ----------
    value : float
        What the trade lists are worth together: tax saved less costs and risk.
    bound : float
        No trade and transfer lists are worth more; infinite where nothing is proven.
    bound_as_moved : float
        With the transfers made, no trade lists are worth more: the sleeves' own bounds added up, or `bound` where that
        is less.
    covers : str
        What the bounds are.
    """

    value: float
    bound: float
    bound_as_moved: float
    covers: str

    @property
    def gap(self) -> float:
        """(bound - value) / |bound|, zero where both are zero."""
        return (self.bound - self.value) / abs(self.bound) if self.bound else 0.0


@dataclass(frozen=True, eq=False)
class HouseholdRebalance:
    """Checked lists of a household.

    Parameters
    ----------
    household : Household
        As it was before anything moved.
    moved : Household
        Once the transfers are made, with shared history.
    risk : FactorRisk
    transfers : DataFrame
        `TRANSFER_COLUMNS`.
    sleeves : dict of str to Rebalance
        Each sleeve's result, of its account after the transfers.
    check : HouseholdCheck
        Passed.
    certificate : HouseholdCertificate
    how : str
        Which way was best: "in turn", "graduates first" or "jointly".
    tried : dict of str to (float or str)
        What each way was worth in dollars, or why it has no lists.
    seconds : dict of str to float
        CPU seconds by phase.
    """

    household: Household
    moved: Household
    risk: FactorRisk
    transfers: pd.DataFrame
    sleeves: dict[str, Rebalance]
    check: HouseholdCheck
    certificate: HouseholdCertificate
    how: str
    tried: dict[str, float | str]
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def tax_value(self) -> float:
        """Dollars of tax saved by all sleeves, one bill."""
        return sum(
            valuation(r.mandate, r.check.outcome, r.check.readings).tax
            for name, r in self.sleeves.items()
            if self.household.sleeve(name).taxed
        )

    def _repr_html_(self) -> str:
        total = self.check.tracking_error_before, self.check.tracking_error_after
        sleeves = {name: (r.account, r.mandate, r.trades, r.check) for name, r in self.sleeves.items()}
        return household_html(sleeves, total, self.tax_value, self.transfers, self.how)


# How, the moves, and what each pass over the sleeves is told.
_Way = tuple[str, list[LotMove], tuple[Guide, ...]]


@dataclass(frozen=True, eq=False)
class _Lists:
    how: str
    moved: Household
    transfers: pd.DataFrame
    results: tuple[Rebalance, ...]
    check: HouseholdCheck

    @property
    def worth(self) -> float:
        """Value with what is left of names to be exited counted against it, dollars."""
        value = sum(result.certificate.value for result in self.results)
        return value - sum(_still_excluded(result) for result in self.results)


def rebalance_household(
    household: Household,
    risk: FactorRisk,
    *,
    engine: Engine | HighsEngine = NEWTON,
    jointly: bool = True,
    progress: Callable[[str], None] | None = None,
) -> HouseholdRebalance:
    """Make the lists that save the household most tax under every sleeve's limits and its own.

    Three ways are tried and the best checked one is kept: the sleeves in turn under shared wash-sale locks; the same
    once names that graduated have moved in kind; and in turn once the moves, budgets and sides of the joint problem
    are taken over, the sides of groups that sleeves share and those of all.

    Parameters
    ----------
    household : Household
    risk : FactorRisk
        Rates the names of all sleeves.
    engine : Engine or HighsEngine
        Of the sleeves' own rebalances.
    jointly : bool
        Whether to solve the joint problem, which also gives the bound with transfers left open.
    progress : callable, optional
        Told `JOINTLY` and `IN_TURN` as they begin.

    Raises
    ------
    InfeasibleError
        No lists can meet the limits; says which sleeve and which limit.
    CheckFailedError
        Every list found breaks a limit when recomputed.
    InputError, SolverError
    """
    started = time.process_time()
    shared = with_shared_history(household)
    ways: list[_Way] = [("in turn", [], (Guide(),))]
    if household.transfers and (moves := graduate_moves(shared, risk)):
        ways.append(("graduates first", moves, (Guide(),)))
    answer = None
    told = progress or (lambda _: None)
    if jointly:
        told(JOINTLY)
        joint = joint_problem(shared, risk)
        answer = search_jointly(joint)
        _require_an_answer(household, joint, answer)
        if answer.solution is not None:
            moves = rounded_moves(joint, answer.solution)
            ways.append(("jointly", moves, _guides(joint, answer.solution, answer.sides)))
    told(IN_TURN)
    solved = time.process_time()
    found, tried, failures = _try(household, shared, risk, ways, engine)
    if not found:
        raise next((f for f in failures if isinstance(f, InfeasibleError)), failures[0])
    best = max(found, key=lambda lists: lists.worth)
    return HouseholdRebalance(
        household=household,
        moved=best.moved,
        risk=risk,
        transfers=best.transfers,
        sleeves={r.name: result for r, result in zip(household.sleeves, best.results, strict=True)},
        check=best.check,
        certificate=_certificate(household, best, answer, risk),
        how=best.how,
        tried=tried,
        seconds={"joint": solved - started, "sleeves": time.process_time() - solved},
    )


def _try(
    household: Household,
    shared: Household,
    risk: FactorRisk,
    ways: Sequence[_Way],
    engine: Engine | HighsEngine,
) -> tuple[list[_Lists], dict[str, float | str], list[OptimizerError]]:
    """Follow each way to checked lists; what the best of each were worth, or why it has none."""
    found: list[_Lists] = []
    tried: dict[str, float | str] = {}
    failures: list[OptimizerError] = []
    for how, moves, guides in ways:
        for guide in guides:
            try:
                lists = _followed(household, shared, risk, how, moves, guide, engine)
            except OptimizerError as error:
                failures.append(error)
                tried.setdefault(how, str(error))
                continue
            found.append(lists)
            before = tried.get(how)
            tried[how] = max(lists.worth, before) if isinstance(before, float) else lists.worth
    return found, tried, failures


def _followed(
    household: Household,
    shared: Household,
    risk: FactorRisk,
    how: str,
    moves: list[LotMove],
    guide: Guide,
    engine: Engine | HighsEngine,
) -> _Lists:
    transfers = transfer_table(shared, moves)
    try:
        moved = after_transfers(shared, moves)
    except InputError as error:  # pragma: no cover - only a sleeve that is worth nothing after a value-neutral move
        raise InfeasibleError(f"household: the transfers cannot be made: {error}") from error
    results = rebalance_in_turn(moved, risk, guide, engine=engine)
    trades = {s.name: result.trades for s, result in zip(household.sleeves, results, strict=True)}
    check = check_household(household, risk, transfers, trades)
    if not check.passed:
        raise CheckFailedError("the lists break limits when recomputed: " + "; ".join(check.violations[:5]))
    return _Lists(how, moved, transfers, results, check)


def _still_excluded(result: Rebalance) -> float:
    """Dollars still held of names to be exited: each is worth more than any tax, as in a single account."""
    outcome, excluded = result.check.outcome, result.account.rules("exclude")
    held = zip(outcome.assets, (outcome.shares_after * outcome.price).tolist(), strict=True)
    return float(sum(dollars for asset, dollars in held if asset in excluded))


def _exited(result: Rebalance) -> float:
    """Dollars sold of names to be exited, each of which the search rewards with a dollar that is no value."""
    trades = result.trades
    return float(trades.loc[trades["asset"].isin(result.account.rules("exclude")), "amount"].sum())


def _guides(joint: JointProblem, solution: JointSolution, chosen: Mapping[str, bool]) -> tuple[Guide, ...]:
    """What the joint solution tells each sleeve: sides of the groups that several share, and then of all."""
    holdings, gains = {}, {}
    for s, j in enumerate(joint.sleeves):
        p = j.problem
        after = p.held - p.lot_sum @ solution.sell[s] + solution.buy[s]
        for arc, amount in zip(joint.arcs, solution.moved.tolist(), strict=True):
            if arc.source == s:
                after[p.lot_asset[arc.lot]] -= amount
            if arc.target == s:
                after[arc.name] += amount * joint.sleeves[arc.source].share / j.share
        holdings[j.sleeve.name] = dict(zip(p.assets, (after * p.nav).tolist(), strict=True))
        gains[j.sleeve.name] = float(np.maximum(p.lot_gain, 0.0) @ solution.sell[s]) * p.nav if j.sleeve.taxed else 0.0
    sides = {group: side for group, side in chosen.items() if group in joint.shared}
    every = (sides,) if len(sides) == len(chosen) else (sides, chosen)
    return tuple(Guide(some, holdings, gains) for some in every)


def _require_an_answer(household: Household, joint: JointProblem, answer: JointAnswer) -> None:
    """Say which limit of the household fails, where the joint problem proves that it does.

    Where a sleeve's own limits fail, its own rebalance says so.
    """
    if answer.bound > -np.inf:
        return
    for name in ("tracking_error", "realized_gain"):
        limit = getattr(household, name)
        if limit is None:
            continue
        needed = least_household_limit(joint, name)
        if needed is not None and needed > limit:
            unit = "a year, fraction of NAV" if name == "tracking_error" else "fraction of NAV"
            raise InfeasibleError(
                f"household: no lists of its sleeves can meet its {name.replace('_', ' ')}",
                [Shortfall(name, limit, needed, unit, "the household")],
            )


def _certificate(
    household: Household, best: _Lists, answer: JointAnswer | None, risk: FactorRisk
) -> HouseholdCertificate:
    value = sum(result.certificate.value for result in best.results)
    exits = sum(_exited(result) for result in best.results)
    as_moved = _bound_as_moved(best.moved, risk) - exits
    bound, covers = np.inf, "nothing is proven with transfers left open"
    left_out = _netted(household) or _priced_washes(best.moved) or _impact_in_cash(household)
    if answer is not None and not left_out:
        bound = answer.bound * household.nav - exits
        as_moved = min(as_moved, bound)
        covers = "the joint relaxation: every group may be sold at a loss in part and bought in part"
    if best.transfers.empty and not household.transfers:
        bound, covers = min(bound, as_moved), "the sleeves' own bounds added up, or the joint relaxation"
    return HouseholdCertificate(value, float(bound), as_moved, covers)


def _bound_as_moved(moved: Household, risk: FactorRisk) -> float:
    """Add up what each sleeve's list could be worth at most, without regard to the others' lists of today."""
    if _netted(moved):
        return np.inf
    joint = joint_problem(moved, risk)
    total = 0.0
    for j in joint.sleeves:
        problem, limits, mandate = j.own, j.limits, j.sleeve.mandate
        if j.sleeve.taxed:
            washable = washable_groups(j.sleeve.account, mandate, risk, sleeve_locks(moved, j.sleeve))
            problem, limits = relaxed_washes(problem, mandate, limits, washable) if washable else (problem, limits)
        try:
            total += value_bound(problem, limits) * problem.nav
        except SolverError:
            return np.inf
    return total


def _netted(household: Household) -> bool:
    return any(s.taxed and s.mandate.losses is LossUse.NETTING for s in household.sleeves)


def _impact_in_cash(household: Household) -> bool:
    """Whether market impact, which the joint problem does not take out of cash, may keep a sleeve below its most."""
    plain = [
        (s, limit.limit if isinstance(limit, SoftLinearLimit) else limit)
        for s in household.sleeves
        for limit in s.mandate.limits
    ]
    return any(s.mandate.costs.impact > 0 and isinstance(limit, CashLimit) for s, limit in plain)


def _priced_washes(household: Household) -> bool:
    """Whether a sleeve may take losses that its recent lots wash, which the joint problem leaves out."""
    pricing = (s for s in household.sleeves if s.taxed and s.mandate.partly_washed == "price")
    return any(sleeve_locks(household, sleeve).loss_sales for sleeve in pricing)
