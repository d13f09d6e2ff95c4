"""An XML export (an IBKR Flex statement): every element with attributes is a row."""

from __future__ import annotations

from pathlib import Path
from xml.parsers import expat

from taxsleeve.custodian_map import CustodianMap, TableLayout
from taxsleeve.custodian_source import Skipped, Source, SourceRow, columns_of
from taxsleeve.input_limits import MOST_TEXT_BYTES, read_bytes
from taxsleeve.tables import Findings
from taxsleeve_errors import InputError

__all__ = ["is_xml", "read_xml_export"]


def is_xml(path: Path) -> bool:
    """Whether a file begins as XML does."""
    try:
        with path.open("rb") as file:
            return file.read(200).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    except OSError:
        return False


class _Reader:
    def __init__(self, file: str, layouts: CustodianMap, findings: Findings) -> None:
        self.file, self.findings, self.source = file, findings, Source()
        self.tables = {table.element: table for table in layouts.tables if table.element is not None}
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.refused: set[str] = set()

    def _doctype(self, *_: object) -> None:
        # No statement has one, and entities are how XML is made to blow up.
        raise expat.ExpatError("a document type declaration")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        line, table = self.parser.CurrentLineNumber, self.tables.get(name)
        if table is not None:
            self._row(line, table, attributes)
        elif attributes and not name.startswith("Flex"):
            self.source.skipped.append(Skipped(self.file, line, f"element {name}, which the map does not read"))

    def _row(self, line: int, table: TableLayout, attributes: dict[str, str]) -> None:
        columns = columns_of(table, list(attributes))
        cells = {name: attributes[column].strip() for name, column in columns.items()}
        if not any(rule.covers(cells) for rule in table.rules):
            lacking = [name for name in table.lacking(columns) if name not in self.refused]
            self.refused |= set(lacking)
            for name in lacking:
                wanted = " or ".join(table.columns.get(name, (name,)))
                expected = f"an attribute {wanted} of {table.element}: add the field to the query"
                self.findings.fault(self.file, expected, row=line, column=name, value="none")
        self.source.rows.append(SourceRow(self.file, line, table, cells, columns))


def read_xml_export(path: Path, label: str, layouts: CustodianMap, findings: Findings) -> Source:
    """Read an XML export, called `label` in faults; what cannot be read is a fault."""
    reader = _Reader(label, layouts, findings)
    if not reader.tables:
        findings.fault(label, f"a CSV export of {layouts.title}", value="XML")
        return Source()
    try:
        reader.parser.Parse(read_bytes(path, MOST_TEXT_BYTES, label), True)
    except InputError as error:
        findings.faults += error.faults
        return Source()
    except expat.ExpatError as error:
        findings.fault(
            label, "well-formed XML without a document type", row=getattr(error, "lineno", None), value=error
        )
        return Source()
    if not reader.source.rows:
        expected = f"elements {', '.join(sorted(reader.tables))} of {layouts.title}"
        findings.fault(label, expected, value="none of these")
    return reader.source
