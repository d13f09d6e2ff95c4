"""Exact amounts in, whole cents out."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tax.money import cents, exact
from taxsleeve_errors import TaxError


@pytest.mark.parametrize("value", [0.1, Decimal("0.1"), Fraction(1, 10), np.float64(0.1), np.float32(0.1)])
def test_a_tenth_is_a_tenth_however_it_is_written(value: float) -> None:
    assert exact(value, "amount") == Fraction(1, 10)


def test_whole_numbers_of_numpy_are_amounts() -> None:
    assert exact(np.int64(7), "amount") == 7  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, Decimal("NaN"), "12", None, True, 1j])
def test_what_is_no_finite_number_is_refused(bad: object) -> None:
    with pytest.raises(TaxError, match=r"^fee: found .*finite number"):
        exact(bad, "fee")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        (Fraction(1, 200), "0.01"),
        (Fraction(-1, 200), "-0.01"),
        (Fraction(1, 3), "0.33"),
        (2.675, "2.68"),
        (-0.004, "0.00"),
        (12, "12.00"),
    ],
)
def test_half_a_cent_rounds_away_from_zero(value: float, rounded: str) -> None:
    assert str(cents(value)) == rounded


@given(st.fractions(min_value=-(10**9), max_value=10**9))
def test_rounding_moves_an_amount_by_half_a_cent_at_most(value: Fraction) -> None:
    assert abs(Fraction(cents(value)) - value) <= Fraction(1, 200)
