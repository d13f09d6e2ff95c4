"""One account from its seed to a verdict: written, read, rebalanced, written out, audited, looked through."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

from bench.fuzz_making import kinds_of, write_account
from bench.fuzz_verdict import SECONDS, Outcome, Verdict, numbers_that_are_none, verdict_of
from optimizer import rebalance
from taxsleeve.account_folder import read_account_folder
from taxsleeve.audit_run import run_audit
from taxsleeve.output_folder import write_files
from taxsleeve.rebalance_files import table_texts
from taxsleeve.rebalance_run import run_rebalance
from taxsleeve.summary import rebalance_summary
from taxsleeve.summary_text import summary_text
from taxsleeve_errors import InfeasibleError, InputError

__all__ = ["judge_account", "list_faults", "table_faults"]

_NUMBERS = {
    "trades.csv": ("shares", "price", "amount"),
    "orders.csv": ("shares", "price", "amount"),
    "lots_after.csv": ("shares", "cost_per_share"),
}
_OF_NAV = 1e-6
# The page, and which limit must give way, take longer than all else: one account in so many, prime to the kinds.
_DIAGNOSED = 25


def judge_account(seed: int, most_names: int = 60, seconds: float = SECONDS, diagnosed_of: int = _DIAGNOSED) -> Verdict:
    """Take an account through the program in a folder of its own, and say what came of it."""

    def take(place: Path) -> Outcome:
        folder, out = place / "account", place / "out"
        folder.mkdir()
        write_account(folder, seed, most_names)
        summary = _rebalanced(folder, out, diagnosed=seed % diagnosed_of == 0)
        if not summary:
            return Outcome(has_list=False)
        gap = (summary["bound"] - summary["objective"] - summary["rounding_cost"]) / summary["nav"]
        return Outcome(True, tuple(list_faults(folder, out)), gap)

    return verdict_of(seed, kinds_of(seed), seconds, take, _unwanted)


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
    faults += [f"summary.json: {words}" for words in numbers_that_are_none(summary)]
    faults += [f"violation: {words}" for words in summary["violations"]]
    faults += table_faults(out)
    worth, bound = summary["objective"], summary["bound"]
    # Where names are exited the bound is one on lists only that exit as much.
    if "other amounts exited" not in summary["bound_is"] and worth > bound + _OF_NAV * summary["nav"]:
        faults.append(f"certificate: a list worth {worth} and a bound of {bound} on any, NAV {summary['nav']}")
    return faults


def table_faults(out: Path) -> list[str]:
    """Numbers in the tables of a list that are not finite."""
    faults = []
    for file, columns in _NUMBERS.items():
        with (out / file).open(encoding="utf-8", newline="") as text:
            for row in csv.DictReader(text):
                bad = [c for c in columns if c in row and not math.isfinite(float(row[c] or "nan"))]
                faults += [f"{file}: {column} is {row[column]!r} in {row}" for column in bad]
    return faults


def _unwanted(error: InputError) -> list[str]:
    """Only an account that is worth nothing may be refused: every file is otherwise as FORMATS describes it."""
    allowed = ("worth more than zero", "limits.factor_active", "taxable account", "history that a risk")
    return [] if all(any(words in str(fault) for words in allowed) for fault in error.faults) else [str(error)]
