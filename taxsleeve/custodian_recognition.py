"""Whose exports files are, where nobody says: told by the header lines, or XML elements, that the column maps know."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from xml.parsers import expat

from taxsleeve.custodian_map import CustodianMap, folded
from taxsleeve.custodian_map_file import known_custodians, shipped_map
from taxsleeve.custodian_xml import is_xml
from taxsleeve.input_limits import MOST_TEXT_BYTES, read_bytes
from taxsleeve.tables import Findings, read_text
from taxsleeve_errors import InputError

__all__ = ["recognised_custodian"]

_REMEDY = "say whose they are with --from, or describe them in a map of your own (--map)"


def recognised_custodian(paths: Sequence[Path]) -> str:
    """Name of the one custodian whose map knows a table of the files.

    A file that no map knows does not hinder: reading it says what is wrong with it.

    Parameters
    ----------
    paths : sequence of Path
        CSV or Flex XML.

    Returns
    -------
    str
        One of `known_custodians`.

    Raises
    ------
    InputError
        A file cannot be read, no map knows a table of any file, or several maps fit.
    """
    findings = Findings()
    maps = {name: shipped_map(name) for name in known_custodians()}
    fitting = {path: _fitting(path, maps, findings) for path in paths}
    if findings.faults:
        raise InputError(findings.faults)
    known = {path: names for path, names in fitting.items() if names}
    left = set.intersection(*known.values()) if known else set()
    if len(left) == 1:
        return left.pop()
    if not known:
        files = ", ".join(path.name for path in paths)
        raise InputError.of(files, f"a header of {_candidates(maps, maps)}; {_REMEDY}", value="none of these")
    for path, names in known.items():
        value = f"a header of {_candidates(maps, names)}"
        findings.fault(path.name, f"exports that are of one custodian beyond doubt; {_REMEDY}", value=value)
    raise InputError(findings.faults)


def _candidates(maps: Mapping[str, CustodianMap], names: Iterable[str]) -> str:
    return " or ".join(f"{maps[name].title} (--from {name})" for name in sorted(names))


def _fitting(path: Path, maps: Mapping[str, CustodianMap], findings: Findings) -> set[str]:
    """Names of the maps that know a table of a file."""
    if not path.is_file():
        value = "a folder" if path.is_dir() else "no file"
        findings.fault(path.name, "a file exported by the custodian", value=value)
        return set()
    if is_xml(path):
        there = _elements(path, findings)
        return {name for name, layouts in maps.items() if there & {table.element for table in layouts.tables}}
    text = read_text(path, findings)
    known = {name: [table.known_by for table in layouts.tables if table.header] for name, layouts in maps.items()}
    found = set[str]()
    for cells in _lines(text or ""):
        found |= {name for name, headers in known.items() if any(header <= cells for header in headers)}
    return found


def _lines(text: str) -> Iterator[frozenset[str]]:
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), strict=True):
            yield frozenset(folded(cell) for cell in cells)
    except csv.Error:
        return  # what is not well-formed is told, with its row, when the file is read


def _elements(path: Path, findings: Findings) -> set[str]:
    found = set[str]()
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, _: found.add(name)
    parser.StartDoctypeDeclHandler = _refused
    try:
        parser.Parse(read_bytes(path, MOST_TEXT_BYTES), True)
    except InputError as error:
        findings.faults += error.faults
    except expat.ExpatError:
        return found  # as above
    return found


def _refused(*_: object) -> None:
    # Entities of a document type are how XML is made to blow up.
    raise expat.ExpatError("a document type declaration")
