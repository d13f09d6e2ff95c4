"""Each limit speaks twice, in CVXPY and of a finished trade list; on random trades both must say the same.

The trades need not keep any limit: what the inequality is over its end by must be what the reading's excess says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cvxpy as cp
import numpy as np
import pytest

from optimizer import (
    ActiveWeightLimit,
    BetaActiveLimit,
    CashLimit,
    Costs,
    FactorActiveLimit,
    Limit,
    LiquidityLimit,
    LossPerNameLimit,
    NetGainLimit,
    NetLongGainLimit,
    NetShortGainLimit,
    Outcome,
    RealizedGainLimit,
    RealizedLongGainLimit,
    RealizedShortGainLimit,
    SectorActiveLimit,
    TrackingErrorLimit,
    TurnoverLimit,
    Variables,
)
from optimizer.problem import Problem

LIMITS: list[Limit] = [
    TrackingErrorLimit(0.03),
    LossPerNameLimit(0.01),
    TurnoverLimit(0.2),
    CashLimit(0.01, 0.05),
    CashLimit(-0.05, np.inf),
    RealizedGainLimit(0.02),
    RealizedShortGainLimit(0.02),
    RealizedLongGainLimit(0.02),
    NetGainLimit(0.02),
    NetGainLimit(-0.02),
    NetShortGainLimit(0.0),
    NetLongGainLimit(-0.01),
    LiquidityLimit(0.1),
    BetaActiveLimit(0.05),
    BetaActiveLimit(0.0, strict=True),
    ActiveWeightLimit(0.05),
    ActiveWeightLimit(0.05, strict=True),
    ActiveWeightLimit(0.0, strict=True),
    SectorActiveLimit(0.02),
    SectorActiveLimit(0.02, strict=True),
    FactorActiveLimit({"F2": 0.05, "F1": 0.01}),
    FactorActiveLimit({"F1": 0.0}, strict=True),
]

ADV = {"A": 5000.0, "B": 0.0, "D": 30000.0, "E": 1e6}


def excess_in_cvxpy(limit: Limit, problem: Problem, sell: np.ndarray, buy: np.ndarray) -> dict[str, float]:
    """What each entry is over its end by, in the limit's unit; the worse end where there are two."""
    active = problem.active_after(sell, buy)
    variables = Variables(*[cp.Constant(100 * x) for x in (sell, buy, active, problem.root.T @ active)])
    worst: dict[str, float] = {}
    for inequality in limit.inequalities(problem, variables):
        over = np.atleast_1d(inequality.expression.value - inequality.upper) / 100
        for where, amount in zip((end.where for end in inequality.ends), over, strict=True):
            worst[where] = max(worst.get(where, -np.inf), float(amount))
    return worst


@pytest.mark.parametrize("limit", LIMITS, ids=str)
@pytest.mark.parametrize("seed", range(6))
def test_the_cvxpy_form_and_the_reading_agree_on_random_trades(
    small_case: Any, problem_of: Any, trades_of: Any, limit: Limit, seed: int
) -> None:
    case = small_case(seed=seed, costs=Costs(7.0), account={"spread_bps": {"A": 30.0}, "adv": ADV})
    problem = problem_of(case.account, case.mandate, case.risk)
    rng = np.random.default_rng(100 + seed)
    lots, price = case.account.lots, problem.price
    sold = np.where(rng.random(len(lots)) < 0.5, np.floor(lots.shares * rng.random(len(lots))), 0.0)
    bought = np.where(rng.random(6) < 0.5, rng.integers(1, 80, 6), 0).astype(float)
    rows = [("SELL", i, q) for i, q in zip(lots.lot_id.tolist(), sold, strict=True) if q > 0]
    asset_of = dict(zip(lots.lot_id.tolist(), lots.asset.tolist(), strict=True))
    rows += [("BUY", a, q) for a, q in zip(problem.assets, bought, strict=True) if q > 0]
    outcome = Outcome(
        case.account, case.mandate.benchmark, case.mandate.costs, case.risk, trades_of(case.account, *rows)
    )
    sell, buy = sold * price[problem.lot_asset] / problem.nav, bought * price / problem.nav
    expected = excess_in_cvxpy(limit, problem, sell, buy)
    read = {reading.where: reading.excess for reading in limit.readings(outcome)}
    if isinstance(limit, LossPerNameLimit):  # names without a loss are not read
        assert all(expected[name] == pytest.approx(-limit.limit) for name in set(expected) - set(read))
        expected = {name: expected[name] for name in read}
    if isinstance(limit, LiquidityLimit):  # nor names that are not traded, and where no volume is known there is no row
        assert set(expected) == set(ADV)
        assert set(read) == set(ADV) & {row[1] if row[0] == "BUY" else asset_of[row[1]] for row in rows}
        expected = {name: expected[name] for name in read}
    assert read == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("limit", LIMITS, ids=str)
def test_readings_carry_the_limits_name_and_unit(small_case: Any, trades_of: Any, limit: Limit) -> None:
    case = small_case()
    trades = trades_of(case.account, ("SELL", "L000", 20), ("BUY", "B", 3))
    for reading in limit.readings(Outcome(case.account, case.mandate.benchmark, Costs(), case.risk, trades)):
        assert (reading.name, reading.unit) == (limit.name, limit.unit)
        assert reading.excess == pytest.approx(abs(reading.value - reading.limit)) or reading.excess <= 0


def test_the_units(small_case: Any) -> None:
    assert TurnoverLimit(0.1).unit == "fraction of NAV"
    assert TrackingErrorLimit(0.1).unit == "a year, fraction of NAV"
    assert FactorActiveLimit({}).unit == "exposure in the risk model's units"


def test_a_tracking_error_limit_counts_only_rated_names(
    account_of: Any, mandate_of: Any, risk_of: Any, trades_of: Any
) -> None:
    account = account_of({"A": 10.0, "U": 10.0}, [("A", 50, 10, "2020-01-02"), ("U", 50, 10, "2020-01-02")])
    mandate = mandate_of({"A": 1.0})
    outcome = Outcome(account, mandate.benchmark, mandate.costs, risk_of(["A"]), trades_of(account))
    (reading,) = TrackingErrorLimit(0.5).readings(outcome)
    assert reading.value == pytest.approx(risk_of(["A"]).tracking_error([-0.5]))


def test_problems_without_lots_or_rated_names_have_no_rows_to_keep(
    account_of: Any, mandate_of: Any, risk_of: Any, problem_of: Callable[..., Problem]
) -> None:
    account = account_of({"A": 10.0}, cash=100.0)
    problem = problem_of(account, mandate_of({"A": 1.0}), risk_of(["Z"]))
    zeros = Variables(*[cp.Constant(np.zeros(size)) for size in (0, 1, 1, 2)])
    assert TrackingErrorLimit(0.1).inequalities(problem, zeros) == []
    assert LossPerNameLimit(0.1).inequalities(problem, zeros) == []
    assert RealizedGainLimit(0.1).inequalities(problem, zeros) == []
