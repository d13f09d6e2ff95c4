"""The reason of each trade follows from the risk model and the trades, and changes when they do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimizer.problem import Problem
from optimizer.replacement import buy_parts, replaced, residual_root
from optimizer.share_trades import ShareTrades
from optimizer.trade_reasons import reasons_to_buy, reasons_to_sell
from risk import FactorRisk

PRICE = dict.fromkeys(["T1", "T2", "T3", "E1", "E2", "E3"], 10.0)
# A market, a technology and an energy factor.
B = np.array([[1, 1, 0], [1, 1, 0], [1, 0.9, 0], [1, 0, 1], [1, 0, 1], [1, 0, 0.9]], dtype=float)
RISK = FactorRisk(tuple(PRICE), ("market", "tech", "energy"), B, np.diag([0.03, 0.01, 0.01]), np.full(6, 0.01))
LOTS = [("T1", 100, 15.0, "2020-01-02"), ("T2", 100, 8.0, "2020-01-02"), ("E1", 100, 15.0, "2020-01-02"),
        ("E2", 100, 8.0, "2020-01-02"), ("T3", 100, 9.0, "2020-01-02"), ("E3", 100, 9.0, "2020-01-02")]  # fmt: skip
EVEN = dict.fromkeys(PRICE, 1 / 6)


@pytest.fixture
def problem(account_of: Any, mandate_of: Any, problem_of: Any) -> Problem:
    made: Problem = problem_of(account_of(PRICE, LOTS), mandate_of(EVEN), RISK)
    return made


def index(problem: Problem, *assets: str) -> list[int]:
    return [problem.assets.index(asset) for asset in assets]


def bought(problem: Problem, sell: list[float], **shares: float) -> dict[str, str]:
    buy = np.zeros(6)
    for asset, amount in shares.items():
        buy[index(problem, asset)] = amount
    reasons = reasons_to_buy(problem, ShareTrades(np.array(sell), buy))
    return {problem.assets[name]: reason for name, reason in reasons.items()}


def test_a_buy_replaces_the_sold_name_of_its_own_kind(problem: Problem) -> None:
    both = bought(problem, [80.0, 0, 80.0, 0, 0, 0], T3=80, E3=80)
    assert both["T3"].startswith("replace: takes up the factor exposure of T1 (mostly tech")
    assert both["E3"].startswith("replace: takes up the factor exposure of E1 (mostly energy")
    # With energy alone sold, nothing of T3's kind is missing.
    assert "T1" not in bought(problem, [0, 0, 80.0, 0, 0, 0], T3=80)["T3"]
    two = bought(problem, [80.0, 70.0, 0, 0, 0, 0], T3=150)["T3"]
    assert "T1 and T2 (mostly tech" in two


def test_the_correlation_is_that_of_the_residual_factor_returns(problem: Problem) -> None:
    sold = np.zeros(6)
    sold[index(problem, "T1")] = 0.2
    (name,) = index(problem, "T3")
    (found,) = replaced(problem, sold, np.array([name]))
    assert found is not None
    residual = residual_root(problem)
    a, b = residual[name], residual[index(problem, "T1")][0]
    assert found.correlation == pytest.approx(a @ b / np.sqrt((a @ a) * (b @ b)))
    assert f"correlation {found.correlation:.2f}" in bought(problem, [80.0, 0, 0, 0, 0, 0], T3=80)["T3"]
    assert replaced(problem, np.zeros(6), np.array([name])) == [None]
    assert replaced(problem, sold, np.array([], dtype=np.intp)) == []


def test_the_parts_are_the_slope_of_the_tracking_variance(problem: Problem) -> None:
    """Beside what all names share, the three parts are half the change of variance for each dollar bought."""
    rng = np.random.default_rng(0)
    sold = rng.uniform(0, 0.1, 6)
    parts, step = buy_parts(problem, sold), 1e-6
    before = problem.active - sold
    slope = np.array([
        (problem.variance(before + step * unit) - problem.variance(before)) / (2 * step) for unit in np.eye(6)
    ])  # fmt: skip
    rest = slope - (parts.own + parts.drift + parts.sales) + problem.specific_variance * sold
    np.testing.assert_allclose(rest, rest[0], atol=1e-7)


def test_a_deposit_is_invested_and_drift_is_mended(account_of: Any, mandate_of: Any, problem_of: Any) -> None:
    cash = problem_of(account_of(PRICE, LOTS, cash=6000.0), mandate_of(EVEN), RISK)
    assert bought(cash, [0] * 6, T3=100)["T3"] == "cash: invests cash, underweight by 833.3 bp"
    lots = [*LOTS[:4], ("T3", 10, 10.0, "2020-01-02"), LOTS[5]]
    drifted = problem_of(account_of(PRICE, lots), mandate_of(EVEN), RISK)
    assert bought(drifted, [0, 40, 0, 40, 0, 0], T3=80)["T3"].startswith("drift: underweight by 1")


@pytest.mark.parametrize(
    ("changes", "lot", "starts"),
    [
        ({}, 0, "harvest: long-term loss of 50.00"),
        (
            {"benchmark": {**EVEN, "T2": 1 / 12, "E3": 1 / 4}},
            1,
            "trim: overweight by 833.3 bp, long-term gain",
        ),
        ({"cash": -100.0}, 1, "cash: raises cash to be paid out, long-term gain of 20.00"),
        ({"benchmark": {**dict.fromkeys(PRICE, 0.0), "T1": 1.0}}, 1, "leave: not in the benchmark"),
        ({"benchmark": {**EVEN, "T2": 1 / 4, "T3": 0.0, "E3": 1 / 4}}, 1, "cash: raises cash, long-term gain"),
        ({"benchmark": {**dict.fromkeys(PRICE, 0.0), "T2": 0.17, "E1": 0.83}}, 1, "risk: lowers tracking error"),
    ],
)
def test_why_each_lot_is_sold(
    changes: dict[str, Any], lot: int, starts: str, account_of: Any, mandate_of: Any, problem_of: Any
) -> None:
    weights = changes.get("benchmark", EVEN)
    problem = problem_of(account_of(PRICE, LOTS, cash=changes.get("cash", 0.0)), mandate_of(weights), RISK)
    sell = np.zeros(6)
    sell[lot] = 10.0
    assert reasons_to_sell(problem, ShareTrades(sell, np.zeros(6)))[lot].startswith(starts)


def test_a_model_without_factors_still_has_reasons(account_of: Any, mandate_of: Any, problem_of: Any) -> None:
    plain = FactorRisk(tuple(PRICE), (), np.zeros((6, 0)), np.zeros((0, 0)), np.full(6, 0.01))
    problem = problem_of(account_of(PRICE, LOTS[:5]), mandate_of(EVEN), plain)
    assert bought(problem, [80.0, 0, 0, 0, 0], E3=80)["E3"] == "drift: underweight by 1666.7 bp"
