"""Five hundred accounts of `bench/fuzz_accounts.py`, smaller: nothing wrong gets out, and a wrong list is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench import fuzz_judging, fuzz_making

pytestmark = pytest.mark.slow
NAMES, SLICES, EACH = 6, 20, 25


@pytest.fixture(scope="module")
def fuzz() -> tuple[Any, Any]:
    """The modules that make accounts and judge them."""
    return fuzz_making, fuzz_judging


@pytest.fixture(scope="module")
def answers() -> list[str]:
    """Answers of the accounts judged so far."""
    return []


@pytest.mark.parametrize("part", range(SLICES))
def test_nothing_wrong_gets_out(part: int, fuzz: tuple[Any, Any], answers: list[str]) -> None:
    verdicts = [fuzz[1].judge_account(seed, NAMES, diagnosed_of=97) for seed in range(part * EACH, (part + 1) * EACH)]
    answers += [verdict.answer for verdict in verdicts]
    assert not [verdict for verdict in verdicts if verdict.faults]


def test_most_accounts_have_a_list_and_some_none(answers: list[str]) -> None:
    if len(answers) < SLICES * EACH:
        pytest.skip("not all slices ran here")
    assert answers.count("list") > 0.4 * len(answers)
    assert answers.count("no list") > 0.02 * len(answers)


def test_every_kind_is_drawn(fuzz: tuple[Any, Any]) -> None:
    drawn = [kind for seed in range(SLICES * EACH) for kind in fuzz[0].kinds_of(seed)]
    assert all(drawn.count(kind) >= 25 for kind in fuzz[0].KINDS), drawn


@pytest.fixture
def judged(fuzz: tuple[Any, Any], tmp_path: Path) -> tuple[Path, Path, Any]:
    """An account with trades, and the folder with its list."""
    from taxsleeve.rebalance_run import run_rebalance

    for seed in range(0, 600, 12):
        folder, out = tmp_path / f"{seed}", tmp_path / f"{seed}-out"
        folder.mkdir()
        fuzz[0].write_account(folder, seed, 12)
        ran = run_rebalance(folder, out, prepare=lambda: None)
        if ran.failure is None and ran.summary["orders"] > 2:
            return folder, out, fuzz[1]
    raise AssertionError("no account trades")


def test_a_planted_fault_is_told(judged: tuple[Path, Path, Any]) -> None:
    folder, out, judging = judged
    assert judging.list_faults(folder, out) == []
    lines = (out / "trades.csv").read_text(encoding="utf-8").splitlines()
    cells = lines[1].split(",")
    cells[3] = repr(100 * float(cells[3]))
    (out / "trades.csv").write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\n", encoding="utf-8")
    assert judging.list_faults(folder, out)


def test_a_number_that_is_none_is_told(judged: tuple[Path, Path, Any]) -> None:
    folder, out, judging = judged
    summary = out / "summary.json"
    text = summary.read_text(encoding="utf-8").replace('"soft_penalty": ', '"soft_penalty": 1e999, "was": ', 1)
    summary.write_text(text, encoding="utf-8")
    assert any("soft_penalty" in fault for fault in judging.list_faults(folder, out))


def test_an_account_that_takes_too_long_or_crashes_is_told(fuzz: tuple[Any, Any], monkeypatch: Any) -> None:
    judging = fuzz[1]

    def crash(*_: object, **__: object) -> None:
        raise ZeroDivisionError("planted")

    def spin(*_: object, **__: object) -> None:
        while True:
            sum(range(1000))

    monkeypatch.setattr(judging, "_rebalanced", crash)
    verdict = judging.judge_account(1, NAMES)
    assert verdict.answer == "crashed"
    assert "planted" in verdict.faults[0]
    monkeypatch.setattr(judging, "_rebalanced", spin)
    assert judging.judge_account(1, NAMES, seconds=0.2).answer == "too long"


def test_the_bound_knows_that_impact_leaves_less_cash(fuzz: tuple[Any, Any], tmp_path: Path) -> None:
    """Seed 37: a bound that does not count it was below what a list is worth."""
    from taxsleeve.rebalance_run import run_rebalance

    (tmp_path / "account").mkdir()
    fuzz[0].write_account(tmp_path / "account", 37, 25)
    summary = run_rebalance(tmp_path / "account", tmp_path / "out", prepare=lambda: None).summary
    assert summary["objective"] <= summary["bound"]
