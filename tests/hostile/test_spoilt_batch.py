"""Spoilt input of a batch: what is one account's ends that account, named; what is everybody's ends the run."""

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
from good_input import arguments
from spoiling import Case, TableFile, parquet_cases, settings_cases, table_cases

_LOTS = TableFile(
    "folders",
    "lots.csv",
    {"lot_id": "name", "asset": "name", "shares": "positive", "cost_per_share": "not_negative", "acquired": "day"},
    ("lot_id", "asset", "shares"),
    3,
)
_WRONG = ['"five"', "nan", "inf", "true", "[1.0]", "2024-06-28", "-inf", "1e400"]


def exceptions(out: Path) -> pd.DataFrame:
    return pd.read_csv(out / "exceptions.csv", dtype=str, keep_default_na=False).set_index("account")


def test_each_spoilt_account_is_an_exception_that_names_the_place(good: Callable[[str], Path], run: Any) -> None:
    root = good("folders") / "accounts"
    first = sorted(path for path in root.iterdir() if (path / "account.toml").is_file())[0]
    line = next(text for text in (first / "account.toml").read_text().splitlines() if text.startswith("cash ="))
    cases = {f"S{number:03d}": case for number, case in enumerate(_account_cases(line))}
    for name, case in cases.items():
        shutil.copytree(first, root / name)
        case.spoil(root / name / case.file)
    ran = run(*arguments("folders", root.parent, ""))
    assert ran.exit_code == 3, ran.stderr
    found = exceptions(root.parent.parent / "out")
    assert len(cases) >= 60
    for name, case in cases.items():
        assert found.loc[name, "kind"] == "input", f"{case}: {found.loc[name].to_dict()}"
        assert case.said[0] in found.loc[name, "message"], f"{case}: {found.loc[name, 'message']}"
    assert set(found.index[found["kind"] != "wide_gap"]) == set(cases)


def _account_cases(line: str) -> list[Case]:
    return [*table_cases(_LOTS, 1), *settings_cases("folders", "account.toml", line, "cash", _WRONG)]


SHARED = ("accounts", "lots", "securities", "factor_covariance")
PARQUET = [case for table in SHARED for case in parquet_cases("tables", f"tables/{table}.parquet", panel=False)]


@pytest.mark.parametrize("case", PARQUET, ids=str)
def test_a_spoilt_table_stops_the_run_or_its_accounts_and_crashes_nothing(
    case: Case, good: Callable[[str], Path], run: Any
) -> None:
    folder = good("tables")
    case.spoil(folder / case.file)
    ran = run(*arguments("tables", folder, case.file))
    if ran.exit_code == 2:
        assert case.said[0].split(".")[0] in ran.stderr
        return
    assert ran.exit_code == 3, ran.stderr
    found = exceptions(folder.parent / "out")
    found = found[found["kind"] != "wide_gap"]
    assert set(found["kind"]) == {"input"}, found.to_dict("records")
    assert found["message"].str.contains(case.said[0].split(".")[0]).all()


CELLS = [
    ("lots", "shares", ["abc", "-1", "nan", None]),
    ("lots", "acquired", ["2024-02-30", "9999-12-31", "x"]),
    ("lots", "asset", ["=1+1", "A\x00", "x" * 300]),
    ("securities", "price", ["abc", "0", "-1"]),
    ("benchmarks", "weight", ["abc", "-1", "nan"]),
    ("loadings", "market", ["abc", None, "inf"]),
    ("specific_variance", "variance", ["abc", "-1", None]),
    ("accounts", "cash", ["abc", "inf", None]),
    ("accounts", "as_of", ["2024-02-30", "x", None]),
    ("accounts", "benchmark", ["nothing", "=1", None]),
]


@pytest.mark.parametrize(("table", "column", "value"), [(t, c, v) for t, c, values in CELLS for v in values], ids=repr)
def test_a_spoilt_cell_of_a_table_is_named(
    table: str, column: str, value: object, good: Callable[[str], Path], run: Any
) -> None:
    path = good("tables") / "tables" / f"{table}.parquet"
    frame = pq.read_table(path).to_pandas().astype(object)
    place = frame.columns.get_loc(column) if column in frame.columns else 2
    cells = [None if pd.isna(cell) else str(cell) for cell in frame.iloc[:, place]]
    frame.isetitem(place, pd.array([value, *cells[1:]], dtype=object))
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path)
    ran = run(*arguments("tables", path.parent.parent, ""))
    assert ran.exit_code == 3, ran.stderr
    found = exceptions(path.parent.parent.parent / "out")
    found = found[found["kind"] != "wide_gap"]
    assert len(found)
    assert set(found["kind"]) == {"input"}, found["message"].tolist()


@pytest.mark.parametrize(
    "text",
    [
        # A view that gives rows without end, one that does not compute, one of another database's functions.
        "CREATE VIEW lots AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
        "SELECT x AS account, x AS lot_id, x AS asset, x AS shares, x AS cost_per_share, x AS acquired FROM n",
        "CREATE VIEW lots AS SELECT account, other FROM nowhere",
        "CREATE VIEW lots AS SELECT load_extension('/tmp/x.so') AS account",
    ],
)
def test_a_database_with_hostile_views(
    text: str, good: Callable[[str], Path], run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taxsleeve.batch.sqlite_store.MOST_CSV_CELLS", 100_000)
    monkeypatch.setattr("taxsleeve.batch.sqlite_store._STEPS", 10**6)
    path = good("database") / "night.db"
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE lots")
        connection.execute(text)
    connection.close()
    ran = run(*arguments("database", path.parent, ""))
    assert ran.exit_code in (2, 3), ran.stderr
    if ran.exit_code == 3:
        assert set(exceptions(path.parent.parent / "out")["kind"]) == {"input"}


@pytest.mark.parametrize("spoil", [b"", b"SQLite format 3\x00" + b"\xff" * 200, b"\x00" * 8 + b"DUCK" + b"\x00" * 90])
def test_a_file_that_is_no_database(spoil: bytes, good: Callable[[str], Path], run: Any) -> None:
    path = good("database") / "night.db"
    path.write_bytes(spoil)
    ran = run(*arguments("database", path.parent, ""))
    assert ran.exit_code == 2
    assert "night.db" in ran.stderr
