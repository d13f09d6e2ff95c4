"""The explanation of a rebalance: in summary.json, on the screen and on the page, and the same in all three."""

from __future__ import annotations

import re
import shutil
from typing import Any

import pandas as pd
import pytest

KEYS = {"worths", "no_worths_because", "risk_by_factor", "risk_by_name", "locked", "turning_long_term", "left_on_table"}


@pytest.fixture(scope="module")
def tight(_template: Any, tmp_path_factory: Any, rebalance: Any) -> Any:
    """The account under limits that bind, with locks of the last days and a lot that is about to turn."""
    folder = tmp_path_factory.mktemp("tight") / "account"
    shutil.copytree(_template, folder)
    lots = pd.read_csv(folder / "lots.csv", dtype=str, keep_default_na=False)
    held = lots["asset"].tolist()
    lots.loc[0, "acquired"] = "2023-07-20"
    lots.loc[0, "cost_per_share"] = "1.00"
    lots.to_csv(folder / "lots.csv", index=False, lineterminator="\n")
    prices = pd.read_csv(folder / "securities.csv", dtype=str).set_index("asset")["price"].astype(float)
    losing = lots[lots["cost_per_share"].astype(float) > lots["asset"].map(prices)]["asset"].drop_duplicates().tolist()
    (folder / "trades.csv").write_text(
        "date,side,asset,shares,price,realized_gain,account,account_type\n"
        f"2024-06-20,BUY,{losing[0]},10,12.5,,main,taxable\n"
        f"2024-06-21,SELL,{next(a for a in held if a not in losing)},10,12.5,-150.25,main,taxable\n"
    )
    text = (folder / "account.toml").read_text()
    text = text.replace("loss_per_name = 0.01", "loss_per_name = 0.002")
    (folder / "account.toml").write_text(text.replace("tracking_error = 0.03", "tracking_error = 0.02"))
    ran = rebalance(folder)
    assert ran.code == 0, ran.stderr
    return ran, losing[0], lots["lot_id"].iloc[0]


@pytest.fixture(scope="module")
def page(tight: Any) -> str:
    html = (tight[0].out / "report.html").read_text(encoding="utf-8")
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", html, flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", body).replace("&#39;", "'").split())


def test_the_keys_are_there(tight: Any) -> None:
    assert tight[0].summary.keys() >= KEYS
    assert tight[0].summary["frontier"] is None


def test_what_more_would_be_worth_is_said_everywhere(tight: Any, page: str) -> None:
    worths = tight[0].summary["worths"]
    assert worths
    assert [w["gain"] for w in worths] == sorted((w["gain"] for w in worths), reverse=True)
    prices = {entry["name"]: entry["price"] for entry in tight[0].summary["limits"]}
    for worth in worths:
        assert worth["gain"] == pytest.approx(worth["step"] * prices[worth["name"]])
        assert worth["sentence"] in page
    assert worths[0]["sentence"] in tight[0].stdout


def test_losses_left_add_up_everywhere(tight: Any, page: str) -> None:
    ran, locked, _ = tight
    left = ran.summary["left_on_table"]
    harvested = sum(ran.summary["harvested"].values())
    assert left["harvested"] == pytest.approx(harvested)
    assert left["left"] == pytest.approx(left["harvestable"] - harvested, abs=0.01)
    for part in ("by_reason", "lots"):
        assert sum(row["loss"] for row in left[part]) == pytest.approx(left["left"], abs=0.01)
    assert {row["reason"] for row in left["lots"] if row["asset"] == locked} == {"locked until 2024-07-20"}
    assert any(row["reason"] == "limit: loss per name" for row in left["by_reason"])
    for row in left["by_reason"]:
        assert f"{row['reason']} {row['lots']} ${row['loss']:,.0f}" in page
    assert f"${left['left']:,.0f} of ${left['harvestable']:,.0f}" in ran.stdout


def test_locks_say_what_they_cost(tight: Any, page: str) -> None:
    ran, locked, _ = tight
    sale, buy = sorted(ran.summary["locked"], key=lambda lock: "buy" in lock["why"].split(":")[0])
    assert (sale["asset"], sale["until"]) == (locked, "2024-07-20")
    assert sale["why"].startswith("do not sell at a loss: ")
    lost = sum(row["loss"] for row in ran.summary["left_on_table"]["lots"] if row["asset"] == locked)
    assert sale["loss"] == pytest.approx(lost)
    assert 0.238 * lost <= sale["tax"] <= 0.408 * lost
    assert buy["why"].startswith("do not buy: ")
    assert buy["loss"] == 0
    for lock in (sale, buy):
        assert lock["why"] in page
    assert f"holding back ${sale['loss']:,.0f} of losses" in ran.stdout


def test_the_lot_about_to_turn_is_listed(tight: Any, page: str) -> None:
    ran, _, lot = tight
    (row,) = [row for row in ran.summary["turning_long_term"] if row["lot_id"] == lot]
    assert row["long_term_from"] == "2024-07-21"
    assert row["days"] == 23
    assert row["waiting_saves"] == pytest.approx(row["tax_now"] - row["tax_then"])
    assert row["waiting_saves"] == pytest.approx((0.408 - 0.238) * row["gain"])
    assert "2024-07-21 23" in page


def test_risk_before_and_after_sums_to_tracking_error(tight: Any) -> None:
    summary = tight[0].summary
    for side in ("before", "after"):
        total = sum(row[side] for row in summary["risk_by_factor"])
        assert total == pytest.approx(summary["tracking_error"][side])
        # Twelve names: all of them stand in the list of twenty.
        assert sum(row[side] for row in summary["risk_by_name"]) == pytest.approx(summary["tracking_error"][side])
    assert any(row["exposure_after"] is None and row["name"] == "specific" for row in summary["risk_by_factor"])
