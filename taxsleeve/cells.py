"""Types of the cells of input files, for pydantic: each says what it expects in words that a manager understands."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import BeforeValidator

__all__ = [
    "FORMULA_STARTS",
    "NUMBER",
    "AccountType",
    "Day",
    "Label",
    "NotNegative",
    "Number",
    "Positive",
    "Rule",
    "Share",
    "Side",
    "label_fault",
    "one_of",
    "spreadsheet_cell",
]

# A spreadsheet takes a cell that starts with one of these for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
# What a nanosecond timestamp can hold is a little wider.
_FIRST_YEAR, _LAST_YEAR = 1700, 2200
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _number(good: Callable[[float], bool], expected: str) -> Callable[[Any], float]:
    def parse(value: Any) -> float:
        written = isinstance(value, str) and NUMBER.fullmatch(value) is not None
        if not written and (isinstance(value, bool) or not isinstance(value, (int, float, Decimal))):
            raise ValueError(expected)
        try:
            number = float(value)
        except OverflowError:
            raise ValueError(expected) from None
        if not math.isfinite(number) or not good(number):
            raise ValueError(expected)
        return number

    return parse


def _day(value: Any) -> dt.date:
    day = _any_day(value)
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError(f"a date as YYYY-MM-DD, from {_FIRST_YEAR} to {_LAST_YEAR}")
    return day


def _any_day(value: Any) -> dt.date:
    expected = "a date as YYYY-MM-DD"
    if isinstance(value, (dt.datetime, pd.Timestamp)):
        if value != value.replace(hour=0, minute=0, second=0, microsecond=0):
            raise ValueError(expected)
        return value.date()
    if isinstance(value, dt.date):
        return value
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError(expected)
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{expected} that is in the calendar") from None


def label_fault(value: object) -> str:
    """What a name is expected to be that this is not; "" where it is good."""
    if not isinstance(value, str) or not value or not value.isprintable() or len(value) > 200:
        return "a name of 1 to 200 printable characters"
    # Names go into CSV files that are opened in spreadsheets, as they are.
    if len(value) > 1 and value.startswith(FORMULA_STARTS):
        return "a name that does not begin with =, +, - or @, which a spreadsheet would take for a formula"
    return ""


def _label(value: Any) -> str:
    if expected := label_fault(value):
        raise ValueError(expected)
    return str(value)


def spreadsheet_cell(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula: text that looks like one begins with an apostrophe.

    A number is none, and neither is a single sign.
    """
    if not isinstance(value, str) or len(value) < 2 or not value.startswith(FORMULA_STARTS) or NUMBER.fullmatch(value):
        return value
    return f"'{value}"


def one_of(*choices: str) -> Callable[[Any], str]:
    """A reader of cells that accepts these words, in any case, and gives them as written here."""

    def parse(value: Any) -> str:
        for choice in choices:
            if isinstance(value, str) and value.lower() == choice.lower():
                return choice
        raise ValueError(f"one of {', '.join(choices)}")

    return parse


Number = Annotated[float, BeforeValidator(_number(math.isfinite, "a number"))]
Positive = Annotated[float, BeforeValidator(_number(lambda x: x > 0, "a number > 0"))]
NotNegative = Annotated[float, BeforeValidator(_number(lambda x: x >= 0, "a number >= 0"))]
Share = Annotated[float, BeforeValidator(_number(lambda x: 0 <= x <= 1, "a fraction from 0 to 1 (0.01 is 1%)"))]
Day = Annotated[dt.date, BeforeValidator(_day)]
Label = Annotated[str, BeforeValidator(_label)]

AccountType = Annotated[
    Literal["taxable", "spouse", "ira", "roth"], BeforeValidator(one_of("taxable", "spouse", "ira", "roth"))
]
Rule = Annotated[
    Literal["no_buy", "no_sell", "no_trade", "exclude"],
    BeforeValidator(one_of("no_buy", "no_sell", "no_trade", "exclude")),
]
Side = Annotated[Literal["BUY", "SELL"], BeforeValidator(one_of("BUY", "SELL"))]
