"""When a holding is long-term, by the shared vectors and by the calendar."""

import csv
import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tax import is_long_term, long_term_from

with (Path(__file__).parent / "data" / "holding_period_cases.csv").open(newline="") as lines:
    CASES = list(csv.DictReader(lines))

DATES = st.dates(dt.date(1950, 1, 1), dt.date(2100, 1, 1))


@pytest.mark.parametrize("case", CASES, ids=[case["case_id"] for case in CASES])
def test_cases(case):
    start, sold = (dt.date.fromisoformat(case[name]) for name in ("acquired_trade_date", "sold_trade_date"))
    assert ("LT" if is_long_term(start, sold) else "ST") == case["exp_term"]


def test_the_month_end_trap():
    assert long_term_from(dt.date(2023, 2, 28)) == np.datetime64("2024-03-01")
    assert long_term_from(dt.date(2024, 2, 28)) == np.datetime64("2025-03-01")
    assert long_term_from(dt.date(2024, 2, 29)) == np.datetime64("2025-03-01")


@given(DATES)
def test_the_day_after_a_year_on_with_a_missing_day_as_the_next(start):
    first = start + dt.timedelta(days=1)
    try:
        expected = first.replace(year=first.year + 1)
    except ValueError:
        expected = dt.date(first.year + 1, 3, 1)
    assert long_term_from(start).item() == expected
    assert is_long_term(start, expected)
    assert not is_long_term(start, expected - dt.timedelta(days=1))


def test_many_lots_on_one_day_are_as_each_by_itself():
    # Days around every turn of leap years and centuries.
    sold = np.arange("1896-01-01", "1905-01-01", dtype="datetime64[D]")
    sold = np.concatenate([sold, np.arange("2019-01-01", "2026-01-01", dtype="datetime64[D]")])
    starts = np.arange(360, 375) * np.timedelta64(1, "D")
    for day in sold:
        assert np.array_equal(is_long_term(day - starts, day), day >= long_term_from(day - starts)), day
    assert np.array_equal(is_long_term(sold - starts[0], sold), sold >= long_term_from(sold - starts[0]))
    assert not is_long_term(np.array(["NaT"], "datetime64[D]"), dt.date(2024, 1, 1)).any()
