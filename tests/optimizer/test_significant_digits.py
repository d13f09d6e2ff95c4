"""Rounding to twelve digits by scaling gives what the text of the number gives, bit by bit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.significant_digits import significant


def by_text(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    whole = (numbers == np.rint(numbers)) & (np.abs(numbers) < 1e12)
    rounded = np.array([float(f"{x:.12g}") for x in numbers.tolist()])
    return np.where(whole, numbers, rounded)


def assert_same_bits(numbers: NDArray[np.float64]) -> None:
    assert significant(numbers).view(np.int64).tolist() == by_text(numbers).view(np.int64).tolist()


def test_figures_carry_twelve_digits() -> None:
    assert significant(np.array([0.1 + 0.2, 1e9 / 3, 0.0])).tolist() == [0.3, 333333333.333, 0.0]


def test_any_number_is_what_its_twelve_digits_say() -> None:
    rng = np.random.default_rng(1)
    size = 20_000
    assert_same_bits(rng.normal(size=size) * 10.0 ** rng.uniform(-14, 16, size))
    assert_same_bits(np.round(rng.uniform(0, 1e4, size), 2) * rng.integers(1, 900, size))


def test_numbers_half_way_between_two_are_rounded_as_text_rounds_them() -> None:
    rng = np.random.default_rng(2)
    half = rng.integers(10**11, 10**12, 5000) + 0.5
    assert_same_bits(half)
    assert_same_bits(half / 10.0 ** rng.integers(0, 20, len(half)))


def test_numbers_next_to_a_power_of_ten() -> None:
    powers = 10.0 ** np.arange(-15, 17)
    near = [powers * (1 + k * 2.3e-16) for k in range(-9, 10)] + [powers * (1 - k * 1e-13) for k in range(30)]
    assert_same_bits(np.concatenate(near))


def test_numbers_that_have_no_digits_stay() -> None:
    strange = np.array([np.inf, -np.inf, -0.0, 5e-324, 1.7e308])
    assert_same_bits(strange)
    assert np.isnan(significant(np.array([np.nan, 1.5]))).tolist() == [True, False]
    assert significant(np.empty(0)).tolist() == []
