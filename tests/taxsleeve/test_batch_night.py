"""The night's sums, exceptions and page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from taxsleeve.batch.account_row import AccountRow
from taxsleeve.batch.exceptions import KINDS, exceptions_of
from taxsleeve.batch.night import percentiles
from taxsleeve.batch.night_files import write_night

ROW = AccountRow(
    account="A",
    status="optimal",
    nav=1e6,
    harvested_short=1000.0,
    harvested_long=500.0,
    gains_short=0.0,
    gains_long=10.0,
    tax_value=400.0,
    cost=20.0,
    turnover=0.1,
    tracking_error_before=0.002,
    tracking_error_after=0.009,
    tracking_error_limit=0.01,
    objective=380.0,
    bound=400.0,
    gap=0.05,
    orders=12,
    unrated_names=0,
    unrated=0.0,
)


def rows(count: int) -> list[AccountRow]:
    return [replace(ROW, account=f"A{i:03d}", bound=380.0 + i, gap=i / (380.0 + i)) for i in range(count)]


def test_sums_worst_twenty_and_distributions(tmp_path: Path) -> None:
    night = write_night(tmp_path, "source", rows(50), [], 0.05)
    assert (night.accounts, night.done) == (50, 50)
    assert night.sums["harvested_short"] == 50_000
    assert night.sums["orders"] == 600
    assert [row.account for row in night.worst] == [f"A{i:03d}" for i in range(49, 29, -1)]
    assert percentiles(night.te_of_limit) == dict.fromkeys(
        ("least", "p5", "median", "p95", "greatest"), pytest.approx(0.9)
    )
    assert percentiles(np.empty(0)) is None


def test_exceptions_are_sorted_by_kind_whatever_the_order_of_accounts(tmp_path: Path) -> None:
    some = [
        replace(ROW, account="wide", bound=2000.0, gap=0.81),
        AccountRow("no way", "infeasible", nav=5.0, message="cash"),
        replace(ROW, account="unrated", unrated_names=2, unrated=0.01, message="X, Y"),
        AccountRow("bad", "input", message="lots.csv"),
        ROW,
        AccountRow("crash", "unexpected", message="ZeroDivisionError"),
    ]
    night = write_night(tmp_path, "source", some, ["(5 accounts from P to Q): its process died"], 0.05)
    table = pd.read_csv(tmp_path / "exceptions.csv")
    assert table["account"].tolist() == ["(5 accounts from P to Q)", "crash", "bad", "no way", "unrated", "wide"]
    assert list(night.exceptions) == ["unexpected", "input", "infeasible", "unrated", "wide_gap"]
    assert [kind.name for kind in KINDS if kind.name in night.exceptions] == list(night.exceptions)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "dashboard.html",
        "exceptions.csv",
        "night.json",
        "results.csv",
    ]


def test_a_gap_of_a_few_dollars_is_not_wide() -> None:
    assert exceptions_of(replace(ROW, gap=0.9, bound=390.0), 0.05) == []
    assert [one.kind.name for one in exceptions_of(replace(ROW, gap=0.9, bound=3900.0), 0.05)] == ["wide_gap"]
    assert exceptions_of(replace(ROW, gap=0.9, bound=3900.0), 0.95) == []


def test_the_page_needs_no_network_and_does_not_grow_with_the_accounts(tmp_path: Path) -> None:
    (tmp_path / "few").mkdir()
    (tmp_path / "many").mkdir()
    write_night(tmp_path / "few", "source", rows(30), [], 0.5)
    write_night(tmp_path / "many", "source", rows(3000), [], 0.5)
    few, many = ((tmp_path / name / "dashboard.html").read_text(encoding="utf-8") for name in ("few", "many"))
    assert "<script src" not in few
    assert "<link" not in few
    assert "prefers-color-scheme: dark" in few
    assert abs(len(many) - len(few)) < 60_000
    assert "Every one of 3,000 accounts has a trade list" in many


def test_a_night_without_a_trade_list_has_a_page_too(tmp_path: Path) -> None:
    night = write_night(tmp_path, "source", [AccountRow("bad", "input", message="lots.csv")], [], 0.05)
    assert night.done == 0
    page = (tmp_path / "dashboard.html").read_text(encoding="utf-8")
    assert "Of 1 account 0 have a trade list" in page
    assert "No account has a trade list" in page
