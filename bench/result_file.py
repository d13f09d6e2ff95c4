"""A finished table with what it was measured with, as a file that the README is made from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.part import ROOT, Part, Table

__all__ = ["RESULTS", "Result", "read_result", "write_result"]

RESULTS = ROOT / "bench" / "results"


@dataclass(frozen=True)
class Result:
    """A table, and how it came about.

    Parameters
    ----------
    part, shows : str
        Name and title of the part.
    quick : bool
        Whether it is of the small size, which is not for publishing.
    table : Table
    measured_with : mapping of str to str
    seconds : float
        By the clock.
    """

    part: str
    shows: str
    quick: bool
    table: Table
    measured_with: Mapping[str, str]
    seconds: float

    @classmethod
    def of(cls, part: Part, table: Table, measured_with: Mapping[str, str], seconds: float, *, quick: bool) -> Result:
        """Make the result of a part."""
        return cls(part.name, part.shows, quick, table, measured_with, seconds)


def write_result(result: Result, folder: Path) -> Path:
    """Write `folder/NAME.json`."""
    table = result.table
    content = {
        "part": result.part,
        "shows": result.shows,
        "quick": result.quick,
        "measured_with": dict(result.measured_with),
        "seeds": table.seeds,
        "seconds": round(result.seconds, 1),
        "columns": list(table.columns),
        "rows": [list(row) for row in table.rows],
        "notes": list(table.notes),
        "figures": {name: float(f"{value:.6g}") for name, value in table.figures.items()},
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{result.part}.json"
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def read_result(path: Path) -> Result:
    """Read a result file."""
    content = json.loads(path.read_text(encoding="utf-8"))
    table = Table(
        columns=tuple(content["columns"]),
        rows=tuple(tuple(row) for row in content["rows"]),
        notes=tuple(content["notes"]),
        seeds=content["seeds"],
        figures=content["figures"],
    )
    quick, seconds = content["quick"], content["seconds"]
    return Result(content["part"], content["shows"], quick, table, content["measured_with"], seconds)
