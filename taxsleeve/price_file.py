"""prices.parquet (or .csv): total-return closes by date and asset."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from taxsleeve.cells import label_fault
from taxsleeve.counting import counted
from taxsleeve.parquet_file import parquet_frame
from taxsleeve.tables import Findings, raw_table
from taxsleeve_errors import InputError

__all__ = ["dated_panel", "load_panel", "read_prices"]

_STALE_DAYS = 10
_SHOWN = 5
# What a nanosecond timestamp can hold is a little wider.
_FIRST_YEAR, _LAST_YEAR = 1700, 2200


def read_prices(path: Path, as_of: dt.date | None, findings: Findings) -> pd.DataFrame | None:
    """Read a price history.

    Parameters
    ----------
    path : Path
    as_of : date or None
        Later rows are left out with a warning: no figure may be used before its day.
    findings : Findings

    Returns
    -------
    DataFrame or None
        Dates (rising) x assets, NaN where missing; None, with every fault noted, where it is not good.
    """
    before = len(findings.faults)
    loaded = load_panel(path, findings)
    if loaded is None:
        return None
    frame, lines = loaded
    if len(frame) < 2 or not frame.shape[1]:
        findings.fault(
            path.name,
            "at least two dates and one asset",
            value=f"{counted(len(frame), 'date')}, {counted(frame.shape[1], 'asset')}",
        )
        return None
    frame = dated_panel(path.name, frame, lines, findings)
    _check_cells(path.name, frame, lines, findings)
    if len(findings.faults) > before:
        return None
    if as_of is not None:
        today = pd.Timestamp(as_of)
        later = int((frame.index > today).sum())
        if later:
            findings.warnings.append(f"{path.name}: not used: {counted(later, 'row')} after {as_of}")
            frame = frame.loc[frame.index <= today]
        if len(frame) and (today - frame.index[-1]).days > _STALE_DAYS:
            findings.warnings.append(f"{path.name}: the last prices are of {frame.index[-1].date()}, {as_of} is meant")
    return frame


def load_panel(path: Path, findings: Findings) -> tuple[pd.DataFrame, list[int]] | None:
    """Cells as they stand, with the dates as index, and the line of each row."""
    if path.suffix != ".parquet":
        raw = raw_table(path, findings)
        if raw is None:
            return None
        header, rows = raw
        _check_names(path.name, header, header[1:], findings)
        cells = [[row.get(name) for name in header] for _, row in rows]
        frame = pd.DataFrame(cells, columns=header, dtype=object)
        return frame.set_index(frame.iloc[:, 0]).iloc[:, 1:], [line for line, _ in rows]
    try:
        frame = parquet_frame(path, "a table of dates x assets")
    except InputError as error:
        findings.faults += error.faults
        return None
    if "date" in frame.columns:
        frame = frame.set_index("date")
    frame.columns = [str(column) for column in frame.columns]
    names = frame.columns.tolist()
    _check_names(path.name, names, names, findings)
    return frame, list(range(2, len(frame) + 2))


def _check_names(file: str, header: list[str], names: list[str], findings: Findings) -> None:
    for name in sorted(name for name, count in Counter(header).items() if count > 1)[:_SHOWN]:
        findings.fault(file, "each asset once", column=name, value="stands twice")
    bad = [(name, expected) for name in names if (expected := label_fault(name))]
    for name, expected in bad[:_SHOWN]:
        findings.fault(file, f"in the header {expected}", column=name, value=name)


def dated_panel(file: str, frame: pd.DataFrame, lines: list[int], findings: Findings) -> pd.DataFrame:
    """Make the index one of days, and note those that are no dates, stand twice or fall."""
    found = frame.index
    try:
        if pd.api.types.is_numeric_dtype(found):
            raise TypeError("a number is not a date")
        days = pd.DatetimeIndex(pd.to_datetime(found, format="ISO8601", errors="coerce")).tz_localize(None)
    except (ValueError, TypeError):
        days = pd.DatetimeIndex([pd.NaT] * len(found))
    missing = np.flatnonzero(days.isna())
    for i in missing[:_SHOWN]:
        value = "an empty cell" if found[i] is None else found[i]
        findings.fault(file, "ISO dates in the first column or index", row=lines[i], column="date", value=value)
    strange = np.flatnonzero((days.year < _FIRST_YEAR) | (days.year > _LAST_YEAR))
    for i in strange[:_SHOWN]:
        expected = f"dates from {_FIRST_YEAR} to {_LAST_YEAR}"
        findings.fault(file, expected, row=lines[i], column="date", value=str(found[i])[:10])
    if len(strange):
        days = pd.DatetimeIndex([pd.NaT] * len(found))
    elif not len(missing):
        for i in np.flatnonzero(days.duplicated())[:_SHOWN]:
            findings.fault(file, "each date once", row=lines[i], column="date", value=days[i].date())
        for i in np.flatnonzero(days[1:] < days[:-1])[:_SHOWN] + 1:
            findings.fault(file, "rising dates", row=lines[i], column="date", value=days[i].date())
    return frame.set_axis(days.normalize().as_unit("ns"), axis=0)


def _check_cells(file: str, frame: pd.DataFrame, lines: list[int], findings: Findings) -> None:
    """Note the first bad cell of each asset, and make the columns numbers."""
    for j, asset in enumerate(frame.columns):
        column = frame.iloc[:, j]
        numbers = pd.to_numeric(column, errors="coerce").astype(float)
        bad = (numbers.isna() & column.notna()) | (numbers <= 0) | np.isinf(numbers)
        if bad.any():
            i = int(np.argmax(bad.to_numpy()))
            findings.fault(
                file, "a price > 0, or empty where there was none", row=lines[i], column=asset, value=column.iloc[i]
            )
        elif not pd.api.types.is_float_dtype(column):
            frame.isetitem(j, numbers.to_numpy())
