"""Outcome: an account as a trade list leaves it, in dollars worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from optimizer import Costs, Outcome
from optimizer.trade_columns import without_disallowed

PRICE = {"A": 80.0, "B": 50.0, "C": 20.0, "Z": 1.0}
LOTS = [
    ("A", 100, 100.0, "2020-01-02", "A1"),
    ("A", 50, 60.0, "2025-03-03", "A2"),
    ("B", 100, 25.0, "2020-01-02", "B1"),
]
ROWS = [("SELL", "A1", 10), ("SELL", "A2", 20), ("SELL", "B1", 4), ("BUY", "C", 50)]


@pytest.fixture
def outcome(account_of: Any, risk_of: Any, trades_of: Any) -> Callable[..., Outcome]:
    def build(*rows: Any) -> Outcome:
        account = account_of(
            PRICE, LOTS, cash=4000.0, cash_flow=-1000.0, sector={"A": "x", "C": "x"}, spread_bps={"A": 10.0}
        )
        costs = Costs(spread_bps=20.0, commission=1.5)
        return Outcome(account, {"A": 0.5, "C": 0.5}, costs, risk_of("ABC"), trades_of(account, *rows))

    return build


def test_amounts_by_name(outcome: Callable[..., Outcome]) -> None:
    o = outcome(*ROWS)
    assert o.assets == ("A", "B", "C")
    assert o.sold.tolist() == [2400.0, 200.0, 0.0]
    assert o.bought.tolist() == [0.0, 0.0, 1000.0]
    assert o.shares_before.tolist() == [150.0, 100.0, 0.0]
    assert o.shares_after.tolist() == [120.0, 96.0, 50.0]
    assert o.sector == ("x", "", "x")


def test_money(outcome: Callable[..., Outcome]) -> None:
    o = outcome(*ROWS)
    assert o.nav == 12000 + 5000 + 3000
    assert o.order_costs.tolist() == pytest.approx([2.4 + 1.5, 0.4 + 1.5, 2.0 + 1.5])
    assert o.cost == pytest.approx(9.3)
    assert o.cash_after == pytest.approx(3000 + 2600 - 1000 - 9.3)
    assert o.turnover == pytest.approx(3600 / 20000)


def test_gains_and_losses_are_not_set_off(outcome: Callable[..., Outcome]) -> None:
    o = outcome(*ROWS)
    assert o.losses.tolist() == [200.0, 0.0, 0.0]
    assert o.gross_gains == pytest.approx(20 * 20 + 4 * 25)


def test_active_weights_and_tracking_error(outcome: Callable[..., Outcome], risk_of: Any) -> None:
    o = outcome(*ROWS)
    np.testing.assert_allclose(o.active_before, [0.1, 0.25, -0.5])
    np.testing.assert_allclose(o.active_after, [9600 / 20000 - 0.5, 4800 / 20000, 1000 / 20000 - 0.5])
    assert o.tracking_error_before == pytest.approx(risk_of("ABC").tracking_error(o.active_before))
    assert o.tracking_error_after == pytest.approx(risk_of("ABC").tracking_error(o.active_after))
    expected = risk_of("ABC").loadings.T @ o.active_after
    assert list(o.exposures(o.active_after).values()) == pytest.approx(expected.tolist())


def test_without_trades_nothing_changes(outcome: Callable[..., Outcome]) -> None:
    o = outcome()
    assert o.cost == 0
    assert o.turnover == 0
    assert o.cash_after == 3000
    assert o.gross_gains == 0
    assert o.losses.tolist() == [0.0, 0.0, 0.0]
    assert o.tracking_error_after == o.tracking_error_before


def test_a_position_sold_in_parts_leaves_no_binary_dust(account_of: Any, risk_of: Any, trades_of: Any) -> None:
    account = account_of({"A": 10.0}, [("A", 0.1, 1, "2020-01-02"), ("A", 0.2, 1, "2020-01-02")], cash=10)
    sells = trades_of(account, ("SELL", "L000", 0.1), ("SELL", "L001", 0.2))
    assert Outcome(account, {"A": 1.0}, Costs(), risk_of("A"), sells).shares_after.tolist() == [0.0]


def test_a_name_that_the_account_does_not_have_counts_from_the_benchmark(outcome: Callable[..., Outcome]) -> None:
    assert outcome(("BUY", "Z", 5)).assets == ("A", "B", "C", "Z")
    assert outcome(("BUY", "Z", 5)).active_after[3] == pytest.approx(5 / 20000)


def test_of_a_loss_that_is_disallowed_whole_nothing_is_left() -> None:
    gain, disallowed = np.array([-1282.788, -1282.788, 5.0]), np.array([1282.7879999999998, 1282.0, 0.0])
    np.testing.assert_array_equal(without_disallowed(gain, disallowed)[[0, 2]], [0.0, 5.0])
    assert without_disallowed(gain, disallowed)[1] == pytest.approx(-0.788)
