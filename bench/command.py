"""The command line of the bench: `python -m bench [PART or GROUP ...]`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from threadpoolctl import threadpool_limits

from bench.machine import installed, measured_with
from bench.part import MARKET, NotHere, Part, Request
from bench.parts import PARTS
from bench.readme import README, with_tables
from bench.result_file import RESULTS, Result, write_result

__all__ = ["chosen_parts", "main"]


def main(words: Sequence[str] | None = None) -> int:
    """Run what is asked for; return 1 where the README is found to differ from the result files."""
    given = _arguments(words)
    console = Console(width=max(140, Console().width))
    if given.list:
        _list(console)
        return 0
    if given.names == ["readme"]:
        return _readme(console, write=given.write)
    request = Request(given.quick, given.market, given.study, given.real_study, given.real_frontier)
    # Figures of the small size are written nowhere unless a folder is named.
    out = given.out or (None if given.quick else RESULTS)
    for part in chosen_parts(given.names):
        _run(part, request, out, console)
    return 0


def chosen_parts(names: Sequence[str]) -> list[Part]:
    """Parts by their names or groups, all of them that are not programs of their own where none is named.

    Raises
    ------
    SystemExit
        There is no such part.
    """
    known = {part.name for part in PARTS} | {part.group for part in PARTS}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SystemExit(f"python -m bench: there is no part or group {unknown[0]!r}; --list shows them")
    if not names:
        return [part for part in PARTS if part.group != "program"]
    return [part for part in PARTS if part.name in names or part.group in names]


def _run(part: Part, request: Request, out: Path | None, console: Console) -> None:
    started = time.perf_counter()
    try:
        with threadpool_limits(limits=1):
            table = part.measure(request)
    except NotHere as words:
        console.print(f"{part.name}: skipped: {words}\n", highlight=False, markup=False)
        return
    how = measured_with(part.peers)
    result = Result.of(part, table, how, time.perf_counter() - started, quick=request.quick)
    _print(console, result)
    if out is not None:
        console.print(f"written to {write_result(result, out)}\n", highlight=False, markup=False)


def _print(console: Console, result: Result) -> None:
    table = result.table
    words = RichTable(title=f"{result.part}: {result.shows}", title_justify="left", box=box.SIMPLE_HEAD)
    for number, heading in enumerate(table.columns):
        words.add_column(heading, justify="right" if number and len(table.columns) > 1 else "left")
    for row in table.rows:
        words.add_row(*row)
    console.print(words, highlight=False, markup=False)
    said = [*table.notes, f"seeds: {table.seeds}" if table.seeds else ""]
    said += [f"{name}: {value}" for name, value in result.measured_with.items() if value]
    said.append(f"{result.seconds:.0f} s by the clock" + ("; small size: not for publishing" if result.quick else ""))
    for line in filter(None, said):
        console.print(f"  {line}", highlight=False, markup=False)
    console.print()


def _list(console: Console) -> None:
    table = RichTable(box=box.SIMPLE_HEAD)
    for heading in ("part", "group", "shows", "peers", "minutes"):
        table.add_column(heading)
    for part in PARTS:
        peers = ", ".join(f"{p}{'' if installed(p) else ' (missing)'}" for p in part.peers)
        shows = part.shows + (" [in the README]" if part.in_readme else "")
        table.add_row(part.name, part.group, shows.replace("[", "\\["), peers, f"{part.minutes:g}")
    console.print(table)
    console.print('missing peers: pip install -e ".[bench]"', highlight=False, markup=False)


def _readme(console: Console, *, write: bool) -> int:
    text = README.read_text(encoding="utf-8")
    made = with_tables(text)
    if made == text:
        console.print("README.md: its tables are those of bench/results")
        return 0
    if not write:
        console.print("README.md: its tables differ from bench/results; python -m bench readme --write makes them")
        return 1
    README.write_text(made, encoding="utf-8")
    console.print("README.md: tables written")
    return 0


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure what the README says and print its tables. Figures are ratios taken side by side in one "
        "run, of processor time on one thread.",
        epilog="`python -m bench readme` compares the README with bench/results; --write makes its tables anew.",
    )
    parser.add_argument("names", nargs="*", metavar="PART", help="parts or groups; without any: all but programs")
    parser.add_argument("--list", action="store_true", help="list parts, groups and peers")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it runs; not for publishing")
    parser.add_argument("--out", type=Path, help="folder of result files (default: bench/results, --quick: none)")
    parser.add_argument("--study", type=Path, metavar="DIR", help="finished `compare` of the simulated market")
    parser.add_argument("--real-study", type=Path, metavar="DIR", help="finished `compare` of real prices")
    parser.add_argument("--real-frontier", type=Path, metavar="DIR", help="finished `frontier` of real prices")
    parser.add_argument("--market", type=Path, default=MARKET, metavar="DIR", help="market folder of real prices")
    parser.add_argument("--write", action="store_true", help="with `readme`: write the tables")
    return parser.parse_args(sys.argv[1:] if words is None else words)
