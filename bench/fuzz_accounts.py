"""Random and adversarial accounts: nothing wrong gets out.

Each seed makes an account folder, which is read, rebalanced and written, and the independent auditor judges the list as
it stands in the files. Exit status 1 where anything is wrong; `--first SEED --accounts 1` shows an account again.

    python bench/fuzz_accounts.py --accounts 10000 --workers 2
"""

from __future__ import annotations

import argparse
import functools
import multiprocessing
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.fuzz_judging import SECONDS, Verdict, judge_account
from bench.fuzz_making import KINDS, write_account

__all__ = ["main"]

_ANSWERS = ("list", "no list", "refused", "failed", "too long", "crashed")
_SHOWN = 2


def main(arguments: list[str] | None = None) -> int:
    """Judge the accounts and print the table; return the exit status."""
    asked = _asked(arguments)
    if asked.keep is not None:
        asked.keep.mkdir(parents=True)
        write_account(asked.keep, asked.first, asked.names)
        return 0
    console, verdicts = Console(width=140), []
    for verdict in _verdicts(range(asked.first, asked.first + asked.accounts), asked):
        verdicts.append(verdict)
        for fault in verdict.faults[:_SHOWN]:
            again = f"python bench/fuzz_accounts.py --first {verdict.seed} --accounts 1 --names {asked.names}"
            about = f"seed {verdict.seed} ({', '.join(sorted(verdict.kinds))}): {verdict.answer}: {fault}\n  {again}"
            console.print(about, highlight=False, markup=False)
    _print(console, verdicts)
    return int(any(verdict.faults for verdict in verdicts))


def _asked(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--names", type=int, default=60, help="most names in an account")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="processor seconds that an account may take")
    parser.add_argument("--keep", type=Path, help="only write the folder of the first seed here, to look at")
    return parser.parse_args(arguments)


def _verdicts(seeds: Iterable[int], asked: argparse.Namespace) -> Iterator[Verdict]:
    judge = functools.partial(judge_account, most_names=asked.names, seconds=asked.seconds)
    if asked.workers == 1:
        yield from map(judge, seeds)
        return
    os.environ["OMP_NUM_THREADS"] = "1"
    with multiprocessing.get_context("spawn").Pool(asked.workers) as pool:
        yield from pool.imap_unordered(judge, seeds, chunksize=4)


def _print(console: Console, verdicts: list[Verdict]) -> None:
    table = Table(
        title=f"{len(verdicts)} accounts, by kind (about a third are of two); gap to the bound before rounding, of NAV",
        title_justify="left",
    )
    for heading in ("kind", "accounts", *_ANSWERS, "with faults", "gap, bp", "slowest, s"):
        table.add_column(heading, justify="left" if heading == "kind" else "right")
    for kind in KINDS:
        _row(table, kind, [verdict for verdict in verdicts if kind in verdict.kinds])
    _row(table, "all", verdicts)
    console.print(table)
    slow = sorted(verdicts, key=lambda one: -one.seconds)[:5]
    wide = sorted(verdicts, key=lambda one: -one.gap)[:5]
    console.print("slowest seeds: " + ", ".join(f"{one.seed} ({one.seconds:.1f} s)" for one in slow))
    console.print("widest gaps: " + ", ".join(f"{one.seed} ({1e4 * one.gap:.1f} bp)" for one in wide))


def _row(table: Table, kind: str, verdicts: list[Verdict]) -> None:
    counts = [sum(one.answer == answer for one in verdicts) for answer in _ANSWERS]
    wrong = sum(bool(one.faults) for one in verdicts)
    gap = max((one.gap for one in verdicts), default=0.0)
    seconds = max((one.seconds for one in verdicts), default=0.0)
    cells = [len(verdicts), *counts, wrong, f"{1e4 * gap:.2f}", f"{seconds:.1f}"]
    table.add_row(kind, *(str(cell) for cell in cells))


if __name__ == "__main__":
    sys.exit(main())
