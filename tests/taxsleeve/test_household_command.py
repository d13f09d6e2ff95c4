"""`taxsleeve household`: the example from end to end, what it writes, and every fault of the input by file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from optimizer.household import check_household
from taxsleeve.example_household import write_example_household
from taxsleeve.household_files import transfers_read_back
from taxsleeve.household_folder import read_household_folder
from taxsleeve.rebalance_files import trades_read_back
from taxsleeve_errors import InputError

SLEEVES = ("large", "mid", "small", "ira")


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("household") / "folder"
    write_example_household(folder, names=15, lots=3, seed=5)
    return folder


@pytest.fixture(scope="module")
def ran(example: Path, command: Callable[..., Any]) -> Any:
    out = example.parent / "out"
    return command("household", example, "--out", out, out=out)


@pytest.fixture
def copy(example: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(example, tmp_path / "folder"))


def test_the_example_is_the_same_for_the_same_seed_and_is_not_written_over_other_files(
    example: Path, tmp_path: Path
) -> None:
    write_example_household(tmp_path / "again", names=15, lots=3, seed=5)
    files = sorted(path.relative_to(example) for path in example.rglob("*") if path.is_file())
    assert [(tmp_path / "again" / file).read_bytes() for file in files] == [(example / f).read_bytes() for f in files]
    write_example_household(tmp_path / "again", names=15, lots=3, seed=6)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="an earlier example household"):
        write_example_household(tmp_path / "mine")
    with pytest.raises(InputError, match="at least 10 names"):
        write_example_household(tmp_path / "few", names=9)


def test_every_file_is_written_and_the_lists_pass_the_check_as_they_stand(example: Path, ran: Any) -> None:
    assert (ran.code, ran.stderr) == (0, "")
    assert "Every limit recomputed" in ran.stdout
    assert "…" not in ran.stdout  # no figure is cut short on a screen of eighty columns
    assert f"${json.loads((ran.out / 'summary.json').read_text())['nav']:,.0f}" in ran.stdout.split("all")[-1]
    names = {"trades.csv", "orders.csv", "lots_after.csv", "summary.json", "report.html"}
    for sleeve in SLEEVES:
        assert {path.name for path in (ran.out / sleeve).iterdir()} == names
    folder = read_household_folder(example)
    transfers = transfers_read_back((ran.out / "transfers.csv").read_text())
    trades = {s: trades_read_back((ran.out / s / "trades.csv").read_text()) for s in SLEEVES}
    assert check_household(folder.household, folder.chosen_risk.risk, transfers, trades).passed
    page = (ran.out / "report.html").read_text(encoding="utf-8")
    assert all(f'{sleeve}/report.html"' in page for sleeve in SLEEVES)
    assert "http" not in page.split("</script>", 1)[1]


def test_the_summary_adds_up(ran: Any) -> None:
    summary = ran.summary
    sleeves = summary["sleeves"]
    assert summary["status"] == "optimal"
    assert summary["nav"] == pytest.approx(sum(one["nav"] for one in sleeves.values()))
    assert summary["tax_value"] == pytest.approx(sum(one["tax_value"] for one in sleeves.values()))
    assert sleeves["ira"]["tax_value"] == 0
    assert summary["tracking_error"]["after"] <= summary["tracking_error"]["limit"] + 1e-6
    assert summary["objective"] <= summary["bound"] * (1 + 1e-6)
    assert summary["transfers"]["lots"] == (pd.read_csv(ran.out / "transfers.csv")["kind"] == "lot").sum()
    assert summary["graduates"]


def test_lots_after_have_every_share_once_with_its_basis(example: Path, ran: Any) -> None:
    after = pd.concat(
        [pd.read_csv(ran.out / s / "lots_after.csv", dtype={"lot_id": str}) for s in SLEEVES], ignore_index=True
    )
    before = pd.concat([pd.read_csv(example / s / "lots.csv") for s in SLEEVES], ignore_index=True)
    trades = pd.concat([pd.read_csv(ran.out / s / "trades.csv") for s in SLEEVES], ignore_index=True)
    signed = trades["shares"].where(trades["side"] == "BUY", -trades["shares"]).groupby(trades["asset"]).sum()
    expected = before.groupby("asset")["shares"].sum().add(signed, fill_value=0.0)
    found = after.groupby("asset")["shares"].sum()
    pd.testing.assert_series_equal(found, expected[expected > 0], check_names=False, check_dtype=False)
    # A tax-free sleeve is judged as if it had no gains; what it writes has the true cost.
    own = pd.read_csv(example / "ira" / "lots.csv").set_index("lot_id")["cost_per_share"]
    ira = pd.read_csv(ran.out / "ira" / "lots_after.csv").set_index("lot_id")
    kept = ira.index.intersection(own.index)
    assert len(kept)
    assert ira.loc[kept, "cost_per_share"].tolist() == own[kept].tolist()
    assert set(ira["account_type"]) == {"ira"}


@pytest.mark.slow
def test_the_same_input_gives_the_same_bytes(
    example: Path, ran: Any, command: Callable[..., Any], tmp_path: Path
) -> None:
    again = command("household", example, "--out", tmp_path / "out", "--json", out=tmp_path / "out")
    assert again.code == 0
    assert json.loads(again.stdout)["tax_value"] == ran.summary["tax_value"]
    for file in ("transfers.csv", "report.html", "mid/trades.csv", "mid/lots_after.csv", "mid/report.html"):
        assert (again.out / file).read_bytes() == (ran.out / file).read_bytes()


def faults(command: Callable[..., Any], folder: Path) -> str:
    result = command("household", folder, "--out", folder.parent / "out")
    assert result.code == 2
    assert not (folder.parent / "out").exists()
    return str(result.stderr)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('name = "mid"', 'name = "large"', "sleeve.name: found 'large', expected each sleeve's name once"),
        ('name = "mid"', 'name = "middle"', "sleeve.folder: found 'middle', expected an account folder"),
        ('type = "ira"', 'type = "401k"', "sleeve.4.type: found '401k', expected one of taxable, spouse, ira, roth"),
        ("transfers = true", 'transfers = "yes"', "transfers: found 'yes', expected true or false"),
        ("tracking_error = 0.02", "tracking_error = 2", "limits.tracking_error: found '2', expected a fraction"),
        ("transfers = true", "transfer = true", "expected a key of household.toml"),
        ("transfers = true", "weights = { large = 1.0 }", "expected a weight for each of large, mid, small, ira"),
        ("transfers = true", "transfers = ", "expected well-formed TOML"),
    ],
)
def test_a_fault_in_household_toml_is_named(
    copy: Path, command: Callable[..., Any], old: str, new: str, words: str
) -> None:
    edit(copy / "household.toml", old, new)
    assert words in faults(command, copy)


def test_faults_of_every_sleeve_are_listed_at_once_with_folder_row_and_value(
    copy: Path, command: Callable[..., Any]
) -> None:
    table = pd.read_csv(copy / "mid" / "lots.csv", dtype=str)
    table.loc[2, "shares"] = "-5"
    table.to_csv(copy / "mid" / "lots.csv", index=False)
    (copy / "small" / "benchmark.csv").unlink()
    printed = faults(command, copy)
    assert "mid/lots.csv, row 4, shares: found '-5', expected a number > 0" in printed
    assert "small/benchmark.csv: found 'no such file'" in printed


def test_sleeves_that_contradict_each_other_are_named(copy: Path, command: Callable[..., Any]) -> None:
    shared = set(pd.read_csv(copy / "large/securities.csv")["asset"])
    table = pd.read_csv(copy / "ira/securities.csv")
    at = next(i for i, asset in enumerate(table["asset"]) if asset in shared)
    table.loc[at, "price"] += 1
    table.to_csv(copy / "ira" / "securities.csv", index=False)
    assert "ira/securities.csv, price: found" in faults(command, copy)


def test_a_type_that_lots_contradict_is_named(copy: Path, command: Callable[..., Any]) -> None:
    table = pd.read_csv(copy / "mid" / "lots.csv", dtype=str).assign(account_type="roth")
    table.to_csv(copy / "mid" / "lots.csv", index=False)
    assert "mid/lots.csv, account_type: found 'roth', expected lots of the type" in faults(command, copy)


def test_no_risk_source_at_all_is_named(copy: Path, command: Callable[..., Any]) -> None:
    (copy / "prices.parquet").unlink()
    assert "a price history beside household.toml or in every sleeve" in faults(command, copy)


@pytest.mark.slow
def test_a_household_that_cannot_be_met_ends_with_three_and_says_which_sleeve(
    copy: Path, ran: Any, command: Callable[..., Any]
) -> None:
    out = Path(shutil.copytree(ran.out, copy.parent / "out"))
    edit(copy / "small" / "account.toml", "tracking_error = 0.03", "tracking_error = 0.0005")
    result = command("household", copy, "--out", out, out=out)
    assert result.code == 3
    assert "sleeve small" in result.stderr
    assert result.summary["status"] == "infeasible"
    assert any(entry["name"] == "tracking_error" for entry in result.summary["limits"])
    # Lists of the earlier run are not left behind.
    assert not (out / "transfers.csv").exists()
    assert not (out / "mid" / "trades.csv").exists()


def test_rebalance_does_not_take_a_household_for_an_account(example: Path, command: Callable[..., Any]) -> None:
    result = command("rebalance", example, "--out", example.parent / "elsewhere")
    assert result.code == 2
    assert "account.toml" in result.stderr
