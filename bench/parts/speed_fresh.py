"""How long the first result takes on a fresh machine."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.part import ROOT, Part, Request, Table

__all__ = ["FRESH"]

_RUN = "import sys; from taxsleeve.command_line import main; main(sys.argv[1:])"


@dataclass(frozen=True)
class _Taken:
    """Seconds by the clock, and of the processor with all child processes."""

    clock: float
    processor: float


def measure(request: Request) -> Table:
    """Install into a new environment (full size only), run the README's first line with an empty cache, and again."""
    steps: dict[str, _Taken] = {}
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        python = Path(sys.executable)
        if not request.quick:
            python = work / "venv" / "bin" / "python"
            _run(["git", "clone", "--quiet", str(ROOT), str(work / "clone")], work)
            steps["venv and pip install, downloads included"] = _run(
                [sys.executable, "-m", "venv", str(work / "venv")], work
            )
            made = _run([str(python), "-m", "pip", "install", "--quiet", str(work / "clone")], work)
            venv = steps["venv and pip install, downloads included"]
            steps["venv and pip install, downloads included"] = _Taken(
                venv.clock + made.clock, venv.processor + made.processor
            )
        names = ["--names", "40"] if request.quick else []
        ours = [str(python), "-c", _RUN]
        steps["taxsleeve example"] = _run([*ours, "example", "a", *names], work)
        steps["taxsleeve rebalance, first: kernels compiled"] = _run([*ours, "rebalance", "a", "--out", "o"], work)
        steps["taxsleeve rebalance, again"] = _run([*ours, "rebalance", "a", "--out", "o2"], work)
    first = [taken for step, taken in steps.items() if not step.endswith("again")]
    steps["to the first result"] = _Taken(sum(t.clock for t in first), sum(t.processor for t in first))
    rows = tuple((step, f"{taken.clock:.1f}", f"{taken.processor:.1f}") for step, taken in steps.items())
    figures = {f"{step}: {name}": value for step, taken in steps.items() for name, value in vars(taken).items()}
    notes = (
        "The README's first line in an empty folder. The clock depends on the network and on what else is running.",
    )
    return Table(("step", "seconds by the clock", "of the processor"), rows, notes, "example's own", figures)


def _run(words: Sequence[str], work: Path) -> _Taken:
    environment = os.environ | {"TAXSLEEVE_CACHE_DIR": str(work / "cache"), "HOME": str(work)}
    if words[0] == sys.executable:
        environment["PYTHONPATH"] = str(ROOT)
    else:
        environment.pop("PYTHONPATH", None)
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(words, cwd=work, env=environment, capture_output=True, check=True)  # noqa: S603
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return _Taken(time.perf_counter() - started, spent)


FRESH = Part(
    name="speed-fresh",
    group="speed",
    shows="Time to the first result on a fresh machine",
    measure=measure,
    minutes=3,
)
