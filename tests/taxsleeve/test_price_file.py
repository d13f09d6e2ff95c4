"""The price history: what is refused, what is left out, and that nothing is used before its day."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from taxsleeve.price_file import read_prices
from taxsleeve.tables import Findings

GOOD_CELL = "a price > 0, or empty where there was none"


def prices(account: Any) -> pd.DataFrame:
    return pd.read_parquet(account.path / "prices.parquet")


def put(account: Any, table: pd.DataFrame) -> None:
    table.to_parquet(account.path / "prices.parquet")


@pytest.mark.parametrize(("value", "shown"), [(0.0, "0.0"), (-1.5, "-1.5"), (np.inf, "inf"), ("dear", "dear")])
def test_a_bad_price(value: object, shown: str, account: Any, refused: Any) -> None:
    table = prices(account).astype(object if isinstance(value, str) else float)
    asset = table.columns[3]
    table.iloc[7, 3] = value
    put(account, table.astype({asset: str}) if isinstance(value, str) else table)
    refused(account, f"  prices.parquet, row 9, {asset}: found '{shown}', expected {GOOD_CELL}", "1 fault.")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.iloc[[*range(9), 8, *range(9, len(t))]], "date: found '{8}', expected each date once"),
        (lambda t: t.iloc[[0, 2, 1, *range(3, len(t))]], "row 4, date: found '{1}', expected rising dates"),
        (lambda t: t.iloc[::-1], "expected rising dates"),
        (lambda t: t.tail(1), "found '1 date, 12 assets', expected at least two dates and one asset"),
        (lambda t: t.head(0), "found '0 dates, 12 assets'"),
        (lambda t: t[[]], "0 assets', expected at least two dates and one asset"),
        (lambda t: t.set_axis([f"day {i}" for i in range(len(t))]), "date: found 'day 0', expected ISO dates"),
        (lambda t: t.reset_index(drop=True), "expected ISO dates in the first column or index"),
        (lambda t: t.set_axis([pd.NaT, *t.index[1:]]), "row 2, date: found 'NaT', expected ISO dates"),
        (lambda t: t.set_axis([*t.index[:-2], pd.NaT, pd.NaT]), "expected ISO dates in the first column or index"),
    ],
)
def test_bad_dates(change: Any, words: str, account: Any, refused: Any) -> None:
    table = prices(account)
    days = [day.date() for day in table.index]
    put(account, change(table))
    refused(account, "  prices.parquet", words.replace("{8}", str(days[8])).replace("{1}", str(days[1])))


def test_a_history_that_is_too_short_for_a_risk_model(account: Any, refused: Any) -> None:
    put(account, prices(account).tail(30))
    refused(account, "  prices.parquet: found ", "60 returns", "expected a history that a risk model can be fitted on")


def test_a_history_of_other_names(account: Any, refused: Any) -> None:
    put(account, prices(account).add_prefix("X."))
    refused(account, "  prices.parquet: found ", "expected a history that a risk model can be fitted on")


def test_a_file_that_is_not_there_or_not_parquet(account: Any, refused: Any) -> None:
    account.write("prices.parquet", "date,A\n2024-01-02,5\n")
    refused(account, "  prices.parquet: found ", "expected a table of dates x assets")
    (account.path / "prices.parquet").unlink()
    refused(account, "  prices.parquet: found 'no such file', expected a price history, or a vendor's model in risk/")
    (account.path / "prices.parquet").mkdir()
    refused(account, "  prices.parquet: found 'a directory', expected a file")


CSV = "date,A,B\n2024-01-02,10,20\n2024-01-03,11,\n2024-01-04,12,22\n"


def read(tmp_path: Path, text: str, as_of: dt.date | None = None) -> tuple[pd.DataFrame | None, Findings]:
    (path := tmp_path / "prices.csv").write_bytes(text.encode())
    findings = Findings()
    return read_prices(path, as_of, findings), findings


@pytest.mark.parametrize(
    "text",
    [
        CSV,
        CSV.replace("\n", "\r\n"),
        "\ufeff" + CSV,
        CSV.replace(",", " , "),
        CSV.replace("\n", "\n\n"),
    ],
)
def test_a_csv_history(text: str, tmp_path: Path) -> None:
    table, findings = read(tmp_path, text)
    assert findings.faults == []
    assert table is not None
    assert list(table.columns) == ["A", "B"]
    assert [day.date().isoformat() for day in table.index] == ["2024-01-02", "2024-01-03", "2024-01-04"]
    np.testing.assert_array_equal(table.to_numpy(dtype=float), [[10, 20], [11, np.nan], [12, 22]])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "a file that is not empty"),
        (CSV.replace("date,A,B", "date,A,A"), "prices.csv, A: found 'stands twice', expected each asset once"),
        (CSV.replace("11,", '"1,100",'), "prices.csv, row 3, A: found '1,100', expected a price > 0"),
        (CSV.replace("11,", "1_1,"), "prices.csv, row 3, A: found '1_1', expected a price > 0"),
        (CSV.replace("11,", "nan,"), "prices.csv, row 3, A: found 'nan', expected a price > 0"),
        (CSV.replace("11,", "inf,"), "prices.csv, row 3, A: found 'inf', expected a price > 0"),
        (CSV.replace("11,", "#N/A,"), "prices.csv, row 3, A: found '#N/A', expected a price > 0"),
        (CSV.replace("2024-01-04,12,22", "2024-01-04,12,22,5"), "4 cells"),
        (CSV.replace("2024-01-04,12,22", "2024-01-04,12"), "2 cells"),
        (CSV.replace("2024-01-03", "2024-02-30"), "found '2024-02-30', expected ISO dates"),
        (CSV.replace("2024-01-03", "01/03/2024"), "found '01/03/2024', expected ISO dates"),
        (CSV.replace("2024-01-03", ""), "expected ISO dates"),
        (CSV.replace("2024-01-03", "45294"), "found '45294', expected ISO dates"),
        (CSV.replace("11,", '"11,'), "prices.csv"),
    ],
)
def test_a_bad_csv_history(text: str, words: str, tmp_path: Path) -> None:
    table, findings = read(tmp_path, text)
    assert table is None
    assert any(words in str(fault) for fault in findings.faults), [str(fault) for fault in findings.faults]
    assert all(fault.file == "prices.csv" for fault in findings.faults)


def test_prices_after_the_day_are_not_used(tmp_path: Path) -> None:
    table, findings = read(tmp_path, CSV, dt.date(2024, 1, 3))
    assert table is not None
    assert table.index[-1] == pd.Timestamp("2024-01-03")
    assert findings.warnings == ["prices.csv: not used: 1 row after 2024-01-03"]


def test_stale_prices_are_warned_of(tmp_path: Path) -> None:
    _, findings = read(tmp_path, CSV, dt.date(2024, 1, 14))
    assert findings.warnings == []
    _, findings = read(tmp_path, CSV, dt.date(2024, 1, 15))
    assert findings.warnings == ["prices.csv: the last prices are of 2024-01-04, 2024-01-15 is meant"]


def test_later_prices_change_nothing_but_a_warning(account: Any, done: Any, rebalance: Any) -> None:
    table = prices(account)
    later = pd.DataFrame(
        table.to_numpy()[-3:] * [[2.0], [0.1], [7.0]],
        index=pd.DatetimeIndex(["2024-07-01", "2024-07-02", "2024-07-03"], name="date"),
        columns=table.columns,
    )
    put(account, pd.concat([table, later]))
    ran = rebalance(account)
    assert ran.code == 0
    assert ran.stderr.count("warning: prices.parquet: not used: 3 rows after 2024-06-28") == 1
    assert ran.bytes_of("trades.csv", "orders.csv") == done.bytes_of("trades.csv", "orders.csv")


def test_the_history_as_csv_gives_the_same_trades(account: Any, done: Any, rebalance: Any) -> None:
    prices(account).to_csv(account.path / "prices.csv")
    (account.path / "prices.parquet").unlink()
    ran = rebalance(account)
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.bytes_of("trades.csv") == done.bytes_of("trades.csv")
