"""Faults planted in good lists of a household, in what stands beside them, and in its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import planted_across
import planted_household_figures
import planted_transfers
import pytest
from household_planting import HOUSEHOLD_PLANTED, HOUSEHOLD_SPREADS

from audit import CODES, HOUSEHOLD_CODES

PARTS = (planted_transfers, planted_across, planted_household_figures)


def test_the_lists_themselves_are_clean(household: Any) -> None:
    run = household.audit()
    assert run.audit.findings == ()
    assert run.summary["verdict"] == "clean"
    # What the faults are planted in: lots move, the partner realises a gain, and the IRA buys.
    assert len(household.moved()) > 1
    assert run.summary["figures"]["gains"]["short"] > 0
    assert len(household.listed("ira/trades.csv")) > 0


def test_every_part_enlists_its_faults() -> None:
    assert {plant.__module__ for plant in HOUSEHOLD_PLANTED.values()} == {part.__name__ for part in PARTS}


def test_every_code_of_a_household_is_planted_and_none_is_of_single_lists() -> None:
    planted = {name.split(":")[0] for name in HOUSEHOLD_PLANTED}
    assert set(HOUSEHOLD_CODES) <= planted
    assert planted <= set(HOUSEHOLD_CODES) | set(CODES)
    assert not set(HOUSEHOLD_CODES) & set(CODES)


@pytest.mark.parametrize("name", HOUSEHOLD_PLANTED)
def test_planted_fault_is_found(name: str, household: Any, tmp_path: Path) -> None:
    code, case = name.split(":")[0], household.copy(tmp_path)
    HOUSEHOLD_PLANTED[name](case)
    audit = case.audit().audit
    codes = {finding.code for finding in audit.findings}
    assert code in codes
    if name not in HOUSEHOLD_SPREADS:
        assert codes == {code}
    assert all(finding.words and finding.code in CODES | HOUSEHOLD_CODES for finding in audit.findings)
    assert not audit.is_clean
