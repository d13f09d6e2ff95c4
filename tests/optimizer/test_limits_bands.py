"""Numbers that limits refuse, and bands that drift has broken: strict ones must be met, others may not get worse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimizer import (
    ActiveWeightLimit,
    CashLimit,
    FactorActiveLimit,
    LossPerNameLimit,
    RealizedGainLimit,
    SectorActiveLimit,
    TrackingErrorLimit,
    TurnoverLimit,
    rebalance,
)
from optimizer.limits.base import band
from taxsleeve_errors import InfeasibleError, InputError

ONE_NUMBER = [
    TrackingErrorLimit, LossPerNameLimit, TurnoverLimit, ActiveWeightLimit, SectorActiveLimit, RealizedGainLimit,
]  # fmt: skip


@pytest.mark.parametrize("bad", [-0.01, np.nan, np.inf])
@pytest.mark.parametrize("kind", ONE_NUMBER)
def test_a_limit_that_is_no_number_of_zero_or_more_is_refused(kind: Any, bad: float) -> None:
    with pytest.raises(InputError, match=rf"limits, {kind.name}: found '{bad}', expected a finite number"):
        kind(bad)


def test_no_tracking_error_at_all_cannot_be_asked_for() -> None:
    with pytest.raises(InputError, match=r"tracking_error: found '0\.0', expected a finite number > 0"):
        TrackingErrorLimit(0.0)


@pytest.mark.parametrize("kind", [k for k in ONE_NUMBER if k is not TrackingErrorLimit])
def test_zero_is_a_limit(kind: Any) -> None:
    assert kind(0.0).limit == 0.0


@pytest.mark.parametrize("ends", [(0.1, 0.05), (np.nan, 0.1), (0.0, np.nan), (-np.inf, 0.1), (np.inf, np.inf)])
def test_a_cash_band_that_is_none_is_refused(ends: tuple[float, float]) -> None:
    with pytest.raises(InputError, match=r"limits, cash: .*least <= greatest"):
        CashLimit(*ends)


def test_a_factor_limit_below_zero_is_refused_by_factor() -> None:
    with pytest.raises(InputError, match=r"factor_active\.size"):
        FactorActiveLimit({"market": 0.1, "size": -0.1})


def test_a_factor_that_the_model_does_not_have_is_refused_with_those_it_has(small_case: Any) -> None:
    case = small_case(FactorActiveLimit({"momentum": 0.1}))
    with pytest.raises(InputError, match=r"factor_active: found 'momentum', expected a factor of .* \(F1, F2\)"):
        rebalance(case.account, case.mandate, case.risk)


def test_a_strict_band_is_what_it_says_and_another_gives_way_to_drift() -> None:
    before = np.array([0.0, 0.08, -0.09])
    assert [end.tolist() for end in band(0.05, before, strict=True)] == [[-0.05] * 3, [0.05] * 3]
    lower, upper = band(0.05, before, strict=False)
    assert lower.tolist() == [-0.05, -0.05, -0.09]
    assert upper.tolist() == [0.05, 0.08, 0.05]


def test_each_entry_may_have_its_own_end() -> None:
    lower, upper = band(np.array([0.1, 0.2]), np.zeros(2), strict=True)
    assert (lower.tolist(), upper.tolist()) == ([-0.1, -0.2], [0.1, 0.2])


DRIFTED = {"A": 0.2, "B": 0.4, "C": 0.4}


@pytest.fixture
def drifted(account_of: Any, mandate_of: Any, risk_of: Any) -> Any:
    """A name that has doubled: 50% of the account where the benchmark has 20%, all of it gain."""

    def run(*limits: Any) -> Any:
        lots = [(a, n, b, "2020-01-02") for a, n, b in (("A", 500, 5.0), ("B", 250, 8.0), ("C", 250, 8.0))]
        account = account_of(dict.fromkeys("ABC", 10.0), lots, sector={"A": "x", "B": "y", "C": "y"})
        return rebalance(account, mandate_of(DRIFTED, *limits), risk_of("ABC"))

    return run


@pytest.mark.parametrize("kind", [ActiveWeightLimit, SectorActiveLimit])
def test_no_gain_is_realised_to_cure_drift_unless_the_band_is_strict(drifted: Any, kind: Any) -> None:
    assert drifted(kind(0.2)).trades.empty
    strict = drifted(kind(0.2, strict=True))
    assert strict.trades.loc[strict.trades["side"] == "SELL", "asset"].tolist() == ["A"]
    assert strict.check.outcome.active_after[0] == pytest.approx(0.2, abs=1e-6)


def test_the_same_for_a_factor(drifted: Any, risk_of: Any) -> None:
    before = abs(risk_of("ABC").loadings[:, 1] @ np.array([0.3, -0.15, -0.15]))
    assert drifted(FactorActiveLimit({"F2": before / 2})).trades.empty
    strict = drifted(FactorActiveLimit({"F2": before / 2}, strict=True))
    after = strict.check.outcome.exposures(strict.check.outcome.active_after)["F2"]
    assert abs(after) == pytest.approx(before / 2, abs=1e-6)


def test_a_strict_band_that_no_trade_can_meet_is_infeasible_and_named(drifted: Any) -> None:
    with pytest.raises(InfeasibleError) as error:
        drifted(ActiveWeightLimit(0.05, strict=True), RealizedGainLimit(0.0))
    assert {s.name for s in error.value.shortfalls} & {"active_weight", "realized_gain"}
