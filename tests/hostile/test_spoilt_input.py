"""Spoilt input of every command: exit status 2, a message that names the place, and nothing written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from good_input import MAKERS, arguments
from spoiling import Case
from spoilt_cases import CASES

LEAST = 250


def test_there_are_enough_of_them_for_every_command_and_file() -> None:
    assert len(CASES) == len({str(case) for case in CASES})
    assert len(CASES) >= LEAST
    kinds = Counter(case.kind for case in CASES)
    assert min(kinds.values()) >= 15, kinds
    # Those of a batch are in test_spoilt_batch.
    assert set(kinds) | {"database", "folders", "tables"} == set(MAKERS)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_spoilt_input_is_refused(case: Case, good: Callable[[str], Path], run: Callable[..., Any]) -> None:
    folder = good(case.kind)
    case.spoil(folder / case.file)
    ran = run(*arguments(case.kind, folder, case.file))
    assert ran.exit_code == 2, f"{ran.exit_code}: {ran.stdout}{ran.stderr}"
    assert "Nothing was written" in ran.stderr
    for words in case.said:
        assert words in ran.stderr, ran.stderr
    assert len(ran.stderr) < 100_000
    assert not (folder.parent / "out").exists() or not list((folder.parent / "out").iterdir())


@pytest.mark.parametrize(
    ("kind", "file"),
    [
        ("vendor", "account/account.toml"),
        ("audit", "list/trades.csv"),
        ("custodian", "map.toml"),
        ("custodian", "schwab_lots_AAPL.csv"),
        ("custodian", "ibkr_flex.xml"),
        ("household", "household/household.toml"),
        ("household_audit", "lists/transfers.csv"),
        ("ledger", "history.csv"),
        ("market", "market/market.toml"),
        ("prices", "files/long.csv"),
        ("prices", "files/wide.csv"),
        ("prices", "files/securities.csv"),
    ],
)
def test_what_is_spoilt_is_good_before(kind: str, file: str, good: Callable[[str], Path], run: Any) -> None:
    ran = run(*arguments(kind, good(kind), file))
    assert ran.exit_code in (0, 3), ran.stderr
