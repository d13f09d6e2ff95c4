"""Single cells: what is taken, what is refused, and in which words."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from taxsleeve.cells import AccountType, Day, Label, NotNegative, Number, Positive, Rule, Share, Side


def read(kind: Any, value: object) -> Any:
    return TypeAdapter(kind).validate_python(value)


def complaint(kind: Any, value: object) -> str:
    with pytest.raises(ValidationError) as caught:
        read(kind, value)
    (error,) = caught.value.errors()
    return str(error["msg"]).removeprefix("Value error, ")


@pytest.mark.parametrize(
    ("written", "number"),
    [("5", 5.0), ("-5.25", -5.25), ("+.5", 0.5), ("5.", 5.0), ("1e3", 1000.0), ("2.5E-2", 0.025), (7, 7.0), (0.5, 0.5)],
)
def test_plain_numbers_are_read(written: object, number: float) -> None:
    assert read(Number, written) == number


TEXTS = ["", "abc", "1,000", "1_000", "1 000", "$5", "5%", "(5)", "0x10", "--5", "5-", ".", "e5", "\u0661\u0662"]
WORDS = ["nan", "NaN", "inf", "-Infinity", "1e400"]
OTHERS = [math.nan, math.inf, -math.inf, True, None, [1.0], dt.date(2024, 1, 1)]


@pytest.mark.parametrize("written", [*TEXTS, *WORDS, *OTHERS])
def test_what_is_not_a_plain_finite_number_is_refused(written: object) -> None:
    assert complaint(Number, written) == "a number"


def test_a_whole_number_too_large_for_a_float_is_refused() -> None:
    assert complaint(Number, 10**400) == "a number"


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_number_is_read_back_from_its_shortest_text(number: float) -> None:
    assert read(Number, repr(number)) == number


@pytest.mark.parametrize(
    ("kind", "good", "bad", "words"),
    [
        (Positive, ["0.0001", 3], ["0", "-1", -0.0, "1e-400", "inf", math.inf, math.nan], "a number > 0"),
        (NotNegative, ["0", 0, 12.5], ["-0.01", -1, "inf", math.inf, math.nan], "a number >= 0"),
        (Share, ["0", "1", 0.01], ["1.0001", "-0.01", 35, math.nan], "a fraction from 0 to 1 (0.01 is 1%)"),
    ],
)
def test_bounds(kind: Any, good: list[Any], bad: list[object], words: str) -> None:
    for value in good:
        assert read(kind, value) == float(value)
    for value in bad:
        assert complaint(kind, value) == words


@pytest.mark.parametrize(
    "written",
    ["2024-02-29", dt.date(2024, 2, 29), dt.datetime(2024, 2, 29), pd.Timestamp("2024-02-29")],
)
def test_a_day_is_read_from_text_or_from_a_parquet_date(written: object) -> None:
    day = read(Day, written)
    assert day == dt.date(2024, 2, 29)
    assert type(day) is dt.date


@pytest.mark.parametrize(
    "written",
    [
        "29.02.2024",
        "02/29/2024",
        "2024/02/29",
        "20240229",
        "2024-2-9",
        "2024-02-29T00:00:00",
        "2024-W09-4",
        "\u0662\u0660\u0662\u0664-02-29",
        "today",
        "",
        45351,
        45351.0,
        None,
        True,
        dt.datetime(2024, 2, 29, 16, 30),
        pd.Timestamp("2024-02-29 00:00:01"),
        pd.NaT,
    ],
)
def test_what_is_not_an_iso_date_is_refused(written: object) -> None:
    assert complaint(Day, written).startswith("a date as YYYY-MM-DD")


@pytest.mark.parametrize("written", ["2024-02-30", "2023-02-29", "2024-13-01", "2024-00-10", "0000-01-01"])
def test_a_day_that_is_not_in_the_calendar_is_refused(written: str) -> None:
    assert complaint(Day, written) == "a date as YYYY-MM-DD that is in the calendar"


@pytest.mark.parametrize("written", ["A", "BRK.B", "Société Générale", "<script>alert(1)</script>", "x" * 200])
def test_a_name_can_be_any_printable_text(written: str) -> None:
    assert read(Label, written) == written


@pytest.mark.parametrize("written", ["", "x" * 201, "A\nB", "A\x00", "A\u202eB", 5, None, True])
def test_a_name_that_cannot_be_printed_is_refused(written: object) -> None:
    assert complaint(Label, written) == "a name of 1 to 200 printable characters"


@pytest.mark.parametrize("written", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)"])
def test_a_name_is_no_formula(written: str) -> None:
    assert complaint(Label, written).startswith("a name that does not begin with =, +, - or @")


def test_choices_are_read_in_any_case_and_the_choices_are_named() -> None:
    assert [read(Side, text) for text in ("BUY", "sell", "Buy")] == ["BUY", "SELL", "BUY"]
    assert read(Rule, "No_Buy") == "no_buy"
    assert read(AccountType, "IRA") == "ira"
    assert complaint(Side, "short") == "one of BUY, SELL"
    assert complaint(Rule, "never") == "one of no_buy, no_sell, no_trade, exclude"
    assert complaint(AccountType, "401k") == "one of taxable, spouse, ira, roth"
    assert complaint(Side, 1) == "one of BUY, SELL"
