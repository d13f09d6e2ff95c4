"""A batch of tables: the same answers as folders give, and what a bad table costs."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from taxsleeve.batch.example_accounts import ExampleNight
from taxsleeve.batch.example_files import write_example_batch

COUNT = 7
NIGHT = ExampleNight(names=20, lots=3, seed=3)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Write the batch in a form, once."""
    folder = tmp_path_factory.mktemp("forms")

    def write(form: str) -> Path:
        if not (folder / form).exists():
            write_example_batch(folder / form, form, NIGHT, COUNT)
        return folder / form

    return write


@pytest.fixture(scope="module")
def by_folder(made: Any, command: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("folders") / "out"
    assert command("batch", made("folders"), "--out", out, "--workers", "1").code == 0
    return out


@pytest.fixture
def tables(made: Any, tmp_path: Path) -> Path:
    shutil.copytree(made("parquet"), tmp_path / "tables")
    return tmp_path / "tables"


def run(command: Any, source: Path, out: Path, *flags: str) -> tuple[int, pd.DataFrame]:
    ran = command("batch", source, "--out", out, "--workers", "1", *flags)
    assert ran.code in (0, 3), ran.stderr
    found = pd.read_csv(out / "exceptions.csv", dtype=str, keep_default_na=False)
    # Accounts as small as these have wide gaps, which is not what is tested here.
    return ran.code, found[found["kind"] != "wide_gap"].reset_index(drop=True)


def content(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


def change(folder: Path, table: str, edit: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    path = folder / f"{table}.parquet"
    frame = edit(pq.read_table(path).to_pandas())
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path)


def trades(out: Path, account: str) -> pd.DataFrame:
    table = pd.read_parquet(out / "trades")
    return table[table["account"] == account].drop(columns="account").reset_index(drop=True)


@pytest.mark.parametrize("form", ["parquet", "sqlite", "duckdb"])
def test_every_form_gives_what_folders_give(
    form: str, made: Any, by_folder: Path, command: Any, tmp_path: Path
) -> None:
    if form == "duckdb":
        pytest.importorskip("duckdb")
    out = tmp_path / "out"
    code, _ = run(command, made(form), out, "--chunk", "3")
    assert code == 0
    for file in ("night.json", "results.csv", "exceptions.csv"):
        assert (out / file).read_bytes() == (by_folder / file).read_bytes()
    for name in ("trades", "orders", "lots_after"):
        table = pd.read_parquet(out / name).rename(columns={"account": "id", "held_in": "account"})
        for account, own in table.groupby("id"):
            want = pd.read_csv(
                by_folder / "accounts" / str(account) / f"{name}.csv", keep_default_na=False, na_values={"gain": [""]}
            )
            found = own[list(want.columns)].reset_index(drop=True)
            dates = {column: str for column in ("acquired", "holding_start") if column in want}
            pd.testing.assert_frame_equal(found.astype(dates), want.astype(dates), check_dtype=False, check_exact=True)
    assert len(list((out / "trades").iterdir())) == 3


def test_two_workers_and_a_second_run_write_the_same_bytes(tables: Path, command: Any, tmp_path: Path) -> None:
    code, _ = run(command, tables, tmp_path / "one", "--chunk", "2")
    assert code == 0
    ran = command("batch", tables, "--out", tmp_path / "two", "--workers", "2", "--chunk", "2")
    assert ran.code == 0
    first = content(tmp_path / "one")
    assert content(tmp_path / "two") == first
    # As a killed run leaves it: the results of a chunk, which are written last, are not there.
    (tmp_path / "two" / "results" / "part-0000001.parquet").unlink()
    (tmp_path / "two" / "orders" / "part-0000001.parquet").unlink()
    ran = command("batch", tables, "--out", tmp_path / "two", "--workers", "1", "--chunk", "2")
    assert "5 accounts were done by an earlier run" in ran.stdout
    assert content(tmp_path / "two") == first


def test_a_corrupt_row_group_costs_its_own_accounts_only(tables: Path, command: Any, tmp_path: Path) -> None:
    run(command, tables, tmp_path / "whole")
    lots = pq.read_table(tables / "lots.parquet")
    path = tables / "lots.parquet"
    ids = [f"A{number:06d}" for number in range(1, COUNT + 1)]
    with pq.ParquetWriter(path, lots.schema, write_page_checksum=True, use_dictionary=False) as writer:
        for some in (ids[:2], ids[2:4], ids[4:]):
            writer.write_table(lots.filter(pa.compute.is_in(lots.column("account"), pa.array(some))))
    column = pq.ParquetFile(path).metadata.row_group(1).column(lots.schema.names.index("shares"))
    data = bytearray(path.read_bytes())
    middle = column.data_page_offset + column.total_compressed_size // 2
    data[middle] ^= 0xFF
    path.write_bytes(data)
    code, found = run(command, tables, tmp_path / "out", "--chunk", "3")
    assert code == 3
    assert found["account"].tolist() == ids[2:4]
    assert set(found["kind"]) == {"input"}
    assert found["message"].str.contains("lots.parquet, row group 1").all()
    done = pd.read_parquet(tmp_path / "out" / "results")
    assert done["account"].tolist() == ids
    for account in (ids[0], ids[4], ids[6]):
        pd.testing.assert_frame_equal(trades(tmp_path / "out", account), trades(tmp_path / "whole", account))


def test_an_id_twice_a_stranger_and_names_that_nobody_knows(tables: Path, command: Any, tmp_path: Path) -> None:
    def spoil(accounts: pd.DataFrame) -> pd.DataFrame:
        accounts.loc[1, "benchmark"] = "moon"
        accounts.loc[2, "mandate"] = "wild"
        accounts.loc[3, "risk"] = "none"
        accounts.loc[4, "cash"] = float("nan")
        return pd.concat([accounts, accounts[accounts["account"] == "A000006"]]).iloc[::-1]

    change(tables, "accounts", spoil)
    change(tables, "lots", lambda lots: pd.concat([lots, lots.iloc[:1].assign(account="Z9")]))
    code, found = run(command, tables, tmp_path / "out", "--chunk", "4")
    assert code == 3
    said = found.groupby("account")["message"].agg(list).to_dict()
    assert sorted(said) == ["A000002", "A000003", "A000004", "A000005", "A000006", "Z9"]
    assert "benchmark: found 'moon', expected one of broad, large" in said["A000002"][0]
    assert "mandate: found 'wild', expected one of close, loose" in said["A000003"][0]
    assert "risk: found 'none', expected one of statistical" in said["A000004"][0]
    assert "accounts, cash: found 'nothing', expected a value" in said["A000005"][0]
    assert len(said["A000006"]) == 2
    assert "each account once" in said["A000006"][0]
    assert "has rows in lots" in said["Z9"][0]


def test_a_bad_cell_is_named_with_its_row_of_the_account(tables: Path, command: Any, tmp_path: Path) -> None:
    def spoil(lots: pd.DataFrame) -> pd.DataFrame:
        own = lots.index[lots["account"] == "A000003"]
        lots.loc[own[1], "shares"] = -5.0
        return lots

    change(tables, "lots", spoil)
    _, found = run(command, tables, tmp_path / "out")
    assert found["account"].tolist() == ["A000003"]
    assert found["message"][0] == "lots, row 3, shares: found '-5.0', expected a number > 0"


def test_a_missing_table_stops_the_run(tables: Path, command: Any, tmp_path: Path) -> None:
    (tables / "benchmarks.parquet").unlink()
    ran = command("batch", tables, "--out", tmp_path / "out")
    assert ran.code == 2
    assert "benchmarks: found 'no such table'" in ran.stderr
    assert not (tmp_path / "out").exists()


def test_a_database_of_mixed_types_is_read_cell_by_cell(made: Any, command: Any, tmp_path: Path) -> None:
    source = tmp_path / "accounts.db"
    shutil.copy(made("sqlite"), source)
    with sqlite3.connect(source) as connection:
        connection.execute("UPDATE lots SET shares = 'many' WHERE account = 'A000002' AND lot_id = 'L00001'")
    connection.close()
    code, found = run(command, source, tmp_path / "out")
    assert code == 3
    assert found["account"].tolist() == ["A000002"]
    assert "shares: found 'many', expected a number > 0" in found["message"][0]


def test_another_file_is_no_database(command: Any, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    ran = command("batch", tmp_path / "notes.txt", "--out", tmp_path / "out")
    assert ran.code == 2
    assert "expected a SQLite or DuckDB database, or a folder" in ran.stderr
