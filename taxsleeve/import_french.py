"""Portfolio files of Kenneth French's data library become an index-level market folder.

The files (CSV, as unzipped from https://mba.tuck.dartmouth.edu/pages/faculty/ken.french/data_library.html) hold several
tables under headings; used are the value-weighted monthly returns in per cent, the number of firms, and their average
size in millions of dollars.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from taxsleeve.market_writer import MarketTables
from taxsleeve.tables import Findings, read_text
from taxsleeve_errors import InputError

__all__ = ["market_from_french"]

_MISSING = (-99.99, -999.0)
_RETURNS = re.compile(r"value weight(ed)? returns\s*-+\s*monthly", re.I)
_FIRMS = re.compile(r"number of firms", re.I)
_SIZE = re.compile(r"average (firm size|market cap)", re.I)
_MONTH = re.compile(r"\d{6}")
_NAME = re.compile(r"(SMALL|BIG|ME\d+)[ .](LoBM|HiBM|BM\d+)")
_ORDER = [f"{segment}{style}" for style in ("", " value", " growth") for segment in ("large", "mid", "small")]


@dataclass(frozen=True, eq=False)
class _Section:
    """One table of a file: what stands over it, and its months."""

    heading: str
    frame: pd.DataFrame


def market_from_french(path: Path, name: str) -> MarketTables:
    """Make a market of portfolios.

    Portfolios of a sort by size and book-to-market (2x3, 5x5, 10x10) also get membership lists: large (the upper fifth
    of the sizes, or half of two), mid and small (the rest in halves), and of each the two fifths with the lowest
    (growth) and highest (value) book-to-market; portfolios of another sort are one sleeve each.

    Raises
    ------
    InputError
        The file is none of these, or lacks one of the three tables.
    """
    findings = Findings()
    text = read_text(path, findings) if path.is_file() else None
    if text is None:
        raise InputError(findings.faults) if findings.faults else InputError.of(str(path), "a file", value="none")
    sections = _sections(path.name, text)
    returns = _one(path.name, sections, _RETURNS, "Average Value Weighted Returns -- Monthly") / 100
    firms = _one(path.name, sections, _FIRMS, "Number of Firms in Portfolios")
    size = _one(path.name, sections, _SIZE, "Average Firm Size (or Average Market Cap)")
    start = returns.index[0] - pd.offsets.MonthEnd(1)
    level = 100 * (1 + returns.fillna(0)).cumprod()
    begun = returns.notna().cummax()
    # A portfolio that begins later has its first price at the close before its first return.
    level = level.where(returns.notna() | (~begun & begun.shift(-1, fill_value=False)))
    first = pd.DataFrame(100.0, index=[start], columns=returns.columns).where(begun.iloc[[0]].set_axis([start], axis=0))
    prices = pd.concat([first, level])
    caps = (firms * size * 1e6).reindex(returns.index).where(lambda worth: worth > 0)
    # The figure of a month is of its beginning: it is known at the close before.
    caps = caps.set_axis(pd.DatetimeIndex([start, *caps.index[:-1]]), axis=0)
    created = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return MarketTables(
        name=name,
        notes=f"Kenneth French's data library, {path.name}: {created} Portfolios, not stocks, with dividends.",
        panels={"prices": prices, "caps": caps},
        securities=pd.DataFrame({"asset": returns.columns, "name": returns.columns, "sector": "Portfolio"}),
        prices_include_dividends=True,
        membership=_membership([str(column) for column in returns.columns], start),
        frequency="monthly",
        constituents="portfolios",
    )


def _sections(file: str, text: str) -> list[_Section]:
    sections: list[_Section] = []
    heading: list[str] = []
    header: list[str] | None = None
    rows: list[list[str]] = []

    def close() -> None:
        if header and rows:
            sections.append(_Section(" ".join(heading), _frame(file, header, rows)))

    for line in _lines(file, text):
        cells = [cell.strip() for cell in line]
        if header is not None and cells and _MONTH.fullmatch(cells[0]) and len(cells) == len(header):
            rows.append(cells)
        elif len(cells) > 1 and not cells[0] and all(cells[1:]):
            header, rows = cells, []
        elif any(cells):
            close()
            heading = [*(heading if header is None else []), *filter(None, cells)]
            header, rows = None, []
    close()
    return sections


def _lines(file: str, text: str) -> Iterator[list[str]]:
    lines = csv.reader(io.StringIO(text, newline=""))
    try:
        yield from lines
    except csv.Error as error:
        raise InputError.of(file, "well-formed CSV", row=lines.line_num, value=error) from error


def _frame(file: str, header: list[str], rows: list[list[str]]) -> pd.DataFrame:
    try:
        values = np.array([[float(cell) for cell in row[1:]] for row in rows])
    except ValueError as error:
        raise InputError.of(file, "numbers under a row of portfolio names", value=error) from error
    if not np.isfinite(values).all():
        raise InputError.of(file, "finite numbers under a row of portfolio names", value="another one")
    values[np.isin(values, _MISSING)] = np.nan
    try:
        months = pd.to_datetime([row[0] for row in rows], format="%Y%m") + pd.offsets.MonthEnd(0)
    except ValueError:
        first, last = rows[0][0], rows[-1][0]
        raise InputError.of(file, "months as YYYYMM", value=f"another number from {first} to {last}") from None
    return pd.DataFrame(values, index=months, columns=header[1:])


def _one(file: str, sections: list[_Section], wanted: re.Pattern[str], title: str) -> pd.DataFrame:
    for section in sections:
        if wanted.search(section.heading):
            return section.frame
    there = "; ".join(section.heading[-60:] for section in sections) or "no monthly table"
    raise InputError.of(file, f"the table {title!r} of a monthly portfolio file", value=there)


def _membership(names: list[str], start: pd.Timestamp) -> pd.DataFrame:
    places = _places(names)
    if places is None:
        rows = [(name, name) for name in names]
    else:
        sizes, books = max(size for size, _ in places), max(book for _, book in places)
        rows = [
            (sleeve, name)
            for name, (size, book) in zip(names, places, strict=True)
            for sleeve in _sleeves(size, sizes, book, books)
        ]
        rows.sort(key=lambda row: _ORDER.index(row[0]))
    return pd.DataFrame(rows, columns=["index", "asset"]).assign(start=start)


def _places(names: list[str]) -> list[tuple[int, int]] | None:
    """Place of each portfolio by size and by book-to-price, from 1; None where the sort is another.

    The four corners have words for numbers: SMALL is ME1, LoBM is BM1, and BIG and HiBM are the last.
    """
    parsed = [match.groups() for name in names if (match := _NAME.fullmatch(name))]
    numbers = [int(size[2:]) for size, _ in parsed if size.startswith("ME")]
    if len(parsed) < len(names) or not numbers or len(names) % max(numbers):
        return None
    sizes = {"SMALL": 1, "BIG": max(numbers)}
    books = {"LoBM": 1, "HiBM": len(names) // max(numbers)}
    return [
        (sizes[size] if size in sizes else int(size[2:]), books[book] if book in books else int(book[2:]))
        for size, book in parsed
    ]


def _sleeves(size: int, sizes: int, book: int, books: int) -> list[str]:
    below = sizes - max(1, sizes // 5)
    segment = "large" if size > below else "mid" if sizes > 2 and size > below / 2 else "small"
    ends = max(1, int(0.4 * books))
    style = " growth" if book <= ends else " value" if book > books - ends else ""
    return [segment, segment + style] if style else [segment]
