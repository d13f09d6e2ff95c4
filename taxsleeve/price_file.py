"""prices.parquet (or .csv): total-return closes by date and asset."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet

from taxsleeve.tables import Findings, read_text

__all__ = ["check_panel_dates", "load_panel", "read_prices"]

_STALE_DAYS = 10


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
    frame = load_panel(path, findings)
    if frame is None:
        return None
    before = len(findings.faults)
    check_panel_dates(path.name, frame, findings)
    _check_cells(path.name, frame, findings)
    if len(findings.faults) > before:
        return None
    if as_of is not None:
        today = pd.Timestamp(as_of)
        later = int((frame.index > today).sum())
        if later:
            findings.warnings.append(f"{path.name}: {later} rows after {as_of} are not used")
            frame = frame.loc[frame.index <= today]
        if len(frame) and (today - frame.index[-1]).days > _STALE_DAYS:
            findings.warnings.append(f"{path.name}: the last prices are of {frame.index[-1].date()}, {as_of} is meant")
    return frame


def load_panel(path: Path, findings: Findings) -> pd.DataFrame | None:
    """Load a table of dates x assets with its dates read; None, with a fault, where there are none to read."""
    try:
        if path.suffix == ".parquet":
            frame = pyarrow.parquet.read_table(path).to_pandas()
        else:
            if read_text(path, findings) is None:
                return None
            frame = pd.read_csv(path, index_col=0)
    except (OSError, ValueError) as error:
        findings.fault(path.name, "a table of dates x assets", value=str(error).splitlines()[0])
        return None
    if "date" in frame.columns:
        frame = frame.set_index("date")
    try:
        frame.index = pd.DatetimeIndex(pd.to_datetime(frame.index, format="ISO8601")).as_unit("ns").tz_localize(None)
    except (ValueError, TypeError):
        bad = next(
            (v for v in frame.index if pd.isna(pd.to_datetime(str(v), errors="coerce"))), frame.index[:1].tolist()
        )
        findings.fault(path.name, "ISO dates in the first column or index", column="date", value=bad)
        return None
    frame.columns = [str(column) for column in frame.columns]
    table: pd.DataFrame = frame
    return table


def check_panel_dates(file: str, frame: pd.DataFrame, findings: Findings) -> None:
    """Note dates that repeat or fall, assets that stand twice, and a table with fewer than two dates or no asset."""
    if len(frame) < 2 or not frame.shape[1]:
        findings.fault(file, "at least two dates and one asset", value=f"{len(frame)} dates, {frame.shape[1]} assets")
    for day in frame.index[frame.index.duplicated()]:
        findings.fault(file, "each date once", column="date", value=day.date())
    falling = np.flatnonzero(np.diff(frame.index.to_numpy()) < np.timedelta64(0))
    for i in falling[:5]:
        findings.fault(file, "rising dates", row=int(i) + 3, column="date", value=frame.index[i + 1].date())
    twice = frame.columns[frame.columns.duplicated()]
    for asset in twice:
        findings.fault(file, "each asset once", column=asset, value="stands twice")


def _check_cells(file: str, frame: pd.DataFrame, findings: Findings) -> None:
    """Note the first bad cell of each asset."""
    for j, asset in enumerate(frame.columns):
        column = frame.iloc[:, j]
        numbers = pd.to_numeric(column, errors="coerce").astype(float)
        bad = (numbers.isna() & column.notna()) | (numbers <= 0) | np.isinf(numbers)
        if bad.any():
            i = int(np.argmax(bad.to_numpy()))
            findings.fault(
                file, "a price > 0, or empty where there was none", row=i + 2, column=asset, value=column.iloc[i]
            )
        elif not pd.api.types.is_float_dtype(column):
            frame.isetitem(j, numbers.to_numpy())
