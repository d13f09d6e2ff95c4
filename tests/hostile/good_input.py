"""Small good input of every command that reads files, and how the command is called with it."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from taxsleeve.batch.example_accounts import ExampleNight
from taxsleeve.batch.example_files import write_example_batch
from taxsleeve.custodian_map_file import map_text
from taxsleeve.example_account import write_example
from taxsleeve.example_household import write_example_household
from taxsleeve.study_settings import SimulationSettings, StudySettings, study_text

SAMPLES = Path(__file__).parents[1] / "taxsleeve" / "data" / "custodians"
DAYS = pd.bdate_range("2018-12-31", "2020-01-03", name="date")
HISTORY = """\
seq,trade_id,trade_date,side,account,account_type,symbol,si_group,qty,price,fees,spec_lots,ratio,new_symbol,\
basis_fraction,cash,destination,destination_type,donor_basis,donor_start
1,B1,2020-01-02,BUY,A,taxable,X,,101,50,1,,,,,,,,,
2,R1,2020-03-02,SPLIT,,,X,,,1.5,,,,,,,,,,
3,P1,2020-05-01,SPINOFF,,,X,,,,,,0.5,Y,0.25,,,,,
4,T1,2020-06-01,TRANSFER,A,taxable,X,,50,,,B1:50,,,,,H,spouse,,
5,G1,2020-07-01,GIFT,A,taxable,Z,,10,30,,,,,,,,,50,2019-01-02
6,M1,2021-08-02,CASH_STOCK_MERGER,,,X,,,20,,,2,N,,5,,,,
7,S1,2021-12-01,SELL,A,taxable,Z,,10,20,,,,,,,,,,
"""
ACTIONS = """\
date,asset,action,into,ratio,cash,basis_share
2019-03-11,DD,stock_merger,AA,0.5,,
2019-04-01,BB,spin_off,CC,0.1,,0.2
"""


def account(folder: Path) -> None:
    """Twelve names with recent trades and restrictions."""
    write_example(folder / "account", names=12, lots=2, seed=1)
    assets = pd.read_csv(folder / "account" / "securities.csv")["asset"].tolist()
    (folder / "account" / "trades.csv").write_text(
        "date,side,asset,shares,price,realized_gain,account,account_type\n"
        f"2024-04-15,BUY,{assets[3]},10,12.5,,main,taxable\n"
        f"2024-04-16,SELL,{assets[4]},10,12.5,-150.25,main,taxable\n",
        encoding="utf-8",
    )
    (folder / "account" / "restrictions.csv").write_text(
        f"asset,rule,until,reason\n{assets[11]},no_buy,,employer\n{assets[10]},no_trade,2024-01-31,was closed\n",
        encoding="utf-8",
    )


def vendor(folder: Path) -> None:
    """The account with a vendor's model of two factors."""
    account(folder)
    (folder / "account" / "prices.parquet").unlink()
    (folder / "account" / "risk").mkdir()
    assets = pd.read_csv(folder / "account" / "securities.csv")["asset"]
    size = np.random.default_rng(5).standard_normal(len(assets))
    pd.DataFrame({"asset": assets, "market": 1.0, "size": size}).to_csv(
        folder / "account" / "risk" / "loadings.csv", index=False
    )
    (folder / "account" / "risk" / "factor_covariance.csv").write_text(
        "factor,market,size\nmarket,0.04,0.002\nsize,0.002,0.01\n", encoding="utf-8"
    )
    pd.DataFrame({"asset": assets, "variance": 0.05}).to_csv(
        folder / "account" / "risk" / "specific_variance.csv", index=False
    )


def audit(folder: Path) -> None:
    """The account with a trade list of a stranger's and what is told beside it."""
    vendor(folder)
    lots = pd.read_csv(folder / "account" / "lots.csv").iloc[0]
    (folder / "list").mkdir()
    (folder / "list" / "trades.csv").write_text(
        f"asset,side,lot_id,shares,price\n{lots['asset']},SELL,{lots['lot_id']},1,10\n", encoding="utf-8"
    )
    (folder / "list" / "orders.csv").write_text(f"asset,side,shares\n{lots['asset']},SELL,1\n", encoding="utf-8")
    shutil.copy(folder / "account" / "lots.csv", folder / "list" / "lots_after.csv")
    (folder / "list" / "summary.json").write_text('{"nav": 5.0}\n', encoding="utf-8")


def household(folder: Path) -> None:
    """Three sleeves and an IRA."""
    write_example_household(folder / "household", names=15, lots=3, seed=5)


def household_audit(folder: Path) -> None:
    """The household with lists of a stranger's: a lot moves in kind to a sleeve that sells one of its own."""
    household(folder)
    mid, large = (pd.read_csv(folder / "household" / sleeve / "lots.csv").iloc[0] for sleeve in ("mid", "large"))
    lists = folder / "lists"
    for sleeve in ("large", "mid", "small", "ira"):
        (lists / sleeve).mkdir(parents=True)
        (lists / sleeve / "trades.csv").write_text("asset,side,lot_id,shares,price\n", encoding="utf-8")
    with (lists / "large" / "trades.csv").open("a", encoding="utf-8") as file:
        file.write(f"{large['asset']},SELL,{large['lot_id']},1,10\n")
    (lists / "transfers.csv").write_text(
        "kind,from_sleeve,to_sleeve,asset,lot_id,shares,price,amount,cost_per_share,acquired,holding_start,new_lot_id\n"
        f"lot,mid,large,{mid['asset']},{mid['lot_id']},1,10,10,{mid['cost_per_share']},{mid['acquired']},,M1\n"
        "cash,large,mid,,,,,10,,,,\n",
        encoding="utf-8",
    )
    (lists / "summary.json").write_text('{"nav": 5.0}\n', encoding="utf-8")


def ledger(folder: Path) -> None:
    """A history with most kinds of event."""
    (folder / "history.csv").write_text(HISTORY, encoding="utf-8")


def market(folder: Path, days: pd.DatetimeIndex = DAYS) -> None:
    """Four names for a year with every table there is."""
    place = folder / "market"
    place.mkdir()
    R = 0.01 * np.random.default_rng(2).standard_normal((len(days), 4))
    prices = pd.DataFrame(40 * np.cumprod(1 + R, axis=0), index=days, columns=["AA", "BB", "CC", "DD"])
    prices.loc["2019-03-11":, "DD"] = np.nan
    caps = prices.iloc[::21] * np.array([4e8, 3e8, 2e8, 1e8])
    prices.to_parquet(place / "prices.parquet")
    (prices.pct_change(fill_method=None) + 0.0001).to_parquet(place / "returns.parquet")
    caps.to_parquet(place / "caps.parquet")
    (caps * 0.005).to_parquet(place / "adv.parquet")
    (prices.iloc[40:42] * 0.01).to_parquet(place / "dividends.parquet")
    (caps * 0 + 0.5).to_csv(place / "book_to_price.csv")
    text = "asset,name,sector,group\nAA,A Inc,Energy,AA\nBB,B Inc,Energy,AA\nCC,C Inc,Energy,CC\nDD,D Inc,Energy,DD\n"
    (place / "securities.csv").write_text(text, encoding="utf-8")
    (place / "delistings.csv").write_text("asset,date,return\nDD,2019-03-11,-0.4\n", encoding="utf-8")
    members = "index,asset,start,end,weight\nTOP,AA,2017-01-01,,\nTOP,BB,2017-01-01,2019-02-01,\n"
    (place / "membership.csv").write_text(members, encoding="utf-8")
    (place / "actions.csv").write_text(ACTIONS, encoding="utf-8")
    settings = 'name = "Small"\nfrequency = "daily"\nprices_include_dividends = false\n'
    (place / "market.toml").write_text(settings, encoding="utf-8")


def prices(folder: Path) -> None:
    """A long file of prices with a file of capitalisation, and a wide one."""
    place = folder / "files"
    place.mkdir()
    R = 0.01 * np.random.default_rng(4).standard_normal((len(DAYS), 3))
    wide = pd.DataFrame(20 * np.cumprod(1 + R, axis=0), index=DAYS, columns=["AA", "BB", "CC"])
    wide.round(4).to_csv(place / "wide.csv")
    (wide * 1e8).round(0).to_csv(place / "caps.csv")
    long = wide.round(4).reset_index().melt("date", var_name="asset", value_name="price")
    long.assign(shares=1_000_000, dividend=0.0).to_csv(place / "long.csv", index=False)
    (place / "securities.csv").write_text("asset,name,sector\nAA,A Inc,Energy\n", encoding="utf-8")


def custodian(folder: Path) -> None:
    """Exports of one custodian, and its map as one of one's own."""
    for file in ("schwab_lots_AAPL.csv", "schwab_transactions.csv", "ibkr_flex.xml", "ibkr_flex.csv"):
        shutil.copy(SAMPLES / file, folder / file)
    (folder / "map.toml").write_text(map_text("schwab"), encoding="utf-8")


def study(folder: Path) -> None:
    """A study.toml of a small simulated market."""
    simulation = SimulationSettings(names=40, start=dt.date(2020, 1, 1), years=3, seed=0)
    settings = StudySettings(
        simulation=simulation, sleeves=("large",), start_years=(2022,), years=1, strategies=("threshold", "passive")
    )
    (folder / "study.toml").write_text(study_text(settings), encoding="utf-8")


def tables(folder: Path) -> None:
    """A batch of Parquet tables."""
    write_example_batch(folder / "tables", "parquet", ExampleNight(names=20, lots=2, seed=3), 3)


def database(folder: Path) -> None:
    """A batch in SQLite."""
    write_example_batch(folder / "night.db", "sqlite", ExampleNight(names=20, lots=2, seed=3), 3)


def folders(folder: Path) -> None:
    """A batch of account folders."""
    write_example_batch(folder / "accounts", "folders", ExampleNight(names=20, lots=2, seed=3), 3)


MAKERS: dict[str, Callable[[Path], None]] = {
    "account": account,
    "audit": audit,
    "custodian": custodian,
    "database": database,
    "folders": folders,
    "household": household,
    "household_audit": household_audit,
    "ledger": ledger,
    "market": market,
    "prices": prices,
    "study": study,
    "tables": tables,
    "vendor": vendor,
}


_COMMANDS: dict[str, tuple[object, ...]] = {
    "account": ("rebalance", "account", "--quiet"),
    "audit": ("audit", "account", "list", "--quiet"),
    "database": ("batch", "night.db", "--quiet", "--workers", "1"),
    "folders": ("batch", "accounts", "--quiet", "--workers", "1"),
    "household": ("household", "household", "--quiet"),
    "household_audit": ("audit", "household", "lists", "--quiet"),
    "ledger": ("ledger", "history.csv", "--quiet"),
    "market": ("survey", "--market", "market", "--quiet"),
    "study": ("compare", "--study", "study.toml", "--quiet", "--workers", "1"),
    "tables": ("batch", "tables", "--quiet", "--workers", "1"),
    "vendor": ("rebalance", "account", "--quiet"),
}
_LONG = ("import-market", "prices", "files/long.csv")
_WIDE = ("import-market", "prices", "files/wide.csv", "--caps", "files/caps.csv", "--prices-include-dividends")


def arguments(kind: str, folder: Path, file: str) -> list[object]:
    """What is typed after `taxsleeve` for a command that reads this file of good input of this kind."""
    if kind == "prices":
        typed: tuple[object, ...] = _WIDE if file.endswith(("wide.csv", "caps.csv")) else _LONG
        typed += ("--securities", "files/securities.csv") if file.endswith("securities.csv") else ()
    elif kind == "custodian":
        own = file == "map.toml"
        source = ("--map", file) if own else ("--from", file.split("_", maxsplit=1)[0])
        typed = ("import", "schwab_lots_AAPL.csv" if own else file, *source)
    else:
        typed = _COMMANDS[kind]
    command, *words = typed
    there = [folder / str(word) if _is_file(str(word)) else word for word in words]
    return [command, *there, "--out", folder.parent / "out"]


def _is_file(word: str) -> bool:
    return "." in word or word in ("account", "accounts", "household", "list", "lists", "market", "tables")
