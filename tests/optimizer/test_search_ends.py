"""Where searches and engines end early or are answered oddly: what is refused, and what is still true of the answer."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from made_up_engine import MadeUpEngine

import optimizer.newton.solve as newton_solve
import optimizer.pattern_search as pattern_search
import optimizer.pattern_trial as pattern_trial
from optimizer import (
    ActiveWeightLimit,
    CashLimit,
    Costs,
    End,
    LossPerNameLimit,
    Rebalance,
    Restriction,
    TrackingErrorLimit,
    TurnoverLimit,
    YearToDate,
    rebalance,
    soft,
)
from optimizer.cone import cone_model
from optimizer.continuous import best_trades
from optimizer.engines import ClarabelEngine, HighsEngine, NewtonEngine, OsqpEngine
from optimizer.engines.newton import solve_pattern
from optimizer.explain.limit_worths import no_worths_because
from optimizer.limits.base import Ends
from optimizer.newton import newton_form
from optimizer.newton.least_risk import least_risk
from optimizer.problem import Pattern, Problem
from tax import LossSaleLock, WashLocks
from taxsleeve_errors import InfeasibleError, SolverError

LONG_AGO = "2022-01-03"


def test_an_engine_that_finds_nothing_where_the_newton_does_is_not_believed(small_case: Any, problem_of: Any) -> None:
    case = small_case(TrackingErrorLimit(0.06), seed=1)
    problem = problem_of(case.account, case.mandate, case.risk)
    with pytest.raises(SolverError, match="made up finds no trades where newton finds some"):
        best_trades(problem, case.mandate, case.mandate.all_limits(), MadeUpEngine(lambda _: None))


def test_engines_say_that_they_do_not_take_market_impact(account_of: Any, mandate_of: Any, risk_of: Any) -> None:
    account = account_of({"A": 100.0}, [("A", 10, 150.0, LONG_AGO)], adv={"A": 1e5})
    mandate = mandate_of({"A": 1.0}, CashLimit(0.0, 1.0), costs=Costs(0.0, impact=1.0), fractional=False)
    with pytest.raises(SolverError, match="osqp does not take one of the mandate's limits or costs; use another"):
        rebalance(account, mandate, risk_of("A"), engine=OsqpEngine())
    with pytest.raises(SolverError, match="highs takes linear costs; use another engine where there is market impact"):
        rebalance(account, mandate, risk_of("A"), engine=HighsEngine())


def test_a_loss_that_saves_less_than_its_order_costs_is_left(account_of: Any, mandate_of: Any, risk_of: Any) -> None:
    """Of A a loss of $10 saves $2 at 20%, of B one of $400 saves $80; an order costs $5."""
    lots = [("A", 10, 101.0, LONG_AGO), ("B", 10, 140.0, LONG_AGO)]
    account = account_of(dict.fromkeys("AB", 100.0), lots)
    terms = {"risk_aversion": 0.01, "fractional": False}
    for commission, sold in ((0.0, ["A", "B"]), (5.0, ["B"])):
        mandate = mandate_of(
            {"A": 0.5, "B": 0.5}, CashLimit(0.0, 1.0), costs=Costs(0.0, commission=commission), **terms
        )
        assert rebalance(account, mandate, risk_of("AB")).trades["asset"].tolist() == sold


def test_where_no_region_of_the_years_tax_has_a_list_the_limit_is_named(
    account_of: Any, mandate_of: Any, risk_of: Any
) -> None:
    account = account_of(dict.fromkeys("AB", 100.0), [("A", 10, 150.0, LONG_AGO), ("B", 10, 80.0, LONG_AGO)])
    mandate = mandate_of(
        {"A": 0.5, "B": 0.5}, CashLimit(0.0, 1.0), names=(3, 4), losses="netting", year_to_date=YearToDate(short=200.0)
    )
    with pytest.raises(InfeasibleError, match="holds between 3 and 4 names") as error:
        rebalance(account, mandate, risk_of("AB"))
    assert [one.name for one in error.value.shortfalls] == ["names"]


def test_locks_that_are_given_hold_in_place_of_the_accounts_own(
    account_of: Any, mandate_of: Any, risk_of: Any, today: dt.date
) -> None:
    account = account_of(dict.fromkeys("AB", 100.0), [("A", 10, 150.0, LONG_AGO), ("B", 10, 150.0, LONG_AGO)])
    mandate = mandate_of({"A": 0.5, "B": 0.5}, CashLimit(0.0, 1.0), risk_aversion=0.01)
    locks = WashLocks({}, {"A": LossSaleLock("A", today, "bought elsewhere")})
    found = rebalance(account, mandate, risk_of("AB"), locks=locks)
    assert found.locks is locks
    harvested = [rebalance(account, mandate, risk_of("AB")), found]
    sold = [one.trades.loc[one.trades["side"] == "SELL", "asset"].tolist() for one in harvested]
    assert sold == [["A", "B"], ["B"]]


def test_highs_proves_that_no_whole_number_of_shares_will_do(account_of: Any, mandate_of: Any, risk_of: Any) -> None:
    """Of $1,000 two shares at $400 leave 20% in cash, and one at $900 leaves 10%."""
    account = account_of({"A": 400.0, "B": 900.0}, cash=1000.0)
    terms = {"fractional": False, "risk_aversion": 1.0}
    enough = mandate_of({"A": 0.5, "B": 0.5}, CashLimit(0.0, 0.1), **terms)
    assert rebalance(account, enough, risk_of("AB"), engine=HighsEngine()).trades["asset"].tolist() == ["B"]
    tight = mandate_of({"A": 0.5, "B": 0.5}, CashLimit(0.0, 0.05), **terms)
    with pytest.raises(InfeasibleError, match="no trade list in whole shares can meet the limits, which is proven"):
        rebalance(account, tight, risk_of("AB"), engine=HighsEngine())


def test_costs_that_never_settle_are_no_refusal_where_cash_is_kept(
    small_case: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rounding again may change the number of orders, and that the rounding, for ever."""
    module = sys.modules["optimizer.rebalance"]
    case = small_case(TrackingErrorLimit(0.06), CashLimit(0.0, 0.05), seed=1, fractional=False)
    settled = rebalance(case.account, case.mandate, case.risk)
    asked: list[Problem] = []

    def never(problem: Problem, *_: Any) -> Problem:
        asked.append(problem)
        return replace(problem)

    monkeypatch.setattr(module, "with_provisions", never)
    found = rebalance(case.account, case.mandate, case.risk)
    assert len(asked) == 8
    assert found.check.passed
    assert found.trades["shares"].tolist() == settled.trades["shares"].tolist()


def test_without_prices_it_is_said_why_there_are_none(small_case: Any) -> None:
    case = small_case(TrackingErrorLimit(0.06), seed=1)
    found: Rebalance = rebalance(case.account, case.mandate, case.risk)
    assert no_worths_because(found) == ""
    assert no_worths_because(replace(found, prices={})) == "The engine gave no prices."
    excluded = small_case(seed=1, account={"restrictions": [Restriction("A", "exclude")]})
    exiting = rebalance(excluded.account, excluded.mandate, excluded.risk)
    assert "Names are being exited (A)" in no_worths_because(exiting)


def test_some_ends_of_a_limit_are_ends_too() -> None:
    ends = Ends(np.array([0.1, 0.2, 0.3]), ("A", "B", "C"), np.array([True, False, True]))
    assert isinstance(ends[1:], Ends)
    assert list(ends[1:]) == [End(0.2, "B"), End(0.3, "C", lower=True)]
    assert len(ends[:0]) == 0


def test_a_whole_recent_position_goes_in_whole_shares_as_it_does_in_fractions(
    account_of: Any, mandate_of: Any, risk_of: Any
) -> None:
    """A was bought of late: a part of it may not go at a loss, since what stays would replace it; all of it may.

    There is no limit on tracking error.
    """
    lots = [("A", 10, 150.0, "2025-05-20"), ("A", 5, 140.0, LONG_AGO), ("B", 15, 80.0, LONG_AGO)]
    account = account_of(dict.fromkeys("AB", 100.0), lots)
    whole = mandate_of({"A": 0.5, "B": 0.5}, CashLimit(0.0, 1.0), fractional=False, risk_aversion=0.01)
    found = rebalance(account, whole, risk_of("AB"), engine=HighsEngine())
    sold = found.trades[found.trades["side"] == "SELL"].set_index("lot_id")["shares"]
    assert sold.to_dict() == {"L000": 10.0, "L001": 5.0}
    # Where some has to stay, the older lot does: it is not what replaces the recent one, which goes alone.
    part = replace(whole, limits=(*whole.limits, ActiveWeightLimit(0.45, strict=True)))
    sold = rebalance(account, part, risk_of("AB"), engine=HighsEngine()).trades.set_index("lot_id")["shares"]
    assert "L001" not in sold


def test_a_name_that_enters_is_bought_for_its_least_in_the_cone_program(small_case: Any, problem_of: Any) -> None:
    case = small_case(CashLimit(0.0, 0.05), seed=1)
    problem = problem_of(case.account, case.mandate, case.risk)
    pattern = Pattern.of(problem, np.zeros(problem.groups, dtype=bool))
    limits = case.mandate.all_limits()
    plain = cone_model(problem, limits, pattern).maximise_value()
    least = np.where(np.arange(6) == 2, 0.04, 0.0)
    entering = cone_model(problem, limits, replace(pattern, least_buy=least)).maximise_value()
    assert plain is not None
    assert entering is not None
    assert plain.buy[2] < 0.04 - 1e-6 <= entering.buy[2]
    assert entering.value <= plain.value + 1e-8


def test_a_problem_that_says_nothing_of_lots_counts_all_and_liquidates_none(small_case: Any, problem_of: Any) -> None:
    case = small_case(seed=1)
    problem = problem_of(case.account, case.mandate, case.risk)
    nothing = np.zeros(0)
    silent = replace(problem, liquidable=nothing.astype(bool), lot_counted=nothing.astype(bool), washed=nothing)
    assert not silent.liquidable.any()
    assert len(silent.liquidable) == silent.groups
    assert silent.lot_counted.all()
    sell, buy = np.full(len(problem.lot_asset), 0.01), np.zeros(6)
    assert silent.value(sell, buy) == pytest.approx(problem.value(sell, buy))


def test_the_newton_leaves_limits_that_it_does_not_take_to_clarabel(small_case: Any, problem_of: Any) -> None:
    case = small_case(TurnoverLimit(0.2), seed=1)
    problem = problem_of(case.account, case.mandate, case.risk)

    pattern = Pattern.of(problem, np.ones(problem.groups, dtype=bool))
    limits = (*case.mandate.all_limits(), soft(TrackingErrorLimit(0.06), 2.0))
    assert newton_form(problem, limits).left_out
    found, reference = NewtonEngine().solve(problem, limits, pattern), ClarabelEngine().solve(problem, limits, pattern)
    assert found is not None
    assert reference is not None
    assert found.value == pytest.approx(reference.value, abs=1e-9)


def test_a_newton_out_of_steps_says_so_and_clarabel_answers(
    small_case: Any, problem_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = small_case(TrackingErrorLimit(0.06), TurnoverLimit(0.4), seed=1)
    problem, limits = problem_of(case.account, case.mandate, case.risk), case.mandate.all_limits()
    pattern = Pattern.of(problem, np.ones(problem.groups, dtype=bool))
    finished = NewtonEngine().solve(problem, limits, pattern)
    monkeypatch.setattr(newton_solve, "_STEPS", 1)
    cut = solve_pattern(newton_form(problem, limits), pattern)
    assert (cut.solved, cut.infeasible) == (False, False)
    found = NewtonEngine().solve(problem, limits, pattern)
    assert finished is not None
    assert found is not None
    assert found.value == pytest.approx(finished.value, rel=1e-5)


def test_a_name_whose_own_limits_contradict_each_other_is_told_as_that(small_case: Any, problem_of: Any) -> None:
    """A is 15% of NAV overweight, must not be, and may not be traded: nothing to do with washes within the list."""
    barred = {"restrictions": [Restriction("A", "no_trade")]}
    case = small_case(ActiveWeightLimit(0.05, strict=True), TrackingErrorLimit(0.5), seed=1, account=barred)
    problem = problem_of(case.account, case.mandate, case.risk)
    _, found = least_risk(problem, case.mandate.all_limits())
    assert found.infeasible
    assert not found.solved
    assert pattern_search.value_bound(problem, case.mandate.all_limits()) == -np.inf
    with pytest.raises(InfeasibleError, match="no trade list can meet the limits; active_weight of A would have to be"):
        rebalance(case.account, case.mandate, case.risk)


def test_the_trades_of_least_risk_buy_what_has_to_be_bought(
    account_of: Any, mandate_of: Any, risk_of: Any, problem_of: Any
) -> None:
    """A may be no more than 5% of NAV underweight, though that costs more than its risk and A holds a loss."""
    lots = [("A", 10, 150.0, LONG_AGO), ("B", 90, 80.0, LONG_AGO)]
    account = account_of(dict.fromkeys("AB", 100.0), lots)
    limits = (ActiveWeightLimit(0.05, strict=True), CashLimit(0.0, 1.0))
    mandate = mandate_of({"A": 0.5, "B": 0.5}, *limits, costs=Costs(500.0))
    problem = problem_of(account, mandate, risk_of("AB", factors=0, specific=0.01))
    _, found = least_risk(problem, mandate.all_limits())
    assert found.solved
    assert np.abs(problem.active + found.net / 100).max() <= 0.05 + 1e-6


def test_flipping_cut_short_leaves_trades_within_their_bound(
    small_case: Any, problem_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pattern_search, "_ROUNDS", 0)
    case = small_case(TrackingErrorLimit(0.04), TurnoverLimit(0.4), LossPerNameLimit(0.02), seed=3)
    problem = problem_of(case.account, case.mandate, case.risk)
    cut = pattern_search.search_pattern(problem, case.mandate.all_limits())
    monkeypatch.undo()
    full = pattern_search.search_pattern(problem, case.mandate.all_limits())
    for one, other in ((cut, full), (full, cut)):
        assert one.solution.value <= other.bound + 1e-9
    active = problem.active_after(cut.solution.sell, cut.solution.buy)
    assert np.sqrt(problem.variance(active)) <= 0.04 + 1e-7


def test_a_pattern_that_the_newton_does_not_finish_is_answered_by_clarabel(
    small_case: Any, problem_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its trades where it has some, none where it has none."""
    unfinished = SimpleNamespace(solved=False, infeasible=False)
    monkeypatch.setattr(pattern_trial, "solve_pattern", lambda *_: unfinished)
    for turnover, feasible in ((0.5, True), (0.0, False)):
        case = small_case(TurnoverLimit(turnover), CashLimit(0.2, 0.3), seed=1)
        problem = problem_of(case.account, case.mandate, case.risk)
        form, sides = newton_form(problem, case.mandate.all_limits()), np.zeros(problem.groups, dtype=np.int8)
        trial = pattern_trial.try_pattern(form, sides, None)
        assert (trial is not None) == feasible
        if trial is not None:
            assert trial.engine == "cvxpy-clarabel"
        assert pattern_trial.try_pattern(form, sides, None, patient=False) is None
