"""A download from Yahoo, played back without the network.

The sample has the shape that yfinance 1.7 gives, to the column; its numbers are made up, because Yahoo could not be
reached where it was made.
"""

from __future__ import annotations

import builtins
import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from taxsleeve.import_yahoo import market_from_yahoo
from taxsleeve.market_files import read_market_folder
from taxsleeve.market_writer import write_market_folder
from taxsleeve.yahoo import YFinanceClient
from taxsleeve_errors import InputError

SAMPLE = Path(__file__).parent / "data" / "yahoo_history.csv"
START, END = dt.date(2020, 8, 3), dt.date(2020, 10, 30)
SPLIT = pd.Timestamp("2020-08-31")


class PlayedBack:
    """Answers as Yahoo gave them: AAPL splits four for one on 2020-08-31, and GONE is not known."""

    def __init__(self, shares: dict[str, pd.Series] | None = None) -> None:
        utc = "America/New_York"
        counts = pd.Series(
            [4275634048, 4275634048, 17102499840],
            index=pd.DatetimeIndex(["2020-07-31 09:30", "2020-07-31 16:00", "2020-10-19"], tz=utc),
        )
        self._shares = {"AAPL": counts} if shares is None else shares

    def history(self, tickers: list[str], start: dt.date, end: dt.date) -> pd.DataFrame:
        frame = pd.read_csv(SAMPLE, header=[0, 1], index_col=0, parse_dates=True).loc[str(start) : str(end)]
        # A ticker that Yahoo does not know has columns too, all empty.
        columns = pd.MultiIndex.from_product([frame.columns.levels[0], tickers], names=frame.columns.names)
        return frame.reindex(columns=columns)

    def shares(self, ticker: str, start: dt.date, end: dt.date) -> pd.Series:
        return self._shares.get(ticker, pd.Series(dtype=float))

    def facts(self, ticker: str) -> dict[str, Any]:
        known = {"AAPL": {"longName": "Apple Inc.", "sector": "Technology", "sharesOutstanding": 15204137000}}
        return known.get(ticker, {"shortName": "Johnson & Johnson", "sharesOutstanding": 2632791000})


def test_a_download_becomes_a_market(tmp_path: Path) -> None:
    tables = market_from_yahoo(PlayedBack(), ["AAPL", "JNJ", "GONE", "AAPL"], START, END, "Two names")
    market = write_market_folder(tables, tmp_path / "market").market
    assert list(market.assets) == ["AAPL", "JNJ"]
    assert market.securities.loc["AAPL"].tolist() == ["Apple Inc.", "Technology", "AAPL"]
    assert market.securities.loc["JNJ", "sector"] == "Unknown"
    assert "Yahoo has no prices of GONE: left out" in tables.warnings
    assert any("no share count of JNJ" in warning for warning in tables.warnings)
    raw = pd.read_csv(SAMPLE, header=[0, 1], index_col=0, parse_dates=True)
    assert market.dividends is not None
    paid = market.dividends["JNJ"].idxmax()
    adjusted = raw[("Adj Close", "JNJ")]
    assert market.returns.loc[paid, "JNJ"] == pytest.approx(adjusted.loc[paid] / adjusted.shift(1).loc[paid] - 1)
    assert market.returns.loc[paid, "JNJ"] > market.prices["JNJ"].pct_change().loc[paid]


def test_share_counts_before_a_split_meet_closes_adjusted_for_it() -> None:
    caps = market_from_yahoo(PlayedBack(), ["AAPL"], START, END, "x").panels["caps"]["AAPL"]
    closes = PlayedBack().history(["AAPL"], START, END)[("Close", "AAPL")]
    # The count of July is of shares before the split: four of today's each.
    assert caps.loc["2020-08-03"] == pytest.approx(4 * 4275634048 * closes.loc["2020-08-03"])
    assert caps.loc["2020-09-30"] == pytest.approx(4 * 4275634048 * closes.loc["2020-09-30"])
    assert caps.loc["2020-10-30"] == pytest.approx(17102499840 * closes.loc["2020-10-30"])


def test_no_count_is_used_before_it_was_known_unless_asked_for() -> None:
    later = pd.Series([17.1e9], index=pd.DatetimeIndex(["2020-10-19"], tz="America/New_York"))
    client = PlayedBack({"AAPL": later})
    honest = market_from_yahoo(client, ["AAPL"], START, END, "x")
    assert honest.panels["caps"]["AAPL"].loc["2020-08-31":"2020-09-30"].isna().all()
    filled = market_from_yahoo(client, ["AAPL", "JNJ"], START, END, "x", backfill=True)
    assert filled.panels["caps"].notna().all(axis=None)
    assert "looks ahead" in filled.notes
    assert "looks ahead" not in honest.notes


@pytest.mark.parametrize(
    ("client", "tickers", "said"),
    [
        (PlayedBack(), ["GONE"], "prices of at least one ticker"),
        (PlayedBack({}), ["AAPL"], "--backfill-shares"),
        (PlayedBack(), [], "a ticker"),
    ],
)
def test_an_answer_that_makes_no_market_is_said(client: PlayedBack, tickers: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        market_from_yahoo(client, tickers, START, END, "x")


def test_an_answer_in_another_shape_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    client = PlayedBack()
    for answer in (pd.DataFrame(), client.history(["AAPL"], START, END)["Close"]):
        monkeypatch.setattr(client, "history", lambda *_, answer=answer: answer)
        with pytest.raises(InputError, match="a table of Close"):
            market_from_yahoo(client, ["AAPL"], START, END, "x")


def test_the_client_asks_yfinance_for_closes_with_their_actions(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    class Ticker:
        def __init__(self, name: str) -> None:
            self.info = {"longName": name}

        def get_shares_full(self, **days: str) -> None:
            asked["shares"] = days

    class Module:
        Ticker: Any

        @staticmethod
        def download(tickers: list[str], **options: Any) -> None:
            asked.update(options, tickers=tickers)

    Module.Ticker = Ticker
    monkeypatch.setitem(__import__("sys").modules, "yfinance", Module)
    client = YFinanceClient()
    assert client.history(["AAPL"], START, END).empty
    assert asked["tickers"] == ["AAPL"]
    assert (asked["start"], asked["end"]) == ("2020-08-03", "2020-10-31")
    assert not asked["auto_adjust"]
    assert asked["actions"]
    assert client.shares("AAPL", START, END).empty
    assert asked["shares"] == {"start": "2020-08-03", "end": "2020-10-30"}
    assert client.facts("AAPL") == {"longName": "AAPL"}


def test_without_yfinance_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: Callable[..., Any]
) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: Any, **keywords: Any) -> Any:
        if name == "yfinance":
            raise ImportError(name)
        return real(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", without)
    done = command("import-market", "yahoo", "AAPL", "--start", "2020-01-01", "--out", tmp_path / "market")
    assert done.code == 2
    assert "pip install taxsleeve[yahoo]" in done.stderr


def test_the_command_writes_the_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: Callable[..., Any]
) -> None:
    monkeypatch.setattr("taxsleeve.yahoo.YFinanceClient", PlayedBack)
    out = tmp_path / "market"
    days = ("--start", START, "--end", END)
    done = command("import-market", "yahoo", "AAPL", "JNJ", *days, "--out", out)
    assert done.code == 0, done.stderr
    assert "2 stocks, 2020-08-03 to 2020-10-30" in done.stdout
    assert read_market_folder(out).market.calendar[0] == pd.Timestamp(START)
    said = command("import-market", "yahoo", "AAPL", "JNJ", *days, "--out", tmp_path / "again", "--json")
    assert said.code == 0, said.stderr
    found = json.loads(said.stdout)
    assert (found["assets"], found["first"], found["last"]) == (2, str(START), str(END))
