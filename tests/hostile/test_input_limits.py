"""Input of hostile size: refused with the limit, before it has cost memory or time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from good_input import arguments

from taxsleeve import input_limits, parquet_file, tables
from taxsleeve.account_tables import BenchmarkRow
from taxsleeve.long_file import is_long
from taxsleeve.price_file import load_panel
from taxsleeve.tables import Findings, read_table
from taxsleeve.toml_file import parsed_toml
from taxsleeve_errors import InputError


def faults(path: Path) -> str:
    """What is wrong with a benchmark."""
    findings = Findings()
    assert not read_table(path, BenchmarkRow, findings).rows
    return "\n".join(map(str, findings.faults))


def grown(path: Path, size: int) -> Path:
    """A file with a hole in it."""
    with path.open("wb") as file:
        file.truncate(size)
    return path


def test_a_text_of_more_than_the_limit_is_not_read(tmp_path: Path) -> None:
    said = faults(grown(tmp_path / "benchmark.csv", input_limits.MOST_TEXT_BYTES + 1))
    assert "benchmark.csv: found '512 MiB', expected at most 512 MiB; leave out" in said


def test_settings_of_more_than_the_limit_are_not_read(good: Callable[[str], Path], run: Any) -> None:
    folder = good("vendor")
    grown(folder / "account" / "account.toml", 10 * 2**30)
    ran = run(*arguments("vendor", folder, ""))
    assert ran.exit_code == 2
    assert "account.toml: found '10,240 MiB', expected at most 256 KiB" in ran.stderr


def test_tables_of_more_than_the_limit_are_not_read(tmp_path: Path) -> None:
    assert "at most 8,192 MiB" in faults(grown(tmp_path / "benchmark.parquet", 9 * 2**30))
    findings = Findings()
    assert not is_long(grown(tmp_path / "closes.csv", 9 * 2**30), findings)
    assert "at most 8,192 MiB" in str(findings.faults[0])


def test_a_parquet_file_that_promises_a_billion_rows(tmp_path: Path) -> None:
    schema = pa.schema([("asset", pa.null()), ("weight", pa.null())])
    rows = pa.table({name: pa.nulls(25_000_000) for name in schema.names}, schema=schema)
    with pq.ParquetWriter(tmp_path / "benchmark.parquet", schema) as writer:
        for _ in range(21):
            writer.write_table(rows, row_group_size=25_000_000)
    assert (tmp_path / "benchmark.parquet").stat().st_size < 4_000_000
    started = time.process_time()
    assert "a promise of 525,000,000 rows, 2 columns" in faults(tmp_path / "benchmark.parquet")
    assert time.process_time() - started < 1


def test_a_long_text_repeated_by_a_dictionary(tmp_path: Path) -> None:
    # A hundred thousand times a megabyte, in a file of a few kilobytes.
    repeated = pa.DictionaryArray.from_arrays(pa.array(np.zeros(100_000, np.int32)), pa.array(["x" * 2**20]))
    pq.write_table(pa.table({"asset": repeated, "weight": pa.array(np.zeros(100_000))}), tmp_path / "benchmark.parquet")
    assert (tmp_path / "benchmark.parquet").stat().st_size < 200_000
    said = faults(tmp_path / "benchmark.parquet")
    assert "benchmark.parquet, asset: found 'text of 104," in said


def test_more_than_was_promised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pq.write_table(pa.table({"asset": ["A"] * 1000, "weight": [0.0] * 1000}), tmp_path / "benchmark.parquet")
    monkeypatch.setattr(parquet_file, "require_promise", lambda *_: None)
    monkeypatch.setattr(parquet_file, "MOST_TABLE_BYTES", 5000)
    assert "more bytes than it promises" in faults(tmp_path / "benchmark.parquet")


def test_dictionaries_and_categories_within_the_limits_are_read(tmp_path: Path) -> None:
    assets = pa.array(["A", "B", None, "A"]).dictionary_encode()
    table = pa.table({"asset": assets, "weight": pa.array([0.1, 0.2, 0.3, 0.4])})
    pq.write_table(table, tmp_path / "benchmark.parquet")
    read = parquet_file.parquet_table(tmp_path / "benchmark.parquet")
    assert read.column("asset").to_pylist() == ["A", "B", None, "A"]
    assert read.column("asset").type in (pa.string(), pa.large_string())


def test_cells_and_columns_of_a_csv_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "benchmark.csv"
    path.write_text("asset,weight\n" + "A,1\n" * 60)
    monkeypatch.setattr(tables, "MOST_CSV_CELLS", 100)
    assert "at most 100 cells; give it as Parquet, or split it" in faults(path)
    monkeypatch.setattr(tables, "MOST_COLUMNS", 1)
    assert "found '2', expected at most 1 columns" in faults(path)


def test_a_hundred_thousand_columns_take_no_time(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    names = ",".join(f"N{i}" for i in range(90_000))
    path.write_text(f"date,{names},N5\n")
    started, findings = time.process_time(), Findings()
    load_panel(path, findings)
    assert "N5: found 'stands twice'" in str(findings.faults[0])
    assert time.process_time() - started < 10


@pytest.mark.parametrize("text", [
    "a" + ".a" * 30_000 + " = 1", "x = {" + "a." * 200 + "b = 1}", "[" + "a." * 300 + "b]", "x = " + "[" * 5000,
    "x = " + "{a = " * 300 + "1" + "}" * 300, '"a b"' + " . 'c d'" * 100 + " = 1", " " * 250_000 + "x", "." * 200_000,
    "x = 1" + "\n" * 200_000, '"' * 200_000, "x = 0b" + "1" * 200_000, "x = '" + ".'" * 100_000, "a=" + "1_" * 100_000,
])  # fmt: skip
def test_settings_that_would_take_long_take_no_time(text: str) -> None:
    started, findings = time.process_time(), Findings()
    parsed_toml("account.toml", text, findings)
    assert time.process_time() - started < 5


def test_a_note_of_many_words_is_no_dotted_key() -> None:
    text = 'notes = "' + "e.g. U.S. stocks, cf. Sec. 1091(a). See www.irs.gov. " * 50 + '"\nx.y.z = 1\n'
    assert parsed_toml("market.toml", text, findings := Findings()) is not None
    assert not findings.faults


def test_values_that_are_shown_are_cut(tmp_path: Path) -> None:
    (tmp_path / "benchmark.csv").write_text(f"asset,weight\nA,{'9' * 100_000}x\n")
    assert len(faults(tmp_path / "benchmark.csv")) < 500


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize(("kind", "file"), [
    ("vendor", "account/lots.csv"), ("vendor", "account/account.toml"), ("audit", "list/summary.json"),
    ("ledger", "history.csv"), ("custodian", "map.toml"), ("market", "market/prices.parquet"),
])  # fmt: skip
def test_a_pipe_is_not_waited_for(kind: str, file: str, good: Callable[[str], Path], run: Any) -> None:
    folder = good(kind)
    (folder / file).unlink()
    os.mkfifo(folder / file)
    # What is told beside a trade list is optional, and a pipe is no file that could be it.
    assert run(*arguments(kind, folder, file)).exit_code in ((0, 3) if file.endswith("json") else (2,))


def test_a_duckdb_view_reads_nothing_outside(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    from taxsleeve.batch.duckdb_store import DuckdbStore

    (tmp_path / "secret.csv").write_text("account\nsecret\n")
    with duckdb.connect(str(tmp_path / "night.duckdb")) as connection:
        connection.execute(f"CREATE VIEW lots AS SELECT * FROM read_csv('{tmp_path}/secret.csv')")  # noqa: S608 - a path of ours
        connection.execute("CREATE TABLE accounts AS SELECT 'A' AS account")
    store = DuckdbStore(tmp_path / "night.duckdb")
    assert store.ids("accounts").to_pylist() == ["A"]
    with pytest.raises(InputError, match="a DuckDB database that can be read"):
        store.whole("lots")
