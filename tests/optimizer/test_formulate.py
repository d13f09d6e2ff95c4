"""From an account to the numbers that an engine sees: weights, credits, locks, what may be traded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from optimizer import Restriction
from optimizer.problem import Pattern, Problem
from taxsleeve_errors import InputError

PRICE = {"C": 20.0, "A": 80.0, "B": 50.0, "U": 10.0}
LOTS = [
    ("A", 100, 100.0, "2020-01-02", "A1"),
    ("B", 100, 25.0, "2025-03-03", "B1"),
    ("A", 50, 60.0, "2025-03-03", "A2"),
    ("U", 100, 20.0, "2020-01-02", "U1"),
]


@pytest.fixture
def problem(account_of: Any, mandate_of: Any, risk_of: Any, problem_of: Any) -> Callable[..., Problem]:
    def build(*, benchmark: Any = None, rated: str = "ABC", account: Any = None, **mandate: Any) -> Problem:
        made = account_of(PRICE, LOTS, cash=1000.0, cash_flow=1000.0, **(account or {}))
        weights = benchmark or {"A": 0.5, "B": 0.3, "C": 0.2}
        return problem_of(made, mandate_of(weights, **mandate), risk_of(list(rated)))

    return build


def test_weights_are_fractions_of_net_asset_value_with_the_flow_in_it(problem: Callable[..., Problem]) -> None:
    p = problem()
    assert p.assets == ("A", "B", "C", "U")
    assert p.nav == 12000 + 5000 + 1000 + 2000
    np.testing.assert_allclose(p.held, [0.6, 0.25, 0.0, 0.05])
    assert p.cash == pytest.approx(0.1)
    np.testing.assert_allclose(p.active, [0.1, -0.05, -0.2, 0.05])
    np.testing.assert_allclose(p.lot_sum @ p.lot_value, p.held)


def test_credits_are_rate_times_loss_over_price(problem: Callable[..., Problem]) -> None:
    # Long-term loss of 20 on 80; short-term gain of 25 on 50; short-term gain of 20 on 80; long-term loss of 10 on 10.
    np.testing.assert_allclose(problem().lot_credit, [0.2 * 0.25, -0.4 * 0.5, -0.4 * 0.25, 0.2 * 1.0])
    np.testing.assert_allclose(problem().lot_gain, [-0.25, 0.5, 0.25, -1.0])


def test_losses_good_against_long_term_gains_alone_are_worth_the_long_term_rate(
    problem: Callable[..., Problem],
) -> None:
    account = {"as_of": np.datetime64("2020-06-01").astype(object)}
    assert problem(account=account).lot_credit[0] == pytest.approx(0.4 * 0.25)
    assert problem(account=account, losses="long_term").lot_credit[0] == pytest.approx(0.2 * 0.25)


@pytest.mark.parametrize(("threshold", "credited"), [(0.1999, True), (0.2, True), (0.2001, False)])
def test_a_loss_below_the_threshold_over_cost_earns_nothing(
    problem: Callable[..., Problem], threshold: float, credited: bool
) -> None:
    # A1 cost 100 and is at 80: 20% of cost.
    p = problem(harvest_threshold=threshold)
    assert bool(p.lot_credit[0] > 0) is credited
    assert p.lot_sellable[0]


@pytest.mark.parametrize(("dollars", "credited"), [(1999.9, True), (2000.0, True), (2000.1, False)])
def test_a_loss_below_the_minimum_earns_nothing(
    problem: Callable[..., Problem], dollars: float, credited: bool
) -> None:
    # A1 lost $20 a share of 100.
    p = problem(minimum_loss=dollars)
    assert bool(p.lot_credit[0] > 0) is credited
    assert p.lot_sellable[0]


def test_what_may_be_traded(problem: Callable[..., Problem]) -> None:
    p = problem()
    assert p.rated.tolist() == [True, True, True, False]
    assert p.buyable.tolist() == [True, True, True, False]
    assert p.lot_sellable.tolist() == [True, True, True, False]
    assert (p.root[3] == 0).all()
    assert p.specific_variance[3] == 0


@pytest.mark.parametrize(
    ("rule", "buyable", "sellable", "priority"),
    [
        ("no_buy", False, True, 0),
        ("no_sell", True, False, 0),
        ("no_trade", False, False, 0),
        ("exclude", False, True, 1),
    ],
)
def test_restrictions(
    problem: Callable[..., Problem], rule: Any, buyable: bool, sellable: bool, priority: float
) -> None:
    p = problem(account={"restrictions": [Restriction("B", rule)]})
    assert (p.buyable[1], p.lot_sellable[1], p.lot_priority[1]) == (buyable, sellable, priority)
    assert p.buyable[[0, 2]].all()
    assert p.lot_sellable[[0, 2]].all()


def test_a_name_outside_the_benchmark_or_of_no_weight_is_not_bought(problem: Callable[..., Problem]) -> None:
    p = problem(benchmark={"B": 1.0, "C": 0.0})
    assert p.assets == ("A", "B", "U")
    assert p.buyable.tolist() == [False, True, False]


def test_a_benchmark_name_without_a_price_is_refused(problem: Callable[..., Problem]) -> None:
    with pytest.raises(InputError, match="benchmark, asset: found 'Q'"):
        problem(benchmark={"A": 0.5, "Q": 0.5})


def test_peer_b11_only_the_loss_lot_of_a_locked_name_is_blocked(
    account_of: Any, mandate_of: Any, risk_of: Any, problem_of: Any
) -> None:
    lots = [("A", 100, 100.0, "2025-06-01"), ("A", 50, 80.0, "2025-06-02")]
    p = problem_of(account_of({"A": 90.0}, lots), mandate_of({"A": 1.0}), risk_of(["A"]))
    assert p.lot_sellable.tolist() == [False, True]


def test_locks_go_by_group(problem: Callable[..., Problem]) -> None:
    account = {"group": {"A": "AC", "C": "AC"}, "trades": [("2025-05-20", "BUY", "C", 5, np.nan)]}
    assert problem(account=account).lot_sellable.tolist() == [False, True, True, False]
    account["trades"] = [("2025-05-20", "SELL", "C", 5, -1.0)]
    p = problem(account=account)
    assert p.buyable.tolist() == [False, True, False, False]
    assert p.lot_sellable.tolist() == [True, True, True, False]
    assert p.group[0] == p.group[2]
    assert p.groups == 3


def test_spreads_become_fractions(problem: Callable[..., Problem]) -> None:
    from optimizer import Costs

    p = problem(account={"spread_bps": {"A": 12.0}}, costs=Costs(5.0))
    np.testing.assert_allclose(p.cost, [0.0012, 0.0005, 0.0005, 0.0005])


def test_value_is_credit_less_cost_less_risk(problem: Callable[..., Problem]) -> None:
    p = problem(risk_aversion=2.0)
    sell, buy = np.array([0.1, 0, 0.05, 0]), np.array([0, 0, 0.1, 0])
    after = p.active_after(sell, buy)
    np.testing.assert_allclose(after, p.active + np.array([-0.15, 0, 0.1, 0]))
    S = p.root @ p.root.T + np.diag(p.specific_variance)
    assert p.variance(after) == pytest.approx(after @ S @ after)
    assert p.value(sell, buy) == pytest.approx(0.1 * 0.05 - 0.05 * 0.1 - 2.0 * after @ S @ after)


def test_a_pattern_says_who_may_be_sold_and_bought(problem: Callable[..., Problem]) -> None:
    p = problem(account={"group": {"A": "AC", "C": "AC"}})
    loss_side = np.arange(p.groups) == p.group[0]
    assert Pattern.of(p, loss_side).may_buy(p).tolist() == [False, True, False, False]
    assert Pattern.of(p, loss_side).may_sell(p).tolist() == [True, True, True, False]
    buy_side = Pattern.of(p, ~loss_side)
    assert buy_side.may_buy(p).tolist() == [True, False, True, False]
    assert buy_side.may_sell(p).tolist() == [False, True, True, False]
    assert Pattern.relaxation(p).may_buy(p).tolist() == [True, True, True, False]
    assert Pattern.relaxation(p).may_sell(p).tolist() == [True, True, True, False]
