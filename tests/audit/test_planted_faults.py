"""Faults planted in a good list, in what stands beside it, and in the account: each is found under its own code."""

from __future__ import annotations

from typing import Any

import planted_beside
import planted_limits
import planted_rows
import planted_trading
import pytest
from planting import PLANTED, SPREADS

from audit import CODES

PARTS = (planted_rows, planted_trading, planted_limits, planted_beside)


def test_the_list_itself_is_clean(base: Any) -> None:
    run = base.audit()
    assert run.audit.findings == ()
    assert run.summary["verdict"] == "clean"
    page = run.audit._repr_html_()
    assert page.startswith(f"<p>Clean; limits read again: {len(run.audit.readings)}.</p>")
    assert page.count("<tr") == 21


def test_every_part_enlists_its_faults() -> None:
    assert {plant.__module__ for plant in PLANTED.values()} == {part.__name__ for part in PARTS}


def test_fifty_kinds_are_planted_and_every_code_but_one() -> None:
    planted = {name.split(":")[0] for name in PLANTED}
    assert len(planted) >= 50
    # The ledger has nothing to refuse in what a file can hold; `test_wash_sales` gives it something.
    assert set(CODES) - planted == {"ledger-refused"}


@pytest.mark.parametrize("name", PLANTED)
def test_planted_fault_is_found(name: str, case: Any) -> None:
    code = name.split(":")[0]
    PLANTED[name](case)
    audit = case.audit().audit
    codes = {finding.code for finding in audit.findings}
    assert code in codes
    if name not in SPREADS:
        # The summary tells a limit as it was before account.toml was changed.
        assert codes <= {code, "limit-misstated"}
    assert all(finding.words and finding.code in CODES for finding in audit.findings)
    assert not audit.is_clean
