"""A rebalance by each engine: the same mandate kept, the engine named, the bound never below the value."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import optimizer.quadratic.run as osqp_run
from optimizer import CashLimit, LossPerNameLimit, TrackingErrorLimit, TurnoverLimit, rebalance
from optimizer.engines import NEWTON, ClarabelEngine, HighsEngine, OsqpEngine
from taxsleeve_errors import SolverError

LIMITS = (TrackingErrorLimit(0.04), TurnoverLimit(0.5), CashLimit(0.0, 0.05), LossPerNameLimit(0.02))


@pytest.fixture
def case(small_case: Any) -> Any:
    return small_case(*LIMITS, seed=3)


@pytest.mark.parametrize("engine", [ClarabelEngine(), OsqpEngine()], ids=lambda engine: engine.name)
def test_other_engines_reach_what_newton_reaches(case: Any, engine: Any) -> None:
    mandate = replace(case.mandate, fractional=True)
    newton = rebalance(case.account, mandate, case.risk)
    other = rebalance(case.account, mandate, case.risk, engine=engine)
    assert (newton.engine, other.engine) == ("newton", engine.name)
    assert other.check.passed
    assert other.certificate.value == pytest.approx(newton.certificate.value, rel=2e-4)
    assert other.certificate.bound == pytest.approx(newton.certificate.bound, rel=1e-9)


def test_a_rebalance_that_highs_finished_for_osqp_names_both(case: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(osqp_run, "_ROUNDS", 1)
    monkeypatch.setattr(osqp_run, "_ROUND", 5)
    newton = rebalance(case.account, case.mandate, case.risk)
    other = rebalance(case.account, case.mandate, case.risk, engine=OsqpEngine())
    assert other.engine == "osqp, finished by highs"
    assert other.check.passed
    assert other.certificate.value == pytest.approx(newton.certificate.value, rel=2e-3)


class _Unfinished:
    name = "osqp"

    def takes(self, *_: Any) -> bool:
        return True

    def solve(self, *_: Any) -> None:
        raise SolverError("stopped early")


def test_where_the_engine_asked_for_does_not_finish_the_trades_bear_the_name_of_the_one_that_did(case: Any) -> None:
    newton = rebalance(case.account, case.mandate, case.risk)
    other = rebalance(case.account, case.mandate, case.risk, engine=_Unfinished())
    assert other.engine == "newton"
    assert other.trades.equals(newton.trades)


def test_highs_is_never_worse_than_rounding_and_proves_its_whole_shares(case: Any) -> None:
    mandate = replace(case.mandate, fractional=False)
    rounded = rebalance(case.account, mandate, case.risk, engine=NEWTON)
    whole = rebalance(case.account, mandate, case.risk, engine=HighsEngine())
    assert whole.engine == "highs"
    assert whole.check.passed
    assert whole.certificate.value >= rounded.certificate.value - 0.01
    assert whole.certificate.bound <= rounded.certificate.bound + 0.01
    assert whole.certificate.gap <= 1e-4


def test_an_engine_that_cannot_says_so(case: Any) -> None:
    with pytest.raises(SolverError, match="fractions of a share"):
        rebalance(case.account, replace(case.mandate, fractional=True), case.risk, engine=HighsEngine())
    with pytest.raises(SolverError, match="up to 2 names"):
        rebalance(case.account, replace(case.mandate, fractional=False), case.risk, engine=HighsEngine(most_names=2))
