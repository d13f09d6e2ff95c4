"""Line and branch coverage of `tax/`, `optimizer/`, `risk/` and `audit/` by their own tests.

    python -m bench.covered_by_tests [--one-in N]

The tests run twice: as they are, and those of the kernels once more as plain Python, since a tracer sees nothing of
compiled code. Exit status 1 where a package is under 95%. Needs pytest-cov (`pip install 'taxsleeve[dev]'`).
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.part import ROOT, NotHere

__all__ = ["Covered", "by_package", "main"]

PACKAGES = ("tax", "optimizer", "risk", "audit")
LEAST = 0.95
_KERNELS = ("dual", "engine", "sale_curves", "best_trades")
# Counts compilations, of which there are none without a compiler.
_NOT_PLAIN = "not second_compilation"


@dataclass(frozen=True)
class Covered:
    """Lines and branches of a package that tests ran, of all."""

    lines: int
    of_lines: int
    branches: int
    of_branches: int

    @property
    def share(self) -> float:
        """Lines and branches together, as coverage.py counts."""
        return (self.lines + self.branches) / max(self.of_lines + self.of_branches, 1)


def by_package(files: Mapping[str, Mapping[str, Mapping[str, int]]]) -> dict[str, Covered]:
    """Add the files of a coverage report up, by package.

    Parameters
    ----------
    files : mapping of str to mapping
        `files` of coverage.py's JSON report.
    """
    sums = {package: [0, 0, 0, 0] for package in PACKAGES}
    keys = ("covered_lines", "num_statements", "covered_branches", "num_branches")
    for name, found in files.items():
        package = Path(name).parts[0]
        for i, key in enumerate(keys):
            sums[package][i] += found["summary"][key]
    return {package: Covered(*counts) for package, counts in sums.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the tests, print the table and the files that are least covered; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--one-in", type=int, default=1, help="of every test's cases run one in so many")
    asked = parser.parse_args(arguments)
    if importlib.util.find_spec("pytest_cov") is None:
        raise NotHere("pytest-cov is not installed: pip install 'taxsleeve[dev]'")
    with tempfile.TemporaryDirectory() as folder:
        files = _measured(Path(folder), asked.one_in)
    found = by_package(files)
    _print(found, files)
    return int(any(covered.share < LEAST for covered in found.values()))


def _measured(folder: Path, one_in: int) -> dict[str, dict[str, dict[str, int]]]:
    tests = [f"tests/{package}" for package in PACKAGES]
    kernels = [f"tests/optimizer/test_newton_{name}.py" for name in _KERNELS]
    _pytest(folder, [*tests, "--one-in", str(one_in)], {})
    plain = ["-m", "not slow", "-k", _NOT_PLAIN, "--one-in", str(6 * one_in)]
    _pytest(folder, [*kernels, *plain, "--cov-append"], {"NUMBA_DISABLE_JIT": "1"})
    report = folder / "coverage.json"
    words = [sys.executable, "-m", "coverage", "json", "-q", "-o", str(report)]
    subprocess.run(words, cwd=ROOT, env=_environment(folder), check=True)  # noqa: S603
    files: dict[str, dict[str, dict[str, int]]] = json.loads(report.read_text(encoding="utf-8"))["files"]
    return files


def _pytest(folder: Path, words: Sequence[str], more: Mapping[str, str]) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--cov", "--cov-report=", *words]
    env = _environment(folder) | more
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise SystemExit(f"the tests do not pass, so that their coverage says nothing:\n{done.stdout[-3000:]}")


def _environment(folder: Path) -> dict[str, str]:
    own = {"COVERAGE_FILE": str(folder / "coverage"), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return os.environ | own


def _print(found: Mapping[str, Covered], files: Mapping[str, Mapping[str, Mapping[str, int]]]) -> None:
    console, table = Console(width=100), Table(title="Coverage by the packages' own tests", title_justify="left")
    for heading in ("package", "lines", "branches", "together"):
        table.add_column(heading, justify="left" if heading == "package" else "right")
    for package, one in found.items():
        parts = (one.lines / max(one.of_lines, 1), one.branches / max(one.of_branches, 1), one.share)
        table.add_row(f"{package}/", *(f"{part:.1%}" for part in parts))
    console.print(table)
    least = sorted(files, key=lambda name: files[name]["summary"]["percent_covered"])[:8]
    shown = ", ".join(f"{name} {files[name]['summary']['percent_covered']:.0f}%" for name in least)
    console.print(f"Least covered: {shown}", highlight=False, soft_wrap=True)


if __name__ == "__main__":
    raise SystemExit(main())
