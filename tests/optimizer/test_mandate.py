"""Mandate: what it refuses, and the cash limit that needs no saying."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from optimizer import CashLimit, Mandate, TrackingErrorLimit, TurnoverLimit
from taxsleeve_errors import InputError

Build = Callable[..., Mandate]


@pytest.mark.parametrize(
    "weights",
    [{}, {"A": 0.9}, {"A": 0.6, "B": 0.40001}, {"A": 1.2, "B": -0.2}, {"A": np.nan, "B": 1.0}, {"A": np.inf}],
)
def test_a_benchmark_that_is_none_is_refused(mandate_of: Build, weights: dict[str, float]) -> None:
    with pytest.raises(InputError, match=r"benchmark, weight: .*finite weights >= 0 that sum to 1 within 1e-6"):
        mandate_of(weights)


def test_a_benchmark_may_be_off_by_rounding(mandate_of: Build) -> None:
    assert mandate_of({"A": 0.3333333, "B": 0.3333333, "C": 0.3333333}).benchmark["A"] == 0.3333333


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"losses": "none"}, "taxes, losses: found 'none', expected one of unlimited, long_term"),
        ({"min_trade": -0.1}, "mandate, min_trade"),
        ({"harvest_threshold": np.nan}, "mandate, harvest_threshold"),
        ({"risk_aversion": np.inf}, "mandate, risk_aversion"),
        ({"minimum_loss": -1.0}, "mandate, minimum_loss"),
        ({"alpha": {"A": 0.01, "B": np.nan}}, "mandate, alpha.B: found 'nan', expected a finite number"),
        ({"alpha_horizon": -1.0}, "mandate, alpha_horizon"),
        ({"names": (3, 2)}, "limits, names"),
        ({"names": (-1, 2)}, "limits, names"),
    ],
)
def test_numbers_that_cannot_be_are_refused(mandate_of: Build, changed: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        mandate_of({"A": 1.0}, **changed)


def test_a_limit_stands_once(mandate_of: Build) -> None:
    with pytest.raises(InputError, match="limits, turnover: found 'twice'"):
        mandate_of({"A": 1.0}, TurnoverLimit(0.1), TrackingErrorLimit(0.01), TurnoverLimit(0.2))


def test_without_a_cash_limit_cash_may_not_be_overdrawn(mandate_of: Build) -> None:
    assert mandate_of({"A": 1.0}, TurnoverLimit(0.1)).all_limits() == (TurnoverLimit(0.1), CashLimit(0.0, np.inf))


def test_a_cash_limit_that_is_given_stands_alone(mandate_of: Build) -> None:
    assert mandate_of({"A": 1.0}, CashLimit(-0.1, 0.1)).all_limits() == (CashLimit(-0.1, 0.1),)
