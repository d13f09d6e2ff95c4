"""Accounts a second on one core by phase, memory over the number of accounts, and what a million accounts need.

    python bench/batch_throughput.py                     about ten minutes on one core
    python bench/batch_throughput.py --accounts 2000     a shorter run of small accounts

Everything is simulated from a seed. Seconds are processor seconds of the process that does the work; memory is the
greatest resident size of a fresh process with one worker.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from optimizer.newton import compile_kernels
from taxsleeve.batch import table_job
from taxsleeve.batch.answer import Answer
from taxsleeve.batch.example_accounts import ExampleNight
from taxsleeve.batch.example_files import write_example_batch
from taxsleeve.batch.run import batch_job
from taxsleeve.batch.settings import BatchSettings

_TARGET = 60.0
_NIGHT_HOURS = 8.0
_MILLION = 1_000_000
_DRAWN = 1000
_ROOT = Path(__file__).parents[1]
# Prints the greatest resident megabytes of the process, or of one of its workers, when it ends.
_MEASURED = """
import atexit, resource, sys
from bench.peak_memory import peak_megabytes
from taxsleeve.command_line import main
def largest():
    return max(peak_megabytes(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
atexit.register(lambda: print(largest(), file=sys.stderr))
main(sys.argv[1:])
"""
PHASES = ("read", "solve", "check", "files")


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=20_000, help="small accounts in the long run")
    parser.add_argument("--sample", type=int, default=100, help="accounts timed at 500 names")
    parser.add_argument("--workers", type=int, default=1, help="processes of the long run")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    given = parser.parse_args()
    console, figures = Console(), {}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        figures["phases"] = phases(console, place, given.sample)
        figures["memory"] = memory(console, place, (250, 1000))
        figures["long"] = _long(console, place, given.accounts, given.workers)
    _million(console, figures)
    if given.json is not None:
        given.json.write_text(json.dumps(figures, indent=2) + "\n")


def phases(console: Console, place: Path, sample: int, rounds: int = 7) -> dict[str, dict[str, float]]:
    """Milliseconds an account by phase, from a database of Parquet tables, one process, shared inputs read before.

    What shares the machine's caches only ever adds, up to a half here and for minutes: told is the quickest of some
    rounds, one after the other over all sizes, and beside it the median round.
    """
    compile_kernels()
    sizes = ((30, 4 * sample), (100, 2 * sample), (500, sample))
    nights = {names: _Night.of(place, names, count) for names, count in sizes}
    taken = [{names: night.timed(number) for names, night in nights.items()} for number in range(rounds)]
    table = Table(title="Milliseconds an account by phase, one core, the quickest of some rounds")
    for heading in ("names", "accounts", *PHASES, "results", "all", "median round", "accounts a second"):
        table.add_column(heading, justify="right")
    found = {}
    for names, night in nights.items():
        every = [one[names] for one in taken]
        quickest = min(every, key=lambda one: one["all"])
        found[str(names)] = quickest | {"median": statistics.median(one["all"] for one in every)}
        target = f" (asked: {_TARGET:.0f})" if names == 500 else ""
        figures = [f"{found[str(names)][name]:.1f}" for name in (*PHASES, "results", "all", "median")]
        table.add_row(str(names), str(night.accounts), *figures, f"{1000 / quickest['all']:.1f}{target}")
    console.print(table)
    console.print(
        "read: rows to an account; solve: locks, problem, search, shares, reasons; check: the independent check;"
    )
    console.print("files: tables and summary; results: tables read, parts written and read back, per account.")
    return found


@dataclass(frozen=True)
class _Night:
    """A batch of accounts of one size, whose first chunk has been performed once."""

    source: Path
    settings: BatchSettings
    accounts: int

    @classmethod
    def of(cls, place: Path, names: int, accounts: int) -> _Night:
        night = cls(place / f"phases{names}", BatchSettings(), accounts)
        write_example_batch(night.source, "parquet", ExampleNight(names, 5, 7), night.settings.chunk + accounts)
        name_lots_apart(night.source)
        return night

    def timed(self, number: int) -> dict[str, float]:
        """Milliseconds an account of all chunks but the first, by phase."""
        (out := self.source.with_name(f"{self.source.name}-out{number}")).mkdir()
        job = batch_job(self.source, out, self.settings)
        first, *rest = job.chunks()
        job.perform(first)
        with _answers() as answers:
            started = time.process_time()
            done = sum(job.perform(chunk).size for chunk in rest)
            total = time.process_time() - started
        shutil.rmtree(out)
        spent = Counter[str]()
        for one in answers:
            spent.update(one.seconds)
        by_phase = {name: 1000 * spent[name] / done for name in PHASES}
        return by_phase | {"results": 1000 * total / done - sum(by_phase.values()), "all": 1000 * total / done}


def name_lots_apart(folder: Path) -> None:
    """Give every lot an id of its own, as custodians do: the example's accounts call theirs alike."""
    path = folder / "lots.parquet"
    lots = pq.read_table(path)
    parts = (lots.column(name).cast("string") for name in ("account", "lot_id"))
    ids = pc.binary_join_element_wise(*parts, "-")
    named = lots.set_column(lots.schema.get_field_index("lot_id"), "lot_id", ids)
    pq.write_table(named.cast(lots.schema), path, row_group_size=100_000, write_page_checksum=True)


@contextmanager
def _answers() -> Iterator[list[Answer]]:
    """Keep every answer that is written meanwhile, for its times."""
    kept: list[Answer] = []
    honest = table_job.part_tables

    def keep(answers: list[Answer], digest: str) -> object:
        kept.extend(answers)
        return honest(answers, digest)

    table_job.part_tables = keep  # type: ignore[assignment]
    try:
        yield kept
    finally:
        table_job.part_tables = honest


def memory(console: Console, place: Path, counts: tuple[int, ...]) -> dict[str, dict[str, float]]:
    """Greatest resident memory of batches of small accounts, by their number."""
    found = {}
    table = Table(title="Greatest resident memory, small accounts, one worker")
    for heading in ("accounts", "MB", "processor seconds"):
        table.add_column(heading, justify="right")
    for count in counts:
        source = place / f"memory{count}"
        write_example_batch(source, "parquet", ExampleNight(30, 3, 7), count)
        found[str(count)] = figures = _run(source, place / f"memory{count}-out", 1)
        table.add_row(f"{count:,}", f"{figures['megabytes']:.0f}", f"{figures['processor']:.1f}")
    console.print(table)
    return found


def _long(console: Console, place: Path, count: int, workers: int) -> dict[str, float]:
    source = place / "long"
    started = time.perf_counter()
    write_repeated(source, count)
    written = time.perf_counter() - started
    figures = _run(source, place / "long-out", workers)
    table = Table(title=f"{count:,} small accounts (30 names), {workers} worker(s)", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_row("accounts with a trade list", f"{figures['done']:,.0f}")
    table.add_row("minutes by the clock", f"{figures['clock'] / 60:.1f}")
    table.add_row("processor milliseconds an account", f"{1000 * figures['processor'] / count:.1f}")
    table.add_row("MB, the largest process", f"{figures['megabytes']:.0f}")
    table.add_row("seconds to simulate and write them", f"{written:.0f}")
    console.print(table)
    return figures | {"accounts": float(count)}


def write_repeated(folder: Path, count: int) -> None:
    """Write small accounts: a thousand drawn ones again and again under other ids, because drawing takes longest."""
    write_example_batch(folder, "parquet", ExampleNight(30, 3, 7), min(count, _DRAWN))
    for name in ("accounts", "lots", "trades"):
        drawn = pq.read_table(folder / f"{name}.parquet")
        with pq.ParquetWriter(folder / f"{name}.parquet", drawn.schema, write_page_checksum=True) as writer:
            for round_number in range(-(-count // _DRAWN)):
                ids = pc.binary_join_element_wise(f"R{round_number:04d}", drawn.column("account").cast("string"), "-")
                table = drawn.set_column(drawn.schema.get_field_index("account"), "account", ids)
                writer.write_table(table.cast(drawn.schema), row_group_size=20_000)


def _run(source: Path, out: Path, workers: int) -> dict[str, float]:
    """A batch in a process of its own: memory and time of that process and of its workers."""
    arguments = ["batch", str(source), "--out", str(out), "--workers", str(workers), "--json"]
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-c", _MEASURED, *arguments]
    ran = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    if ran.returncode not in (0, 3):
        raise RuntimeError(ran.stderr)
    after, night = resource.getrusage(resource.RUSAGE_CHILDREN), json.loads(ran.stdout)
    return {
        "done": float(night["done"]),
        "clock": time.perf_counter() - started,
        "processor": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "megabytes": float(ran.stderr.split()[-1]),
    }


def _million(console: Console, figures: dict[str, dict]) -> None:
    """What a million accounts in one night need, at the cost an account measured above."""
    table = Table(title=f"A million accounts in a night of {_NIGHT_HOURS:.0f} hours, by the cost measured here")
    for heading in ("names", "ms an account", "core hours", "cores"):
        table.add_column(heading, justify="right")
    for names, phases in figures["phases"].items():
        hours = phases["all"] / 1000 * _MILLION / 3600
        table.add_row(names, f"{phases['all']:.1f}", f"{hours:,.1f}", f"{math.ceil(hours / _NIGHT_HOURS):,}")
    console.print(table)
    console.print(
        "Ids are held in one process, about 16 bytes each, and four figures an account, twice when they are told:"
    )
    console.print(
        "some 100 MB for a million. Nothing else grows with their number; disk is read once, sorted by account."
    )


if __name__ == "__main__":
    main()
