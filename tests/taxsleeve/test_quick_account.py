"""Reading by columns gives what reading row by row gives, or leaves the account to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from taxsleeve import quick_cells
from taxsleeve.account_folder import AccountFolder, read_account_folder
from taxsleeve.account_settings import read_settings
from taxsleeve.batch.example_accounts import ExampleNight
from taxsleeve.batch.example_files import write_example_batch
from taxsleeve.batch.folder_job import _columns
from taxsleeve.quick_account import quick_account
from taxsleeve.shelf import FolderShelf
from taxsleeve.tables import Findings
from taxsleeve.universe import Universes


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("quick") / "accounts"
    write_example_batch(root, "folders", ExampleNight(names=20, lots=3, seed=5), 1)
    return root / "A000001"


def quickly(folder: Path, spoil: Callable[[dict, dict], None] = lambda lots, trades: None) -> AccountFolder | None:
    settings = read_settings(folder / "account.toml", Findings())
    assert settings is not None
    universe = Universes(FolderShelf(folder.parent)).named(settings.benchmark or "", settings.risk or "")
    assert universe.good
    lots, trades = dict(_columns(folder / "lots.csv")), dict(_columns(folder / "trades.csv"))
    spoil(lots, trades)
    return quick_account(settings, universe, lots, trades, [])


def test_both_ways_give_the_same_account(folder: Path) -> None:
    quick, slow = quickly(folder), read_account_folder(folder)
    assert quick is not None
    for name in ("lot_id", "asset", "group", "account", "shares", "basis", "acquired", "holding_start"):
        assert np.array_equal(getattr(quick.account.lots, name), getattr(slow.account.lots, name)), name
    for name in ("date", "side", "asset", "group", "shares", "account", "account_type"):
        assert np.array_equal(getattr(quick.account.trades, name), getattr(slow.account.trades, name)), name
    assert np.array_equal(quick.account.trades.realized_gain, slow.account.trades.realized_gain, equal_nan=True)
    assert quick.mandate == slow.mandate
    assert (quick.account.nav, quick.account.as_of, quick.account_type) == (
        slow.account.nav,
        slow.account.as_of,
        "taxable",
    )
    assert quick.account.securities.asset == slow.account.securities.asset
    assert quick.warnings == slow.warnings


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("lots", "lot_id", "L00002"),
        ("lots", "lot_id", ""),
        ("lots", "asset", "NOWHERE"),
        ("lots", "asset", "A\x07B"),
        ("lots", "shares", "0"),
        ("lots", "shares", "-1"),
        ("lots", "shares", "1_000"),
        ("lots", "shares", "inf"),
        ("lots", "shares", "nan"),
        ("lots", "shares", ""),
        ("lots", "shares", "ten"),
        ("lots", "cost_per_share", "-0.01"),
        ("lots", "acquired", "2024-02-30"),
        ("lots", "acquired", "2024-6-1"),
        ("lots", "acquired", "2030-01-01"),
        ("lots", "acquired", "1899-12-31"),
        ("lots", "acquired", ""),
        ("lots", "holding_start", "2030-01-01"),
        ("lots", "account_type", "ira"),
        ("lots", "account", "another"),
        ("lots", "notes", "hello"),
        ("trades", "side", "buy"),
        ("trades", "shares", "0"),
        ("trades", "price", "-1"),
        ("trades", "date", "2030-01-01"),
        ("trades", "realized_gain", "inf"),
        ("trades", "account_type", "trust"),
        ("trades", "asset", ""),
    ],
)
def test_what_is_not_plainly_good_is_left_to_the_slow_way(folder: Path, table: str, column: str, value: str) -> None:
    def spoil(lots: dict, trades: dict) -> None:
        columns = lots if table == "lots" else trades
        size = len(columns["asset"])
        cells = columns.get(column, np.array([""] * size, dtype=object)).copy()
        cells[0] = value
        columns[column] = cells

    assert quickly(folder) is not None
    assert quickly(folder, spoil) is None


def test_a_recent_trade_of_an_unknown_asset_needs_words(folder: Path) -> None:
    def spoil(lots: dict, trades: dict) -> None:
        trades["asset"] = trades["asset"].copy()
        trades["date"] = trades["date"].copy()
        trades["asset"][0], trades["date"][0] = "STRANGER", "2024-06-20"

    assert quickly(folder, spoil) is None


@pytest.mark.parametrize("text", ["L1", "", "=1", "\uff1dx", "a\tb", "a\x07", "é", "x" * 200, "x" * 201, " ", "-"])
def test_labels_together_are_labels_one_by_one(text: str) -> None:
    assert quick_cells._are_labels(["L2", text, "L3"]) == quick_cells._is_label(text)
    assert quick_cells._are_labels([text]) == quick_cells._is_label(text)
