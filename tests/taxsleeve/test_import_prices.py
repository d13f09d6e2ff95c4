"""`taxsleeve import-market prices`: wide and long tables become market folders that a survey can read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from taxsleeve.market_files import read_market_folder

Command = Callable[..., Any]
DAYS = pd.bdate_range("2018-12-31", "2019-12-31", name="date")
NAMES = ["AA", "BB", "CC"]


@pytest.fixture
def prices() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(20 * np.cumprod(1 + 0.01 * rng.standard_normal((len(DAYS), 3)), axis=0), DAYS, NAMES)
    frame.loc["2019-09-02":, "CC"] = np.nan
    return frame


def long(prices: pd.DataFrame, **columns: Any) -> pd.DataFrame:
    table = prices.rename_axis("Date").reset_index().melt("Date", var_name="Ticker", value_name="Close").dropna()
    return table.reset_index(drop=True).assign(**columns)


def test_a_wide_file_with_its_capitalisation(prices: pd.DataFrame, tmp_path: Path, command: Command) -> None:
    prices.to_csv(tmp_path / "closes.csv")
    (prices.iloc[::20] * 1e8).to_csv(tmp_path / "caps.csv")
    (tmp_path / "who.csv").write_text("asset,name,sector\nAA,Alpha,Energy\n", encoding="utf-8")
    arguments = ("--caps", tmp_path / "caps.csv", "--securities", tmp_path / "who.csv", "--prices-include-dividends")
    out = tmp_path / "market"
    done = command("import-market", "prices", tmp_path / "closes.csv", "--out", out, "--name", "Mine", *arguments)
    assert done.code == 0, done.stderr
    assert "3 stocks, 2018-12-31 to 2019-12-31" in done.stdout
    assert "for want of a row: 2 priced assets, for example BB, CC" in done.stderr
    market = read_market_folder(out).market
    np.testing.assert_allclose(market.prices, prices, rtol=1e-14)
    assert market.calendar.equals(DAYS.as_unit(market.calendar.unit))
    assert market.name == "Mine"
    assert market.prices_include_dividends
    assert market.securities.loc["AA", "sector"] == "Energy"
    assert command("survey", "--market", out, "--out", tmp_path / "survey", "--quiet").code == 0


def test_a_long_file_in_any_order_with_shares_and_dividends(
    prices: pd.DataFrame, tmp_path: Path, command: Command
) -> None:
    table = long(prices, Shares=1e8, Volume=1e6, Dividend=0.0, Comment="x")
    table.loc[(table["Date"] == "2019-03-15") & (table["Ticker"] == "BB"), "Dividend"] = 0.5
    table.sample(frac=1, random_state=1).to_csv(tmp_path / "long.csv", index=False)
    done = command("import-market", "prices", tmp_path / "long.csv", "--out", tmp_path / "market")
    assert done.code == 0, done.stderr
    assert "columns not used: Comment" in done.stderr
    market = read_market_folder(tmp_path / "market").market
    np.testing.assert_allclose(market.caps["AA"], 1e8 * prices["AA"])
    assert market.dividends is not None
    assert market.dividends.loc["2019-03-15", "BB"] == 0.5
    before = prices.loc["2019-03-14", "BB"]
    expected = (prices.loc["2019-03-15", "BB"] + 0.5) / before - 1
    assert market.returns.loc["2019-03-15", "BB"] == pytest.approx(expected)
    assert market.adv_at(DAYS[0])["AA"] == pytest.approx(1e6 * prices["AA"].iloc[0])
    assert market.prices["CC"].last_valid_index() == pd.Timestamp("2019-08-30")


def test_a_second_import_leaves_nothing_of_the_first(prices: pd.DataFrame, tmp_path: Path, command: Command) -> None:
    long(prices, shares=1e8, dividend=0.1, volume=1e5).to_parquet(tmp_path / "long.parquet")
    long(prices, market_cap=1e9).to_csv(tmp_path / "plain.csv", index=False)
    out = tmp_path / "market"
    assert command("import-market", "prices", tmp_path / "long.parquet", "--out", out).code == 0
    assert (out / "dividends.parquet").exists()
    again = ("import-market", "prices", tmp_path / "plain.csv", "--out", out, "--prices-include-dividends")
    assert command(*again).code == 0
    names = {path.name for path in out.iterdir()}
    assert names == {"prices.parquet", "caps.parquet", "securities.csv", "market.toml"}


def test_crsp_dates_are_read(prices: pd.DataFrame, tmp_path: Path, command: Command) -> None:
    table = long(prices, mktcap=1e9)
    table["Date"] = table["Date"].dt.strftime("%Y%m%d")
    table.to_csv(tmp_path / "long.csv", index=False)
    arguments = ("--out", tmp_path / "market", "--prices-include-dividends")
    assert command("import-market", "prices", tmp_path / "long.csv", *arguments).code == 0
    assert read_market_folder(tmp_path / "market").market.calendar[0] == DAYS[0]


def _cell(column: str, value: object) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def spoil(table: pd.DataFrame) -> pd.DataFrame:
        table[column] = table[column].astype(object)
        table.loc[5, column] = value
        return table

    return spoil


BAD: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "a price of zero": (_cell("Close", 0), "long.csv, row 7, price: found '0.0', expected a number > 0"),
    "a word": (_cell("Close", "n/m"), "row 7, price: found 'n/m'"),
    "no date": (_cell("Date", "yesterday"), "row 7, date: found 'yesterday'"),
    "caps in thousands": (lambda t: t.assign(market_cap=t["market_cap"] / 1e3), "these look like thousands"),
    "the year 9999": (
        _cell("Date", "9999-01-01"),
        "row 7, date: found '9999-01-01', expected a date as YYYY-MM-DD, from",
    ),
    "two time zones": (_cell("Date", "2019-01-08T00:00:00+02:00"), "all of one time zone"),
    "no name": (_cell("Ticker", ""), "row 7, asset: found 'an empty cell', expected a name"),
    "twice": (lambda t: pd.concat([t, t.iloc[[3]]]), "each date and asset once"),
    "two prices": (lambda t: t.assign(price=1.0), "one column of price"),
    "no prices": (lambda t: t.drop(columns="Close"), "a column price (or close)"),
    "no caps": (lambda t: t.drop(columns="market_cap"), "capitalisation: a column market_cap or shares"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_with_a_long_file_is_named(
    prices: pd.DataFrame, tmp_path: Path, command: Command, case: str
) -> None:
    spoil, said = BAD[case]
    spoil(long(prices, market_cap=1e9)).to_csv(tmp_path / "long.csv", index=False)
    out = tmp_path / "market"
    done = command("import-market", "prices", tmp_path / "long.csv", "--out", out, "--prices-include-dividends")
    assert done.code == 2, done.stdout
    assert said in done.stderr
    assert not out.exists()


def test_whether_dividends_are_in_the_prices_must_be_said(
    prices: pd.DataFrame, tmp_path: Path, command: Command
) -> None:
    long(prices, market_cap=1e9).to_csv(tmp_path / "long.csv", index=False)
    done = command("import-market", "prices", tmp_path / "long.csv", "--out", tmp_path / "market")
    assert done.code == 2
    assert "a column dividend, or --prices-include-dividends" in done.stderr


def test_wide_files_are_held_to_the_same_rules(prices: pd.DataFrame, tmp_path: Path, command: Command) -> None:
    prices.iloc[::-1].to_csv(tmp_path / "closes.csv")
    done = command("import-market", "prices", tmp_path / "closes.csv", "--out", tmp_path / "market")
    assert done.code == 2
    assert "rising dates" in done.stderr
    for path in (tmp_path / "none.csv", tmp_path):
        assert command("import-market", "prices", path, "--out", tmp_path / "market").code == 2
    prices.to_csv(tmp_path / "closes.csv")
    done = command(
        "import-market", "prices", tmp_path / "closes.csv", "--out", tmp_path / "market", "--caps", "none.csv"
    )
    assert done.code == 2
    assert "none.csv" in done.stderr


def test_names_are_taken_as_they_are_written(prices: pd.DataFrame, tmp_path: Path, command: Command) -> None:
    names = {"AA": "NA", "BB": "TRUE", "CC": " 007 "}
    long(prices.rename(columns=names), market_cap=1e9).to_csv(tmp_path / "long.csv", index=False)
    out = tmp_path / "market"
    assert (
        command("import-market", "prices", tmp_path / "long.csv", "--out", out, "--prices-include-dividends").code == 0
    )
    market = read_market_folder(out).market
    assert sorted(market.assets) == ["007", "NA", "TRUE"]
    assert list(market.securities.index) == list(market.assets)


def test_gaps_are_those_of_the_market_and_their_dividends_are_not_lost(
    prices: pd.DataFrame, tmp_path: Path, command: Command
) -> None:
    table = long(prices, market_cap=1e9, dividend=0.0)
    days = pd.DatetimeIndex(table["Date"])
    gap = (table["Ticker"] == "AA") & (days >= "2019-03-04") & (days <= "2019-03-05")
    table.loc[gap, "Close"] = np.nan
    table.loc[gap & (days == "2019-03-05"), "dividend"] = 2.0
    table = table[~((table["Ticker"] == "BB") & (days >= "2019-05-01") & (days <= "2019-06-28"))]
    table.to_csv(tmp_path / "long.csv", index=False)
    out = tmp_path / "market"
    assert command("import-market", "prices", tmp_path / "long.csv", "--out", out).code == 0
    returns = read_market_folder(out).market.returns
    closes = prices["AA"]
    assert returns.loc["2019-03-06", "AA"] == pytest.approx((closes["2019-03-06"] + 2) / closes["2019-03-01"] - 1)
    # After two months without a price the name begins anew, as it does where prices include dividends.
    assert np.isnan(returns.loc["2019-07-01", "BB"])


def test_share_counts_hold_until_the_next_report(prices: pd.DataFrame, tmp_path: Path, command: Command) -> None:
    table = long(prices, shares=np.nan)
    table.loc[pd.DatetimeIndex(table["Date"]).isin(pd.to_datetime(["2018-12-31", "2019-07-01"])), "shares"] = 1e8
    table.to_csv(tmp_path / "long.csv", index=False)
    out = tmp_path / "market"
    done = command("import-market", "prices", tmp_path / "long.csv", "--out", out, "--prices-include-dividends")
    assert done.code == 0, done.stderr
    caps = read_market_folder(out).market.caps
    np.testing.assert_allclose(caps, prices * 1e8, rtol=1e-12)
