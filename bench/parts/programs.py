"""Programs that print what they measure, each as a part of the same name; they can be run by themselves."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bench.part import ROOT, Part, Request, Table, environment

__all__ = ["PROGRAMS"]


@dataclass(frozen=True)
class _Program:
    """A program, what it shows, and the words for both sizes; `quick` is None where there is no small size."""

    name: str
    shows: str
    minutes: float
    full: tuple[str, ...] = ()
    quick: tuple[str, ...] | None = None


# In the words of a program: a folder that is thrown away.
_SCRATCH = "SCRATCH"
_TINY = ("--vintages", "1", "--years", "1")
_ALL = (
    _Program("optimizer_engines", "Engines: agreement, speed, gaps, rivals, with targets", 45, (), ("--quick",)),
    _Program("rebalance_line", "One rebalance from folder to files, by size", 1),
    _Program(
        "batch_throughput",
        "A night of accounts, and what a million need",
        10,
        (),
        ("--accounts", "40", "--sample", "2"),
    ),
    _Program(
        "believable", "Wash-sale rule, frequency and use of losses beside published bands", 15, ("--out", _SCRATCH)
    ),
    _Program("covered_by_tests", "Line and branch coverage of the rules and checks", 15, (), ("--one-in", "20")),
    _Program(
        "fuzz_accounts",
        "Random and adversarial accounts: optimizer against auditor",
        60,
        (),
        ("--accounts", "20", "--names", "12"),
    ),
    _Program(
        "fuzz_households",
        "Random households: optimizer against auditor",
        60,
        (),
        ("--households", "3", "--names", "10"),
    ),
    _Program(
        "fuzz_readers",
        "Readers under a coverage-guided fuzzer",
        30,
        ("all", "--seconds", "60"),
        ("all", "--seconds", "1"),
    ),
    _Program("household_savings", "Households as one against apart, one date", 5, (), ("--seeds", "1")),
    _Program("household_history", "Households as one against apart, through history", 20),
    _Program("ledger_speed", "The ledger and the lot book", 1, (), ("3000",)),
    _Program(
        "mutation",
        "Mutation testing of the tax rules and the checks",
        30,
        (),
        ("--modules", "tax/holding_period.py", "--sample", "2"),
    ),
    _Program("risk_evaluation", "Every risk model through real prices, all families", 15, (), ("--quick",)),
    _Program("risk_harvested", "Risk models' promises of harvested portfolios", 40),
    _Program("risk_speed", "Fits of the risk models", 2, ("--large",), ()),
    _Program("simulated_market", "The simulated market: calibration and speed", 10, (), ("--only", "speed")),
    _Program("study_speed", "Time and memory of a whole study", 18, (), (*_TINY, "--names", "100", "--workers", "1")),
    _Program("vintage_speed", "Ten-year vintages", 10, (), (*_TINY, "--names", "50", "--repeat", "1")),
)


def _measure(program: _Program, request: Request) -> Table:
    """Run the program and keep the lines that it prints."""
    given = program.quick if request.quick and program.quick is not None else program.full
    with tempfile.TemporaryDirectory() as scratch:
        said = [scratch if word == _SCRATCH else word for word in given]
        ours = [sys.executable, "-m", f"bench.{program.name}", *said]
        ran = subprocess.run(ours, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)  # noqa: S603
    lines = [line.rstrip() for line in ran.stdout.splitlines() if line.strip()]
    notes = () if ran.returncode == 0 else (f"it ended with status {ran.returncode}: {ran.stderr[-500:].strip()}",)
    return Table((" ".join(("python -m", f"bench.{program.name}", *given)),), tuple((line,) for line in lines), notes)


def _part(program: _Program) -> Part:
    measure: Callable[[Request], Table] = partial(_measure, program)
    return Part(program.name, "program", program.shows, measure, minutes=program.minutes)


PROGRAMS = tuple(_part(program) for program in _ALL)
