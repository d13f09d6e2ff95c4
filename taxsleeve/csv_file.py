"""Writing CSV that is opened in spreadsheets: the one place where our tables become text."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from typing import TextIO

import pandas as pd

from taxsleeve.cells import spreadsheet_cell

__all__ = ["csv_of_frame", "csv_of_rows", "row_writer"]


def csv_of_frame(table: pd.DataFrame) -> str:
    """Text of a table as CSV, without its index; no name in it is one that a spreadsheet takes for a formula."""
    safe = table.rename(columns=spreadsheet_cell)
    for place, (_, column) in enumerate(table.items()):
        if pd.api.types.is_object_dtype(column.dtype) or isinstance(
            column.dtype, (pd.StringDtype, pd.CategoricalDtype)
        ):
            cells = [spreadsheet_cell(cell) for cell in column.tolist()]
            safe.isetitem(place, pd.Series(cells, dtype=object).array)
    text: str = safe.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d")
    return text


def csv_of_rows(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Text of a header and rows as CSV; no name in it is one that a spreadsheet takes for a formula."""
    lines = io.StringIO(newline="")
    write = row_writer(lines)
    write(header)
    for row in rows:
        write(row)
    return lines.getvalue()


def row_writer(file: TextIO) -> Callable[[Sequence[object]], object]:
    """Return a function that writes a row into a file, each cell as `spreadsheet_cell` makes it safe."""
    write = csv.writer(file, lineterminator="\n").writerow
    return lambda row: write([spreadsheet_cell(cell) for cell in row])
