"""Budgets of realised gains, gross and net and by term: kept, binding, impossible, and checked without the solver."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from optimizer import (
    CashLimit,
    Limit,
    NetGainLimit,
    NetLongGainLimit,
    NetShortGainLimit,
    RealizedGainLimit,
    RealizedLongGainLimit,
    RealizedShortGainLimit,
    Rebalance,
    Restriction,
    check_trades,
    rebalance,
)
from taxsleeve_errors import InfeasibleError, InputError

GROSS = [RealizedGainLimit, RealizedShortGainLimit, RealizedLongGainLimit]
NET = [NetGainLimit, NetShortGainLimit, NetLongGainLimit]
# A dollar a share; lots named after what selling them makes, in a name each.
PRICE = dict.fromkeys(["SG", "LG", "SL", "LL"], 1.0)
LOTS = [
    ("SG", 10_000, 0.50, "2025-01-15", "short gain"),
    ("LG", 10_000, 0.25, "2020-01-15", "long gain"),
    ("SL", 10_000, 1.20, "2025-01-15", "short loss"),
    ("LL", 10_000, 1.50, "2020-01-15", "long loss"),
]
GAIN = {"short gain": 0.5, "long gain": 0.75, "short loss": -0.20, "long loss": -0.5}


@pytest.fixture
def raise_cash(account_of: Any, mandate_of: Any, risk_of: Any) -> Callable[..., Rebalance]:
    """Raise a withdrawal from four lots of $10,000 each, under the limits given."""

    def run(withdrawal: float, *limits: Limit) -> Rebalance:
        no_buys = [Restriction(asset, "no_buy") for asset in PRICE]
        account = account_of(PRICE, LOTS, cash_flow=-withdrawal, restrictions=no_buys)
        mandate = mandate_of(dict.fromkeys(PRICE, 0.25), CashLimit(0.0, 0.0), *limits, risk_aversion=0.0)
        return rebalance(account, mandate, risk_of(PRICE))

    return run


def sold(result: Rebalance) -> dict[str, float]:
    trades = result.trades[result.trades["side"] == "SELL"]
    return dict(zip(trades["lot_id"], trades["amount"].round(2), strict=True))


def least_tax(withdrawal: float, rows: np.ndarray, most: list[float]) -> float:
    """Least tax by linear programming on the four lots alone: 40% short, 20% long, nothing bought."""
    tax = np.array([0.4 * 0.5, 0.2 * 0.75, -0.4 * 0.2, -0.2 * 0.5])
    answer = linprog(tax, A_ub=rows, b_ub=most, A_eq=np.ones((1, 4)), b_eq=[withdrawal], bounds=[(0, 10_000)] * 4)
    return float(answer.fun)


@pytest.mark.parametrize("kind", NET)
def test_a_net_budget_may_be_below_zero_and_must_be_a_number(kind: Any) -> None:
    assert kind(-0.01).limit == -0.01
    for bad in (np.nan, np.inf, -np.inf):
        with pytest.raises(InputError, match=rf"limits, {kind.name}: found .* expected a finite number"):
            kind(bad)


@pytest.mark.parametrize("kind", GROSS)
def test_a_gross_budget_is_zero_or_more(kind: Any) -> None:
    with pytest.raises(InputError, match=rf"limits, {kind.name}: found '-0.01', expected a finite number >= 0"):
        kind(-0.01)


@pytest.mark.parametrize(
    ("withdrawal", "limit", "row"),
    [
        (21_500, RealizedGainLimit(0.05), [0.5, 0.75, 0, 0]),
        (36_000, RealizedShortGainLimit(0.8), [0.5, 0, 0, 0]),
        (21_500, RealizedLongGainLimit(0.02), [0, 0.75, 0, 0]),
        (21_500, NetGainLimit(-0.33), [0.5, 0.75, -0.2, -0.5]),
        (15_000, NetShortGainLimit(-0.05), [0.5, 0, -0.2, 0]),
        (21_500, NetLongGainLimit(-0.22), [0, 0.75, 0, -0.5]),
    ],
    ids=lambda x: x.name if isinstance(x, Limit) else "",
)
def test_the_least_tax_under_a_budget_is_that_of_a_linear_program(
    raise_cash: Callable[..., Rebalance], withdrawal: float, limit: Any, row: list[float]
) -> None:
    """Of $40,000 withdraw more or less than the loss lots hold."""
    nav = 40_000 - withdrawal
    result = raise_cash(withdrawal, limit)
    expected = least_tax(withdrawal, np.array([row]), [limit.limit * nav])
    assert -result.certificate.value == pytest.approx(expected, abs=0.05)
    (reading,) = [r for r in result.check.readings if r.name == limit.name]
    amounts = [sold(result).get(lot, 0.0) for lot in GAIN]
    assert reading.value * nav == pytest.approx(np.dot(row, amounts), abs=0.05)
    if withdrawal < 36_000:
        assert reading.excess == pytest.approx(0.0, abs=1e-6)
        assert expected > least_tax(withdrawal, np.zeros((1, 4)), [0.0]) + 1.0


def test_a_budget_that_binds_moves_the_sale_to_the_other_term(raise_cash: Callable[..., Rebalance]) -> None:
    result = raise_cash(21_500, RealizedLongGainLimit(0.75 * 1000 / 18_500))
    assert sold(result) == {
        "long gain": 1000.0, "short gain": 500.0, "long loss": 10_000.0, "short loss": 10_000.0,
    }  # fmt: skip
    # A dollar sold long instead of short saves 0.4 x 0.5 - 0.2 x 0.75, and realises 0.75 of long-term gain.
    assert result.prices["realized_gain_long"] / result.account.nav == pytest.approx(0.05 / 0.75, rel=1e-3)


def test_a_net_budget_lets_losses_pay_for_gains_and_a_gross_one_does_not(raise_cash: Callable[..., Rebalance]) -> None:
    net = raise_cash(21_500, NetGainLimit(0.0), NetLongGainLimit(0.0))
    assert sold(net)["long gain"] == 1500.0
    with pytest.raises(InfeasibleError) as error:
        raise_cash(21_500, RealizedGainLimit(0.0))
    assert {s.name for s in error.value.shortfalls} <= {"realized_gain", "cash"}


@pytest.mark.parametrize(
    "limit", [NetGainLimit(-0.6), NetShortGainLimit(-0.2), NetLongGainLimit(-0.4)], ids=lambda x: x.name
)
def test_a_net_loss_that_the_lots_do_not_hold_is_infeasible_and_named(
    raise_cash: Callable[..., Rebalance], limit: Any
) -> None:
    with pytest.raises(InfeasibleError) as error:
        raise_cash(1000, limit)
    (shortfall,) = [s for s in error.value.shortfalls if s.name == limit.name]
    assert shortfall.limit == pytest.approx(limit.limit)
    assert shortfall.needed > limit.limit


@pytest.mark.parametrize(
    ("limit", "value"),
    [
        (RealizedGainLimit(0.0), 1250.0),
        (RealizedShortGainLimit(0.0), 500.0),
        (RealizedLongGainLimit(0.0), 750.0),
        (NetGainLimit(0.0), 1050.0),
        (NetShortGainLimit(0.0), 300.0),
        (NetLongGainLimit(0.0), 750.0),
    ],
    ids=lambda x: x.name if isinstance(x, Limit) else "",
)
def test_the_check_finds_a_planted_gain_over_budget(
    account_of: Any, mandate_of: Any, risk_of: Any, trades_of: Any, limit: Any, value: float
) -> None:
    account = account_of(PRICE, LOTS)
    trades = trades_of(account, ("SELL", "short gain", 1000), ("SELL", "long gain", 1000), ("SELL", "short loss", 1000))
    for budget, passed in ((value, True), (value - 0.1, False)):
        good = type(limit)(budget / 40_000)
        check = check_trades(account, mandate_of(dict.fromkeys(PRICE, 0.25), good), risk_of(PRICE), trades)
        assert check.passed is passed
        (reading,) = [r for r in check.readings if r.name == limit.name]
        assert reading.value == pytest.approx(value / 40_000)
