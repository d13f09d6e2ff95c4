"""Large tables of dates x assets in a market folder: capitalisation, returns, book-to-price, dollar volume."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from taxsleeve.counting import counted
from taxsleeve.price_file import dated_panel, load_panel
from taxsleeve.tables import Findings

__all__ = ["ANY_NUMBER", "NOT_NEGATIVE", "POSITIVE", "RETURNS", "CellRule", "read_panel"]

Floats = NDArray[np.float64]
_FAULTS_SHOWN = 20


@dataclass(frozen=True)
class CellRule:
    """What a cell must be where it is not empty.

    Parameters
    ----------
    good : callable
        Tells good numbers from bad, elementwise.
    expected : str
        In words.
    """

    good: Callable[[Floats], NDArray[np.bool_]]
    expected: str


POSITIVE = CellRule(lambda x: x > 0, "a number > 0, or empty")
NOT_NEGATIVE = CellRule(lambda x: x >= 0, "a number >= 0, or empty")
ANY_NUMBER = CellRule(np.isfinite, "a number, or empty")
RETURNS = CellRule(lambda x: x >= -1, "a simple return of at least -1 (0.012 is 1.2%), or empty")


def read_panel(path: Path, rule: CellRule, findings: Findings, *, least_dates: int = 1) -> pd.DataFrame | None:
    """Read a table of dates x assets.

    Parameters
    ----------
    path : Path
    rule : CellRule
        Every cell is held against it; the first bad cell of each asset is a fault (at most 20 are listed).
    findings : Findings
    least_dates : int
        1 where one date is enough.

    Returns
    -------
    DataFrame or None
        Floats, dates rising, NaN where empty; None, with the faults noted, where it is not good or wholly empty.
    """
    before = len(findings.faults)
    loaded = load_panel(path, findings)
    if loaded is None:
        return None
    frame, lines = loaded
    if len(frame) < least_dates or not frame.shape[1]:
        found = f"{counted(len(frame), 'date')}, {counted(frame.shape[1], 'asset')}"
        findings.fault(path.name, f"at least {least_dates} date(s) and one asset", value=found)
        return None
    frame = dated_panel(path.name, frame, lines, findings)
    values = _numbers(path.name, frame, lines, findings)
    if len(findings.faults) == before:
        _check(path.name, frame, lines, values, rule, findings)
        if np.isnan(values).all():
            findings.fault(path.name, "a number in some cell", value="only empty cells")
    if len(findings.faults) > before:
        return None
    return pd.DataFrame(values, index=frame.index, columns=frame.columns)


def _numbers(file: str, frame: pd.DataFrame, lines: list[int], findings: Findings) -> Floats:
    """Cells as floats; a fault for the first cell of each column that is not a number."""
    # Pandas would count true as 1, and a date in nanoseconds.
    wrong = [
        j
        for j, dtype in enumerate(frame.dtypes)
        if not pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_bool_dtype(dtype)
    ]
    columns: dict[int, NDArray[np.floating[Any]]] = {}
    for j in wrong:
        column = frame.iloc[:, j]
        written = column.dtype == object or pd.api.types.is_string_dtype(column.dtype)
        given = column if written else pd.Series(np.nan, index=column.index)
        numbers = pd.to_numeric(given, errors="coerce").astype(float)
        bad = (numbers.isna() & column.notna()).to_numpy()
        if bad.any():
            i = int(np.argmax(bad))
            findings.fault(file, "a number", row=lines[i], column=str(frame.columns[j]), value=column.iloc[i])
        columns[j] = numbers.to_numpy()
    if not wrong:
        values: Floats = frame.to_numpy(dtype=float, na_value=np.nan)
        return values
    every = [columns[j] if j in columns else frame.iloc[:, j].to_numpy(dtype=float) for j in range(frame.shape[1])]
    return np.column_stack(every)


def _check(
    file: str, frame: pd.DataFrame, lines: list[int], values: Floats, rule: CellRule, findings: Findings
) -> None:
    with np.errstate(invalid="ignore"):
        bad = np.isinf(values) | (np.isfinite(values) & ~rule.good(values))
    columns = np.flatnonzero(bad.any(axis=0))
    for j in columns[:_FAULTS_SHOWN]:
        i = int(np.argmax(bad[:, j]))
        findings.fault(file, rule.expected, row=lines[i], column=str(frame.columns[j]), value=values[i, j])
    if len(columns) > _FAULTS_SHOWN:
        findings.fault(file, rule.expected, value=f"bad cells in {len(columns) - _FAULTS_SHOWN} further columns")
