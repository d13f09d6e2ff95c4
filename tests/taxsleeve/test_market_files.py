"""A market folder becomes a market, or every fault of it is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from taxsleeve.market_files import read_market_folder
from taxsleeve_errors import InputError

DAYS = pd.bdate_range("2018-12-31", "2019-06-28", name="date")
NAMES = ["AA", "BB", "CC", "DD"]
SETTINGS = 'name = "Small"\nfrequency = "daily"\nprices_include_dividends = {}\n'
Spoil = Callable[[Path], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four names for half a year with every table there is; DD is delisted in March at a loss of 40%."""
    target = tmp_path / "market"
    target.mkdir()
    rng = np.random.default_rng(2)
    R = 0.01 * rng.standard_normal((len(DAYS), 4))
    prices = pd.DataFrame(40 * np.cumprod(1 + R, axis=0), index=DAYS, columns=NAMES)
    prices.loc["2019-03-11":, "DD"] = np.nan
    months = DAYS[DAYS.to_period("M") != (DAYS + pd.offsets.BDay(1)).to_period("M")]
    caps = prices.loc[months] * np.array([4e8, 3e8, 2e8, 1e8])
    prices.to_parquet(target / "prices.parquet")
    (prices.pct_change(fill_method=None) + 0.0001).to_parquet(target / "returns.parquet")
    caps.to_parquet(target / "caps.parquet")
    (caps * 0.005).to_parquet(target / "adv.parquet")
    (prices.iloc[40:41] * 0.01).to_parquet(target / "dividends.parquet")
    pd.DataFrame({"asset": NAMES, "name": NAMES, "sector": "Energy", "group": ["AA", "AA", "CC", "DD"]}).to_csv(
        target / "securities.csv", index=False
    )
    (target / "delistings.csv").write_text("asset,date,return\nDD,2019-03-11,-0.4\n", encoding="utf-8")
    (target / "membership.csv").write_text(
        "index,asset,start,end,weight\nTOP,AA,2018-01-01,,\nTOP,BB,2018-01-01,2019-02-01,\nTOP,CC,2019-02-01,,\n",
        encoding="utf-8",
    )
    (target / "market.toml").write_text(SETTINGS.format("false"), encoding="utf-8")
    return target


def test_corporate_actions_are_read(folder: Path) -> None:
    assert read_market_folder(folder).market.actions is None
    text = "date,asset,action,into,ratio,cash,basis_share\n"
    text += "2019-03-11,DD,stock_merger,AA,0.5,,\n2019-04-01,BB,spin_off,CC,0.1,,0.2\n2019-05-01,CC,split,,3,,\n"
    (folder / "actions.csv").write_text(text, encoding="utf-8")
    actions = read_market_folder(folder).market.actions
    assert actions is not None
    assert actions["action"].tolist() == ["stock_merger", "spin_off", "split"]
    assert actions["cash"].iloc[0] == 0
    assert actions["date"].iloc[1] == pd.Timestamp("2019-04-01")
    assert actions["basis_share"].iloc[1] == 0.2


def test_every_table_is_read(folder: Path) -> None:
    read = read_market_folder(folder)
    market = read.market
    assert read.warnings == ()
    assert market.name == read.name == "Small"
    assert market.securities.loc["BB", "group"] == "AA"
    assert list(market.members_at("TOP", pd.Timestamp("2019-02-01")).index) == ["AA", "CC"]
    assert market.returns.loc["2019-03-11", "DD"] == -0.4
    assert market.returns["DD"].loc["2019-03-12":].isna().all()
    assert market.dividends is not None
    assert market.calendar.equals(DAYS)


def test_risk_models_are_given_delisting_returns_and_no_empty_first_row(folder: Path) -> None:
    history = read_market_folder(folder).history()
    assert history.returns.index[0] == DAYS[1]
    assert history.returns.loc["2019-03-11", "DD"] == -0.4
    (folder / "market.toml").write_text(SETTINGS.format("true"), encoding="utf-8")
    closes = read_market_folder(folder)
    assert closes.history().returns.loc["2019-03-11", "DD"] == -0.4
    assert closes.market.dividends is None
    assert "dividends.parquet is not used" in closes.warnings[0]


def test_risk_models_are_of_daily_returns(folder: Path) -> None:
    for stem in ("prices", "returns"):
        panel = pd.read_parquet(folder / f"{stem}.parquet")
        panel.groupby(DAYS.to_period("M")).tail(1).to_parquet(folder / f"{stem}.parquet")
    (folder / "dividends.parquet").unlink()
    (folder / "market.toml").write_text(SETTINGS.replace("daily", "monthly").format("true"), encoding="utf-8")
    read = read_market_folder(folder)
    assert read.market.periods_per_year == 12
    with pytest.raises(InputError, match="daily: risk models"):
        read.history()


def _panel(stem: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Spoil:
    def spoil(folder: Path) -> None:
        path = folder / f"{stem}.parquet"
        change(pd.read_parquet(path)).to_parquet(path)

    return spoil


def _text(file: str, text: str) -> Spoil:
    return lambda folder: (folder / file).write_text(text, encoding="utf-8") and None


def _twin(stem: str, text: str) -> Spoil:
    def spoil(folder: Path) -> None:
        (folder / f"{stem}.parquet").unlink()
        (folder / f"{stem}.csv").write_text(text, encoding="utf-8")

    return spoil


def _without(file: str) -> Spoil:
    return lambda folder: (folder / file).unlink()


def _zero(panel: pd.DataFrame) -> pd.DataFrame:
    panel.iloc[7, 1] = 0.0
    return panel


SPOILT: dict[str, tuple[Spoil, str]] = {
    "no prices": (_without("prices.parquet"), "prices.parquet: found 'no such file'"),
    "no caps": (_without("caps.parquet"), "caps.parquet: found 'no such file'"),
    "no returns": (_without("returns.parquet"), "returns.parquet: found 'no such file'"),
    "no securities": (_without("securities.csv"), "securities.csv: found 'no such file'"),
    "no settings": (_without("market.toml"), "market.toml: found 'no such file'"),
    "price of zero": (_panel("prices", _zero), "prices.parquet, row 9, BB: found '0.0', expected a number > 0"),
    "dates unsorted": (
        _panel("prices", lambda p: p.iloc[[1, 0, *range(2, len(p))]]),
        "row 3, date: found '2018-12-31', expected rising dates",
    ),
    "a date twice": (_panel("caps", lambda p: p.iloc[[0, *range(len(p))]]), "each date once"),
    "caps in thousands": (_panel("caps", lambda c: c / 1e3), "these look like thousands: multiply them"),
    "caps in millions": (_panel("caps", lambda c: c / 1e6), "these look like millions"),
    "volume in other units": (_panel("adv", lambda a: a * 1e3), "both in dollars; one may be in thousands"),
    "other names": (_panel("caps", lambda c: c.add_prefix("X")), "expected the assets of prices.parquet"),
    "caps too late": (
        _panel("caps", lambda c: c.set_axis(c.index + pd.DateOffset(years=3))),
        "a date up to 2019-06-28",
    ),
    "frequency": (_text("market.toml", SETTINGS.replace("daily", "weekly").format("true")), "a date every 1 day"),
    "frequency unheard of": (
        _text("market.toml", SETTINGS.replace("daily", "hourly").format("true")),
        "one of daily, weekly, monthly",
    ),
    "growth of 100 instead of returns": (_panel("returns", lambda r: (1 + r) * 100), "look like prices or per cent"),
    "returns of other days": (_panel("returns", lambda r: r.iloc[:-3]), "'2019-06-28 only in prices'"),
    "returns lack a name": (_panel("returns", lambda r: r.drop(columns="CC")), "a column CC, as prices.parquet has"),
    "dividends on a Sunday": (
        _panel("dividends", lambda d: d.set_axis(pd.DatetimeIndex(["2019-03-03"], name="date"))),
        "trading days of prices.parquet",
    ),
    "delisted before its last price": (
        _text("delistings.csv", "asset,date,return\nDD,2019-03-01,-0.4\n"),
        "a date not before its last price, of 2019-03-08",
    ),
    "delisting return in per cent": (
        _text("delistings.csv", "asset,date,return\nDD,2019-03-11,-40\n"),
        "row 2, return: found '-40.0', expected a simple return",
    ),
    "delisted twice": (
        _text("delistings.csv", "asset,date,return\nDD,2019-03-11,-0.4\nDD,2019-03-12,0\n"),
        "row 3, asset: found 'DD', expected each asset once",
    ),
    "an action unheard of": (
        _text("actions.csv", "date,asset,action,into,ratio\n2019-03-11,DD,buyout,AA,2\n"),
        "row 2, action: found 'buyout', expected one of stock_merger, spin_off, split",
    ),
    "a merger into nothing": (
        _text("actions.csv", "date,asset,action,into,ratio\n2019-03-11,DD,stock_merger,ZZ,2\n"),
        "actions.csv, row 2, into: found 'ZZ', expected another asset of prices",
    ),
    "a spin-off without its share of basis": (
        _text("actions.csv", "date,asset,action,into,ratio\n2019-03-11,AA,spin_off,BB,2\n"),
        "row 2, basis_share",
    ),
    "a split by nothing": (_text("actions.csv", "date,asset,action,ratio\n2019-03-11,AA,split,0\n"), "row 2, ratio"),
    "an action on a name without prices": (
        _text("actions.csv", "date,asset,action,ratio\n2019-03-11,AA,split,2\n2019-03-12,ZZ,split,2\n"),
        "actions.csv, row 3, asset: found 'ZZ', expected an asset of prices",
    ),
    "delisting without a return": (_text("delistings.csv", "asset,date\nDD,2019-03-11\n"), "a column return"),
    "spells overlap": (
        _text("membership.csv", "index,asset,start,end\nT,AA,2018-01-01,2019-03-01\nT,AA,2019-02-01,\n"),
        "row 3, start: found '2019-02-01', expected a start after AA has left T",
    ),
    "ends before it starts": (
        _text("membership.csv", "index,asset,start,end\nT,AA,2019-01-01,2018-03-01\n"),
        "a date after the start",
    ),
    "members unknown": (_text("membership.csv", "index,asset,start,end\nT,ZZ,2019-01-01,\n"), "none in the index T"),
    "some members without a weight": (
        _text("membership.csv", "index,asset,start,end,weight\nT,AA,2018-01-01,,0.4\nT,BB,2018-01-01,,\n"),
        "row 3, weight: found 'an empty cell', expected a weight in every row of T, or in none",
    ),
    "a list without members": (_text("membership.csv", "index,asset,start\n"), "membership.csv: found 'no rows'"),
    "still a member in the year 9999": (
        _text("membership.csv", "index,asset,start,end\nT,AA,2018-01-01,9999-12-31\n"),
        "row 2, end: found '9999-12-31', expected a date as YYYY-MM-DD, from 1700 to 2200",
    ),
    "delisted in the year 1": (
        _text("delistings.csv", "asset,date,return\nDD,0001-01-01,-0.4\n"),
        "row 2, date: found '0001-01-01'",
    ),
    "a table of the year 9999": (
        _twin("caps", "date,AA\n9999-01-01,1e9\n"),
        "caps.csv, row 2, date: found '9999-01-01', expected",
    ),
    "returns a day early": (_panel("returns", lambda r: r.shift(-1)), "these look a day early"),
    "returns a day late": (_panel("returns", lambda r: r.shift(1)), "these look a day late"),
    "returns of other prices": (_panel("returns", lambda r: r.iloc[::-1].set_axis(r.index)), "go with other prices"),
    "no return at all": (_panel("returns", lambda r: r * np.nan), "returns.parquet: found 'only empty cells'"),
    "no price at all": (_panel("prices", lambda p: p * np.nan), "prices.parquet: found 'only empty cells'"),
    "a date instead of a price": (
        _panel("prices", lambda p: p.assign(CC=pd.Timestamp("2019-01-01"))),
        "row 2, CC: found '2019-01-01 00:00:00', expected a number",
    ),
    "true instead of a price": (_panel("prices", lambda p: p.assign(CC=True)), "row 2, CC: found 'True'"),
    "volume of other names": (_panel("adv", lambda a: a.add_prefix("X")), "adv.parquet: found 'XAA, XBB, XCC'"),
    "dividends of other names": (_panel("dividends", lambda d: d.add_prefix("X")), "dividends.parquet: found 'XAA"),
    "volume too late": (
        _panel("adv", lambda a: a.set_axis(a.index + pd.DateOffset(years=3))),
        "adv.parquet, date: found '2021-12-31', expected a date up to 2019-06-28",
    ),
    "an asset twice": (
        _text("securities.csv", "asset,name,sector\nAA,a,E\nAA,b,E\n"),
        "row 3, asset: found 'AA', expected each asset once",
    ),
}


@pytest.mark.parametrize("case", SPOILT)
def test_what_is_wrong_is_named(folder: Path, case: str) -> None:
    spoil, said = SPOILT[case]
    spoil(folder)
    with pytest.raises(InputError) as caught:
        read_market_folder(folder)
    assert said in str(caught.value)


def test_all_faults_come_at_once(folder: Path) -> None:
    for case in ("price of zero", "delisted twice", "a date twice", "frequency unheard of"):
        SPOILT[case][0](folder)
    with pytest.raises(InputError) as caught:
        read_market_folder(folder)
    assert {fault.file for fault in caught.value.faults} == {
        "prices.parquet",
        "delistings.csv",
        "caps.parquet",
        "market.toml",
    }


def test_a_membership_with_some_unpriced_names_is_used_with_a_warning(folder: Path) -> None:
    _text("membership.csv", "index,asset,start\nT,AA,2019-01-01\nT,ZZ,2019-01-01\n")(folder)
    read = read_market_folder(folder)
    assert "left out, as without prices: 1 member of T, for example ZZ" in read.warnings[0]
    assert list(read.market.members_at("T", DAYS[-1]).index) == ["AA"]


def test_what_has_no_use_is_said(folder: Path) -> None:
    _text("market.toml", SETTINGS.format("false") + 'note = "a typing mistake"\n')(folder)
    _text("securities.csv", "asset,name,sector\n")(folder)
    warnings = read_market_folder(folder).warnings
    assert warnings[0] == "market.toml: keys not used: note"
    assert "of sector Unknown, for want of a row: 4 priced assets" in warnings[1]
