"""A whole position may go at a loss that a recent purchase would wash for part of it; the check tells them apart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from optimizer import Account, Restriction, check_trades, rebalance
from optimizer.cone import cone_model
from optimizer.problem import Pattern, Problem
from tax import Lots, washed_pairs

LOTS = [
    ("A", 100, 15.0, "2020-01-02", "old"),
    ("A", 40, 14.0, "2025-05-20", "recent"),
    ("A2", 60, 8.0, "2020-01-02", "sister"),
    ("B", 100, 5.0, "2020-01-02", "b"),
]
PRICE = {"A": 10.0, "A2": 10.0, "B": 10.0}
GROUP = {"A": "AA", "A2": "AA"}
WHOLE = [("SELL", "old", 100), ("SELL", "recent", 40), ("SELL", "sister", 60)]


@pytest.fixture
def case(account_of: Any, mandate_of: Any, risk_of: Any) -> Any:
    def build(*trades: Any, **account: Any) -> tuple[Account, Any, Any]:
        made = account_of(PRICE, account.pop("lots", LOTS), group=GROUP, trades=trades, cash=500.0, **account)
        return made, mandate_of({"A": 0.3, "A2": 0.2, "B": 0.5}), risk_of(PRICE)

    return build


@pytest.mark.parametrize(
    ("rows", "passed"),
    [
        (WHOLE, True),
        ([("SELL", "recent", 40)], True),  # the recent lot itself
        ([("SELL", "old", 100)], False),
        (WHOLE[:2], False),  # the sister class is the same position
        ([*WHOLE[:2], ("SELL", "sister", 59)], False),
        ([("SELL", "old", 99.9), *WHOLE[1:]], False),
        ([*WHOLE, ("BUY", "B", 10)], True),
        ([*WHOLE, ("BUY", "A2", 10)], False),
    ],
)
def test_the_check_takes_the_whole_position_and_refuses_a_part(
    case: Any, trades_of: Any, rows: Any, passed: bool
) -> None:
    account, mandate, risk = case()
    check = check_trades(account, mandate, risk, trades_of(account, *rows))
    assert any("washes" in violation for violation in check.violations) is not passed


@pytest.mark.parametrize(
    "purchase",
    [
        ("2025-05-30", "BUY", "A", 5, np.nan),
        ("2025-05-30", "BUY", "A2", 5, np.nan, "ira"),
        ("2025-05-30", "BUY", "A", 5, np.nan, "spouse"),
    ],
)
def test_shares_bought_elsewhere_in_the_household_wash_even_the_whole_position(
    case: Any, trades_of: Any, problem_of: Any, purchase: Any
) -> None:
    account, mandate, risk = case(purchase)
    assert not check_trades(account, mandate, risk, trades_of(account, *WHOLE)).passed
    assert not problem_of(account, mandate, risk).liquidable.any()


def test_the_two_readings_of_the_law_agree_on_random_positions(account_of: Any) -> None:
    """The locks of `wash_locks` and the pairs of `washed_pairs`, each written by itself."""
    from tax import TradeHistory, wash_locks

    rng = np.random.default_rng(1)
    for _ in range(150):
        days = rng.integers(0, 60, rng.integers(1, 5))
        today = np.datetime64("2025-06-02")
        lots = Lots.build(
            lot_id=[f"l{i}" for i in range(len(days))], asset=["A"] * len(days), group=["A"] * len(days),
            shares=[10.0] * len(days), basis=[20.0] * len(days), acquired=[today - d for d in days.tolist()],
            account=["main"] * len(days),
        )  # fmt: skip
        elsewhere = rng.integers(0, 60, rng.integers(0, 2))
        history = TradeHistory.build(
            date=[today - d for d in elsewhere.tolist()], side=["BUY"] * len(elsewhere), asset=["A"] * len(elsewhere),
            group=["A"] * len(elsewhere), shares=[5.0] * len(elsewhere), realized_gain=[np.nan] * len(elsewhere),
            account=["other"] * len(elsewhere),
        )  # fmt: skip
        day = today.astype(object)
        losses = [("A", "A", lot) for lot in lots.lot_id.tolist()]
        whole = dict.fromkeys(lots.lot_id.tolist(), 10.0)
        washed = list(washed_pairs(history, lots, day, losses=losses, bought=[], sold=whole))
        assert wash_locks(history, lots, day).may_liquidate("A") is not bool(washed)


def test_lots_are_unlocked_only_where_every_name_of_the_group_exits(case: Any, problem_of: Any) -> None:
    problem: Problem = problem_of(*case())
    assert problem.liquidable.tolist() == [True, False]
    assert problem.lot_sellable.tolist() == [False, True, True, True]
    pattern = Pattern.of(problem, np.array([True, False]))
    a, both = np.array([True, False, False]), np.array([True, True, False])
    assert pattern.may_sell(problem).tolist() == [False, True, True, True]
    assert replace(pattern, exit=a).may_sell(problem).tolist() == [False, True, True, True]
    assert replace(pattern, exit=both).may_sell(problem).tolist() == [True] * 4
    other_side = replace(pattern, exit=both, loss_side=np.array([False, False]))
    assert other_side.may_sell(problem).tolist() == [False, False, True, True]


def test_a_pattern_that_exits_the_group_is_solved_and_passes_the_check(
    case: Any, problem_of: Any, trades_of: Any
) -> None:
    account, mandate, risk = case()
    problem = problem_of(account, mandate, risk)
    pattern = replace(Pattern.of(problem, np.array([True, False])), exit=np.array([True, True, False]))
    solution = cone_model(problem, mandate.all_limits(), pattern).maximise_value()
    assert solution is not None
    assert solution.sell[:3] == pytest.approx(problem.lot_value[:3])
    assert Pattern.of(problem, np.array([False, False])).liquidating(problem, 0).exit.tolist() == pattern.exit.tolist()
    made = Pattern.of(problem, np.array([False, False])).liquidating(problem, 0)
    assert made.may_sell(problem).tolist() == pattern.may_sell(problem).tolist()
    assert not made.may_buy(problem)[:2].any()
    bound = cone_model(problem, mandate.all_limits(), Pattern.relaxation(problem)).maximise_value()
    assert bound is not None
    assert bound.value >= solution.value - 1e-9
    half = replace(pattern, exit=np.array([True, False, False]))
    assert cone_model(problem, mandate.all_limits(), half).maximise_value() is None


@pytest.mark.parametrize(
    "change",
    [
        {"restrictions": [Restriction("A2", "no_sell")]},
        {"lots": [(*LOTS[0][:1], 100.5, *LOTS[0][2:]), *LOTS[1:]]},
    ],
)
def test_a_position_that_cannot_go_whole_is_not_offered(
    case: Any, problem_of: Any, mandate_of: Any, change: Any
) -> None:
    account, mandate, risk = case(**change)
    whole_shares = replace(mandate, fractional=False)
    assert not problem_of(account, whole_shares, risk).liquidable.any()


@pytest.mark.parametrize("least", [0.0, 0.02])
def test_a_position_below_the_least_trade_stays_where_it_could_only_go_whole(case: Any, least: float) -> None:
    """Held still it cannot exit as well: the account of 3,000 names that had some of these was refused."""
    small = [("A", 1, 15.0, "2020-01-02", "old"), ("A", 1, 14.0, "2025-05-20", "recent")]
    account, mandate, risk = case(lots=[*small, ("A2", 1, 8.0, "2020-01-02", "sister"), LOTS[3]])
    trades = rebalance(account, replace(mandate, min_trade=least), risk).trades
    assert set(trades.loc[trades["asset"] == "A", "lot_id"]) == (set() if least else {"old", "recent"})
