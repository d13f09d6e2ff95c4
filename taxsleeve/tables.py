"""Reading tables, CSV or Parquet by the ending: every fault is kept with file, row, column, value and expectation."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import pandas as pd
from pydantic import BaseModel, ValidationError

from taxsleeve.input_limits import MOST_COLUMNS, MOST_CSV_CELLS, MOST_TEXT_BYTES, read_bytes
from taxsleeve.parquet_file import CORRUPT, first_line, parquet_frame
from taxsleeve_errors import Fault, InputError

__all__ = ["Findings", "Table", "checked_table", "find_table", "no_rows", "raw_table", "read_table", "read_text"]

Row = TypeVar("Row", bound=BaseModel)
Cells = dict[str, Any]
_SHOWN = 50
# How a missing table can be had, where a command makes it.
_WAYS_TO_GET = {"lots": "; `taxsleeve import` makes it of a custodian's export"}
_NOTHING = pd.DataFrame()


@dataclass
class Findings:
    """What is wrong with an input (faults), and what its owner should know (warnings)."""

    faults: list[Fault] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def fault(
        self, file: str, expected: str, *, row: int | None = None, column: str | None = None, value: object = None
    ) -> None:
        """Note one fault; the arguments are those of `Fault`."""
        self.faults.append(Fault(file, expected, row, column, None if value is None else str(value)))


@dataclass(frozen=True)
class Table(Generic[Row]):
    """A table whose rows have been read and found good one by one.

    Parameters
    ----------
    file : str
        Name of the file.
    rows : list of Row
    lines : list of int
        Line of each row in the file.
    extra : DataFrame
        Columns that the program does not know, as text, row by row.
    refused : list of dict
        Cells of the rows that were not good.
    """

    file: str
    rows: list[Row]
    lines: list[int]
    extra: pd.DataFrame
    refused: list[Cells] = field(default_factory=list)

    def __iter__(self) -> Iterator[tuple[int, Row]]:
        return iter(zip(self.lines, self.rows, strict=True))


def find_table(folder: Path, stem: str, findings: Findings, *, required: bool) -> Path | None:
    """Path of `stem`.csv or `stem`.parquet in a folder; a fault where it is missing, doubled or a directory."""
    found = [path for ending in ("csv", "parquet") if (path := folder / f"{stem}.{ending}").exists()]
    if len(found) > 1:
        findings.fault(f"{stem}.csv", f"only one of {stem}.csv and {stem}.parquet", value="both")
        return None
    if not found:
        if required:
            way = _WAYS_TO_GET.get(stem, "")
            findings.fault(f"{stem}.csv", f"the file (or its Parquet twin) in the folder{way}", value="no such file")
        return None
    if not found[0].is_file():
        findings.fault(found[0].name, "a file", value="a directory")
        return None
    return found[0]


def read_text(path: Path, findings: Findings, *, most: int = MOST_TEXT_BYTES) -> str | None:
    """Text of a UTF-8 file of at most `most` bytes, or None with a fault."""
    try:
        text = read_bytes(path, most).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        findings.fault(path.name, "UTF-8 text", value=f"byte {error.start} is not")
        return None
    except InputError as error:
        findings.faults += error.faults
        return None
    if not text.strip():
        findings.fault(path.name, "a file that is not empty", value="nothing")
        return None
    return text


def raw_table(path: Path, findings: Findings) -> tuple[list[str], list[tuple[int, Cells]]] | None:
    """Header, and rows with their line numbers; empty cells are left out of a row. None with a fault where it fails."""
    return _parquet_cells(path, findings) if path.suffix == ".parquet" else _csv_cells(path, findings)


def _csv_cells(path: Path, findings: Findings) -> tuple[list[str], list[tuple[int, Cells]]] | None:
    text = read_text(path, findings)
    if text is None:
        return None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, Cells]] = []
    header: list[str] = []
    most = MOST_CSV_CELLS
    try:
        for line in reader:
            if not any(cell.strip() for cell in line):
                continue
            if not header:
                header = [cell.strip() for cell in line]
                most = MOST_CSV_CELLS // max(len(header), 1)
                if len(header) > MOST_COLUMNS:
                    findings.fault(path.name, f"at most {MOST_COLUMNS:,} columns", value=f"{len(header):,}")
                    return None
                continue
            if len(rows) >= most:
                findings.fault(path.name, f"at most {MOST_CSV_CELLS:,} cells; give it as Parquet, or split it")
                return None
            if len(line) != len(header):
                findings.fault(
                    path.name, f"{len(header)} cells as in the header", row=reader.line_num, value=f"{len(line)} cells"
                )
                continue
            cells = {name: cell.strip() for name, cell in zip(header, line, strict=True) if cell.strip()}
            rows.append((reader.line_num, cells))
    except csv.Error as error:
        findings.fault(path.name, "well-formed CSV", row=reader.line_num, value=error)
        return None
    if not header:
        findings.fault(path.name, "a header with the names of the columns", value="only empty cells")
        return None
    return header, rows


def _parquet_cells(path: Path, findings: Findings) -> tuple[list[str], list[tuple[int, Cells]]] | None:
    try:
        frame = parquet_frame(path)
        header = [str(name) for name in frame.columns]
        records = frame.astype(object).where(frame.notna(), None).to_dict("records")
    except InputError as error:
        findings.faults += error.faults
        return None
    except CORRUPT as error:
        findings.fault(path.name, "a table of plain columns", value=first_line(error))
        return None
    rows = [
        (number + 2, {str(k): v.strip() if isinstance(v, str) else v for k, v in record.items() if v is not None})
        for number, record in enumerate(records)
    ]
    return header, rows


def read_table(path: Path, model: type[Row], findings: Findings) -> Table[Row]:
    """Read a table and check every cell against a pydantic model of its rows.

    Parameters
    ----------
    path : Path
        A .csv or .parquet file.
    model : type of BaseModel
        Field names are column names; a field without a default is required in every row.
    findings : Findings
        Receives the faults, and one warning for columns that the model does not know.

    Returns
    -------
    Table
        The good rows; without rows where the header is wrong.
    """
    raw = raw_table(path, findings)
    return no_rows(path.name) if raw is None else checked_table(path.name, model, *raw, findings)


def no_rows(file: str) -> Table[Any]:
    """A table without rows."""
    return Table(file, [], [], _NOTHING)


def checked_table(
    file: str, model: type[Row], header: list[str], cells: list[tuple[int, Cells]], findings: Findings
) -> Table[Row]:
    """Check cells, as from `raw_table`, against a pydantic model of their rows; see `read_table`."""
    fields = model.model_fields
    missing = [name for name, info in fields.items() if info.is_required() and name not in header]
    for name in missing:
        there = ", ".join(header[:_SHOWN]) + (", ..." if len(header) > _SHOWN else "")
        findings.fault(file, f"a column {name} (found: {there})", column=name, value="no such column")
    for name in sorted(name for name, count in Counter(header).items() if count > 1):
        findings.fault(file, "each column once", column=name, value="stands twice")
    if missing or len(set(header)) < len(header):
        return no_rows(file)
    unknown = [name for name in header if name not in fields]
    if unknown:
        findings.warnings.append(f"{file}: columns kept but not used: {', '.join(unknown)}")
    return _checked(file, model, cells, unknown, findings)


def _checked(
    file: str, model: type[Row], cells: list[tuple[int, Cells]], unknown: list[str], findings: Findings
) -> Table[Row]:
    rows, lines, extra, refused = [], [], [], []
    for line, row in cells:
        try:
            rows.append(model.model_validate({k: v for k, v in row.items() if k in model.model_fields}))
        except ValidationError as error:
            for item in error.errors():
                column = ".".join(str(part) for part in item["loc"])
                blank = item["type"] == "missing"
                expected = "a value" if blank else item["msg"].removeprefix("Value error, ")
                findings.fault(
                    file, expected, row=line, column=column, value="an empty cell" if blank else row.get(column)
                )
            refused.append(row)
            continue
        lines.append(line)
        extra.append({name: str(row.get(name, "")) for name in unknown})
    return Table(file, rows, lines, pd.DataFrame(extra, columns=unknown), refused)
