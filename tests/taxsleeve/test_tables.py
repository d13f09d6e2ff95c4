"""Tables as files: their place, their form, and both kinds, CSV and Parquet."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from taxsleeve.account_tables import BenchmarkRow, LotRow
from taxsleeve.tables import Findings, Table, find_table, read_table

REQUIRED = ["lots.csv", "benchmark.csv", "securities.csv"]
EVERY = [*REQUIRED, "trades.csv", "restrictions.csv"]


@pytest.mark.parametrize("file", REQUIRED)
def test_a_missing_file(file: str, account: Any, refused: Any) -> None:
    (account.path / file).unlink()
    expected = "the file (or its Parquet twin) in the folder"
    if file == "lots.csv":
        expected += "; `taxsleeve import` makes it of a custodian's export"
    refused(account, f"  {file}: found 'no such file', expected {expected}")


@pytest.mark.parametrize("file", EVERY)
def test_an_empty_file(file: str, account: Any, refused: Any) -> None:
    account.write(file, "")
    refused(account, f"  {file}: found 'nothing', expected a file that is not empty")


@pytest.mark.parametrize("file", EVERY)
def test_a_directory_where_a_file_should_be(file: str, account: Any, refused: Any) -> None:
    (account.path / file).unlink()
    (account.path / file).mkdir()
    refused(account, f"  {file}: found 'a directory', expected a file")


@pytest.mark.parametrize("stem", ["lots", "trades", "prices"])
def test_a_csv_and_its_parquet_twin_both(stem: str, account: Any, refused: Any) -> None:
    for ending in ("csv", "parquet"):
        if not (account.path / f"{stem}.{ending}").exists():
            account.write(f"{stem}.{ending}", "whatever\n1\n")
    refused(account, f"  {stem}.csv: found 'both', expected only one of {stem}.csv and {stem}.parquet")


@pytest.mark.parametrize("file", ["benchmark.csv", "securities.csv"])
def test_a_header_without_rows_where_rows_are_required(file: str, account: Any, refused: Any) -> None:
    account.put(file, account.table(file).head(0))
    refused(account, f"  {file}: found 'none', expected at least one row")


def test_a_header_without_rows_is_good_elsewhere(account: Any, rebalance: Any) -> None:
    for file in ("trades.csv", "restrictions.csv"):
        account.put(file, account.table(file).head(0))
    assert rebalance(account).code == 0


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda text: text.replace(b"asset", b"\xffasset", 1), ": found 'byte"),
        (lambda text: text.decode().encode("utf-16"), "expected UTF-8 text"),
        (lambda text: text + b"A,B,C\n", ", row 14: found '3 cells', expected 2 cells as in the header"),
        (lambda text: text + b"A\n", ", row 14: found '1 cells', expected 2 cells as in the header"),
        (lambda text: text + b'"A,0.1\n', "expected well-formed CSV"),
        (lambda text: text + b'"A"B,0.1\n', ", row 14: found"),
        (lambda text: text.replace(b"asset,weight", b"asset,asset", 1), ", asset: found 'stands twice'"),
        (lambda text: text.replace(b",", b";"), "expected a column asset (found: asset;weight)"),
        (lambda text: text.replace(b"asset,weight\n", b"", 1), "expected a column asset (found: "),
        (lambda text: text.replace(b"asset", b"Asset", 1), "expected a column asset (found: Asset, weight)"),
    ],
)
def test_a_file_that_is_not_a_table(spoil: Any, words: str, account: Any, refused: Any) -> None:
    account.write("benchmark.csv", spoil((account.path / "benchmark.csv").read_bytes()))
    refused(account, "  benchmark.csv", words)


def test_rows_are_numbered_as_an_editor_does_even_after_blank_lines(account: Any, refused: Any) -> None:
    lines = account.text("lots.csv").splitlines()
    cells = lines[3].split(",")
    lines[3] = ",".join([*cells[:-1], f"x{cells[-1]}"])
    account.write("lots.csv", "\n".join([lines[0], "", "  ", *lines[1:]]) + "\n")
    refused(account, "  lots.csv, row 6, acquired: found 'x2")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"lot_id,asset\n", b"PAR1" + b"\x00" * 100 + b"PAR1"])
def test_a_parquet_file_that_cannot_be_read(content: bytes, account: Any, refused: Any) -> None:
    (account.path / "lots.csv").unlink()
    account.write("lots.parquet", content)
    refused(account, "  lots.parquet: found ", "expected a Parquet file")


def read(path: Path, model: Any = LotRow) -> tuple[Table[Any], Findings]:
    findings = Findings()
    return read_table(path, model, findings), findings


LOT = {"lot_id": "L1", "asset": "A", "shares": 5, "cost_per_share": 2.5, "acquired": dt.date(2024, 2, 29)}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"shares": 5.0},
        {"shares": "5"},
        {"acquired": "2024-02-29"},
        {"acquired": pd.Timestamp("2024-02-29")},
        {"asset": " A "},
        {"holding_start": None},
        {"holding_start": pd.NaT},
    ],
)
def test_parquet_cells_of_every_fitting_type(change: dict[str, Any], tmp_path: Path) -> None:
    pd.DataFrame([{**LOT, **change}]).to_parquet(path := tmp_path / "lots.parquet")
    table, findings = read(path)
    assert findings.faults == []
    assert table.rows == [LotRow(**LOT)]
    assert table.lines == [2]


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"shares": float("inf")}, "shares"),
        ({"shares": float("nan")}, "shares"),
        ({"shares": True}, "shares"),
        ({"shares": b"5"}, "shares"),
        ({"acquired": 20240229}, "acquired"),
        ({"acquired": pd.Timestamp("2024-02-29 16:00")}, "acquired"),
        ({"lot_id": 17}, "lot_id"),
        ({"asset": None}, "asset"),
    ],
)
def test_parquet_cells_that_do_not_fit(change: dict[str, Any], column: str, tmp_path: Path) -> None:
    pd.DataFrame([{**LOT, **change}]).to_parquet(path := tmp_path / "lots.parquet")
    _, findings = read(path)
    assert [(fault.row, fault.column) for fault in findings.faults] == [(2, column)]


def test_a_decimal_in_parquet_is_a_number(tmp_path: Path) -> None:
    pd.DataFrame([{**LOT, "cost_per_share": Decimal("2.50")}]).to_parquet(path := tmp_path / "lots.parquet")
    table, findings = read(path)
    assert findings.faults == []
    assert table.rows[0].cost_per_share == 2.5


def test_unknown_columns_are_kept_as_text_with_one_warning(tmp_path: Path) -> None:
    (path := tmp_path / "benchmark.csv").write_text("asset,note,weight,id\nA,x y,0.4,007\nB,,0.6,1\n")
    table, findings = read(path, BenchmarkRow)
    assert findings.warnings == ["benchmark.csv: columns kept but not used: note, id"]
    assert table.extra.to_dict("list") == {"note": ["x y", ""], "id": ["007", "1"]}


def test_the_search_for_a_table_prefers_neither_ending(tmp_path: Path) -> None:
    findings = Findings()
    assert find_table(tmp_path, "lots", findings, required=False) is None
    assert findings.faults == []
    for ending in ("csv", "parquet"):
        path = tmp_path / f"lots.{ending}"
        path.touch()
        assert find_table(tmp_path, "lots", findings, required=True) == path
        path.unlink()
