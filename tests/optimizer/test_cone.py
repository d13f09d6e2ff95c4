"""One pattern's cone program: its optimum, its minimum risk, its refusals and the least relaxation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimizer import ActiveWeightLimit, CashLimit, Costs, Restriction, TrackingErrorLimit, TurnoverLimit
from optimizer.cone import ConeModel, cone_model
from optimizer.problem import Pattern


@pytest.fixture
def model_of(small_case: Any, problem_of: Any) -> Any:
    def build(*limits: Any, seed: int = 0, loss_side: bool = True, **rest: Any) -> ConeModel:
        case = small_case(*limits, seed=seed, **rest)
        problem = problem_of(case.account, case.mandate, case.risk)
        pattern = Pattern.of(problem, np.full(problem.groups, loss_side))
        return cone_model(problem, case.mandate.all_limits(), pattern)

    return build


def test_one_name_worked_out_by_hand(account_of: Any, mandate_of: Any, risk_of: Any, problem_of: Any) -> None:
    """Half of the account may be turned over; the whole of it goes into the loss lot, worth 20% of 25%."""
    account = account_of({"A": 80.0}, [("A", 100, 100.0, "2020-01-02"), ("A", 100, 90.0, "2020-01-02")])
    mandate = mandate_of({"A": 1.0}, TurnoverLimit(0.5), risk_aversion=0.0, costs=Costs(10.0))
    problem = problem_of(account, mandate, risk_of("A"))
    solution = cone_model(problem, mandate.all_limits(), Pattern.of(problem, np.array([True]))).maximise_value()
    assert solution is not None
    np.testing.assert_allclose(solution.sell, [0.5, 0.0], atol=1e-7)
    assert solution.buy.tolist() == [0.0]
    assert solution.value == pytest.approx(0.5 * (0.2 * 0.25 - 0.001), abs=1e-8)
    # One more unit of turnover would sell the second lot: 0.2 * 0.125 less the cost.
    assert solution.prices["turnover"] == pytest.approx(0.2 * 0.125 - 0.001, abs=0.03)


@pytest.mark.parametrize("seed", range(4))
def test_no_random_trades_within_the_limits_are_worth_more(model_of: Any, seed: int) -> None:
    te, turnover = 0.25, 0.6
    model = model_of(TrackingErrorLimit(te), TurnoverLimit(turnover), seed=seed)
    best, p = model.maximise_value(), model.problem
    assert best is not None
    assert np.sqrt(p.variance(p.active_after(best.sell, best.buy))) <= te + 1e-7
    assert best.sell.sum() + best.buy.sum() <= turnover + 1e-7
    rng = np.random.default_rng(seed)
    most = np.where(model.pattern.may_sell(p), p.lot_value, 0.0)
    kept = 0
    for _ in range(400):
        sell = most * rng.random(len(most)) * (rng.random(len(most)) < 0.4) * rng.random()
        if sell.sum() <= turnover and p.variance(p.active_after(sell, 0 * p.held)) <= te**2:
            kept += 1
            assert p.value(sell, np.zeros(6)) <= best.value + 1e-8
    assert kept > 5


def test_figures_are_inside_their_bounds_to_the_last_digit(model_of: Any) -> None:
    for seed in range(6):
        model = model_of(CashLimit(0.0, 0.5), seed=seed, loss_side=bool(seed % 2))
        solution, p = model.maximise_value(), model.problem
        assert solution is not None
        assert (solution.sell >= 0).all()
        assert (solution.sell <= np.where(model.pattern.may_sell(p), p.lot_value, 0.0)).all()
        assert (solution.buy[~model.pattern.may_buy(p)] == 0).all()
        assert (solution.buy >= 0).all()


def test_minimum_risk_is_below_any_other_and_leaves_the_named_limit_out(model_of: Any) -> None:
    model = model_of(TrackingErrorLimit(1e-6), TurnoverLimit(0.3), seed=1)
    assert model.maximise_value() is None
    safest, p = model.minimise_risk(), model.problem
    assert safest is not None
    least = p.variance(p.active_after(safest.sell, safest.buy))
    assert least < p.variance(p.active)
    assert safest.sell.sum() + safest.buy.sum() <= 0.3 + 1e-7
    (shortfall,) = [s for s in model_of(TrackingErrorLimit(1e-6), TurnoverLimit(0.3), seed=1).least_relaxation()
                    if s.name == "tracking_error"]  # fmt: skip
    assert shortfall.needed >= np.sqrt(least) - 1e-6


def test_minimum_risk_of_an_account_that_cannot_keep_its_other_limits_is_none(model_of: Any) -> None:
    assert model_of(CashLimit(0.9, 1.0), TurnoverLimit(0.0)).minimise_risk() is None


def test_the_least_relaxation_by_hand(model_of: Any) -> None:
    """Cash is at 1.6%: with nothing to sell, 5% is 3.4% too much to ask."""
    still = {"restrictions": [Restriction(a, "no_sell") for a in "ABCDEF"]}
    model = model_of(CashLimit(0.05, 0.2), TurnoverLimit(0.5), account=still)
    (shortfall,) = model.least_relaxation()
    assert (shortfall.name, shortfall.where, shortfall.unit) == ("cash", "least", "fraction of NAV")
    assert shortfall.limit == pytest.approx(0.05)
    assert shortfall.needed == pytest.approx(model.problem.cash, abs=1e-6)
    assert "cash of least would have to be" in str(shortfall)


def test_where_all_limits_can_be_met_nothing_needs_relaxing(model_of: Any) -> None:
    assert model_of(TrackingErrorLimit(0.2), CashLimit(0.0, 0.5)).least_relaxation() == []


def test_the_relaxed_limits_can_be_met(model_of: Any) -> None:
    tight = model_of(TrackingErrorLimit(0.001), TurnoverLimit(0.05), seed=2)
    assert tight.maximise_value() is None
    needed = {s.name: s.needed for s in tight.least_relaxation()}
    te, turnover = needed.get("tracking_error", 0.001), needed.get("turnover", 0.05)
    assert model_of(TrackingErrorLimit(te + 1e-5), TurnoverLimit(turnover + 1e-5), seed=2).maximise_value() is not None
    assert model_of(TrackingErrorLimit(te * 0.98), TurnoverLimit(turnover), seed=2).maximise_value() is None


def test_an_account_that_can_only_hold_still_is_solved_by_holding_still(model_of: Any) -> None:
    still = {"restrictions": [Restriction(a, "no_trade") for a in "ABCDEF"]}
    solution = model_of(TurnoverLimit(0.1), TrackingErrorLimit(0.5), ActiveWeightLimit(0.5), account=still)
    held = solution.maximise_value()
    assert held is not None
    assert held.sell.sum() == held.buy.sum() == 0
    assert set(held.prices) == {"turnover", "tracking_error", "active_weight", "cash"}
