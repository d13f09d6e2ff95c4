"""`taxsleeve example`: the same seed the same bytes, any size, nothing overwritten, and good input for a rebalance."""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from taxsleeve.account_folder import read_account_folder
from taxsleeve.example_account import AS_OF, write_example
from taxsleeve_errors import InputError

FILES = [
    "account.toml",
    "benchmark.csv",
    "lots.csv",
    "prices.parquet",
    "restrictions.csv",
    "securities.csv",
    "trades.csv",
]


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def hundred(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An example of 100 names: enough for everything that it can show."""
    folder = tmp_path_factory.mktemp("example") / "account"
    write_example(folder, names=100, lots=4, seed=7)
    return folder


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(tmp_path: Path) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        write_example(tmp_path / name, names=25, lots=3, seed=seed)
    a, b, c = (content(tmp_path / name) for name in "abc")
    assert sorted(a) == FILES
    assert a == b
    assert [file for file in FILES if a[file] == c[file]] == []


@pytest.mark.parametrize(("names", "lots"), list(itertools.product([1, 2, 7, 50], [1, 12])))
def test_every_size_can_be_rebalanced(names: int, lots: int, command: Any, rebalance: Any, tmp_path: Path) -> None:
    folder = tmp_path / "account"
    written = command("example", folder, "--names", names, "--lots", lots)
    assert written.code == 0, written.stderr
    ran = rebalance(folder)
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.summary["worst_excess"] <= 1e-6
    assert len(pd.read_csv(folder / "benchmark.csv")) == names


def test_an_earlier_example_is_replaced(tmp_path: Path) -> None:
    write_example(tmp_path / "a", names=30, lots=2, seed=1)
    write_example(tmp_path / "a", names=3, lots=2, seed=1)
    write_example(tmp_path / "b", names=3, lots=2, seed=1)
    assert content(tmp_path / "a") == content(tmp_path / "b")


def test_an_empty_folder_is_taken(command: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert command("example", tmp_path / "empty", "--names", 3).code == 0
    assert sorted(content(tmp_path / "empty")) == FILES


@pytest.mark.parametrize("file", ["notes.txt", "account.toml"])
def test_a_folder_with_other_files_is_refused(file: str, command: Any, tmp_path: Path) -> None:
    (tmp_path / file).write_text("as_of = 2024-01-02  # the client's own\n")
    ran = command("example", tmp_path, "--names", 3)
    assert ran.code == 2
    assert f"{tmp_path}: found 'a folder with other files', expected a new or empty folder" in ran.stderr
    assert list(content(tmp_path)) == [file]


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match="a folder, or a place to make one"):
        write_example(tmp_path / "file", names=3)
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("flags", [("--names", "0"), ("--lots", "0"), ("--seed", "-1"), ("--names", "many")])
def test_a_size_out_of_range_is_refused(flags: tuple[str, str], command: Any, tmp_path: Path) -> None:
    ran = command("example", tmp_path / "a", *flags)
    assert ran.code == 2
    assert flags[0] in ran.stderr
    assert not (tmp_path / "a").exists()


def test_what_is_said_is_what_was_written(hundred: Path, command: Any, tmp_path: Path) -> None:
    ran = command("example", tmp_path / "a", "--names", 100, "--lots", 4, "--seed", 7)
    account = read_account_folder(tmp_path / "a").account
    lots = len(account.lots.lot_id)
    assert f"100 names, {lots} lots, NAV ${account.nav:,.0f}, as of 2024-06-28." in ran.stdout
    assert f"Next: taxsleeve rebalance {tmp_path / 'a'} --out a-trades" in ran.stdout
    assert content(tmp_path / "a") == content(hundred)


def test_the_example_shows_what_an_account_can_hold(hundred: Path) -> None:
    folder = read_account_folder(hundred)
    account = folder.account
    assert folder.warnings == ()
    assert 900_000 < account.nav < 1_100_000
    price = pd.Series(account.securities.price, index=account.securities.asset)
    losses = account.lots.basis > price[account.lots.asset].to_numpy()
    assert 0.1 < losses.mean() < 0.9
    long = account.lots.long_term(AS_OF)
    assert 0 < long.sum() < len(long)
    groups = pd.Series(account.securities.group)
    assert (groups.value_counts() == 2).sum() == 1, "one pair of share classes"
    held, benchmark = set(account.lots.asset.tolist()), set(folder.mandate.benchmark)
    assert held - benchmark, "a name that left the benchmark"
    assert benchmark - held, "a name sold out at a loss"
    assert held - set(folder.risk().assets), "a name listed so lately that it is not rated"
    assert len(account.rules("no_buy")) == 1
    assert abs(sum(folder.mandate.benchmark.values()) - 1) < 1e-9


def test_the_example_has_trades_on_both_edges_of_the_window(hundred: Path) -> None:
    trades = read_account_folder(hundred).account.trades
    ages = (AS_OF - pd.Series(trades.date.astype(dt.date))).map(lambda age: age.days)
    assert ages.between(0, 61).all()
    assert set(ages[trades.side == "SELL"]) >= {1, 7, 15, 22}
    assert {"BUY", "SELL"} == set(trades.side.tolist())
    assert set(trades.account_type.tolist()) == {"taxable", "ira"}
    assert (trades.realized_gain[trades.side == "SELL"] < 0).all()


def test_day_thirty_is_locked_and_day_thirty_one_is_free(tmp_path: Path, rebalance: Any) -> None:
    write_example(tmp_path / "account", names=250, lots=2, seed=7)
    trades = pd.read_csv(tmp_path / "account" / "trades.csv", parse_dates=["date"])
    ran = rebalance(tmp_path / "account")
    assert ran.code == 0, ran.stderr
    locked = {entry["asset"] for entry in ran.summary["locked"]}
    sold = trades[trades["side"] == "SELL"].assign(age=(pd.Timestamp(AS_OF) - trades["date"]).dt.days)
    at_edge = dict(zip(sold["age"], sold["asset"], strict=True))
    assert at_edge[30] in locked
    assert at_edge[31] not in locked
