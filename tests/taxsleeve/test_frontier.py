"""`taxsleeve rebalance --frontier`: the range as typed, the table, the file and the figure."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from taxsleeve.frontier_range import POINTS, frontier_limits
from taxsleeve_errors import InputError


def test_a_range_in_percent_or_fractions() -> None:
    assert frontier_limits("0.25%..3%") == frontier_limits("0.0025 .. 0.03") == frontier_limits("0.25%..0.03")
    limits = frontier_limits("1%..3%", points=5)
    assert limits == (0.01, 0.015, 0.02, 0.025, 0.03)
    assert len(frontier_limits("1%..3%")) == POINTS
    assert frontier_limits("1%..3%", 0.0123, points=3) == (0.01, 0.0123, 0.02, 0.03)
    assert frontier_limits("1%..3%", 0.02, points=3) == frontier_limits("1%..3%", 0.2, points=3) == (0.01, 0.02, 0.03)


@pytest.mark.parametrize(
    "text",
    ["", "1%", "3%..1%", "0..1%", "-1%..1%", "1%..101%", "1..2", "a..b", "1%..2%..3%", "nan..1%", "1%..1%", "1%..inf"],
)
def test_a_range_that_is_none_is_refused_before_any_work(text: str, account: Any, refused: Any) -> None:
    with pytest.raises(InputError):
        frontier_limits(text)
    refused(account, "--frontier", "0.25%..3%", flags=("--frontier", text))


def test_the_frontier_is_on_screen_in_the_file_and_in_the_report(account: Any, rebalance: Any) -> None:
    ran = rebalance(account, "--frontier", "1%..4%")
    assert ran.code == 0, ran.stderr
    table = ran.table("frontier.csv")
    assert list(table.columns) == [
        "tracking_error_limit", "feasible", "tracking_error", "value", "bound", "harvested", "tax_saved", "turnover",
    ]  # fmt: skip
    assert len(table) == POINTS + 1, "today's limit of 3% is one more"
    assert 0.03 in table["tracking_error_limit"].tolist()
    solved = table[table["feasible"]]
    assert (np.diff(solved["value"]) >= 0).all()
    today = solved[solved["tracking_error_limit"] == 0.03].iloc[0]
    summary = ran.summary
    assert summary["objective"] == pytest.approx(today["value"], rel=0.02), "but for whole shares"
    assert len(summary["frontier"]["points"]) == len(table)
    assert summary["frontier"]["today"] == 0.03
    assert f"${today['value']:,.0f}" in ran.stdout
    assert "frontier.csv" in ran.stdout
    html = (ran.out / "report.html").read_text(encoding="utf-8")
    assert 'id="frontier"' in html
    again = rebalance(account)
    assert again.summary["frontier"] is None
    assert not (ran.out / "frontier.csv").exists(), "a stale frontier must not look like today's"
    assert 'id="frontier"' not in (ran.out / "report.html").read_text(encoding="utf-8")


def test_limits_that_cannot_be_met_are_rows_without_numbers(account: Any, rebalance: Any) -> None:
    ran = rebalance(account, "--frontier", "0.001%..4%", "--json")
    assert ran.code == 0, ran.stderr
    table = pd.read_csv(ran.out / "frontier.csv")
    assert not table["feasible"].iloc[0]
    assert table.loc[~table["feasible"], "value"].isna().all()
    assert ran.summary["frontier"]["points"][0]["value"] is None
