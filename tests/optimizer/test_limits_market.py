"""Limits against the market: traded against daily volume, and beta against the benchmark."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimizer import BetaActiveLimit, CashLimit, Costs, LiquidityLimit, RealizedGainLimit, check_trades, rebalance
from taxsleeve_errors import InfeasibleError, InputError


@pytest.mark.parametrize("kind", [LiquidityLimit, BetaActiveLimit])
@pytest.mark.parametrize("bad", [-0.01, np.nan, np.inf])
def test_a_limit_that_is_no_number_of_zero_or_more_is_refused(kind: Any, bad: float) -> None:
    with pytest.raises(InputError, match=rf"limits, {kind.name}: found '{bad}', expected a finite number >= 0"):
        kind(bad)


THIN = {"A": 1000.0, "B": 0.0}
LOTS = [(a, 1000, 15.0, "2020-01-02", a) for a in "ABC"]


def test_no_more_than_a_share_of_the_volume_is_sold_or_bought(
    account_of: Any, mandate_of: Any, risk_of: Any, trades_of: Any
) -> None:
    """Three losers of $10,000 each; A trades $1,000 a day, B never, of C nobody knows."""
    account = account_of(dict.fromkeys("ABCD", 10.0), LOTS, adv={**THIN, "D": 50_000.0})
    weights = {"A": 0.3, "B": 0.3, "C": 0.3, "D": 0.1}
    mandate = mandate_of(weights, LiquidityLimit(0.2), risk_aversion=0.0, costs=Costs(5.0))
    result = rebalance(account, mandate, risk_of("ABCD"))
    sold = result.trades.set_index("asset")["amount"].to_dict()
    assert sold == pytest.approx({"A": 200.0, "C": 10_000.0})
    readings = {r.where: r for r in result.check.readings if r.name == "liquidity"}
    assert readings["A"].limit == pytest.approx(200 / 30_000)
    assert "C" not in readings
    assert result.prices["liquidity"] > 0
    for rows, passed in (
        ([("SELL", "A", 20)], True),
        ([("SELL", "A", 20.1)], False),
        ([("SELL", "B", 0.1)], False),
        ([("BUY", "D", 1000), ("SELL", "C", 1000)], True),
        ([("BUY", "D", 1001), ("SELL", "C", 1000)], False),
    ):
        check = check_trades(account, mandate, risk_of("ABCD"), trades_of(account, *rows))
        assert any(v.startswith("liquidity") for v in check.violations) is not passed


def test_buys_and_sells_of_one_name_count_together(
    account_of: Any, mandate_of: Any, risk_of: Any, trades_of: Any
) -> None:
    account = account_of({"A": 10.0}, [("A", 1000, 5.0, "2020-01-02", "a")], cash=5000.0, adv={"A": 1000.0})
    mandate = mandate_of({"A": 1.0}, LiquidityLimit(1.0))
    check = check_trades(account, mandate, risk_of("A"), trades_of(account, ("SELL", "a", 60), ("BUY", "A", 60)))
    assert check.violations == ("liquidity of A is 0.08, 0.0133 beyond its limit 0.066666667",)


def test_a_withdrawal_larger_than_the_market_is_infeasible_and_says_so(
    account_of: Any, mandate_of: Any, risk_of: Any
) -> None:
    lots = [("A", 1000, 15.0, "2020-01-02"), ("B", 1000, 15.0, "2020-01-02")]
    account = account_of({"A": 10.0, "B": 10.0}, lots, cash_flow=-5000.0, adv={"A": 1000.0, "B": 2000.0})
    with pytest.raises(InfeasibleError) as error:
        rebalance(account, mandate_of({"A": 0.5, "B": 0.5}, LiquidityLimit(1.0)), risk_of("AB"))
    assert {s.name for s in error.value.shortfalls} <= {"liquidity", "cash"}
    assert sum((s.needed - s.limit) * 15_000 for s in error.value.shortfalls if s.name == "liquidity") <= 2000.01


def test_a_volume_below_zero_is_refused(account_of: Any) -> None:
    with pytest.raises(InputError, match=r"securities, A: found '-1.0', expected a daily volume >= 0"):
        account_of({"A": 10.0}, cash=1.0, adv={"A": -1.0})


def betas(risk: Any, weights: dict[str, float]) -> np.ndarray:
    """Beta by the N x N covariance matrix that the optimizer never forms."""
    S = risk.loadings @ risk.factor_covariance @ risk.loadings.T + np.diag(risk.specific_variance)
    w = np.array([weights[a] for a in risk.assets])
    return np.asarray(S @ w / (w @ S @ w))


def test_active_beta_is_that_of_the_covariance_matrix(small_case: Any, trades_of: Any) -> None:
    case = small_case(BetaActiveLimit(0.5))
    check = check_trades(case.account, case.mandate, case.risk, trades_of(case.account, ("SELL", "L000", 30)))
    (reading,) = [r for r in check.readings if r.name == "beta_active"]
    beta = betas(case.risk, dict(case.mandate.benchmark))
    assert beta @ np.array([case.mandate.benchmark[a] for a in case.risk.assets]) == pytest.approx(1.0)
    assert reading.value == pytest.approx(beta @ check.outcome.active_after)
    assert reading.unit == "beta to the benchmark"


@pytest.mark.parametrize("seed", range(4))
def test_a_strict_beta_band_is_met_and_a_loose_one_lets_drift_be(small_case: Any, seed: int) -> None:
    """Mostly cash, and dear to invest."""
    rest = {"seed": seed, "account": {"cash": 1e5}, "risk_aversion": 0.0, "costs": Costs(50.0)}
    loose = small_case(BetaActiveLimit(0.02), CashLimit(0.0, 1.0), **rest)
    strict = small_case(BetaActiveLimit(0.02, strict=True), CashLimit(0.0, 1.0), **rest)
    drifting, kept = (rebalance(c.account, c.mandate, c.risk) for c in (loose, strict))
    (reading,) = [r for r in kept.check.readings if r.name == "beta_active"]
    assert reading.value == pytest.approx(-0.02, abs=1e-6)
    assert kept.prices["beta_active"] > 0
    (reading,) = [r for r in drifting.check.readings if r.name == "beta_active"]
    assert reading.value < -0.3
    assert drifting.certificate.value >= kept.certificate.value


def test_a_beta_that_no_trade_reaches_is_infeasible(account_of: Any, mandate_of: Any, risk_of: Any) -> None:
    account = account_of({"A": 10.0, "B": 10.0}, [("A", 100, 5, "2020-01-02")], cash=1000.0)
    mandate = mandate_of(
        {"A": 0.5, "B": 0.5}, BetaActiveLimit(0.0, strict=True), CashLimit(0.4, 1.0), RealizedGainLimit(0.0)
    )
    with pytest.raises(InfeasibleError) as error:
        rebalance(account, mandate, risk_of("AB"))
    assert {s.name for s in error.value.shortfalls} <= {"beta_active", "cash"}


def test_a_benchmark_that_the_model_does_not_rate_has_no_beta(
    account_of: Any, mandate_of: Any, risk_of: Any, problem_of: Any, trades_of: Any
) -> None:
    account = account_of({"A": 10.0}, [("A", 100, 5, "2020-01-02")])
    mandate = mandate_of({"A": 1.0}, BetaActiveLimit(0.0, strict=True))
    assert len(BetaActiveLimit(0.0).rows(problem_of(account, mandate, risk_of(["Z"]))).upper) == 0
    assert check_trades(account, mandate, risk_of(["Z"]), trades_of(account)).passed
