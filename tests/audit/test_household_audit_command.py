"""`taxsleeve audit` of a household: exit status, screen, files, lists from elsewhere, and what cannot be read."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from audit import HOUSEHOLD_CODES
from taxsleeve.audit_household_settings import AuditedHouseholdSettings, AuditedSleeveSettings
from taxsleeve.command_line import main
from taxsleeve.household_settings import HouseholdSettings, SleeveSettings

SLEEVES = ("large", "mid", "small", "ira")


def run(*words: object) -> Any:
    done = CliRunner().invoke(main, ["audit", *map(str, words)], terminal_width=200)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


@pytest.fixture
def case(household: Any, tmp_path: Path) -> Any:
    return household.copy(tmp_path)


def test_good_lists_end_with_status_zero(household: Any) -> None:
    done = run(household.folder, household.out)
    assert done.exit_code == 0
    words = " ".join(done.output.split())
    moved = len(household.listed("transfers.csv"))
    for part in ("Clean:", f"in 4 lists and {moved} transfers", "account", "all", "mid", "tax saved $", "vendor model"):
        assert part in words
    assert run(household.folder, household.out, "--quiet").output == ""


def test_bad_lists_end_with_status_three_and_say_where(case: Any) -> None:
    case.alone()
    case.cell("transfers.csv", 0, "cost_per_share", 1.0)
    case.cell("mid/trades.csv", 0, "gain", "1.0")
    done = run(case.folder, case.out)
    assert done.exit_code == 3
    words = " ".join(done.output.split())
    for part in ("transfer-basis", "transfers.csv", "gain-misstated", "mid/trades.csv", "2 faults"):
        assert part in words


def test_the_files_hold_every_finding_and_limit_with_its_account(case: Any, tmp_path: Path) -> None:
    case.cell("transfers.csv", 0, "price", 1.0)
    case.edit("household.toml", "tracking_error = 0.02", "tracking_error = 0.005")
    case.alone()
    out = tmp_path / "report"
    printed = run(case.folder, case.out, "--out", out, "--json")
    assert printed.exit_code == 3
    summary = json.loads((out / "audit.json").read_text(encoding="utf-8"))
    assert json.loads(printed.output) == summary
    assert (summary["verdict"], summary["faults"], summary["account"]) == ("faults", 2, "household")
    assert set(summary["sleeves"]) == set(SLEEVES)
    with (out / "audit.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["account"], row["code"], row["file"]) for row in rows] == [
        (case.moved().iloc[0]["from_sleeve"], "transfer-price", "transfers.csv"),
        ("", "household-te-exceeded", ""),
    ]
    assert {row["code"] for row in rows} <= set(HOUSEHOLD_CODES)
    assert float(rows[1]["excess"]) == pytest.approx(float(rows[1]["value"]) - 0.005)
    with (out / "audit_limits.csv").open(encoding="utf-8", newline="") as file:
        limits = list(csv.DictReader(file))
    assert len(limits) == len(summary["limits"])
    assert {row["account"] for row in limits} == {"", *SLEEVES}
    assert [(row["account"], row["name"]) for row in limits if row["kept"] == "False"] == [("", "tracking_error")]


def test_figures_are_those_of_the_summary(household: Any) -> None:
    figures, told = household.audit().summary["figures"], household.figures()
    for name in ("nav", "cost"):
        assert figures[name] == pytest.approx(told[name], rel=1e-11)
    assert figures["tax_saved"] == pytest.approx(told["tax_value"], rel=1e-11)
    assert figures["harvested"] == pytest.approx(told["harvested"])
    for moment in ("before", "after"):
        assert figures["tracking_error"][moment] == pytest.approx(told["tracking_error"][moment], rel=1e-9)


def test_lists_of_anyones_need_no_more_than_the_columns_that_move_anything(case: Any) -> None:
    case.alone()
    needed = ["kind", "from_sleeve", "to_sleeve", "asset", "lot_id", "shares", "amount"]
    renamed = dict(zip(case.moved()["new_lot_id"], case.moved()["lot_id"], strict=True))
    for sleeve in SLEEVES:
        table = case.listed(f"{sleeve}/trades.csv")[["asset", "side", "lot_id", "shares", "price"]]
        case.put_listed(f"{sleeve}/trades.csv", table.replace({"lot_id": renamed}))
    case.put_listed("transfers.csv", case.listed("transfers.csv")[needed])
    assert run(case.folder, case.out).exit_code == 0
    case.put_listed("transfers.csv", case.listed("transfers.csv")[needed[:-1]])
    done = run(case.folder, case.out)
    assert done.exit_code == 2
    assert "transfers.csv, amount: expected a column amount" in done.output


def test_nothing_moves_where_there_is_no_transfer_list(case: Any) -> None:
    (case.out / "transfers.csv").unlink()
    codes = case.codes()
    assert {"household-transfers-misstated", "lot-after-missing", "lot-after-unexpected"} <= codes
    assert not any(code.startswith("transfer-") for code in codes)


def test_parquet_lists_are_read_as_they_stand(case: Any) -> None:
    table = case.listed("transfers.csv")
    for column in ("shares", "price", "amount", "cost_per_share"):
        table[column] = table[column].replace("", "nan").astype(float)
    (case.out / "transfers.csv").unlink()
    table.to_parquet(case.out / "transfers.parquet")
    assert run(case.folder, case.out).exit_code == 0


def test_the_same_model_is_fitted_on_the_households_prices(case: Any) -> None:
    shutil.rmtree(case.folder / "risk")
    audited = case.audit()
    assert audited.audit.findings == ()
    assert audited.summary["risk_model"] == "statistical"
    # Or on those of the sleeves, side by side.
    prices = pd.read_parquet(case.folder / "prices.parquet")
    (case.folder / "prices.parquet").unlink()
    for sleeve in SLEEVES:
        own = case.table(f"{sleeve}/securities.csv")["asset"].tolist()
        prices[own].to_parquet(case.folder / sleeve / "prices.parquet")
    assert {finding.code for finding in case.audit().audit.findings} <= {
        "te-misstated",
        "household-te-misstated",
        "household-sleeve-misstated",
        "limit-misstated",
    }


@pytest.mark.parametrize(
    ("file", "old", "new", "part"),
    [
        ("household.toml", "transfers = true", "transfers = ", "household.toml: found"),
        ("household.toml", "transfers = true", 'transfers = "yes"', "household.toml, transfers: found 'yes'"),
        ("household.toml", "transfers = true", "transfer = true", "transfer: found 'True', expected a key that the"),
        ("household.toml", "realized_gain = 0.01", "turnover = 0.01", "limits.turnover: found '0.01', expected a key"),
        ("household.toml", "tracking_error = 0.02", "tracking_error = nan", "household.toml, limits.tracking_error"),
        ("household.toml", 'name = "mid"', 'name = "large"', "expected each sleeve's name once"),
        ("household.toml", 'name = "mid"', 'name = "bonds"', "found 'bonds', expected an account folder"),
        ("household.toml", 'name = "mid"', 'name = "../mid"', "expected a name that can be a folder's"),
        ("household.toml", 'type = "ira"', 'type = "401k"', "sleeve.4.type: found '401k'"),
        ("household.toml", "transfers = true", "weights = { large = 1.0 }", "expected a weight for each of ira, large"),
        ("mid/account.toml", "as_of = 2024-06-28", "as_of = 2024-06-27", "mid/account.toml, as_of: found '2024-06-27'"),
        ("mid/account.toml", "short_term = 0.408", "short_term = 40.8", "mid/account.toml, taxes: found"),
        ("mid/account.toml", "short_term = 0.408", "", "expected tax figures that the tables know"),
        ("mid/account.toml", "turnover = 0.40", "esg = 0.40", "mid/account.toml, limits.esg: found '0.4'"),
        ("mid/account.toml", "turnover = 0.40", "factor_active = { momentum = 0.1 }", "momentum"),
        ("mid/lots.csv", "2021-08-06", "2021-8-6", "mid/lots.csv, row 2, acquired: found '2021-8-6'"),
        ("mid/account.toml", "cash_flow = 0.0", "cash_flow = -9e9", "expected an account worth more than nothing"),
    ],
)
def test_a_household_that_cannot_be_read_ends_with_status_two(
    file: str, old: str, new: str, part: str, case: Any, tmp_path: Path
) -> None:
    case.edit(file, old, new)
    done = run(case.folder, case.out, "--out", tmp_path / "report")
    assert done.exit_code == 2
    assert part in done.output
    assert not (tmp_path / "report").exists()


def test_sleeves_that_contradict_each_other_are_named(case: Any) -> None:
    shared = set(case.table("large/securities.csv")["asset"])
    table = case.table("ira/securities.csv")
    at = next(i for i, asset in enumerate(table["asset"]) if asset in shared)
    case.put("ira/securities.csv", table.assign(price=table["price"].where(table.index != at, "1.5")))
    done = run(case.folder, case.out)
    assert done.exit_code == 2
    assert "ira/securities.csv, price: found '1.5', expected one price of" in done.output


def test_years_that_are_netted_must_be_one(case: Any) -> None:
    netted = 'losses = "netting"\nyear_to_date = { short = 1000.0, long = 0.0 }'
    case.edit("mid/account.toml", 'losses = "unlimited"', netted)
    done = run(case.folder, case.out)
    assert done.exit_code == 2
    assert "the same rates, losses and year_to_date in every taxed sleeve" in done.output


def test_lots_of_another_type_than_the_sleeves_are_named(case: Any) -> None:
    case.put("mid/lots.csv", case.table("mid/lots.csv").assign(account_type="roth"))
    done = run(case.folder, case.out)
    assert done.exit_code == 2
    assert "mid/lots.csv, account_type: found 'roth', expected lots of the type" in done.output


@pytest.mark.parametrize(
    ("file", "text", "part"),
    [
        ("mid/trades.csv", None, "mid/trades.csv: found 'no such file'"),
        ("ira", None, "ira/trades.csv: found 'no such folder', expected the trade list of sleeve ira"),
        ("small/trades.csv", "asset,side\nX\n", "small/trades.csv, row 2"),
        ("small/lots_after.csv", "lot_id,asset\nL,X\n", "small/lots_after.csv, shares"),
        ("transfers.csv", "kind,kind\nlot,lot\n", "transfers.csv: found 'kind, kind', expected each column once"),
        ("transfers.csv", "kind,from_sleeve\nlot\n", "transfers.csv, row 2"),
        ("summary.json", "{", "summary.json: found"),
    ],
)
def test_lists_that_cannot_be_read_end_with_status_two(
    file: str, text: str | None, part: str, case: Any, tmp_path: Path
) -> None:
    path = case.out / file
    if text is not None:
        path.write_text(text, encoding="utf-8")
    elif path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    done = run(case.folder, case.out, "--out", tmp_path / "report")
    assert done.exit_code == 2
    assert part in done.output
    assert not (tmp_path / "report").exists()


def test_what_is_no_place_for_lists_or_files_ends_with_status_two(household: Any, tmp_path: Path) -> None:
    assert "no such folder" in run(household.folder, tmp_path / "no-lists").output
    assert run(household.folder, household.out / "mid" / "trades.csv").exit_code == 2
    assert run(household.folder, household.out, "--out", household.folder).exit_code == 2
    assert run(household.folder, household.out, "--out", household.folder / "mid" / "audit").exit_code == 2


def test_numbers_that_no_float_can_hold_are_no_figures(case: Any) -> None:
    case.figure(10**400, "nav")
    case.figure(10**400, "nav", file="mid/summary.json")
    assert run(case.folder, case.out).exit_code == 0


def test_the_auditor_knows_every_key_of_household_toml() -> None:
    assert set(AuditedHouseholdSettings.model_fields) == set(HouseholdSettings.model_fields)
    assert set(AuditedSleeveSettings.model_fields) == set(SleeveSettings.model_fields)
    ours, theirs = (one.model_fields["limits"].annotation for one in (AuditedHouseholdSettings, HouseholdSettings))
    assert ours is not None
    assert theirs is not None
    assert set(ours.model_fields) == set(theirs.model_fields)
