"""Large tables of dates x assets in a market folder: capitalisation, returns, book-to-price, dollar volume."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from taxsleeve.price_file import check_panel_dates, load_panel
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
        Floats, dates rising, NaN where empty; None, with the faults noted, where it is not good.
    """
    frame = load_panel(path, findings)
    if frame is None:
        return None
    before = len(findings.faults)
    if len(frame) > 1 or least_dates > 1 or not frame.shape[1]:
        check_panel_dates(path.name, frame, findings)
    elif not len(frame):
        findings.fault(path.name, "at least one date", value="none")
    values = _numbers(path.name, frame, findings)
    if len(findings.faults) > before:
        return None
    _check(path.name, frame, values, rule, findings)
    if len(findings.faults) > before:
        return None
    return pd.DataFrame(values, index=frame.index, columns=frame.columns)


def _numbers(file: str, frame: pd.DataFrame, findings: Findings) -> Floats:
    """Cells as floats; a fault for the first cell of each column that is not a number."""
    wrong = [j for j, dtype in enumerate(frame.dtypes) if not pd.api.types.is_numeric_dtype(dtype)]
    for j in wrong:
        column = frame.iloc[:, j]
        numbers = pd.to_numeric(column, errors="coerce")
        bad = (numbers.isna() & column.notna()).to_numpy()
        if bad.any():
            i = int(np.argmax(bad))
            findings.fault(file, "a number", row=i + 2, column=str(frame.columns[j]), value=column.iloc[i])
        frame.isetitem(j, numbers.astype(float).to_numpy())
    values: Floats = frame.to_numpy(dtype=float, na_value=np.nan)
    return values


def _check(file: str, frame: pd.DataFrame, values: Floats, rule: CellRule, findings: Findings) -> None:
    with np.errstate(invalid="ignore"):
        bad = np.isinf(values) | (np.isfinite(values) & ~rule.good(values))
    columns = np.flatnonzero(bad.any(axis=0))
    for j in columns[:_FAULTS_SHOWN]:
        i = int(np.argmax(bad[:, j]))
        findings.fault(file, rule.expected, row=i + 2, column=str(frame.columns[j]), value=values[i, j])
    if len(columns) > _FAULTS_SHOWN:
        findings.fault(file, rule.expected, value=f"bad cells in {len(columns) - _FAULTS_SHOWN} further columns")
