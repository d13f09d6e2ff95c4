"""The day on which a lot becomes long-term, with PEER_SCENARIOS C (20 to 22)."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tax import Lots, is_long_term, long_term_from

DATES = st.dates(dt.date(1990, 1, 1), dt.date(2060, 12, 31))


@pytest.mark.parametrize(
    ("bought", "first_long"),
    [
        ("2023-03-01", "2024-03-02"),  # 366 days later is still short-term in a leap year
        ("2022-06-15", "2023-06-16"),
        ("2023-02-28", "2024-03-01"),  # Rev. Rul. 66-7: bought on a month's last day
        ("2023-02-27", "2024-02-28"),
        ("2024-02-28", "2025-03-01"),  # the count starts on February 29
        ("2024-02-29", "2025-03-01"),
        ("2023-12-31", "2025-01-01"),
        ("2023-01-31", "2024-02-01"),
    ],
)
def test_first_long_term_day(bought: str, first_long: str) -> None:
    assert long_term_from(np.datetime64(bought)) == np.datetime64(first_long)
    assert is_long_term(np.datetime64(bought), np.datetime64(first_long))
    assert not is_long_term(np.datetime64(bought), np.datetime64(first_long) - 1)


def test_peer_20_a_leap_years_anniversary_is_short_term_and_the_next_day_long() -> None:
    bought = dt.date(2023, 3, 1)
    assert not is_long_term(bought, dt.date(2024, 3, 1))
    assert is_long_term(bought, dt.date(2024, 3, 2))


def test_peer_21_exactly_365_days_is_short_term() -> None:
    bought = dt.date(2022, 5, 10)
    assert not is_long_term(bought, bought + dt.timedelta(days=365))
    assert is_long_term(bought, bought + dt.timedelta(days=366))


def test_peer_22_the_order_in_which_lots_turn_long() -> None:
    bought = np.array(["2023-02-01", "2023-01-20", "2019-05-01"], dtype="datetime64[D]")
    assert long_term_from(bought).astype(str).tolist() == ["2024-02-02", "2024-01-21", "2020-05-02"]


@given(bought=DATES)
def test_the_rule_of_the_statute_day_by_day(bought: dt.date) -> None:
    """More than one year, counted from the day after: that day, a year on, or March 1 where there is no such day."""
    after = bought + dt.timedelta(days=1)
    try:
        expected = after.replace(year=after.year + 1)
    except ValueError:
        expected = dt.date(after.year + 1, 3, 1)
    assert long_term_from(bought).astype(object) == expected


@given(first=DATES, second=DATES)
def test_buying_later_never_turns_long_sooner(first: dt.date, second: dt.date) -> None:
    earlier, later = sorted((first, second))
    assert long_term_from(earlier) <= long_term_from(later)


def test_arrays_broadcast() -> None:
    starts = np.array([["2023-01-03"], ["2023-01-04"]], dtype="datetime64[D]")
    days = np.array(["2024-01-03", "2024-01-04", "2024-01-05"], dtype="datetime64[D]")
    assert is_long_term(starts, days).tolist() == [[False, True, True], [False, False, True]]


def test_a_lots_term_follows_the_tacked_start_and_not_the_purchase() -> None:
    lots = Lots.build(
        lot_id=["own", "tacked"],
        asset=["A", "A"],
        shares=[1, 1],
        basis=[1, 1],
        acquired=[dt.date(2024, 5, 1)] * 2,
        holding_start=[dt.date(2024, 5, 1), dt.date(2023, 5, 1)],
    )
    assert lots.long_term(dt.date(2024, 6, 3)).tolist() == [False, True]
