"""The command line of a fuzz: seeds through workers, what is wrong as it comes, and a table by kind."""

from __future__ import annotations

import argparse
import functools
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rich.console import Console
from rich.table import Table

from bench.fuzz_verdict import ANSWERS, SECONDS, Verdict

__all__ = ["Fuzz", "run_fuzz"]

_SHOWN = 2


class _Judge(Protocol):
    def __call__(self, seed: int, /, *, most_names: int, seconds: float) -> Verdict: ...


@dataclass(frozen=True)
class Fuzz:
    """A fuzz.

    Parameters
    ----------
    program, what : str
        Its file in bench/, and what its cases are, in the plural.
    judge : callable
        A verdict of a seed, in whatever process it is called.
    write : callable
        Writes the case of a seed, with at most so many names, into a folder that is there.
    kinds : sequence of str
    count, names : int
        How many cases, and most names in one, where nothing is said.
    """

    program: str
    what: str
    judge: _Judge
    write: Callable[[Path, int, int], None]
    kinds: Sequence[str]
    count: int
    names: int


def run_fuzz(fuzz: Fuzz, description: str | None, arguments: list[str] | None) -> int:
    """Judge the cases and print the table; return the exit status."""
    asked = _asked(fuzz, description, arguments)
    if asked.keep is not None:
        asked.keep.mkdir(parents=True)
        fuzz.write(asked.keep, asked.first, asked.names)
        return 0
    console, verdicts = Console(width=140), []
    for verdict in _verdicts(fuzz, range(asked.first, asked.first + asked.count), asked):
        verdicts.append(verdict)
        for fault in verdict.faults[:_SHOWN]:
            again = f"python bench/{fuzz.program}.py --first {verdict.seed} --{fuzz.what} 1 --names {asked.names}"
            about = f"seed {verdict.seed} ({', '.join(sorted(verdict.kinds))}): {verdict.answer}: {fault}\n  {again}"
            console.print(about, highlight=False, markup=False)
    _print(console, fuzz, verdicts)
    return int(any(verdict.faults for verdict in verdicts))


def _asked(fuzz: Fuzz, description: str | None, arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(f"--{fuzz.what}", dest="count", type=int, default=fuzz.count)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--names", type=int, default=fuzz.names, help="most names in one")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="processor seconds that one may take")
    parser.add_argument("--keep", type=Path, help="only write the folder of the first seed here, to look at")
    return parser.parse_args(arguments)


def _verdicts(fuzz: Fuzz, seeds: Iterable[int], asked: argparse.Namespace) -> Iterator[Verdict]:
    judge = functools.partial(fuzz.judge, most_names=asked.names, seconds=asked.seconds)
    if asked.workers == 1:
        yield from map(judge, seeds)
        return
    os.environ["OMP_NUM_THREADS"] = "1"
    with multiprocessing.get_context("spawn").Pool(asked.workers) as pool:
        yield from pool.imap_unordered(judge, seeds, chunksize=4)


def _print(console: Console, fuzz: Fuzz, verdicts: list[Verdict]) -> None:
    table = Table(
        title=f"{len(verdicts)} {fuzz.what}, by kind (about a third are of two); gap to the bound, of NAV",
        title_justify="left",
    )
    for heading in ("kind", fuzz.what, *ANSWERS, "with faults", "gap, bp", "slowest, s"):
        table.add_column(heading, justify="left" if heading == "kind" else "right")
    for kind in fuzz.kinds:
        _row(table, kind, [verdict for verdict in verdicts if kind in verdict.kinds])
    _row(table, "all", verdicts)
    console.print(table)
    slow = sorted(verdicts, key=lambda one: -one.seconds)[:5]
    wide = sorted(verdicts, key=lambda one: -one.gap)[:5]
    console.print("slowest seeds: " + ", ".join(f"{one.seed} ({one.seconds:.1f} s)" for one in slow))
    console.print("widest gaps: " + ", ".join(f"{one.seed} ({1e4 * one.gap:.1f} bp)" for one in wide))


def _row(table: Table, kind: str, verdicts: list[Verdict]) -> None:
    counts = [sum(one.answer == answer for one in verdicts) for answer in ANSWERS]
    wrong = sum(bool(one.faults) for one in verdicts)
    gap = max((one.gap for one in verdicts), default=0.0)
    seconds = max((one.seconds for one in verdicts), default=0.0)
    cells = [len(verdicts), *counts, wrong, f"{1e4 * gap:.2f}", f"{seconds:.1f}"]
    table.add_row(kind, *(str(cell) for cell in cells))
