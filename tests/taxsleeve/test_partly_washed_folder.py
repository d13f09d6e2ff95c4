"""`partly_washed = "price"` from account.toml to every file: small reinvestments of late in names that hold losses."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest


@pytest.fixture
def reinvested(account: Any) -> Any:
    """Two shares of every name held at a loss were bought a week before."""
    lots, prices = account.table("lots.csv"), account.table("securities.csv").set_index("asset")["price"].astype(float)
    price = lots["asset"].map(prices)
    losing = lots[lots["cost_per_share"].astype(float) > 1.02 * price].drop_duplicates("asset")
    new = losing.assign(
        lot_id=[f"drip-{asset}" for asset in losing["asset"]],
        shares="2",
        # At a gain, so that keeping them beats selling them too.
        cost_per_share=(0.95 * prices[losing["asset"]]).map("{:.2f}".format).to_numpy(),
        acquired="2024-06-21",
    )
    if "holding_start" in new:
        new["holding_start"] = new["acquired"]
    account.put("lots.csv", pd.concat([lots, new], ignore_index=True))
    return account


def test_the_setting_reaches_every_file(reinvested: Any, rebalance: Any) -> None:
    avoided = rebalance(reinvested)
    assert avoided.code == 0, avoided.stderr
    assert "disallowed" not in avoided.summary
    assert "disallowed" not in avoided.table("trades.csv")
    toml = reinvested.text("account.toml").replace(
        'losses = "unlimited"', 'losses = "unlimited"\npartly_washed = "price"'
    )
    reinvested.write("account.toml", toml)
    ran = rebalance(reinvested)
    assert ran.code == 0, ran.stderr
    trades, summary = ran.table("trades.csv"), ran.summary
    washed = trades["disallowed"].sum()
    assert washed > 0
    assert sum(summary["disallowed"].values()) == pytest.approx(washed)
    assert summary["objective"] >= avoided.summary["objective"] - 1e-6
    assert summary["objective"] <= summary["bound"]
    losses = -trades.loc[trades["gain"] < 0, "gain"].sum()
    told = sum(summary["harvested"].values()) + sum(summary["uncredited"].values())
    assert told == pytest.approx(losses - washed)
    left = summary["left_on_table"]
    assert left["harvestable"] - left["harvested"] - left["disallowed"] == pytest.approx(left["left"], abs=0.01)
    assert "Losses disallowed" in ran.stdout
    assert "Losses disallowed" in (ran.out / "report.html").read_text(encoding="utf-8")
    # The basis that sales take out and the loss that replacements take in are all there is to it.
    before, after = (table.set_index("lot_id") for table in (reinvested.table("lots.csv"), ran.table("lots_after.csv")))
    basis = (before["shares"].astype(float) * before["cost_per_share"].astype(float)).sum()
    sold = trades.loc[trades["side"] == "SELL", ["amount", "gain"]].sum()
    kept = after[after["acquired"] != "2024-06-28"]
    left_basis = (kept["shares"].astype(float) * kept["cost_per_share"].astype(float)).sum()
    assert left_basis == pytest.approx(basis - (sold["amount"] - sold["gain"]) + washed, abs=0.01)


def test_another_word_is_refused(account: Any, rebalance: Any) -> None:
    toml = account.text("account.toml").replace('losses = "unlimited"', 'losses = "unlimited"\npartly_washed = "maybe"')
    account.write("account.toml", toml)
    ran = rebalance(account)
    assert ran.code == 2
    assert "partly_washed" in ran.stdout + ran.stderr
