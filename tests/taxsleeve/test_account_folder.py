"""Account folders that are good, in every form that FORMATS allows."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from taxsleeve.account_folder import read_account_folder
from taxsleeve_errors import InputError

TABLES = ["lots", "benchmark", "securities", "trades", "restrictions"]
NUMBERS = ["shares", "cost_per_share", "weight", "price", "market_cap", "spread_bps", "realized_gain"]
DATES = ["acquired", "date", "until"]
RESULTS = ("trades.csv", "orders.csv", "lots_after.csv")


def same_trades(ran: Any, done: Any) -> None:
    assert ran.code == 0, ran.stderr
    assert ran.bytes_of("trades.csv", "orders.csv") == done.bytes_of("trades.csv", "orders.csv")


@pytest.mark.parametrize("typed", [True, False])
def test_parquet_twins_give_the_same_result(typed: bool, account: Any, done: Any, rebalance: Any) -> None:
    for stem in TABLES:
        table = account.table(f"{stem}.csv").replace("", None)
        for column in table.columns if typed else ():
            if column in NUMBERS:
                table[column] = pd.to_numeric(table[column])
            if column in DATES:
                table[column] = pd.to_datetime(table[column])
        table.to_parquet(account.path / f"{stem}.parquet")
        (account.path / f"{stem}.csv").unlink()
    ran = rebalance(account)
    same_trades(ran, done)
    assert ran.bytes_of("lots_after.csv") == done.bytes_of("lots_after.csv")


@pytest.mark.parametrize(
    "write",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace(",", " ,  "),
        lambda text: text.replace("\n", "\n\n"),
        lambda text: "\n" + text.replace("\n", "\n,,\n".replace(",,", "  ")),
        lambda text: text.rstrip("\n"),
        lambda text: "\n".join(",".join(f'"{cell}"' for cell in line.split(",")) for line in text.splitlines()),
    ],
    ids=["byte order mark", "CRLF", "spaces", "blank lines", "lines of spaces", "no last newline", "quoted"],
)
def test_csv_as_spreadsheets_write_it(write: Any, account: Any, done: Any, rebalance: Any) -> None:
    for stem in TABLES:
        account.write(f"{stem}.csv", write(account.text(f"{stem}.csv")))
    ran = rebalance(account)
    same_trades(ran, done)
    assert ran.stderr == ""


def test_a_settings_file_with_a_byte_order_mark(account: Any, done: Any, rebalance: Any) -> None:
    account.write("account.toml", "\ufeff" + account.text("account.toml").replace("\n", "\r\n"))
    same_trades(rebalance(account), done)


def test_unknown_columns_are_kept_with_one_warning(account: Any, done: Any, rebalance: Any) -> None:
    lots = account.table("lots.csv")
    notes = [f"n{i:03}" for i in range(len(lots))]
    account.put("lots.csv", lots.assign(custodian_ref=notes, desk="NY"))
    ran = rebalance(account)
    same_trades(ran, done)
    assert ran.stderr == "warning: lots.csv: columns kept but not used: custodian_ref, desk\n"
    after = ran.words("lots_after.csv")
    assert list(after.columns) == [*done.words("lots_after.csv").columns, "custodian_ref", "desk"]
    kept = after[after["lot_id"].isin(lots["lot_id"])].set_index("lot_id")
    assert kept["custodian_ref"].to_dict() == {
        lot: note for lot, note in zip(lots["lot_id"], notes, strict=True) if lot in kept.index
    }
    assert set(after["desk"]) == {"NY", ""}
    pd.testing.assert_frame_equal(after.drop(columns=["custodian_ref", "desk"]), done.words("lots_after.csv"))


def test_unknown_columns_of_other_tables_are_warned_of_once_each(account: Any, done: Any, rebalance: Any) -> None:
    for stem in TABLES[1:]:
        account.put(f"{stem}.csv", account.table(f"{stem}.csv").assign(note="x"))
    ran = rebalance(account)
    same_trades(ran, done)
    assert sorted(ran.stderr.splitlines()) == [
        f"warning: {stem}.csv: columns kept but not used: note" for stem in sorted(TABLES[1:])
    ]


def test_cash_alone_buys_into_the_benchmark(account: Any, rebalance: Any) -> None:
    account.put("lots.csv", account.table("lots.csv").head(0))
    for file in ("trades.csv", "restrictions.csv"):
        (account.path / file).unlink()
    account.setting("cash", "cash = 100_000.0")
    account.setting("turnover", "")
    ran = rebalance(account)
    assert (ran.code, ran.stderr) == (0, "")
    trades = ran.table("trades.csv")
    assert set(trades["side"]) == {"BUY"}
    assert len(trades) >= 6
    assert 95_000 - 10 <= trades["amount"].sum() <= 100_000
    after = ran.words("lots_after.csv")
    assert set(after["acquired"]) == set(after["holding_start"]) == {"2024-06-28"}
    assert set(after["account"]) == {"taxable"}


def test_optional_tables_and_columns_can_be_left_out(account: Any) -> None:
    for file in ("trades.csv", "restrictions.csv"):
        (account.path / file).unlink()
    account.put("securities.csv", account.table("securities.csv")[["asset", "price"]])
    folder = read_account_folder(account.path)
    securities = folder.account.securities
    assert securities.group == securities.asset
    assert set(securities.sector) == {""}
    assert np.isnan(securities.spread_bps).all()
    assert len(folder.account.trades) == 0
    assert folder.account.restrictions == []


def test_what_the_tables_say_is_what_the_account_holds(account: Any) -> None:
    account.cell("lots.csv", 2, "holding_start", "2001-02-03")
    folder = read_account_folder(account.path)
    lots, table = folder.account.lots, account.table("lots.csv")
    assert lots.lot_id.tolist() == table["lot_id"].tolist()
    assert lots.shares.tolist() == table["shares"].astype(float).tolist()
    assert lots.basis.tolist() == table["cost_per_share"].astype(float).tolist()
    assert lots.acquired.astype(str).tolist() == table["acquired"].tolist()
    assert lots.holding_start.astype(str).tolist() == ["2001-02-03", *table["acquired"][1:]]
    assert (folder.account.as_of, folder.account.cash, folder.account.cash_flow) == (dt.date(2024, 6, 28), 1000.0, 0.0)
    price = account.table("securities.csv").set_index("asset")["price"].astype(float)
    assert folder.account.nav == pytest.approx(1000 + float((lots.shares * price[lots.asset].to_numpy()).sum()))
    assert folder.mandate.benchmark == dict(
        zip(
            account.table("benchmark.csv")["asset"], account.table("benchmark.csv")["weight"].astype(float), strict=True
        )
    )
    assert folder.account.rules("no_buy") == {account.assets[11]}
    assert folder.account.rules("no_trade") == frozenset(), "a rule ends after its last day"


def test_weights_are_scaled_only_when_asked(account: Any) -> None:
    benchmark = account.table("benchmark.csv")
    account.put("benchmark.csv", benchmark.assign(weight=benchmark["weight"].astype(float) * 3))
    with pytest.raises(InputError, match="a sum of 3"):
        read_account_folder(account.path)
    weights = read_account_folder(account.path, normalize=True).mandate.benchmark
    np.testing.assert_allclose(list(weights.values()), benchmark["weight"].astype(float), rtol=1e-12)


def harvested_name(done: Any) -> tuple[str, str]:
    """A lot sold at a loss, and its name."""
    sells = done.table("trades.csv").query("side == 'SELL' and gain < 0")
    return sells["lot_id"].iloc[0], sells["asset"].iloc[0]


@pytest.mark.parametrize(("bought", "locked"), [("2024-05-29", True), ("2024-05-28", False)])
def test_a_purchase_of_an_ira_locks_losses_and_is_not_traded(
    bought: str, locked: bool, account: Any, done: Any, rebalance: Any
) -> None:
    _, asset = harvested_name(done)
    lots = account.table("lots.csv").assign(account="main", account_type="taxable")
    lots.loc[len(lots)] = ["IRA-1", asset, "3.5", "999", bought, "his ira", "ira"]
    account.put("lots.csv", lots)
    ran = rebalance(account)
    assert ran.code == 0, ran.stderr
    assert "warning: lots.csv: not traded: 1 lot of other accounts; their purchases count" in ran.stderr
    trades = ran.table("trades.csv")
    assert "IRA-1" not in set(trades["lot_id"])
    assert ran.summary["nav"] == done.summary["nav"]
    losses = trades.query("side == 'SELL' and gain < 0")
    assert (asset not in set(losses["asset"])) == locked
    assert any(entry["asset"] == asset for entry in ran.summary["locked"]) == locked
    after = ran.words("lots_after.csv").set_index("lot_id")
    row = after.loc["IRA-1", ["asset", "shares", "acquired", "account", "account_type"]].tolist()
    assert row == [asset, "3.5", bought, "his ira", "ira"]
    assert set(after.drop(index="IRA-1")["account_type"]) == {"taxable"}


@pytest.mark.parametrize(("sold", "locked"), [("2024-05-29", True), ("2024-05-28", False)])
def test_a_loss_sold_within_thirty_days_locks_purchases(
    sold: str, locked: bool, account: Any, done: Any, rebalance: Any
) -> None:
    asset = done.table("trades.csv").query("side == 'BUY'")["asset"].iloc[0]
    account.cell("trades.csv", 2, "date", sold)
    account.cell("trades.csv", 2, "side", "SELL")
    account.cell("trades.csv", 2, "asset", asset)
    account.cell("trades.csv", 2, "realized_gain", "-10")
    ran = rebalance(account)
    assert ran.code == 0, ran.stderr
    assert (asset not in set(ran.table("trades.csv").query("side == 'BUY'")["asset"])) == locked
    assert [entry["until"] for entry in ran.summary["locked"] if entry["asset"] == asset] == ["2024-06-28"] * locked


def test_a_held_name_that_the_model_does_not_rate_is_frozen_and_listed(account: Any, done: Any, rebalance: Any) -> None:
    _, asset = harvested_name(done)
    prices = pd.read_parquet(account.path / "prices.parquet")
    prices.loc[prices.index[:-30], asset] = np.nan
    prices.to_parquet(account.path / "prices.parquet")
    ran = rebalance(account)
    assert ran.code == 0, ran.stderr
    assert ran.summary["frozen"] == [asset]
    assert asset not in set(ran.table("trades.csv")["asset"])
    assert asset in ran.stdout
    before, after = account.table("lots.csv"), ran.table("lots_after.csv")
    held = before[before["asset"] == asset]["shares"].astype(float).tolist()
    assert after[after["asset"] == asset]["shares"].tolist() == held


def test_fractions_of_a_share_are_traded_when_asked(account: Any, done: Any, rebalance: Any) -> None:
    account.setting("fractional", "fractional = true")
    ran = rebalance(account)
    assert ran.code == 0, ran.stderr
    assert (ran.table("trades.csv")["shares"] % 1 != 0).any()
    assert (done.table("trades.csv")["shares"] % 1 == 0).all()


def test_rates_by_filing_are_used(account: Any, rebalance: Any) -> None:
    account.setting("short_term", 'filing = "joint"\nincome = 900_000\nyear = 2026\nstate = 0.093')
    account.setting("long_term", "")
    ran = rebalance(account)
    assert ran.code == 0, ran.stderr
    sells = ran.table("trades.csv").query("side == 'SELL'")
    rate = np.where(sells["term"] == "long", 0.331, 0.501)
    assert ran.summary["tax_value"] == pytest.approx(float(-(rate * sells["gain"]).sum()), rel=1e-9)


@pytest.mark.parametrize("spouse", ["spouse", "SPOUSE"])
def test_the_account_may_be_the_spouses(spouse: str, account: Any, done: Any, rebalance: Any) -> None:
    account.put("lots.csv", account.table("lots.csv").assign(account="hers", account_type=spouse))
    ran = rebalance(account)
    same_trades(ran, done)
    after = ran.words("lots_after.csv")
    assert set(after["account"]) == {"hers"}
    assert set(after["account_type"]) == {"spouse"}
