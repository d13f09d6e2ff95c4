"""Writing simulated accounts: as account folders, or as the tables of a database."""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from risk import FactorRisk
from taxsleeve.batch.example_accounts import BENCHMARKS, RISK, ExampleAccount, ExampleNight
from taxsleeve.example_account import AS_OF
from taxsleeve.rebalance_files import csv_text
from taxsleeve_errors import InputError

__all__ = ["FORMS", "write_example_batch"]

_MARK = "# Written by `taxsleeve example`: simulated names, prices and trades.\n"
_AT_ONCE = 200


def write_example_batch(
    path: Path,
    form: str,
    night: ExampleNight,
    count: int,
    progress: Callable[[str, int, int], None] | None = None,
) -> None:
    """Write a batch of simulated accounts.

    Parameters
    ----------
    path : Path
        A folder, new or empty, or a new file where the form is a database.
    form : str
        One of `FORMS`.
    night : ExampleNight
    count : int
        Accounts.
    progress : callable, optional
        Told "accounts", how many are made, and of how many.

    Raises
    ------
    InputError
        Something is there already.
    """
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise InputError.of(str(path), "a new place, or an empty folder", value="something is there")
    FORMS[form](path, night, _counted(night.accounts(count), count, progress or (lambda *_: None)))


def _counted(
    accounts: Iterator[ExampleAccount], count: int, progress: Callable[[str, int, int], None]
) -> Iterator[ExampleAccount]:
    for number, one in enumerate(accounts, start=1):
        yield one
        progress("accounts", number, count)


def _write_folders(path: Path, night: ExampleNight, accounts: Iterator[ExampleAccount]) -> None:
    (path / "benchmarks").mkdir(parents=True, exist_ok=True)
    (path / "risk" / RISK).mkdir(parents=True, exist_ok=True)
    _save(path / "securities.csv", night.securities())
    for name in BENCHMARKS:
        _save(path / "benchmarks" / f"{name}.csv", night.weights(name))
    for name, table in _risk_tables(night.risk).items():
        _save(path / "risk" / RISK / f"{name}.csv", table)
    for one in accounts:
        folder = path / one.account
        folder.mkdir()
        (folder / "account.toml").write_text(_toml(one, night.mandates[one.mandate]), encoding="utf-8")
        _save(folder / "lots.csv", one.lots)
        _save(folder / "trades.csv", one.trades)


def _save(path: Path, table: pd.DataFrame) -> None:
    path.write_bytes(csv_text(table).encode("utf-8"))


def _toml(one: ExampleAccount, mandate: Mapping[str, Any]) -> str:
    lines = [_MARK + f"as_of = {AS_OF}", f"cash = {one.cash:.2f}"]
    lines += [f'benchmark = "{one.benchmark}"', f'risk = "{RISK}"']
    for section, keys in itertools.groupby(mandate.items(), key=lambda item: item[0].split(".")[0]):
        lines += ["", f"[{section}]", *(f"{key.split('.')[1]} = {json.dumps(value)}" for key, value in keys)]
    return "\n".join(lines) + "\n"


def _risk_tables(risk: FactorRisk) -> dict[str, pd.DataFrame]:
    factors = list(risk.factors)
    loadings = pd.DataFrame(risk.loadings, columns=factors)
    loadings.insert(0, "asset", list(risk.assets))
    covariance = pd.DataFrame(risk.factor_covariance, columns=factors)
    covariance.insert(0, "factor", factors)
    variance = pd.DataFrame({"asset": list(risk.assets), "variance": np.asarray(risk.specific_variance)})
    return {"loadings": loadings, "factor_covariance": covariance, "specific_variance": variance}


def _shared_tables(night: ExampleNight) -> dict[str, pd.DataFrame]:
    benchmarks = [night.weights(name).assign(benchmark=name) for name in BENCHMARKS]
    mandates = [{"mandate": name, **_plain(values)} for name, values in night.mandates.items()]
    risk = {name: table.assign(risk=RISK) for name, table in _risk_tables(night.risk).items()}
    return {
        "benchmarks": pd.concat(benchmarks, ignore_index=True),
        "securities": night.securities(),
        "mandates": pd.DataFrame(mandates),
        **risk,
    }


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: json.dumps(value) if isinstance(value, list) else value for key, value in values.items()}


def _account_tables(accounts: Iterator[ExampleAccount]) -> Iterator[dict[str, pd.DataFrame]]:
    """Tables of some accounts at a time, sorted by account."""
    while some := list(itertools.islice(accounts, _AT_ONCE)):
        rows = [
            {"account": one.account, "as_of": AS_OF, "cash": one.cash}
            | {"benchmark": one.benchmark, "risk": RISK, "mandate": one.mandate}
            for one in some
        ]
        yield {
            "accounts": pd.DataFrame(rows),
            "lots": pd.concat([one.lots.assign(account=one.account) for one in some], ignore_index=True),
            "trades": pd.concat([one.trades.assign(account=one.account) for one in some], ignore_index=True),
        }


def _write_parquet(path: Path, night: ExampleNight, accounts: Iterator[ExampleAccount]) -> None:
    path.mkdir(parents=True, exist_ok=True)
    for name, table in _shared_tables(night).items():
        pq.write_table(_arrow(table), path / f"{name}.parquet", write_page_checksum=True)
    writers: dict[str, pq.ParquetWriter] = {}
    try:
        for tables in _account_tables(accounts):
            for name, table in tables.items():
                rows = _arrow(table)
                if name not in writers:
                    writers[name] = pq.ParquetWriter(path / f"{name}.parquet", rows.schema, write_page_checksum=True)
                writers[name].write_table(rows)
    finally:
        for writer in writers.values():
            writer.close()


def _arrow(table: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(None)


def _write_sqlite(path: Path, night: ExampleNight, accounts: Iterator[ExampleAccount]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        for name, table in _shared_tables(night).items():
            _insert(connection, name, table)
        for tables in _account_tables(accounts):
            for name, table in tables.items():
                _insert(connection, name, table)
        for name in ("accounts", "lots", "trades"):
            connection.execute(f"CREATE INDEX {name}_by_account ON {name} (account)")


def _insert(connection: sqlite3.Connection, name: str, table: pd.DataFrame) -> None:
    kinds = {column: "REAL" if table[column].dtype.kind == "f" else "TEXT" for column in table.columns}
    columns = ", ".join(f'"{column}" {kind}' for column, kind in kinds.items())
    connection.execute(f"CREATE TABLE IF NOT EXISTS {name} ({columns})")
    cells = [_cells(table[column]) for column in table.columns]
    places = ", ".join("?" * len(cells))
    connection.executemany(f"INSERT INTO {name} VALUES ({places})", zip(*cells, strict=True))  # noqa: S608 - our own names


def _cells(column: pd.Series) -> list[object]:
    return [None if cell != cell else cell if isinstance(cell, float) else str(cell) for cell in column.tolist()]


def _write_duckdb(path: Path, night: ExampleNight, accounts: Iterator[ExampleAccount]) -> None:
    from taxsleeve.batch.duckdb_store import add_to_duckdb

    path.parent.mkdir(parents=True, exist_ok=True)
    shared = ((name, _arrow(table)) for name, table in _shared_tables(night).items())
    own = ((name, _arrow(table)) for tables in _account_tables(accounts) for name, table in tables.items())
    add_to_duckdb(path, itertools.chain(shared, own))


FORMS: Mapping[str, Callable[[Path, ExampleNight, Iterator[ExampleAccount]], None]] = {
    "folders": _write_folders,
    "parquet": _write_parquet,
    "sqlite": _write_sqlite,
    "duckdb": _write_duckdb,
}
