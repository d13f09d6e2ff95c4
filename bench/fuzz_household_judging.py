"""One household from its seed to a verdict: written, read, rebalanced as one, written out, audited, looked through."""

from __future__ import annotations

import json
from pathlib import Path

from bench.fuzz_household_making import household_kinds_of, write_household
from bench.fuzz_judging import table_faults
from bench.fuzz_verdict import SECONDS, Outcome, Verdict, numbers_that_are_none, verdict_of
from taxsleeve.audit_household_run import run_household_audit
from taxsleeve.household_run import run_household
from taxsleeve_errors import InputError

__all__ = ["household_faults", "judge_household"]

_OF_NAV = 1e-6


def judge_household(seed: int, most_names: int = 40, seconds: float = SECONDS) -> Verdict:
    """Take a household through the program in a folder of its own, and say what came of it."""

    def take(place: Path) -> Outcome:
        folder, out = place / "household", place / "out"
        folder.mkdir()
        write_household(folder, seed, most_names)
        run = run_household(folder, out, prepare=lambda: None)
        if run.failure is not None:
            return Outcome(has_list=False)
        bound = run.summary["bound"]
        gap = 0.0 if bound is None else (bound - run.summary["objective"]) / run.summary["nav"]
        return Outcome(True, tuple(household_faults(folder, out)), gap)

    return verdict_of(seed, household_kinds_of(seed), seconds, take, _unwanted)


def household_faults(folder: Path, out: Path) -> list[str]:
    """Everything wrong with the lists of a household: by the auditor, in their numbers, in the certificate."""
    run = run_household_audit(folder, out)
    faults = [f"{finding.code}: {finding.file}: {finding.words}" for finding in run.audit.faults]
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    faults += [f"summary.json: {words}" for words in numbers_that_are_none(summary)]
    faults += [f"violation: {words}" for words in summary["violations"]]
    for name in summary["sleeves"]:
        faults += [f"{name}/{words}" for words in table_faults(out / name)]
    worth, nav = summary["objective"], summary["nav"]
    for which in ("bound", "bound_as_moved"):
        if summary[which] is not None and worth > summary[which] + _OF_NAV * nav:
            faults.append(f"certificate: lists worth {worth} and a {which} of {summary[which]} on any, NAV {nav}")
    return faults


def _unwanted(error: InputError) -> list[str]:
    """Every file is as FORMATS describes it: none may be refused."""
    return [str(error)]
