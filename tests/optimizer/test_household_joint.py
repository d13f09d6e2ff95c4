"""The joint problem of a household: cash sleeves, soft limits and impact in it, and the search for sides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from household_cases import LONG_AGO, PRICE, RISK, account, graduate_household, mandate

import optimizer.household.joint_branching as branching
import optimizer.household.joint_search as searching
import optimizer.household.rebalance as rebalancing
from optimizer import CashLimit, Costs, Securities, TrackingErrorLimit, TurnoverLimit, soft
from optimizer.household import Household, Sleeve, rebalance_household
from optimizer.household.joint_cone import JointSolution, least_household_limit, solve_joint
from optimizer.household.joint_problem import JointProblem, joint_problem
from optimizer.household.joint_relaxation import Choices, Relaxed
from optimizer.household.shared_history import with_shared_history
from taxsleeve_errors import CheckFailedError, InfeasibleError

ANY_CASH = CashLimit(0.0, 1.0)


def joint_of(household: Household) -> JointProblem:
    return joint_problem(with_shared_history(household), RISK)


def one_sleeve(*limits: Any, adv: float | None = None, **rest: Any) -> Household:
    """A loss in A, which the benchmark has no more of than is held."""
    own = account(PRICE, [("A", 100, 150, LONG_AGO), ("B", 100, 80, LONG_AGO)])
    if adv is not None:
        own = replace(own, securities=Securities.build(PRICE, adv=dict.fromkeys(PRICE, adv)))
    return Household((Sleeve("one", own, mandate({"A": 0.5, "B": 0.5}, *limits, **rest)),))


def test_a_sleeve_of_cash_alone_is_part_of_the_joint_problem() -> None:
    """It has no lot to sell, buys its benchmark, and keeps off what another sleeve sells at a loss."""
    losing = account(PRICE, [("A", 100, 150, LONG_AGO), ("B", 100, 80, LONG_AGO)])
    new = account(PRICE, [], cash=10_000.0)
    household = Household(
        (
            Sleeve("old", losing, mandate({"A": 0.5, "B": 0.5}, ANY_CASH)),
            Sleeve("new", new, mandate({"A": 0.5, "C": 0.5}, CashLimit(0.0, 0.6))),
        ),
        transfers=False,
    )
    joint = joint_of(household)
    solution = solve_joint(joint, {"A": True})
    assert solution is not None
    assert [len(sell) for sell in solution.sell] == [2, 0]
    assert solution.sell[0][0] == pytest.approx(0.5, abs=1e-6)
    assert solution.buy[1][0] == pytest.approx(0.0, abs=1e-6)
    assert solution.buy[1][1] >= 0.4 - 1e-6
    result = rebalance_household(household, RISK)
    assert "A" not in result.sleeves["new"].trades["asset"].tolist()
    assert result.certificate.value <= result.certificate.bound + 1e-6


def test_what_goes_beyond_a_soft_limit_is_paid_for_in_the_joint_problem() -> None:
    hard = solve_joint(joint_of(one_sleeve(ANY_CASH, TurnoverLimit(0.1))), {})
    free = solve_joint(joint_of(one_sleeve(ANY_CASH)), {})
    assert hard is not None
    assert free is not None
    worths = []
    for price in (1e-4, 0.02, 10.0):
        found = solve_joint(joint_of(one_sleeve(ANY_CASH, soft(TurnoverLimit(0.1), price))), {})
        assert found is not None
        over = max(float(found.sell[0].sum() + found.buy[0].sum()) - 0.1, 0.0)
        assert (over < 1e-6) == (price == 10.0)
        worths.append(found.worth)
    assert free.worth > worths[0] > worths[1] > worths[2] == pytest.approx(hard.worth, abs=1e-6)
    # All of A is sold at the lower two: what lies beyond is paid for, and nothing else differs.
    assert free.worth - worths[1] == pytest.approx(0.02 * 0.4, rel=0.05)


def test_market_impact_is_counted_in_the_joint_problem() -> None:
    plain = solve_joint(joint_of(one_sleeve(ANY_CASH)), {})
    costly = solve_joint(joint_of(one_sleeve(ANY_CASH, adv=1e5, costs=Costs(0.0, impact=1.0))), {})
    assert plain is not None
    assert costly is not None
    assert costly.worth < plain.worth
    assert 0 < costly.sell[0][0] <= plain.sell[0][0] + 1e-6


def test_a_sleeve_of_cash_alone_pays_impact_on_what_it_buys() -> None:
    worths = []
    for impact in (0.0, 1.0):
        own = account(PRICE, [], cash=10_000.0)
        own = replace(own, securities=Securities.build(PRICE, adv=dict.fromkeys(PRICE, 1e5)))
        stated = mandate({"C": 1.0}, CashLimit(0.0, 0.1), costs=Costs(0.0, impact=impact))
        found = solve_joint(joint_of(Household((Sleeve("new", own, stated),))), {})
        assert found is not None
        assert found.buy[0].sum() >= 0.9 - 1e-6
        worths.append(found.worth)
    assert worths[1] < worths[0]


def test_of_two_household_limits_the_one_that_fails_is_named() -> None:
    """A tracking error that the sleeves can keep is passed over, though the budget for gains leaves no lists."""
    household = graduate_household(transfers=False, realized_gain=0.001, tracking_error=0.5)
    assert least_household_limit(joint_of(household), "tracking_error") is None
    with pytest.raises(InfeasibleError, match="realized gain") as caught:
        rebalance_household(household, RISK)
    assert [one.name for one in caught.value.shortfalls] == ["realized_gain"]


def test_lists_that_the_households_check_refuses_are_not_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    checked = rebalancing.check_household

    def refusing(*asked: Any) -> Any:
        return replace(checked(*asked), violations=("household: planted",))

    monkeypatch.setattr(rebalancing, "check_household", refusing)
    with pytest.raises(CheckFailedError, match="break limits when recomputed: household: planted"):
        rebalance_household(one_sleeve(TrackingErrorLimit(0.08)), RISK)


# A household of two contested groups whose joint problem is answered by a table.
Sides = Mapping[str, bool]


def answered_by(
    monkeypatch: pytest.MonkeyPatch, worth: Callable[[Sides], float | None], sold: str = "", names: int = 10**6
) -> Any:
    """Two names X and Y of a lot at a loss each; `sold` are those sold, none is bought; too many names to branch."""
    problem = SimpleNamespace(
        lot_is_loss=np.ones(2, dtype=bool), lot_asset=np.arange(2), lot_sum=np.eye(2), lot_value=np.full(2, 0.5)
    )
    problem.lot_credit = np.full(2, 0.1)
    sleeve = SimpleNamespace(problem=problem, group=("X", "Y"), share=1.0, sellable=np.ones(2, dtype=bool))
    asked: list[dict[str, bool]] = []

    def solved(_: Any, sides: Sides, filled: Any = None) -> JointSolution | None:
        asked.append(dict(sides))
        found = worth(sides)
        if found is None:
            return None
        z = {"X": 0.9, "Y": 0.6} | {group: float(side) for group, side in sides.items()}
        sell = np.array([0.1 * (group in sold) for group in "XY"])
        return JointSolution(found, (sell,), (np.zeros(2),), np.zeros(0), z)

    def relaxed(choices: Choices) -> Relaxed:
        solution = solved(None, choices.sides)
        return Relaxed(-np.inf if solution is None else solution.worth, solution)

    monkeypatch.setattr(searching, "solve_joint", solved)
    monkeypatch.setattr(branching, "solve_joint", solved)
    monkeypatch.setattr(searching, "joint_relaxation", lambda _: SimpleNamespace(solve=relaxed))
    return SimpleNamespace(sleeves=(sleeve,), arcs=(), contested=("X", "Y"), names=names, asked=asked)


def test_a_side_that_leaves_no_trades_gives_way_to_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """The relaxation would sell X at a loss, which nothing allows."""
    joint = answered_by(monkeypatch, lambda sides: None if sides.get("X") else 1.0, sold="Y")
    answer = searching.search_jointly(joint)
    assert answer.sides == {"X": False, "Y": True}
    assert answer.solution is not None
    assert answer.bound >= 1.0


def test_where_no_sides_have_trades_the_bound_is_all_that_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    joint = answered_by(monkeypatch, lambda sides: None if sides else 0.7)
    answer = searching.search_jointly(joint)
    assert (answer.solution, answer.sides) == (None, {})
    assert answer.bound == pytest.approx(0.7)
    # Sides of what is sold on balance, and all open to buys, were tried as well before giving up.
    assert joint.asked[-1] == {"X": False, "Y": False}


def test_an_impossible_relaxation_proves_that_there_are_no_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = searching.search_jointly(answered_by(monkeypatch, lambda _: None))
    assert (answer.bound, answer.solution) == (-np.inf, None)


def test_sides_are_not_changed_for_trades_worth_less(monkeypatch: pytest.MonkeyPatch) -> None:
    """X is not sold at a loss and would be opened to buys, but that is worth less."""
    joint = answered_by(monkeypatch, lambda sides: 1.0 if all(sides.values()) else 0.9, sold="Y")
    answer = searching.search_jointly(joint)
    assert {"X": False, "Y": True} in joint.asked
    assert answer.sides == {"X": True, "Y": True}
    assert answer.solution is not None
    assert answer.solution.worth == 1.0


def test_changing_sides_ends_where_it_hardly_gains(monkeypatch: pytest.MonkeyPatch) -> None:
    """Opened in one turn and put back in the next, for ever, were it not for the end."""
    turns = iter(np.linspace(1.0, 1.00001, 20).tolist())
    joint = answered_by(monkeypatch, lambda _: next(turns), sold="Y")
    best = searching.search_jointly(joint)
    assert best.solution is not None
    assert best.solution.worth < 1.00001
    asked = joint.asked
    assert asked[-1] == best.sides
    assert len(asked) < 8


def test_branching_finds_sides_that_rounding_misses_and_lowers_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Relaxed, Y is mostly on the loss side, where the best trades are worth 0.8; open they are worth 0.9."""

    def worth(sides: Sides) -> float:
        if len(sides) == 2:
            return 0.8 if sides["Y"] else 0.9 if sides["X"] else 0.85
        return 1.0 if not sides else 0.95 if sides.get("Y", True) else 0.91

    few = answered_by(monkeypatch, worth, sold="XY", names=10**6)
    unbranched = searching.search_jointly(few)
    assert unbranched.bound == pytest.approx(1.0)
    branched = searching.search_jointly(answered_by(monkeypatch, worth, sold="XY", names=10))
    assert unbranched.solution is not None
    assert branched.solution is not None
    assert branched.solution.worth == 0.9 > unbranched.solution.worth == 0.8
    assert branched.sides == {"X": True, "Y": False}
    assert branched.bound == pytest.approx(0.9)


def test_what_branching_leaves_unproven_keeps_the_bound_of_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    """One child is given up by the solver: nothing below the parent's bound is proven."""
    joint = answered_by(monkeypatch, lambda sides: 0.8 if len(sides) == 2 else 1.0, sold="XY", names=10)
    solve = searching.joint_relaxation(joint).solve

    def gives_up(choices: Choices) -> Relaxed:
        return Relaxed(np.inf, None) if choices.sides == {"Y": True} else solve(choices)

    monkeypatch.setattr(searching, "joint_relaxation", lambda _: SimpleNamespace(solve=gives_up))
    assert searching.search_jointly(joint).bound == pytest.approx(1.0)
