"""Many accounts: processor time of each by phase, and memory over their number."""

from __future__ import annotations

import tempfile
from pathlib import Path

from rich.console import Console

from bench.batch_throughput import PHASES, memory, phases
from bench.part import Part, Request, Table, size

__all__ = ["BATCH"]


def measure(request: Request) -> Table:
    """Run batches of accounts of three sizes, and two of small accounts in processes of their own."""
    sample, counts = size(request, 100, 4), size(request, (250, 2000), (20, 40))
    silent = Console(quiet=True)
    with tempfile.TemporaryDirectory() as folder:
        by_names = phases(silent, Path(folder), sample, size(request, 7, 2))
        by_count = memory(silent, Path(folder), counts)
    rows: list[tuple[str, ...]] = []
    figures: dict[str, float] = {}
    for names, spent in by_names.items():
        rate = 1000 / spent["all"]
        cells = (f"{spent[figure]:.1f}" for figure in (*PHASES, "results", "all", "median"))
        rows.append((f"accounts of {names} names", *cells, f"{rate:.1f}"))
        figures |= {f"{names} names: {phase}, ms": value for phase, value in spent.items()}
    for count, found in by_count.items():
        figures |= {f"{count} accounts: {name}": value for name, value in found.items()}
    least, most = (by_count[str(count)]["megabytes"] for count in counts)
    notes = (
        "Processor milliseconds an account, one core, the quickest of seven rounds over all sizes, the median round "
        "beside it: what shares the machine's caches only adds. read: rows to an account; solve: locks, problem, "
        "search, shares, reasons; check: the independent check; files: tables and summary; results: tables read and "
        f"parts written. Greatest memory with one worker: {least:.0f} MB at {counts[0]:,} accounts of 30 names, "
        f"{most:.0f} MB at {counts[1]:,}.",
    )
    columns = ("", *PHASES, "results", "all", "median round", "accounts a second")
    return Table(columns, tuple(rows), notes, "example nights, seed 7", figures)


BATCH = Part(
    name="speed-batch",
    group="speed",
    shows="Many accounts: processor milliseconds an account by phase",
    measure=measure,
    minutes=4,
)
