"""`taxsleeve audit`: exit status, screen, files, and lists from elsewhere."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from audit import CODES
from taxsleeve.account_settings import AccountSettings
from taxsleeve.audit_settings import AuditSettings
from taxsleeve.command_line import main


def run(*words: object) -> Any:
    done = CliRunner().invoke(main, ["audit", *map(str, words)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def test_a_good_list_ends_with_status_zero(base: Any) -> None:
    done = run(base.account, base.out)
    assert done.exit_code == 0
    words = " ".join(done.output.split())
    for part in ("Clean:", "Limits recomputed", "tracking_error", "loss_per_name", "vendor model"):
        assert part in words
    assert run(base.account, base.out, "--quiet").output == ""


def test_a_bad_list_ends_with_status_three_and_says_where(case: Any) -> None:
    case.cell(0, "gain", "1.0")
    case.setting("turnover", "0.1")
    case.alone()
    done = run(case.account, case.out)
    assert done.exit_code == 3
    for part in ("gain-misstated", "trades.csv", "turnover", "2 faults"):
        assert part in done.output


def test_the_files_hold_every_finding_and_every_limit(case: Any, tmp_path: Path) -> None:
    case.cell(0, "gain", "NaN")
    case.setting("names", "[50, 60]")
    case.alone()
    out = tmp_path / "report"
    printed = run(case.account, case.out, "--out", out, "--json")
    assert printed.exit_code == 3
    summary = json.loads((out / "audit.json").read_text(encoding="utf-8"))
    assert json.loads(printed.output) == summary
    assert summary["verdict"] == "faults"
    assert summary["faults"] == 2
    with (out / "audit.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["code"], row["file"], row["row"]) for row in rows] == [
        ("gain-missing", "trades.csv", "2"),
        ("too-few-names", "trades.csv", ""),
    ]
    assert float(rows[1]["excess"]) == float(rows[1]["limit"]) - float(rows[1]["value"]) > 0
    assert {row["code"] for row in rows} <= set(CODES)
    with (out / "audit_limits.csv").open(encoding="utf-8", newline="") as file:
        limits = list(csv.DictReader(file))
    assert len(limits) == len(summary["limits"])
    assert [row["name"] for row in limits if row["kept"] == "False"] == ["names"]
    assert all(entry["slack"] >= -1e-6 for entry in summary["limits"] if entry["kept"])


def test_a_list_of_anyones_needs_five_columns(case: Any, tmp_path: Path) -> None:
    path = tmp_path / "theirs.csv"
    table = case.result()[["shares", "lot_id", "side", "asset", "price"]]
    table.to_csv(path, index=False)
    assert run(case.account, path).exit_code == 0
    table.assign(shares="1").to_csv(path, index=False)
    assert run(case.account, path).exit_code == 3
    table.drop(columns="lot_id").to_csv(path, index=False)
    done = run(case.account, path)
    assert done.exit_code == 2
    assert "a column lot_id" in done.output


def test_a_name_is_no_formula_for_a_spreadsheet(case: Any, tmp_path: Path) -> None:
    case.cell(0, "asset", "=1+1")
    assert run(case.account, case.out, "--out", tmp_path / "report").exit_code == 3
    with (tmp_path / "report" / "audit.csv").open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert "'=1+1" in cells
    assert not any(cell.startswith("=") for cell in cells)


def test_an_empty_list_is_a_list(case: Any) -> None:
    case.alone()
    case.put_result(case.result().iloc[:0])
    case.setting("active_weight", "0.1")
    case.setting("sector_active", "0.1")
    assert run(case.account, case.out).exit_code == 0


@pytest.mark.parametrize(
    ("file", "text", "part"),
    [
        ("account/account.toml", "as_of = ", "well-formed TOML"),
        ("account/account.toml", "as_of = 2024-06-28\ncash = 1.0\n[taxes]\n[limits]\nesg = 1.0", "goes unaudited"),
        ("account/account.toml", 'as_of = 2024-06-28\ncash = "1"\n[taxes]\n', "account.toml, cash"),
        ("account/account.toml", "as_of = 2024-06-28\n[taxes]\n", "expected a value"),
        ("account/lots.csv", "lot_id,asset\n1,2\n", "a column shares"),
        ("account/risk/loadings.csv", "asset,PC1\nA,x\n", "a number"),
        ("out/trades.csv", "asset,side\nX\n", "2 cells as in the header"),
        ("out/trades.csv", "asset,asset\nX,Y\n", "each column once"),
        ("out/orders.csv", "asset,side,shares\nX,SHORT,1\n", "one of BUY, SELL"),
        ("out/lots_after.csv", "lot_id,asset,shares,cost_per_share,acquired\nL,X,no,1,2020-01-01\n", "a number > 0"),
        ("out/summary.json", "{", "well-formed JSON"),
    ],
)
def test_what_cannot_be_read_ends_with_status_two(file: str, text: str, part: str, case: Any, tmp_path: Path) -> None:
    (case.account.parent / file).write_text(text, encoding="utf-8")
    done = run(case.account, case.out, "--out", tmp_path / "report")
    assert done.exit_code == 2
    assert part in done.output
    assert not (tmp_path / "report").exists()


def test_what_is_not_there_ends_with_status_two(base: Any, tmp_path: Path) -> None:
    assert run(tmp_path / "no-account", base.out).exit_code == 2
    assert run(base.account, tmp_path / "no-list").exit_code == 2
    (tmp_path / "empty").mkdir()
    assert run(base.account, tmp_path / "empty").exit_code == 2
    assert run(base.account, base.out, "--out", base.account).exit_code == 2


def test_a_factor_that_the_model_has_not_is_refused(case: Any) -> None:
    case.setting("factor_active", "{ momentum = 0.1 }")
    done = run(case.account, case.out)
    assert done.exit_code == 2
    assert "momentum" in done.output


def test_the_auditor_knows_every_key_of_account_toml() -> None:
    def keys(model: Any) -> dict[str, set[str]]:
        found = {"": set(model.model_fields)}
        for name in ("taxes", "limits", "costs", "shares", "objective"):
            found[name] = set(model.model_fields[name].annotation.model_fields)
        return found

    assert keys(AuditSettings) == keys(AccountSettings)


def test_defaults_are_those_of_the_account() -> None:
    for name in ("limits", "costs", "shares", "objective"):
        ours, theirs = (model.model_fields[name].annotation() for model in (AuditSettings, AccountSettings))
        assert ours.model_dump() == theirs.model_dump()


def test_a_parquet_list_is_read_as_it_stands(case: Any, tmp_path: Path) -> None:
    table = case.result().drop(columns=["reason", "term"])
    numbers = {name: table[name].replace("", "nan").astype(float) for name in ("shares", "price", "amount", "gain")}
    table = table.assign(**numbers, date=pd.Timestamp("2024-06-28"))
    table.to_parquet(tmp_path / "theirs.parquet")
    assert run(case.account, tmp_path / "theirs.parquet").exit_code == 0
    table.assign(date=pd.Timestamp("2024-06-27")).to_parquet(tmp_path / "theirs.parquet")
    assert run(case.account, tmp_path / "theirs.parquet").exit_code == 3
