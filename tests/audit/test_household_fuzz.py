"""Households of `bench/fuzz_households.py`, smaller: nothing wrong gets out, a wrong list is told, nothing crashes."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from audit import CODES, HOUSEHOLD_CODES
from bench import fuzz_household_judging, fuzz_household_making
from taxsleeve.audit_household_run import run_household_audit
from taxsleeve_errors import InputError

pytestmark = pytest.mark.slow
SEEDS, NAMES, SLICES = 24, 10, 6
NASTY = ["", "nan", "inf", "-inf", "-1", "0", "1e308", "1e-320", "1e400", "x", "=1+1", "large", "ira", "lot", "cash"]


@pytest.mark.parametrize("part", range(SLICES))
def test_nothing_wrong_gets_out(part: int) -> None:
    seeds = range(part, SEEDS, SLICES)
    verdicts = [fuzz_household_judging.judge_household(seed, NAMES) for seed in seeds]
    assert not [verdict for verdict in verdicts if verdict.faults]
    assert any(verdict.answer == "list" for verdict in verdicts)


def test_every_kind_is_drawn() -> None:
    drawn = {kind for seed in range(SEEDS) for kind in fuzz_household_making.household_kinds_of(seed)}
    assert drawn == set(fuzz_household_making.HOUSEHOLD_KINDS)


def test_a_planted_fault_is_told(household: Any, tmp_path: Path) -> None:
    case = household.copy(tmp_path)
    assert fuzz_household_judging.household_faults(case.folder, case.out) == []
    case.cell("mid/trades.csv", 0, "shares", 100 * float(case.listed("mid/trades.csv").loc[0, "shares"]))
    case.figure(float("inf"), "objective")
    told = " ".join(fuzz_household_judging.household_faults(case.folder, case.out))
    for part in ("lot-oversold", "objective is inf", "certificate"):
        assert part in told


@pytest.mark.parametrize("seed", range(60))
def test_spoilt_cells_are_findings_or_refused_and_never_a_crash(seed: int, household: Any, tmp_path: Path) -> None:
    case, rng = household.copy(tmp_path), random.Random(seed)  # noqa: S311 - no secret
    files = ["transfers.csv", "transfers.csv", "mid/trades.csv", "mid/lots_after.csv", "ira/orders.csv"]
    for _ in range(rng.randint(1, 6)):
        file = rng.choice(files)
        table = case.listed(file)
        case.cell(file, rng.randrange(len(table)), rng.choice(table.columns.tolist()), rng.choice(NASTY))
    try:
        findings = run_household_audit(case.folder, case.out, tmp_path / "report").audit.findings
    except InputError as error:
        refused = error.faults
        findings = ()
    else:
        refused = ()
    assert all(fault.file and fault.expected for fault in refused)
    assert (tmp_path / "report").exists() == (not refused)
    assert {finding.code for finding in findings} <= set(CODES) | set(HOUSEHOLD_CODES)
