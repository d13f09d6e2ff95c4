"""Cells of lists from any source, read as they stand: what cannot be read is a finding, never an exception."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

from taxsleeve_errors import InputError

__all__ = ["Cell", "number_in", "rows_in", "word_in"]

Cell = Callable[[str], Any]
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def rows_in(table: pd.DataFrame, file: str, needed: tuple[str, ...]) -> Iterator[tuple[int, Cell]]:
    """Rows of a list: the line in its file, which the index has, and what finds a cell by its column.

    Raises
    ------
    InputError
        A column that is needed is not there.
    """
    missing = [name for name in needed if name not in table.columns]
    if missing:
        found = ", ".join(map(str, table.columns)) or "nothing"
        raise InputError.of(file, f"a column {missing[0]} (found: {found})", column=missing[0])
    for line, row in zip(table.index, table.to_dict("records"), strict=True):
        yield int(str(line)), row.get


def _blank(cell: Any) -> bool:
    if isinstance(cell, str):
        return not cell.strip()
    # Tables of nullable types have NA where others have NaN or None.
    return bool(pd.api.types.is_scalar(cell) and pd.isna(cell))


def word_in(cell: Any) -> str:
    """Text of a cell, "" where it is empty."""
    return "" if _blank(cell) else str(cell).strip()


def number_in(cell: Any) -> float | None:
    """Number in a cell: None where it is empty, NaN where it is no finite number."""
    if _blank(cell):
        return None
    if isinstance(cell, str) and _NUMBER.fullmatch(cell.strip()) is None:
        return math.nan
    try:
        number = float(cell)
    except (TypeError, ValueError, OverflowError):
        return math.nan
    return number if math.isfinite(number) else math.nan
