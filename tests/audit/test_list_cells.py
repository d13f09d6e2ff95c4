"""Cells of lists as people and programs write them: read, empty, or no number; never an exception."""

from __future__ import annotations

import datetime as dt
import math
import re
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from audit.list_cells import number_in, rows_in, word_in
from taxsleeve_errors import InputError

EMPTY = [None, "", "  ", math.nan, np.float32("nan"), pd.NA, pd.NaT]


@pytest.mark.parametrize("cell", EMPTY)
def test_an_empty_cell_is_no_number_and_no_word(cell: Any) -> None:
    assert number_in(cell) is None
    assert word_in(cell) == ""


@pytest.mark.parametrize(
    ("cell", "number"),
    [("12", 12.0), (" -1.5 ", -1.5), ("+.5", 0.5), ("3.", 3.0), ("1e3", 1000.0), ("2E-2", 0.02), (7, 7.0), (0.0, 0.0),
     (np.int64(4), 4.0), (Decimal("0.25"), 0.25)],
)  # fmt: skip
def test_a_number_is_read(cell: Any, number: float) -> None:
    assert number_in(cell) == number


@pytest.mark.parametrize(
    "cell",
    ["x", "1,000", "1_000", "nan", "inf", "1e999", "0x10", "\u0661", ".", "e3", math.inf, -math.inf, b"x", b"12 shares",
     [1.0], object(), dt.date(2025, 6, 16), 10**400, 1j],
)  # fmt: skip
def test_what_is_no_finite_number_is_told_apart_from_an_empty_cell(cell: Any) -> None:
    number = number_in(cell)
    assert number is not None
    assert math.isnan(number)


@pytest.mark.parametrize(("cell", "word"), [(" L1 ", "L1"), (7, "7"), (0, "0"), ([1, 2], "[1, 2]")])
def test_a_word_is_read_without_the_spaces_around_it(cell: Any, word: str) -> None:
    assert word_in(cell) == word


def test_rows_come_with_their_lines_and_find_cells_by_column() -> None:
    table = pd.DataFrame({"a": ["x", "y"], "b": [1, 2]}, index=[2, 5])
    rows = list(rows_in(table, "list.csv", ("a",)))
    assert [(line, cell("a"), cell("b"), cell("c")) for line, cell in rows] == [(2, "x", 1, None), (5, "y", 2, None)]


@pytest.mark.parametrize(
    ("columns", "missing", "found"), [(["b", "x"], "a", "b, x"), ([], "a", "nothing"), (["a"], "b", "a")]
)
def test_the_first_column_that_is_missing_is_named(columns: list[str], missing: str, found: str) -> None:
    words = f"list.csv, {missing}: expected a column {missing} (found: {found})"
    with pytest.raises(InputError, match=re.escape(words)):
        list(rows_in(pd.DataFrame(columns=columns), "list.csv", ("a", "b", "c")))
