"""An export, CSV or Flex XML, as rows of the tables that a column map knows."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from taxsleeve.custodian_map import CustodianMap, TableLayout, folded
from taxsleeve.tables import Findings, read_text

__all__ = ["Skipped", "Source", "SourceRow", "columns_of", "read_csv_export"]

_TEXT = "text outside the tables"


@dataclass(frozen=True)
class SourceRow:
    """A row of a known table.

    Parameters
    ----------
    file : str
    line : int
    layout : TableLayout
    cells : mapping of str to str
        By field; what stands over the table fills in what no column holds.
    columns : mapping of str to str
        Name in the file of each field's column.
    """

    file: str
    line: int
    layout: TableLayout
    cells: Mapping[str, str]
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Skipped:
    """A row that is not taken over, on purpose."""

    file: str
    line: int
    reason: str


@dataclass
class Source:
    """What one file holds: rows of known tables, lines passed over, and days that titles name."""

    rows: list[SourceRow] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    as_of: list[tuple[str, int, str]] = field(default_factory=list)


def columns_of(layout: TableLayout, header: Sequence[str]) -> dict[str, str]:
    """Name in this header of the column of each field that has one."""
    there = {folded(name): name for name in reversed(header) if name}
    found = {}
    for name, choices in layout.columns.items():
        column = next((there[folded(choice)] for choice in choices if folded(choice) in there), None)
        if column is not None:
            found[name] = column
    return found


@dataclass(frozen=True)
class _Open:
    """The table that is being read."""

    layout: TableLayout
    places: dict[str, int]
    columns: dict[str, str]
    width: int


class _CsvReader:
    """Goes down a CSV export line by line."""

    def __init__(self, file: str, layouts: CustodianMap, findings: Findings) -> None:
        self.file, self.map, self.findings = file, layouts, findings
        self.source = Source()
        self.context: dict[str, str] = {}
        self.table: _Open | None = None
        self.known = False
        self.strangers: list[int] = []

    def take(self, line: int, cells: list[str]) -> None:
        """Take one line of the file."""
        filled = [cell for cell in cells if cell]
        if not filled:
            self.table = None
            return
        if any(pattern.fullmatch(",".join(cells)) for pattern in self.map.ignore):
            self.table = None
            self.source.skipped.append(Skipped(self.file, line, _TEXT))
        elif (layout := self._opened(cells)) is not None:
            self._open(line, layout, cells)
        elif len(filled) == 1 and (self.table is None or self.table.width > 1) and self._title(line, filled[0]):
            self.table = None
        elif self.table is not None:
            self._row(line, self.table, cells)
        elif len(filled) == 1:
            self.source.skipped.append(Skipped(self.file, line, _TEXT))
        else:
            self._stranger(line)

    def _opened(self, cells: list[str]) -> TableLayout | None:
        there = {folded(cell) for cell in cells}
        fitting = [layout for layout in self.map.tables if layout.header and layout.known_by <= there]
        return max(fitting, key=lambda layout: len(layout.header), default=None)

    def _open(self, line: int, layout: TableLayout, cells: list[str]) -> None:
        self.known = True
        header = cells[: max(place for place, cell in enumerate(cells) if cell) + 1]
        columns = columns_of(layout, header)
        places = {name: header.index(column) for name, column in columns.items()}
        self.table = _Open(layout, places, columns, len(header))
        for name in layout.lacking([*columns, *self.context]):
            wanted = " or ".join(layout.columns.get(name, (name,)))
            self.findings.fault(
                self.file, f"a column {wanted} in the table {layout.name!r}", row=line, column=name, value="none"
            )

    def _title(self, line: int, text: str) -> bool:
        match = next((found for pattern in self.map.titles if (found := pattern.search(text))), None)
        if match is None:
            return False
        named = {name: value.strip() for name, value in match.groupdict().items() if value}
        if day := named.pop("as_of", None):
            self.source.as_of.append((self.file, line, day))
        # A symbol is of the table under it alone; an account is of the whole file.
        kept = {name: value for name, value in self.context.items() if name != "symbol"}
        self.context = {**kept, **named}
        self.source.skipped.append(Skipped(self.file, line, _TEXT))
        return True

    def _row(self, line: int, table: _Open, cells: list[str]) -> None:
        if any(cells[table.width :]):
            expected = f"{table.width} cells as in the header; put a cell that holds commas in quotes"
            self.findings.fault(self.file, expected, row=line, value=f"{len(cells)} cells")
            return
        padded = [*cells, *[""] * (table.width - len(cells))]
        own = {name: padded[place] for name, place in table.places.items()}
        given = {name: value for name, value in self.context.items() if name not in own}
        self.source.rows.append(SourceRow(self.file, line, table.layout, {**given, **own}, table.columns))

    def _stranger(self, line: int) -> None:
        # One fault for a block of lines: they are one table that no map knows.
        if not self.strangers or line > self.strangers[-1] + 1:
            expected = "a table that the map knows; take it out, or describe it in a map of your own (--map)"
            self.findings.fault(self.file, expected, row=line, value="another one")
        self.strangers.append(line)


def read_csv_export(path: Path, label: str, layouts: CustodianMap, findings: Findings) -> Source:
    """Read a CSV export, called `label` in faults; what cannot be read is a fault."""
    text = read_text(path, findings)
    if text is None:
        return Source()
    own = Findings()
    reader = _CsvReader(label, layouts, own)
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in lines:
            reader.take(lines.line_num, [cell.strip() for cell in cells])
    except csv.Error as error:
        findings.fault(label, "well-formed CSV", row=lines.line_num, value=error)
        return Source()
    if not reader.known:
        tables = "; ".join(f"{table.name} ({', '.join(table.header)})" for table in layouts.tables if table.header)
        findings.fault(label, f"a header of {layouts.title}: {tables}", value="none of these")
        return Source()
    findings.faults += own.faults
    return reader.source
