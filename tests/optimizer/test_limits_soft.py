"""Soft limits: exceeded where that pays its price, kept where it does not, and no violation either way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from optimizer import (
    ActiveWeightLimit,
    CashLimit,
    Costs,
    Limit,
    LossPerNameLimit,
    NetGainLimit,
    Outcome,
    RealizedGainLimit,
    Rebalance,
    SectorActiveLimit,
    SoftLimit,
    SoftLinearLimit,
    TrackingErrorLimit,
    TurnoverLimit,
    check_trades,
    rebalance,
    soft,
    valuation,
)
from optimizer.cone import cone_model
from optimizer.problem import Pattern, Problem
from optimizer.solution import Solution
from taxsleeve_errors import InfeasibleError, InputError


def test_a_limit_is_softened_by_its_kind_and_named_for_it() -> None:
    linear, cone = soft(TurnoverLimit(0.1), 0.5), soft(TrackingErrorLimit(0.01), 2.0)
    assert isinstance(linear, SoftLinearLimit)
    assert isinstance(cone, SoftLimit)
    assert (linear.name, linear.unit) == ("soft_turnover", "fraction of NAV")
    assert (cone.name, cone.unit) == ("soft_tracking_error", "a year, fraction of NAV")


@pytest.mark.parametrize("price", [0.0, -1.0, np.nan, np.inf])
def test_a_price_that_is_none_is_refused(price: float) -> None:
    with pytest.raises(InputError, match=r"soft.turnover: found .*, expected a finite number > 0"):
        soft(TurnoverLimit(0.1), price)


def test_a_soft_limit_is_not_softened_again() -> None:
    with pytest.raises(InputError, match=r"soft: found 'soft_turnover', expected a limit that is not soft already"):
        soft(soft(TurnoverLimit(0.1), 1.0), 1.0)


SOFT = [
    TrackingErrorLimit(0.01),
    TurnoverLimit(0.05),
    LossPerNameLimit(0.001),
    RealizedGainLimit(0.0),
    NetGainLimit(-0.5),
    CashLimit(0.01, 0.02),
    ActiveWeightLimit(0.001, strict=True),
    SectorActiveLimit(0.0, strict=True),
]


@pytest.mark.parametrize("limit", SOFT, ids=lambda x: x.name)
@pytest.mark.parametrize("seed", range(3))
def test_the_penalty_in_the_problem_is_the_price_of_the_excess_read_off_the_trades(
    small_case: Any, problem_of: Any, trades_of: Any, limit: Any, seed: int
) -> None:
    case = small_case(soft(limit, 0.7), seed=seed, costs=Costs(3.0))
    problem = problem_of(case.account, case.mandate, case.risk)
    rng = np.random.default_rng(seed)
    lots = case.account.lots
    sold, bought = np.floor(lots.shares * rng.random(12)), rng.integers(0, 40, 6).astype(float)
    rows = [("SELL", i, q) for i, q in zip(lots.lot_id.tolist(), sold, strict=True) if q > 0]
    rows += [("BUY", a, q) for a, q in zip(problem.assets, bought, strict=True) if q > 0]
    check = check_trades(case.account, case.mandate, case.risk, trades_of(case.account, *rows))
    sell, buy = sold * problem.price[problem.lot_asset] / problem.nav, bought * problem.price / problem.nav
    worth = valuation(case.mandate, check.outcome, check.readings)
    assert worth.soft == pytest.approx(case.mandate.limits[0].penalty(problem, sell, buy) * problem.nav, rel=1e-9)
    assert worth.total == pytest.approx(problem.value(sell, buy) * problem.nav, rel=1e-9)
    assert worth.soft > 0
    assert not any("soft_" in violation for violation in check.violations)


def solved(small_case: Any, *limits: Any, seed: int = 0, **mandate: Any) -> Rebalance:
    case = small_case(CashLimit(0.0, 0.05), *limits, seed=seed, **mandate)
    return rebalance(case.account, case.mandate, case.risk)


@pytest.fixture
def solve(small_case: Any, problem_of: Any) -> Callable[..., tuple[Solution, Problem]]:
    """Solve the convex problem of one pattern: every group with a loss is for selling."""

    def run(*limits: Limit, seed: int) -> tuple[Solution, Problem]:
        case = small_case(CashLimit(0.0, 0.05), *limits, seed=seed, costs=Costs(2.0))
        problem = problem_of(case.account, case.mandate, case.risk)
        losing = np.bincount(problem.lot_group, weights=problem.lot_is_loss, minlength=problem.groups) > 0
        losing[problem.group[np.argmin(problem.held)]] = False
        model = cone_model(problem, case.mandate.all_limits(), Pattern.of(problem, losing))
        found = model.maximise_value()
        assert found is not None
        return found, problem

    return run


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", [TurnoverLimit, LossPerNameLimit, TrackingErrorLimit])
def test_a_dear_limit_is_kept_as_a_hard_one_and_a_cheap_one_is_as_good_as_none(
    solve: Any, kind: Any, seed: int
) -> None:
    none, problem = solve(seed=seed)
    te = np.sqrt(problem.variance(problem.active_after(none.sell, none.buy)))
    limit = kind({"turnover": 0.05, "loss_per_name": 0.005, "tracking_error": 0.97 * te}[kind.name])
    hard, _ = solve(limit, seed=seed)
    multiplier = hard.prices[limit.name]
    assert multiplier > 1e-3
    dear, _ = solve(soft(limit, 2 * multiplier), seed=seed)
    cheap, _ = solve(soft(limit, 1e-8), seed=seed)
    assert dear.value == pytest.approx(hard.value, rel=1e-5)
    assert dear.prices[f"soft_{limit.name}"] == pytest.approx(multiplier, rel=1e-3)
    assert cheap.value == pytest.approx(none.value, rel=1e-5)
    assert hard.value < cheap.value


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", [TurnoverLimit, TrackingErrorLimit])
def test_between_the_limit_is_as_wide_as_is_worth_the_price(solve: Any, kind: Any, seed: int) -> None:
    """The soft optimum is the best over all widths of a hard limit less the price of the width, found by search."""
    none, problem = solve(seed=seed)
    te = np.sqrt(problem.variance(problem.active_after(none.sell, none.buy)))
    base, wide = (0.05, 2.0) if kind is TurnoverLimit else (0.9 * te, 1.1 * te)
    price = solve(kind(base), seed=seed)[0].prices[kind.name] / 3
    found, _ = solve(soft(kind(base), price), seed=seed)

    def loss(width: float) -> float:
        return float(price * (width - base) - solve(kind(width), seed=seed)[0].value)

    best = minimize_scalar(loss, bounds=(base, wide), method="bounded", options={"xatol": 1e-4})
    assert found.value == pytest.approx(-best.fun, rel=1e-4)
    assert found.prices[f"soft_{kind.name}"] == pytest.approx(price, rel=1e-3)


def test_what_no_trade_list_can_keep_is_exceeded_by_the_least(account_of: Any, mandate_of: Any, risk_of: Any) -> None:
    """A withdrawal of $2,000 realises $1,000 of gain, whatever the budget."""
    account = account_of({"A": 10.0}, [("A", 1000, 5.0, "2020-01-02")], cash_flow=-2000.0)
    with pytest.raises(InfeasibleError):
        rebalance(account, mandate_of({"A": 1.0}, RealizedGainLimit(0.0)), risk_of("A"))
    result = rebalance(account, mandate_of({"A": 1.0}, soft(RealizedGainLimit(0.0), 3.0)), risk_of("A"))
    assert result.check.passed
    assert result.check.worst_excess <= 1e-6
    (reading,) = [r for r in result.check.readings if r.name == "soft_realized_gain"]
    assert reading.excess == pytest.approx(1000 / 8000, abs=1e-6)
    worth = valuation(result.mandate, result.check.outcome, result.check.readings)
    assert worth.soft == pytest.approx(3000.0, abs=0.1)
    assert result.certificate.value == pytest.approx(worth.total)


@pytest.mark.parametrize("seed", range(2))
def test_a_soft_limit_within_a_hard_one_and_whole_shares(small_case: Any, seed: int) -> None:
    both = solved(
        small_case, soft(TurnoverLimit(0.1), 0.01), TurnoverLimit(0.3), seed=seed, fractional=False
    )  # fmt: skip
    readings = {r.name: r for r in both.check.readings}
    assert readings["turnover"].value == readings["soft_turnover"].value <= 0.3
    assert readings["soft_turnover"].excess > 0.05


def test_soft_cash_does_not_let_cash_be_overdrawn(small_case: Any) -> None:
    case = small_case(soft(CashLimit(0.2, 0.3), 0.001))
    result = rebalance(case.account, case.mandate, case.risk)
    assert {"cash", "soft_cash"} <= {r.name for r in result.check.readings}
    assert result.check.outcome.cash_after >= -1e-2


def test_readings_of_a_hard_limit_have_no_price(small_case: Any, trades_of: Any) -> None:
    case = small_case()
    outcome = Outcome(case.account, case.mandate.benchmark, Costs(), case.risk, trades_of(case.account))
    assert {r.price for r in TurnoverLimit(0.1).readings(outcome)} == {None}
    assert {r.price for r in soft(TurnoverLimit(0.1), 2.0).readings(outcome)} == {2.0}
