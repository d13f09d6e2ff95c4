"""Value against tracking error: what each point says is true of its trades, and a wider limit never does worse."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from optimizer import CashLimit, LossPerNameLimit, TrackingErrorLimit, TurnoverLimit, frontier, rebalance
from taxsleeve_errors import InputError

OTHERS = (TurnoverLimit(0.5), LossPerNameLimit(0.02), CashLimit(0.0, 0.02))
SWEEP = (0.005, 0.01, 0.02, 0.03, 0.04, 0.06, 0.1)


@pytest.mark.parametrize("seed", range(4))
def test_a_wider_limit_never_does_worse_and_no_point_exceeds_its_bound(small_case: Any, seed: int) -> None:
    case = small_case(TrackingErrorLimit(0.03), *OTHERS, seed=seed)
    found = frontier(case.account, case.mandate, case.risk, SWEEP)
    table = found.table
    assert found.today == 0.03
    assert table["limit"].tolist() == list(SWEEP)
    solved = table[table["feasible"]]
    assert len(solved) > 2
    assert (solved["tracking_error"] <= solved["limit"] + 1e-6).all()
    assert (np.diff(solved["value"]) >= 0).all()
    assert (np.diff(solved["bound"]) >= 0).all()
    assert (solved["value"] <= solved["bound"] + 1e-9).all()
    assert (solved["turnover"] <= 0.5 + 1e-6).all()
    # A limit that cannot be met cannot be met when it is tighter.
    assert table["feasible"].is_monotonic_increasing
    assert table.loc[~table["feasible"], ["value", "tracking_error", "harvested"]].isna().all(axis=None)


def test_a_point_is_the_rebalance_at_its_limit(small_case: Any) -> None:
    case = small_case(*OTHERS, seed=3)
    (point,) = frontier(case.account, case.mandate, case.risk, [0.04]).points
    at = small_case(TrackingErrorLimit(0.04), *OTHERS, seed=3)
    result = rebalance(at.account, at.mandate, at.risk)
    outcome = result.check.outcome
    assert point.value == pytest.approx(result.certificate.value, rel=1e-4)
    assert point.harvested == pytest.approx(outcome.losses.sum(), rel=1e-3)
    assert point.turnover == pytest.approx(outcome.turnover, rel=1e-3)
    assert point.tracking_error == pytest.approx(outcome.tracking_error_after, rel=1e-4)
    assert frontier(case.account, case.mandate, case.risk, [0.04]).today is None


@pytest.mark.parametrize("limits", [[], [0.0], [0.01, -0.01], [float("nan")], [float("inf")]])
def test_limits_that_are_none_are_refused(small_case: Any, limits: list[float]) -> None:
    case = small_case(*OTHERS)
    with pytest.raises(InputError, match="finite numbers > 0"):
        frontier(case.account, case.mandate, case.risk, limits)


def test_each_point_is_told_as_it_is_found(small_case: Any) -> None:
    case = small_case(*OTHERS, seed=3)
    told: list[tuple[int, int]] = []
    frontier(case.account, case.mandate, case.risk, [0.05, 0.08], progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 2), (2, 2)]


@pytest.mark.parametrize("worse", [True, False])
def test_where_a_wider_limit_finds_less_the_tighter_ones_trades_stand(
    small_case: Any, monkeypatch: pytest.MonkeyPatch, worse: bool
) -> None:
    """What a tighter limit allows, a wider one does too, though its own search should find nothing."""
    module = sys.modules["optimizer.frontier"]
    solved, found = module._solved, []

    def failing(*asked: Any) -> Any:
        one = solved(*asked)
        found.append(one)
        if len(found) < 2:
            return one
        return replace(one, solution=replace(one.solution, value=-1.0)) if worse else None

    monkeypatch.setattr(module, "_solved", failing)
    case = small_case(*OTHERS, seed=3)
    tight, wide = frontier(case.account, case.mandate, case.risk, [0.05, 0.08]).points
    assert wide.feasible
    assert (wide.value, wide.tracking_error) == (tight.value, tight.tracking_error)
    assert wide.bound >= tight.value
