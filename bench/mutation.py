"""Mutation testing of the tax rules and the checks: `python -m bench.mutation [--sample N] [--seed N] [--modules ...]`.

A sample of faults is put, one at a time, into a copy of this tree, and the module's tests are run on it. What no test
sees survives; survivors are printed as file:line, operator, and the line as was and as is (on stderr as each module is
done, all of them at the end). Needs cosmic-ray
(`pip install 'taxsleeve[mutation,test]'`) and a system that can fork.
"""

from __future__ import annotations

import argparse
import importlib
import os
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import bench.one_thread  # noqa: F401 before numpy
from bench.mutants import Mutant, all_mutants, drawn, mutated
from bench.mutation_plan import PLAN
from bench.part import ROOT, NotHere

__all__ = ["Score", "main", "run_tests", "score_module"]

# Others' packages that tests import, loaded once; every run of the tests is a fork of this process.
_BEFORE_FORKING = (
    "pytest",
    "hypothesis",
    "numpy",
    "pandas",
    "scipy.optimize",
    "scipy.stats",
    "pyarrow.parquet",
    "cvxpy",
)
_PARTS = ("risk", "tax", "audit", "optimizer", "backtest", "taxsleeve", "tests")
_NOT_OURS = 99


@dataclass
class Score:
    """What became of a module's mutants; survivors are told in words."""

    module: str
    mutants: int = 0
    of: int = 0
    killed: int = 0
    timed_out: int = 0
    survivors: list[str] = field(default_factory=list)

    @property
    def row(self) -> str:
        """A line of the table; a mutant that never ends is found too, and counts for the score."""
        share = f"{(self.killed + self.timed_out) / self.mutants:.0%}" if self.mutants else "none"
        cells = (self.module, f"{self.mutants} of {self.of}", self.killed, len(self.survivors), self.timed_out, share)
        return "| " + " | ".join(map(str, cells)) + " |"


def run_tests(
    copy: Path, module: str, tests: tuple[str, ...], seconds: float, *, keep_bytecode: bool = False
) -> int | None:
    """Run tests in a fork of this process that sees the copy alone; pytest's status, or None where time ran out."""
    child = os.fork()
    if child == 0:
        # Else Python would take a faultless module's bytecode for a faulty one of the same size and second.
        sys.dont_write_bytecode = not keep_bytecode
        _as_child(copy, module, tests)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def _as_child(copy: Path, module: str, tests: tuple[str, ...]) -> None:
    status = 3
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        os.chdir(copy)
        sys.path[:] = [str(copy), *(p for p in sys.path if p and Path(p).resolve() != ROOT)]
        import pytest

        status = int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=0", *tests]))
        loaded = sys.modules.get(module.removesuffix(".py").replace("/", "."))
        if status == 0 and (loaded is None or not str(loaded.__file__).startswith(str(copy))):
            status = _NOT_OURS
    finally:
        os._exit(status)


def score_module(copy: Path, module: str, sample: int, seed: int) -> Score:
    """Judge a sample of a module's mutants; raises RuntimeError where its tests fail without any fault."""
    path, tests = copy / module, PLAN[module]
    source = path.read_text(encoding="utf-8")
    begin = time.monotonic()
    if (status := run_tests(copy, module, tests, 600, keep_bytecode=True)) != 0:
        raise RuntimeError(f"{module}: its tests end with status {status} before any fault is made")
    for bytecode in path.parent.glob(f"__pycache__/{path.stem}.*"):
        bytecode.unlink()
    patience = 10 + 4 * (time.monotonic() - begin)
    mutants = all_mutants(source)
    score = Score(module, of=len(mutants))
    try:
        for mutant in drawn(mutants, sample, f"{seed} {module}"):
            text, change = mutated(source, mutant)
            path.write_text(text, encoding="utf-8")
            if (status := run_tests(copy, module, tests, patience)) == _NOT_OURS:
                raise RuntimeError(f"{module}: the tests do not load the copy, so that no fault could be seen")
            _count(score, mutant, change, status)
    finally:
        path.write_text(source, encoding="utf-8")
    return score


def _count(score: Score, mutant: Mutant, change: str, status: int | None) -> None:
    score.mutants += 1
    if status is None:
        score.timed_out += 1
    elif status == 0:
        score.survivors.append(f"{score.module}:{mutant.place[0]}  {mutant.operator}\n    {change}")
    else:
        score.killed += 1


def main(words: list[str] | None = None) -> int:
    """Print the table and the survivors; 1 where cosmic-ray is missing."""
    parser = argparse.ArgumentParser(prog="python -m bench.mutation", description=__doc__)
    parser.add_argument("--sample", type=int, default=20, help="mutants a module")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--modules", nargs="+", choices=PLAN, default=[*PLAN], metavar="FILE")
    chosen = parser.parse_args(words)
    for name in _BEFORE_FORKING:
        importlib.import_module(name)
    survivors = []
    print("| module | mutants | killed | survived | timed out | score |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder).resolve()
        for part in _PARTS:
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        for part in ("taxsleeve_errors.py", "pyproject.toml"):
            shutil.copy(ROOT / part, copy / part)
        for module in chosen.modules:
            try:
                score = score_module(copy, module, chosen.sample, chosen.seed)
            except NotHere as missing:
                print(missing, file=sys.stderr)
                return 1
            print(score.row, flush=True)
            print(*score.survivors, sep="\n", end="\n" * bool(score.survivors), file=sys.stderr, flush=True)
            survivors += score.survivors
    print("\nSurvivors:", *(survivors or ["none"]), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
