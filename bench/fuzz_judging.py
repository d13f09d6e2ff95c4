"""One account from its seed to a verdict: written, read, rebalanced, written out, audited, looked through."""

from __future__ import annotations

import csv
import json
import math
import signal
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from bench.fuzz_making import kinds_of, write_account
from optimizer import rebalance
from taxsleeve.account_folder import read_account_folder
from taxsleeve.audit_run import run_audit
from taxsleeve.output_folder import write_files
from taxsleeve.rebalance_files import table_texts
from taxsleeve.rebalance_run import run_rebalance
from taxsleeve.summary import rebalance_summary
from taxsleeve.summary_text import summary_text
from taxsleeve_errors import InfeasibleError, InputError, TaxsleeveError

__all__ = ["SECONDS", "Verdict", "judge_account", "list_faults"]

SECONDS = 60.0
"""Processor seconds that one account may take, diagnosis of an infeasible one included."""
_NUMBERS = {
    "trades.csv": ("shares", "price", "amount"),
    "orders.csv": ("shares", "price", "amount"),
    "lots_after.csv": ("shares", "cost_per_share"),
}
_OF_NAV = 1e-6
# The page, and which limit must give way, take longer than all else: one account in so many, prime to the kinds.
_DIAGNOSED = 25


@dataclass(frozen=True)
class Verdict:
    """What became of the account of a seed; `gap` is to the bound before rounding to shares, in fractions of NAV."""

    seed: int
    kinds: frozenset[str]
    answer: str
    seconds: float
    gap: float = 0.0
    faults: tuple[str, ...] = ()


class _TooLongError(Exception):
    """An account took more processor time than allowed."""


def judge_account(seed: int, most_names: int = 60, seconds: float = SECONDS, diagnosed_of: int = _DIAGNOSED) -> Verdict:
    """Take an account through the program in a folder of its own, and say what came of it."""
    started = time.process_time()
    gap, faults = 0.0, []
    with tempfile.TemporaryDirectory(prefix="taxsleeve-fuzz-", dir=_memory()) as place:
        folder, out = Path(place) / "account", Path(place) / "out"
        folder.mkdir()
        write_account(folder, seed, most_names)
        try:
            with _at_most(seconds):
                summary = _rebalanced(folder, out, diagnosed=seed % diagnosed_of == 0)
                answer = "list" if summary else "no list"
                if summary:
                    faults = list_faults(folder, out)
                    gap = (summary["bound"] - summary["objective"] - summary["rounding_cost"]) / summary["nav"]
        except InputError as error:
            answer, faults = "refused", _unwanted(error)
        except TaxsleeveError as error:
            answer, faults = "failed", [f"{type(error).__name__}: {error}"]
        except _TooLongError:
            answer, faults = "too long", [f"more than {seconds:g} s"]
        except Exception:  # noqa: BLE001 - whatever gets out is what is looked for
            answer, faults = "crashed", [traceback.format_exc(limit=-4)]
    return Verdict(seed, kinds_of(seed), answer, time.process_time() - started, gap, tuple(faults))


def _rebalanced(folder: Path, out: Path, *, diagnosed: bool) -> dict[str, Any]:
    """Rebalance as the command does, or without page and diagnosis; the summary, empty without a list."""
    if diagnosed:
        run = run_rebalance(folder, out)
        return {} if run.failure is not None else run.summary
    account = read_account_folder(folder)
    try:
        result = rebalance(account.account, account.mandate, account.risk())
    except InfeasibleError:
        return {}
    tables = table_texts(account, result)
    summary = rebalance_summary(result, tables.check, {})
    write_files(out, {**tables.texts, "summary.json": summary_text(summary)})
    return summary


def list_faults(folder: Path, out: Path) -> list[str]:
    """Everything wrong with a trade list as it was written: by the auditor, in its numbers, in its certificate."""
    audit = run_audit(folder, out).audit
    faults = [f"{finding.code}: {finding.words}" for finding in audit.faults]
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    faults += [f"summary.json: {where} is {value}" for where, value in _numbers(summary) if not math.isfinite(value)]
    faults += [f"violation: {words}" for words in summary["violations"]]
    for file, columns in _NUMBERS.items():
        with (out / file).open(encoding="utf-8", newline="") as text:
            for row in csv.DictReader(text):
                bad = [c for c in columns if c in row and not math.isfinite(float(row[c] or "nan"))]
                faults += [f"{file}: {column} is {row[column]!r} in {row}" for column in bad]
    worth, bound = summary["objective"], summary["bound"]
    # Where names are exited the bound is one on lists only that exit as much.
    if "other amounts exited" not in summary["bound_is"] and worth > bound + _OF_NAV * summary["nav"]:
        faults.append(f"certificate: a list worth {worth} and a bound of {bound} on any, NAV {summary['nav']}")
    return faults


def _unwanted(error: InputError) -> list[str]:
    """Only an account that is worth nothing may be refused: every file is otherwise as FORMATS describes it."""
    allowed = ("worth more than zero", "limits.factor_active", "taxable account", "history that a risk")
    return [] if all(any(words in str(fault) for words in allowed) for fault in error.faults) else [str(error)]


def _numbers(value: Any, where: str = "") -> Iterator[tuple[str, float]]:
    if isinstance(value, float):
        yield where, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _numbers(item, f"{where}.{key}")
    elif isinstance(value, list):
        for item in value:
            yield from _numbers(item, where)


def _memory() -> str | None:
    """Memory is faster than a disk for a dozen small files an account."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise _TooLongError

    earlier = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, earlier)
