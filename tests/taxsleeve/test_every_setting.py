"""An account that uses every setting of account.toml at once, from the folder to summary.json."""

from __future__ import annotations

from typing import Any

import pytest

SETTINGS = """as_of = 2024-06-28
cash = 1000.00

[taxes]
filing = "separate"
income = 400_000
year = 2024
state = 0.05
losses = "netting"
harvest = "offsets"
year_to_date = { short = 900.0, long = -200.0, carry_long = 50.0, carried = 0.1 }
deferral = { rate = 0.2, years = 12, discount_rate = 0.04 }

[limits]
tracking_error = 0.04
turnover = 0.10
beta_active = 0.10
liquidity = 0.5
realized_gain = 0.05
realized_gain_short = 0.02
net_gain = 0.0
net_gain_long = 0.01
cash = [0.0, 0.05]
minimum_loss = 5.0
soft = { turnover = 0.001, net_gain_long = 0.2 }

[costs]
spread_bps = 3.0
impact = 0.9

[shares]
fractional = true

[objective]
alpha_horizon = 0.5
"""
LIMITS = [
    "tracking_error", "soft_turnover", "cash", "beta_active", "realized_gain", "realized_gain_short", "net_gain",
    "soft_net_gain_long", "liquidity", "harvest_offsets",
]  # fmt: skip


@pytest.fixture
def wide(account: Any) -> Any:
    account.write("account.toml", SETTINGS)
    table = account.table("securities.csv")
    table["adv"] = [str(4000 + 500 * i) for i in range(len(table))]
    table["alpha"] = ["0.02", "-0.01", *[""] * (len(table) - 2)]
    account.put("securities.csv", table)
    return account


def test_every_setting_reaches_the_summary(wide: Any, rebalance: Any) -> None:
    ran = rebalance(wide)
    assert ran.code == 0, ran.stderr
    summary = ran.summary
    assert sorted(entry["name"] for entry in summary["limits"]) == sorted(LIMITS)
    by_name = {entry["name"]: entry for entry in summary["limits"]}
    assert by_name["soft_turnover"]["soft_price"] == 0.001
    assert by_name["net_gain"]["soft_price"] is None
    assert summary["losses_are"] == "netting"
    assert summary["violations"] == []
    # 900 - 200 - 50 and the 1,500 of a separate filer may be offset, net of gains.
    assert by_name["harvest_offsets"]["limit"] * summary["nav"] == pytest.approx(2150.0)
    parts = summary["tax_value"] + summary["deferral_value"] + summary["alpha_value"]
    parts -= summary["cost"] + summary["risk_penalty"] + summary["soft_penalty"]
    assert summary["objective"] == pytest.approx(parts, rel=1e-9)
    assert summary["market_impact"] > 0
    assert summary["deferral_value"] != 0
    assert summary["alpha_value"] != 0
    assert set(summary["uncredited"]) == {"short", "long"}
    assert summary["bound"] >= summary["objective"]


def test_names_without_a_volume_are_warned_of(wide: Any, rebalance: Any) -> None:
    asset = wide.assets[2]
    wide.cell("securities.csv", 4, "adv", "")
    ran = rebalance(wide)
    assert ran.code == 0
    words = " ".join((ran.stdout + ran.stderr).split())
    assert f"no adv, so neither limited by liquidity nor charged market impact: {asset} (1 of" in words


def test_a_transition_ends_with_less_tracking_error(account: Any, rebalance: Any) -> None:
    account.setting("tracking_error", "tracking_error = 0.0001")
    assert rebalance(account).code == 3
    account.write("account.toml", account.text("account.toml") + "\n[objective]\ntransition = true\n")
    ran = rebalance(account)
    assert ran.code == 0, ran.stderr
    assert ran.summary["tracking_error"]["after"] < ran.summary["tracking_error"]["before"]
    assert ran.summary["tracking_error"]["limit"] is None
