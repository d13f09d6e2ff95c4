"""Market impact: a three-halves power of the amount, in the objective, in cash and in the check."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from optimizer import CashLimit, Costs, check_trades, rebalance
from taxsleeve_errors import InfeasibleError, InputError

ADV = {"A": 50_000.0, "B": 400_000.0}


@pytest.mark.parametrize("bad", [-0.1, np.nan, np.inf])
def test_an_impact_that_is_no_number_of_zero_or_more_is_refused(bad: float) -> None:
    with pytest.raises(InputError, match=rf"costs, impact: found '{bad}', expected a finite number >= 0"):
        Costs(0.0, 0.0, bad)


def test_the_square_root_law_by_hand(account_of: Any, mandate_of: Any, risk_of: Any, trades_of: Any) -> None:
    """Selling $4,000 of a name that trades $40,000 a day and moves 32% a year, 2.02% a day."""
    account = account_of({"A": 10.0}, [("A", 1000, 10.0, "2020-01-02", "a")], adv={"A": 40_000.0})
    risk = risk_of("A", factors=0)
    volatility = float(np.sqrt(risk.specific_variance[0]))
    mandate = mandate_of({"A": 1.0}, costs=Costs(0.0, 0.0, impact=0.8))
    outcome = check_trades(account, mandate, risk, trades_of(account, ("SELL", "a", 400))).outcome
    expected = 0.8 * volatility / np.sqrt(252) * 4000 * np.sqrt(4000 / 40_000)
    assert outcome.cost == pytest.approx(expected)
    assert outcome.market_impact == pytest.approx([expected])
    assert outcome.cash_after == pytest.approx(4000 - expected)


def test_without_a_volume_there_is_no_impact_and_without_any_trading_no_trade(
    account_of: Any, mandate_of: Any, risk_of: Any, trades_of: Any
) -> None:
    lots = [(a, 1000, 15.0, "2020-01-02", a) for a in "AB"]
    account = account_of({"A": 10.0, "B": 10.0}, lots, adv={"B": 0.0})
    mandate = mandate_of({"A": 0.5, "B": 0.5}, costs=Costs(0.0, 0.0, impact=1.0), risk_aversion=0.0)
    result = rebalance(account, mandate, risk_of("AB"))
    assert result.trades["asset"].tolist() == ["A"]
    assert result.check.outcome.cost == 0.0
    planted = check_trades(account, mandate, risk_of("AB"), trades_of(account, ("SELL", "B", 10)))
    assert not planted.passed


@pytest.mark.parametrize("impact", [0.5, 2.0, 8.0])
def test_the_amount_sold_is_where_the_next_dollar_costs_what_it_saves(
    account_of: Any, mandate_of: Any, risk_of: Any, impact: float
) -> None:
    account = account_of({"A": 10.0}, [("A", 1000, 12.0, "2020-01-02", "a")], adv={"A": 2_000.0})
    risk = risk_of("A")
    mandate = mandate_of({"A": 1.0}, costs=Costs(10.0, 0.0, impact), risk_aversion=0.0)
    result = rebalance(account, mandate, risk)
    daily = risk.tracking_error([1.0]) / np.sqrt(252)

    def loss(x: float) -> float:
        return -0.2 * 0.2 * x + 0.001 * x + impact * daily * x * np.sqrt(x / 2000)

    best = minimize_scalar(loss, bounds=(0, 10_000), method="bounded", options={"xatol": 1e-6})
    assert result.certificate.value == pytest.approx(-best.fun, rel=1e-5)
    assert result.trades["amount"].sum() == pytest.approx(best.x, rel=2e-3)
    assert result.certificate.gap < 1e-5


@pytest.mark.parametrize("band", [(0.0, 0.002), (0.0, 0.2), (0.004, 0.01)])
@pytest.mark.parametrize("fractional", [True, False])
def test_impact_is_paid_out_of_cash_and_the_band_is_kept(
    small_case: Any, band: tuple[float, float], fractional: bool
) -> None:
    for seed in range(3):
        case = small_case(
            CashLimit(*band), seed=seed, costs=Costs(5.0, 0.0, 1.0), fractional=fractional,
            account={"adv": dict.fromkeys("ABCDEF", 20_000.0), "cash": 9000.0},
        )  # fmt: skip
        result = rebalance(case.account, case.mandate, case.risk)
        outcome = result.check.outcome
        assert outcome.market_impact.sum() > 10.0
        assert band[0] - 1e-6 <= outcome.cash_after / outcome.nav <= band[1] + 1e-6


def test_impact_that_a_withdrawal_cannot_pay_for_is_infeasible(account_of: Any, mandate_of: Any, risk_of: Any) -> None:
    account = account_of({"A": 10.0}, [("A", 1000, 10.0, "2020-01-02")], cash_flow=-9500.0, adv={"A": 100.0})
    mandate = mandate_of({"A": 1.0}, costs=Costs(0.0, 0.0, 1.0))
    with pytest.raises(InfeasibleError, match=r"market impact of .* no room for the limits"):
        rebalance(account, mandate, risk_of("A"))


def test_where_impact_leaves_no_whole_number_of_shares_the_cash_band_is_named(
    account_of: Any, mandate_of: Any, risk_of: Any
) -> None:
    """No share leaves all of NAV in cash, one share costs far more than there is."""
    account = account_of({"A": 500.0}, [], cash=900.0, adv={"A": 0.05})
    mandate, risk = (
        mandate_of({"A": 1.0}, CashLimit(0.0, 0.5), costs=Costs(0.0, 0.0, 1.0), fractional=False),
        risk_of("A"),
    )
    impact = risk.tracking_error([1.0]) / np.sqrt(252) * 500 * np.sqrt(500 / 0.05)
    with pytest.raises(InfeasibleError, match="whole shares: with what they cost") as raised:
        rebalance(account, mandate, risk)
    (said,) = raised.value.shortfalls
    assert (said.name, said.where, said.limit) == ("cash", "least", 0.0)
    assert said.needed == pytest.approx((900 - 500 - impact) / 900)
