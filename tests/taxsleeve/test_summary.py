"""summary.json and the tables beside it: the columns and keys of FORMATS, and figures that agree with each other."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from taxsleeve.summary_text import summary_text

NUMBERS = ["nav", "tax_value", "cost", "turnover", "cash_after", "objective", "bound", "gap"]
LIMITS = ["tracking_error", "loss_per_name", "turnover", "active_weight", "sector_active", "cash", "realized_gain"]


def test_the_columns_are_those_of_the_formats(done: Any) -> None:
    columns = {file: list(done.words(file).columns) for file in ("trades.csv", "orders.csv", "lots_after.csv")}
    assert columns == {
        "trades.csv": ["asset", "side", "lot_id", "shares", "price", "amount", "term", "gain", "reason"],
        "orders.csv": ["asset", "side", "shares"],
        "lots_after.csv": ["lot_id", "asset", "shares", "cost_per_share", "acquired", "holding_start", "account"],
    }


def test_the_keys_and_types_are_those_of_the_formats(done: Any) -> None:
    summary = done.summary
    assert summary["status"] == "optimal"
    assert isinstance(summary["engine"], str)
    for name in NUMBERS:
        assert type(summary[name]) is float, name
    assert summary["tracking_error"].keys() == {"before", "after", "limit"}
    assert summary["harvested"].keys() == summary["gains"].keys() == {"short", "long"}
    assert [entry["name"] for entry in summary["limits"]] == LIMITS
    for entry in summary["limits"]:
        assert entry.keys() >= {"name", "value", "limit", "binding", "price"}
        assert type(entry["value"]) is type(entry["limit"]) is type(entry["price"]) is float
        assert type(entry["binding"]) is bool
        assert entry["price"] >= 0
    assert (summary["frozen"], summary["violations"], summary["locked"]) == ([], [], [])
    assert summary["seconds"].keys() == {"read", "risk", "solve", "check", "write"}
    assert all(seconds >= 0 for seconds in summary["seconds"].values())
    assert summary["seconds"]["solve"] + summary["seconds"]["check"] < 2


def test_every_limit_is_kept_to_the_tolerance(done: Any) -> None:
    summary = done.summary
    assert summary["worst_excess"] <= 1e-6
    assert max(entry["excess"] for entry in summary["limits"]) == pytest.approx(summary["worst_excess"], abs=1e-12)
    assert summary["tracking_error"]["after"] <= summary["tracking_error"]["limit"] + 1e-6
    assert summary["objective"] <= summary["bound"]
    assert summary["gap"] == pytest.approx(1 - summary["objective"] / summary["bound"], abs=1e-9)


def test_the_rows_of_trades_follow_from_lots_and_prices(good: Any, done: Any) -> None:
    trades = done.table("trades.csv")
    price = good.table("securities.csv").set_index("asset")["price"].astype(float)
    lots = good.table("lots.csv").set_index("lot_id")
    assert len(trades) > 3
    np.testing.assert_allclose(trades["price"], price[trades["asset"]].to_numpy(), rtol=1e-12)
    np.testing.assert_allclose(trades["amount"], trades["shares"] * trades["price"], rtol=1e-11)
    sells = trades[trades["side"] == "SELL"]
    of_lot = lots.loc[sells["lot_id"]]
    assert sells["asset"].tolist() == of_lot["asset"].tolist()
    gain = sells["shares"] * (sells["price"] - of_lot["cost_per_share"].astype(float).to_numpy())
    np.testing.assert_allclose(sells["gain"], gain, rtol=1e-9)
    long = np.where(of_lot["acquired"].to_numpy() < "2023-06-28", "long", "short")
    assert sells["term"].tolist() == long.tolist()
    buys = trades[trades["side"] == "BUY"]
    assert buys[["lot_id", "term", "gain"]].isna().all(axis=None)
    assert buys["asset"].is_unique
    assert (trades["reason"].str.len() > 5).all()
    assert not set(buys["asset"]) & set(sells[sells["gain"] < 0]["asset"])


def test_orders_are_the_sum_of_the_trades(done: Any) -> None:
    summed = done.table("trades.csv").groupby(["asset", "side"])["shares"].sum().reset_index()
    orders = done.table("orders.csv")
    pd.testing.assert_frame_equal(orders, summed, check_dtype=False, rtol=1e-11)
    assert orders["asset"].is_unique, "one row a name"
    assert done.summary["orders"] == len(orders)


@pytest.mark.parametrize("fractional", [False, True])
def test_shares_are_conserved_lot_by_lot(fractional: bool, account: Any, done: Any, rebalance: Any) -> None:
    if fractional:
        account.setting("fractional", "fractional = true")
    ran = rebalance(account) if fractional else done
    before, after, trades = account.table("lots.csv"), ran.table("lots_after.csv"), ran.table("trades.csv")
    held = before.set_index("lot_id")["shares"].astype(float)
    sold = trades[trades["side"] == "SELL"].set_index("lot_id")["shares"]
    left = held.sub(sold, fill_value=0.0)
    left = left[left > 1e-9 * held]
    kept = after[after["lot_id"].isin(before["lot_id"])].set_index("lot_id")
    np.testing.assert_allclose(kept["shares"].sort_index(), left.sort_index(), rtol=1e-10)
    buys = trades[trades["side"] == "BUY"]
    new = after[~after["lot_id"].isin(before["lot_id"])]
    assert new["asset"].tolist() == buys["asset"].tolist()
    assert new["shares"].tolist() == buys["shares"].tolist()
    np.testing.assert_allclose(new["cost_per_share"], buys["price"], rtol=1e-11)
    assert set(new["acquired"]) <= {"2024-06-28"}
    assert after["lot_id"].is_unique


@pytest.mark.parametrize(("cash_flow", "commission"), [(0.0, 0.0), (5000.0, 0.0), (-4000.0, 1.5)])
def test_cash_adds_up_to_the_cent(cash_flow: float, commission: float, account: Any, rebalance: Any) -> None:
    account.setting("cash_flow", f"cash_flow = {cash_flow}")
    account.setting("commission", f"commission = {commission}")
    ran = rebalance(account)
    assert ran.code == 0, ran.stderr
    trades, summary = ran.table("trades.csv"), ran.summary
    sells, buys = (trades.loc[trades["side"] == side, "amount"].sum() for side in ("SELL", "BUY"))
    assert 1000 + cash_flow + sells - buys - summary["cost"] == pytest.approx(summary["cash_after"], abs=0.01)
    assert 0 <= summary["cash_after"] <= 0.05 * summary["nav"] + 0.01
    assert summary["turnover"] == pytest.approx((sells + buys) / summary["nav"], rel=1e-9)
    spread = account.table("securities.csv").set_index("asset")["spread_bps"].astype(float)
    cost = (trades["amount"] * spread[trades["asset"]].to_numpy()).sum() / 1e4
    cost += commission * len(ran.table("orders.csv"))
    assert summary["cost"] == pytest.approx(cost, abs=0.005)
    price = account.table("securities.csv").set_index("asset")["price"].astype(float)
    after = ran.table("lots_after.csv")
    worth = float((after["shares"] * price[after["asset"]].to_numpy()).sum()) + summary["cash_after"]
    assert worth == pytest.approx(summary["nav"] - summary["cost"], abs=0.01)


def test_harvest_gains_and_tax_follow_from_the_trades(done: Any) -> None:
    sells, summary = done.table("trades.csv").query("side == 'SELL'"), done.summary
    rate = {"short": 0.408, "long": 0.238}
    tax = 0.0
    for term in rate:
        gain = sells.loc[sells["term"] == term, "gain"]
        assert summary["harvested"][term] == pytest.approx(-gain[gain < 0].sum(), abs=1e-6)
        assert summary["gains"][term] == pytest.approx(gain[gain > 0].sum(), abs=1e-6)
        tax -= rate[term] * gain.sum()
    assert summary["tax_value"] == pytest.approx(tax, abs=1e-6)
    assert summary["objective"] == pytest.approx(tax - summary["cost"] - summary["risk_penalty"], abs=1e-6)


def test_lots_after_are_an_account_that_can_be_rebalanced_again(account: Any, rebalance: Any) -> None:
    ran = rebalance(account)
    account.write("lots.csv", (ran.out / "lots_after.csv").read_bytes())
    account.setting("cash", f"cash = {ran.summary['cash_after']}")
    again = rebalance(account, out=account.path.parent / "again")
    assert again.code == 0, again.stderr
    bought = set(ran.table("trades.csv").query("side == 'BUY'")["asset"])
    losses = again.table("trades.csv").query("side == 'SELL' and gain < 0")
    assert not bought & set(losses["asset"]), "what was bought today cannot be sold at a loss today"


def test_a_new_lot_takes_no_id_of_any_lot_of_the_household(account: Any, done: Any, rebalance: Any) -> None:
    here, there = done.table("trades.csv").query("side == 'BUY'")["asset"].iloc[:2]
    lots = account.table("lots.csv").assign(account="main", account_type="taxable")
    lots.loc[len(lots)] = [f"2024-06-28-{there}", there, "1", "0.01", "2020-01-02", "ira", "ira"]
    lots.loc[len(lots)] = [f"2024-06-28-{here}", here, "1", "0.01", "2020-01-02", "main", "taxable"]
    account.put("lots.csv", lots)
    ran = rebalance(account)
    assert ran.code == 0, ran.stderr
    after = ran.words("lots_after.csv").set_index("lot_id")
    assert after.index.is_unique
    assert after.loc[f"2024-06-28-{there}", "account_type"] == "ira"
    assert after.loc[f"2024-06-28-{there}-2", ["acquired", "account_type"]].tolist() == ["2024-06-28", "taxable"]
    assert f"2024-06-28-{here}-2" in after.index


def test_a_limit_that_is_not_set_is_not_there(account: Any, rebalance: Any) -> None:
    for key in ("tracking_error", "loss_per_name", "turnover", "active_weight", "sector_active", "realized_gain"):
        account.setting(key, "")
    account.write("account.toml", account.text("account.toml").replace("cash = [0.0, 0.05]\n", ""))
    ran = rebalance(account)
    assert ran.code == 0, ran.stderr
    assert ran.summary["tracking_error"]["limit"] is None
    assert [entry["name"] for entry in ran.summary["limits"]] == ["cash"], "cash is never overdrawn"
    assert ran.summary["limits"][0]["limit"] == 0.0


def test_numbers_that_are_not_numbers_cannot_be_written(done: Any) -> None:
    text = (done.out / "summary.json").read_text(encoding="utf-8")

    def never(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    json.loads(text, parse_constant=never)
    for bad in (math.nan, math.inf):
        with pytest.raises(ValueError, match="not JSON compliant"):
            summary_text({"nav": bad})


def test_numbers_are_written_to_twelve_digits() -> None:
    assert json.loads(summary_text({"a": [1 / 3], "b": {"c": 0.1 + 0.2}, "n": 3, "s": "x", "t": True})) == {
        "a": [0.333333333333],
        "b": {"c": 0.3},
        "n": 3,
        "s": "x",
        "t": True,
    }
