"""Qualified dividends: the vectors, the boundaries, a dividend split lot by lot."""

from __future__ import annotations

import csv
import datetime as dt
import math
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tax.qualified_dividends import DividendLot, days_in_window, is_qualified, split_dividend
from taxsleeve_errors import TaxError

with (Path(__file__).parent / "data" / "qualified_dividend_cases.csv").open(encoding="utf-8", newline="") as _lines:
    CASES = list(csv.DictReader(_lines))
EX = dt.date(2024, 7, 12)
around = st.dates(dt.date(2024, 1, 1), dt.date(2024, 12, 31))


def days(count: int) -> dt.timedelta:
    return dt.timedelta(days=count)


@pytest.mark.parametrize("case", CASES, ids=[case["case_id"] for case in CASES])
def test_every_vector(case: dict[str, str]) -> None:
    bought, sold, ex_date = (dt.date.fromisoformat(case[name]) for name in ("bought", "sold", "ex_date"))
    assert days_in_window(bought, sold, ex_date) == int(case["exp_days_in_window"])
    assert is_qualified(bought, sold, ex_date) == (case["exp_qualified"] == "Y")


def test_the_vectors_are_there() -> None:
    assert len(CASES) >= 5


def test_publication_550_example_2_counts_61_days_in_the_window() -> None:
    assert days_in_window(dt.date(2024, 7, 11), dt.date(2024, 9, 13), EX) == 61


@given(around, around, around, st.booleans())
def test_the_count_is_that_of_the_days_one_by_one(
    bought: dt.date, sold: dt.date, ex_date: dt.date, preferred: bool
) -> None:
    bought, sold = min(bought, sold), max(bought, sold)
    reach = 90 if preferred else 60
    held = [bought + days(n) for n in range(1, (sold - bought).days + 1)]
    expected = sum(abs((day - ex_date).days) <= reach for day in held)
    assert days_in_window(bought, sold, ex_date, preferred=preferred) == expected
    assert is_qualified(bought, sold, ex_date, preferred=preferred) == (expected >= (91 if preferred else 61))


@pytest.mark.parametrize(("held", "qualified"), [(60, False), (61, True)])
def test_common_stock_needs_61_days(held: int, qualified: bool) -> None:
    assert is_qualified(EX - days(1), EX - days(1) + days(held), EX) is qualified


@pytest.mark.parametrize(("held", "qualified"), [(61, False), (90, False), (91, True)])
def test_a_preferred_dividend_of_over_366_days_needs_91_days(held: int, qualified: bool) -> None:
    assert is_qualified(EX - days(1), EX - days(1) + days(held), EX, preferred=True) is qualified


def test_shares_still_held_count_to_the_end_of_the_window() -> None:
    assert days_in_window(EX - days(1), None, EX) == 61
    assert days_in_window(dt.date(2000, 1, 1), None, EX) == 121
    assert days_in_window(dt.date(2000, 1, 1), None, EX, preferred=True) == 181


def test_a_dividend_is_split_lot_by_lot() -> None:
    lots = [
        DividendLot(100, dt.date(2020, 1, 2)),  # qualified
        DividendLot(10, EX - days(3), EX + days(4)),  # captured: ordinary
        DividendLot(7, EX - days(80), EX),  # sold on the ex-date: still earned, 61 days
        DividendLot(5, EX),  # bought on the ex-date: earns nothing
        DividendLot(3, EX - days(80), EX - days(1)),  # sold the day before: earns nothing
    ]
    split = split_dividend(lots, 0.35, EX)
    assert split.qualified == Fraction("37.45")
    assert split.ordinary == Fraction("3.5")


def test_no_lots_earn_no_dividend() -> None:
    split = split_dividend([], 1, EX)
    assert (split.qualified, split.ordinary) == (0, 0)


def test_a_sale_before_the_purchase_is_refused() -> None:
    with pytest.raises(TaxError, match="sold 2024-07-01 before it was bought 2024-07-02"):
        days_in_window(dt.date(2024, 7, 2), dt.date(2024, 7, 1), EX)


@pytest.mark.parametrize("shares", [0, -1, math.nan])
def test_a_senseless_number_of_shares_is_refused(shares: float) -> None:
    with pytest.raises(TaxError, match="shares"):
        split_dividend([DividendLot(shares, dt.date(2020, 1, 1))], 1, EX)


@pytest.mark.parametrize("per_share", [-0.01, math.nan])
def test_a_senseless_dividend_is_refused(per_share: float) -> None:
    with pytest.raises(TaxError, match="per_share"):
        split_dividend([], per_share, EX)
