"""Long tables: one row a date and asset."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from taxsleeve.cells import label_fault
from taxsleeve.input_limits import MOST_TABLE_BYTES, require_size
from taxsleeve.parquet_file import CORRUPT, first_line, parquet_frame, parquet_names
from taxsleeve.tables import Findings
from taxsleeve_errors import InputError

__all__ = ["LongTable", "is_long", "read_long_table"]

# What vendors call these columns, in lower case with spaces as underscores.
_SYNONYMS = {
    "asset": "asset", "ticker": "asset", "symbol": "asset", "permno": "asset",
    "date": "date", "day": "date",
    "price": "price", "close": "price", "prc": "price", "adj_close": "price", "adjusted_close": "price",
    "market_cap": "market_cap", "marketcap": "market_cap", "mktcap": "market_cap", "cap": "market_cap",
    "shares": "shares", "shares_outstanding": "shares", "shrout": "shares",
    "dividend": "dividend", "dividends": "dividend", "div": "dividend",
    "volume": "volume", "vol": "volume",
    "book_to_price": "book_to_price", "book_to_market": "book_to_price",
}  # fmt: skip
_LEAST = {"price": 0.0, "market_cap": 0.0, "shares": 0.0}
_SHOWN = 5
_FIRST_YEAR, _LAST_YEAR = 1700, 2200
# What pandas takes for a missing number.
_BLANK = ["", "#N/A", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"]


@dataclass(frozen=True, eq=False)
class LongTable:
    """A long table that is good.

    Parameters
    ----------
    frame : DataFrame
        `date, asset` and numbers.
    """

    frame: pd.DataFrame

    @property
    def columns(self) -> list[str]:
        """Numbers that it has."""
        return [str(column) for column in self.frame.columns if column not in ("date", "asset")]

    def panel(self, column: str) -> pd.DataFrame:
        """Return one number as dates x assets, dates rising, empty where there is no row."""
        wide = self.frame.set_index(["date", "asset"])[column].unstack("asset").sort_index()  # noqa: PD010 - each cell once
        return wide.dropna(how="all")


def is_long(path: Path, findings: Findings) -> bool:
    """Tell a long table, which has a column for the asset, from a wide one; a fault where it cannot be read."""
    header = _header(path, findings)
    return {"date", "asset"} <= {_SYNONYMS.get(_plain(name), "") for name in header}


def read_long_table(path: Path, findings: Findings) -> LongTable | None:
    """Read a long table; None, with its faults noted, where it is not good.

    Faults: no column of prices, a cell that is no date or number, a price, capitalisation or share count that is not
    above zero, and a date and asset that stand twice. Rows may come in any order.
    """
    raw = _cells(path, findings)
    if raw is None:
        return None
    names = {column: _SYNONYMS.get(_plain(str(column))) for column in raw.columns}
    known = {column: name for column, name in names.items() if name is not None}
    for name in sorted({name for name in known.values() if list(known.values()).count(name) > 1}):
        both = " and ".join(str(column) for column, own in known.items() if own == name)
        findings.fault(path.name, f"one column of {name}", column=name, value=both)
        return None
    if len(known) < len(names):
        unused = ", ".join(str(column) for column in names if column not in known)
        findings.warnings.append(f"{path.name}: columns not used: {unused}")
    table = raw[list(known)].rename(columns=known)
    if "price" not in table.columns:
        findings.fault(path.name, "a column price (or close)", column="price", value="no such column")
        return None
    before = len(findings.faults)
    days = _days(path.name, table["date"], findings)
    frame = pd.DataFrame({"date": days, "asset": _assets(path.name, table["asset"], findings)})
    for column in table.columns.difference(["date", "asset"]):
        frame[column] = _numbers(path.name, table[column], str(column), findings)
    twice = np.flatnonzero(frame.duplicated(["date", "asset"]).to_numpy())
    for row in twice[:_SHOWN].tolist() if len(findings.faults) == before else []:
        value = f"{table['date'].iloc[row]} {frame['asset'].iloc[row]}"
        findings.fault(path.name, "each date and asset once", row=row + 2, column="asset", value=value)
    return LongTable(frame) if len(findings.faults) == before else None


def _cells(path: Path, findings: Findings) -> pd.DataFrame | None:
    expected = "a table with one row a date and asset"
    try:
        return parquet_frame(path, expected) if path.suffix == ".parquet" else _csv(path)
    except InputError as error:
        findings.faults += error.faults
    except CORRUPT as error:
        findings.fault(path.name, expected, value=first_line(error))
    return None


def _csv(path: Path) -> pd.DataFrame:
    """Names as they are written: NA, TRUE and 007 are tickers, not missing, true and seven."""
    require_size(path, MOST_TABLE_BYTES)
    header = pd.read_csv(path, nrows=0, compression=None).columns
    names = [column for column in header if _SYNONYMS.get(_plain(str(column))) == "asset"]
    blank = {column: [""] if column in names else _BLANK for column in header}
    return pd.read_csv(
        path,
        compression=None,
        low_memory=False,
        dtype=dict.fromkeys(names, str),
        keep_default_na=False,
        na_values=blank,
    )


def _assets(file: str, column: pd.Series, findings: Findings) -> pd.Series:
    names = column.astype(str).str.strip()
    for row in np.flatnonzero(column.isna() | (names == ""))[:_SHOWN].tolist():
        findings.fault(file, "a name", row=row + 2, column="asset", value="an empty cell")
    bad = {name: expected for name in names.unique() if name and (expected := label_fault(name))}
    for row in np.flatnonzero(names.isin(list(bad)))[:_SHOWN].tolist():
        findings.fault(file, bad[names.iloc[row]], row=row + 2, column="asset", value=names.iloc[row])
    return names


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_")


def _header(path: Path, findings: Findings) -> list[str]:
    expected = "a CSV or Parquet table with a header"
    try:
        if path.suffix == ".parquet":
            return parquet_names(path, expected)
        require_size(path, MOST_TABLE_BYTES)
        return [str(name) for name in pd.read_csv(path, nrows=0, compression=None).columns]
    except InputError as error:
        findings.faults += error.faults
    except CORRUPT as error:
        findings.fault(path.name, expected, value=first_line(error))
    return []


def _days(file: str, column: pd.Series, findings: Findings) -> pd.Series:
    # CRSP and others write 20200131.
    text = column.astype(str)
    compact = text.str.fullmatch(r"\d{8}").all()
    parsed: pd.Series = text
    with contextlib.suppress(ValueError):
        parsed = pd.to_datetime(text, format="%Y%m%d" if compact else "ISO8601", errors="coerce")
    if not pd.api.types.is_datetime64_any_dtype(parsed):
        # Older pandas returns such a column as objects, newer ones refuse it.
        findings.fault(file, "dates as YYYY-MM-DD, all of one time zone", column="date", value="more than one")
        return pd.Series(pd.NaT, index=column.index)
    days: pd.Series = parsed.dt.tz_localize(None)
    wrong = days.isna() | ~days.dt.year.between(_FIRST_YEAR, _LAST_YEAR)
    for row in np.flatnonzero(wrong)[:_SHOWN].tolist():
        expected = f"a date as YYYY-MM-DD, from {_FIRST_YEAR} to {_LAST_YEAR}"
        findings.fault(file, expected, row=row + 2, column="date", value=column.iloc[row])
    normalized: pd.Series = days.dt.normalize()
    return normalized


def _numbers(file: str, column: pd.Series, name: str, findings: Findings) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce").astype(float)
    wrong = (numbers.isna() & column.notna()) | np.isinf(numbers)
    expected = "a number, or empty"
    if name in _LEAST:
        wrong |= numbers <= _LEAST[name]
        expected = "a number > 0, or empty"
    for row in np.flatnonzero(wrong)[:_SHOWN].tolist():
        findings.fault(file, expected, row=row + 2, column=name, value=column.iloc[row])
    return numbers
