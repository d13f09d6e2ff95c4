"""Least trade and number of names: met, or refused with the limit's name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from made_up_engine import MadeUpEngine

from optimizer import (
    ActiveWeightLimit,
    CashLimit,
    Costs,
    Deferral,
    Restriction,
    TrackingErrorLimit,
    TurnoverLimit,
    rebalance,
    soft,
)
from optimizer.cone import cone_model
from optimizer.discrete import drop_small_trades, meet_names_limit, require_names
from optimizer.problem import Pattern, Problem
from optimizer.solution import Solution
from tax import TaxRates
from taxsleeve_errors import InfeasibleError

EVERY_NAME = np.ones(6, dtype=bool)


@pytest.fixture
def solved(small_case: Any, problem_of: Any) -> Any:
    def build(*limits: Any, seed: int = 0, **rest: Any) -> tuple[Problem, Any, Solution]:
        case = small_case(*limits, seed=seed, **rest)
        problem = problem_of(case.account, case.mandate, case.risk)
        everything = np.ones(problem.groups, dtype=bool)
        solution = cone_model(problem, case.mandate.all_limits(), Pattern.of(problem, everything)).maximise_value()
        assert solution is not None
        return problem, case.mandate.all_limits(), solution

    return build


def order_sizes(problem: Problem, solution: Solution) -> np.ndarray:
    return np.abs(problem.lot_sum @ solution.sell - solution.buy)


def held(problem: Problem, solution: Solution) -> int:
    return int((problem.held - problem.lot_sum @ solution.sell + solution.buy > 1e-9).sum())


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("least", [0.001, 0.02, 0.1])
def test_no_order_is_below_the_least_trade(solved: Any, seed: int, least: float) -> None:
    problem, limits, solution = solved(TrackingErrorLimit(0.15), seed=seed)
    kept = drop_small_trades(problem, limits, solution, least)
    sizes = order_sizes(problem, kept)
    assert (sizes[sizes > 0] >= least * (1 - 1e-6)).all()
    assert kept.value <= solution.value + 1e-8
    assert np.sqrt(problem.variance(problem.active_after(kept.sell, kept.buy))) <= 0.15 + 1e-7


def test_without_a_least_trade_nothing_changes(solved: Any) -> None:
    problem, limits, solution = solved()
    assert drop_small_trades(problem, limits, solution, 0.0) is solution


def test_where_the_small_trades_are_needed_the_least_trade_is_named(solved: Any) -> None:
    problem, limits, solution = solved(CashLimit(0.02, 0.04), account={"cash": 100.0}, harvest_threshold=0.9)
    with pytest.raises(InfeasibleError, match=r"min_trade: without the .* orders below 0\.5 of NAV"):
        drop_small_trades(problem, limits, solution, 0.5)


@pytest.mark.parametrize("names", [(0, 3), (0, 5), (6, 6)])
def test_the_number_of_names_is_met(solved: Any, names: tuple[int, int]) -> None:
    problem, limits, solution = solved(seed=1)
    met = meet_names_limit(problem, limits, solution, names, np.full(6, 0.01), EVERY_NAME)
    assert names[0] <= held(problem, met) <= names[1]


def test_names_that_enter_do_so_with_their_least_position(solved: Any) -> None:
    problem, limits, solution = solved(seed=1, account={"restrictions": [Restriction("A", "exclude")]})
    absent = problem.held - problem.lot_sum @ solution.sell + solution.buy <= 1e-9
    assert absent.any()
    pattern = Pattern.of(problem, np.zeros(problem.groups, dtype=bool))
    start = cone_model(problem, limits, pattern).maximise_value()
    assert start is not None
    met = meet_names_limit(problem, limits, start, (5, 6), np.full(6, 0.02), EVERY_NAME)
    assert held(problem, met) >= 5


def test_a_name_that_cannot_leave_counts_as_held(solved: Any) -> None:
    problem, limits, solution = solved(seed=1)
    with pytest.raises(InfeasibleError, match="names: no trade list was found that holds between 0 and 3") as error:
        meet_names_limit(problem, limits, solution, (0, 3), np.full(6, 0.01), ~EVERY_NAME)
    assert [s.name for s in error.value.shortfalls] == ["names"]


def test_names_that_are_out_stay_out_of_the_rounding(solved: Any) -> None:
    problem, limits, solution = solved(seed=1)
    met = meet_names_limit(problem, limits, solution, (0, 3), np.full(6, 0.01), EVERY_NAME)
    gone = problem.held - problem.lot_sum @ met.sell + met.buy <= 1e-9
    assert met.pattern.exit[gone].all()
    assert not met.pattern.may_buy(problem)[gone].any()


def test_require_names_is_the_last_word(solved: Any) -> None:
    problem, _, _ = solved()
    nothing = np.zeros(len(problem.lot_asset)), np.zeros(6)
    require_names(problem, *nothing, (6, 6))
    for names in ((0, 5), (7, 8)):
        with pytest.raises(InfeasibleError, match="names"):
            require_names(problem, *nothing, names)


@pytest.mark.parametrize("fractional", [True, False])
@pytest.mark.parametrize("names", [(2, 4), (6, 9)])
def test_names_through_rebalance(small_case: Any, fractional: bool, names: tuple[int, int]) -> None:
    case = small_case(seed=1, names=names, fractional=fractional)
    after = rebalance(case.account, case.mandate, case.risk).check.outcome.shares_after
    assert names[0] <= (after > 0).sum() <= names[1]


def test_a_fraction_of_a_share_cannot_leave_in_whole_shares(account_of: Any, mandate_of: Any, risk_of: Any) -> None:
    """What used to end in CheckFailedError: the smallest name has a lot of 10.5 shares, so another must go."""
    lots = [("A", 10.5, 10.0, "2020-01-02"), ("B", 20, 10.0, "2020-01-02"), ("C", 60, 10.0, "2020-01-02")]
    account, weights = account_of(dict.fromkeys("ABC", 10.0), lots), {"A": 0.2, "B": 0.2, "C": 0.6}
    for fractional, gone in ((False, "B"), (True, "A")):
        mandate = mandate_of(weights, names=(0, 2), fractional=fractional, min_trade=0.001)
        outcome = rebalance(account, mandate, risk_of("ABC")).check.outcome
        assert [a for a, q in zip(outcome.assets, outcome.shares_after, strict=True) if q == 0] == [gone]


def test_however_little_is_held_of_a_name_it_counts_until_it_is_sold(
    account_of: Any, mandate_of: Any, risk_of: Any
) -> None:
    lots = [("A", 100, 12.0, "2020-01-02"), ("B", 100, 8.0, "2020-01-02"), ("C", 2e-9, 9.0, "2020-01-02")]
    account = account_of(dict.fromkeys("ABC", 10.0), lots)
    weights = {"A": 0.5, "B": 0.5, "C": 0.0}
    result = rebalance(account, mandate_of(weights, names=(0, 2)), risk_of("ABC"))
    assert (result.check.outcome.shares_after > 0).sum() <= 2
    with pytest.raises(InfeasibleError, match="names: no trade list was found that holds between 0 and 2"):
        rebalance(account, mandate_of(weights, names=(0, 2), min_trade=0.6), risk_of("ABC"))


@pytest.mark.parametrize("seed", [7, 10, 28])
def test_what_is_solved_again_by_a_cone_program_sells_and_buys_no_name(small_case: Any, seed: int) -> None:
    """A lower basis later is worth having where gains are free today; no list takes it, and no bound counts it."""
    limits = (soft(TrackingErrorLimit(0.01), 0.3), TurnoverLimit(0.6), ActiveWeightLimit(0.05))
    taxes = {"rates": TaxRates(0.0, 0.2), "deferral": Deferral(0.2, 10.0, 0.05)}
    case = small_case(*limits, seed=seed, min_trade=0.01, costs=Costs(5.0), **taxes)
    result = rebalance(case.account, case.mandate, case.risk)
    trades = result.trades
    assert not set(trades["asset"][trades["side"] == "SELL"]) & set(trades["asset"][trades["side"] == "BUY"])
    assert result.certificate.value <= result.certificate.bound + 1e-6


def test_what_stays_too_small_however_often_it_is_solved_is_left_out(solved: Any) -> None:
    """An engine that finds a new small trade whenever the last is held still."""
    problem, limits, solution = solved(TrackingErrorLimit(0.15))
    asked: list[Pattern] = []

    def one_more(pattern: Pattern) -> Solution:
        asked.append(pattern)
        sell = np.zeros(len(problem.lot_asset))
        sell[int(np.flatnonzero(problem.lot_asset == 1 + len(asked) % 5)[0])] = 0.001
        buy = np.zeros(6)
        buy[0] = 0.05
        return Solution(pattern, sell, buy, 0.0, {})

    kept = drop_small_trades(problem, limits, one_more(solution.pattern), 0.01, MadeUpEngine(one_more))
    assert len(asked) == 1 + 6
    assert (kept.sell == 0).all()
    assert kept.buy.tolist() == [0.05, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert kept.value == pytest.approx(problem.value(kept.sell, kept.buy))


def test_names_are_bought_from_cash_until_there_are_enough(
    account_of: Any, mandate_of: Any, risk_of: Any, problem_of: Any
) -> None:
    """The largest of the benchmark first, each with its least position."""
    account = account_of(dict.fromkeys("ABCD", 10.0), cash=10_000.0)
    mandate = mandate_of({"A": 0.1, "B": 0.4, "C": 0.3, "D": 0.2}, CashLimit(0.0, 1.0), risk_aversion=0.0)
    problem = problem_of(account, mandate, risk_of("ABCD"))
    pattern = Pattern.of(problem, np.zeros(problem.groups, dtype=bool))
    nothing = Solution(pattern, np.zeros(0), np.zeros(4), 0.0, {})
    least = np.full(4, 0.02)
    met = meet_names_limit(problem, mandate.all_limits(), nothing, (3, 4), least, np.ones(4, dtype=bool))
    assert met.pattern.least_buy.tolist() == [0.0, 0.02, 0.02, 0.02]
    assert (met.buy[1:] >= 0.02 - 1e-6).all()


def test_an_engine_that_never_changes_the_number_of_names_is_not_asked_for_ever(solved: Any) -> None:
    problem, limits, solution = solved(seed=1)
    everything = Solution(solution.pattern, 0 * solution.sell, 0 * solution.buy, 0.0, {})
    asked: list[Pattern] = []

    def unmoved(pattern: Pattern) -> Solution:
        asked.append(pattern)
        return everything

    with pytest.raises(InfeasibleError, match="holds between 0 and 3 names") as error:
        meet_names_limit(problem, limits, everything, (0, 3), np.full(6, 0.01), EVERY_NAME, MadeUpEngine(unmoved))
    assert len(asked) == 24
    assert error.value.shortfalls[0].needed == 6
