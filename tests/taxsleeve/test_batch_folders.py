"""A batch of account folders: each account for itself, whole or absent, the same bytes however it is run."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from taxsleeve.batch.example_accounts import ExampleNight
from taxsleeve.batch.example_files import write_example_batch

COUNT = 8
GOOD = ["lots_after.csv", "orders.csv", "summary.json", "trades.csv"]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("batch") / "accounts"
    write_example_batch(folder, "folders", ExampleNight(names=20, lots=3, seed=3), COUNT)
    return folder


@pytest.fixture
def accounts(template: Path, tmp_path: Path) -> Path:
    shutil.copytree(template, tmp_path / "accounts")
    return tmp_path / "accounts"


@pytest.fixture(scope="module")
def night(template: Path, command: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The batch, run once without disturbance."""
    out = tmp_path_factory.mktemp("night") / "out"
    ran = command("batch", template, "--out", out, "--workers", "1")
    assert ran.code == 0, ran.stderr + ran.stdout
    return out


def content(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


def exceptions(out: Path) -> pd.DataFrame:
    found = pd.read_csv(out / "exceptions.csv", dtype=str, keep_default_na=False)
    # Accounts as small as these have wide gaps, which is not what is tested here.
    return found[found["kind"] != "wide_gap"].reset_index(drop=True)


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_every_account_has_the_files_that_rebalance_writes(
    template: Path, night: Path, rebalance: Any, tmp_path: Path
) -> None:
    ids = [f"A{number:06d}" for number in range(1, COUNT + 1)]
    assert sorted(path.name for path in (night / "accounts").iterdir()) == ids
    for account in (ids[0], ids[5]):
        alone = rebalance(template / account, out=tmp_path / account)
        assert alone.code == 0, alone.stderr
        for file in ("trades.csv", "orders.csv", "lots_after.csv"):
            assert (night / "accounts" / account / file).read_bytes() == (alone.out / file).read_bytes()


@pytest.mark.slow
def test_two_workers_write_the_same_bytes(template: Path, night: Path, command: Any, tmp_path: Path) -> None:
    ran = command("batch", template, "--out", tmp_path / "out", "--workers", "2", "--chunk", "3")
    assert ran.code == 0, ran.stderr
    first, second = content(night), content(tmp_path / "out")
    # The size of a chunk is part of what is asked for, and so of the digest in a summary.
    assert first.keys() == second.keys()
    assert {k: v for k, v in first.items() if "summary" not in k} == {
        k: v for k, v in second.items() if "summary" not in k
    }
    again = command("batch", template, "--out", tmp_path / "again", "--workers", "1", "--chunk", "3")
    assert again.code == 0
    assert content(tmp_path / "again") == second


@pytest.mark.slow
def test_a_killed_run_goes_on_and_leaves_the_same_bytes(
    template: Path, night: Path, command: Any, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    arguments = ["batch", str(template), "--out", str(out), "--workers", "1", "--quiet"]
    script = "import sys; from taxsleeve.command_line import main; main(sys.argv[1:])"
    process = subprocess.Popen([sys.executable, "-c", script, *arguments], env={**os.environ, "OMP_NUM_THREADS": "1"})
    deadline = time.monotonic() + 120
    while len(list(out.glob("accounts/A*"))) < 2 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    there = sorted(out.glob("accounts/A*"))
    assert len(there) >= 2, "it was killed before two accounts were done"
    for folder in there:
        assert sorted(path.name for path in folder.iterdir()) == GOOD
    stamps = {folder: (folder / "trades.csv").stat().st_mtime_ns for folder in there}
    ran = command("batch", template, "--out", out, "--workers", "1")
    assert ran.code == 0, ran.stderr
    assert f"{len(there)} accounts were done by an earlier run" in ran.stdout or len(there) == COUNT
    assert content(out) == content(night)
    assert {folder: (folder / "trades.csv").stat().st_mtime_ns for folder in there} == stamps


def test_one_accounts_failure_is_its_own(accounts: Path, night: Path, command: Any, tmp_path: Path) -> None:
    replace_in(accounts / "A000002" / "account.toml", 'benchmark = "', 'benchmark = "no such ')
    replace_in(accounts / "A000003" / "lots.csv", "L00001", "L00002")
    replace_in(accounts / "A000004" / "account.toml", "cash = [0.0, 0.01]", "cash = [0.99, 1.0]")
    for name in ("A000005", "A000006"):
        (accounts / name / "account.toml").write_text(
            'account = "TWICE"\n' + (accounts / name / "account.toml").read_text(encoding="utf-8"), encoding="utf-8"
        )
    (accounts / "A000007" / "account.toml").unlink()
    out = tmp_path / "out"
    ran = command("batch", accounts, "--out", out, "--workers", "1")
    assert ran.code == 3
    found = exceptions(out)
    assert found["kind"].tolist() == ["input"] * 5 + ["infeasible"]
    said = dict(zip(found["account"], found["message"], strict=True))
    assert "no such " in said["A000002"]
    assert "broad" in said["A000002"]
    assert "lots.csv, row 3, lot_id: found 'L00002', expected each lot_id once" in said["A000003"]
    assert found["account"].tolist().count("TWICE") == 2
    assert "A000005, A000006" in said["TWICE"]
    assert "account.toml" in said["A000007"]
    assert "cash" in said["A000004"]
    for account in ("A000001", "A000008"):
        for file in ("trades.csv", "orders.csv", "lots_after.csv"):
            assert (out / "accounts" / account / file).read_bytes() == (
                night / "accounts" / account / file
            ).read_bytes()
    assert sorted(path.name for path in (out / "accounts" / "A000004").iterdir()) == ["summary.json"]
    results = pd.read_csv(out / "results.csv")
    assert results["status"].value_counts().to_dict() == {"input": 5, "optimal": 2, "infeasible": 1}


def test_a_mended_account_is_done_again_and_the_others_are_not(
    accounts: Path, night: Path, command: Any, tmp_path: Path
) -> None:
    out, settings = tmp_path / "out", accounts / "A000001" / "account.toml"
    good = settings.read_bytes()
    settings.write_text("as_of = 2024-06-28\n", encoding="utf-8")
    assert command("batch", accounts, "--out", out, "--workers", "1").code == 3
    kept = (out / "accounts" / "A000002" / "trades.csv").stat().st_mtime_ns
    settings.write_bytes(good)
    ran = command("batch", accounts, "--out", out, "--workers", "1")
    assert ran.code == 0
    assert "7 accounts were done by an earlier run" in ran.stdout
    assert (out / "accounts" / "A000002" / "trades.csv").stat().st_mtime_ns == kept
    assert content(out) == content(night)


def test_a_crash_in_one_account_is_reported_and_tried_again(
    accounts: Path, night: Path, command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from taxsleeve.batch import answer

    honest = answer.rebalance

    def crash(account: Any, *rest: Any, **named: Any) -> Any:
        if account.cash == crash.cash:  # type: ignore[attr-defined]
            raise ZeroDivisionError("of a bug")
        return honest(account, *rest, **named)

    text = (accounts / "A000003" / "account.toml").read_text(encoding="utf-8")
    crash.cash = float(text.split("cash = ")[1].split()[0])  # type: ignore[attr-defined]
    monkeypatch.setattr(answer, "rebalance", crash)
    out = tmp_path / "out"
    assert command("batch", accounts, "--out", out, "--workers", "1").code == 3
    found = exceptions(out)
    assert found["account"].tolist()[0] == "A000003"
    assert "ZeroDivisionError: of a bug" in found["message"][0]
    monkeypatch.setattr(answer, "rebalance", honest)
    assert command("batch", accounts, "--out", out, "--workers", "1").code == 0
    assert content(out) == content(night)


def test_an_id_is_no_formula_and_no_markup(accounts: Path, command: Any, tmp_path: Path) -> None:
    (accounts / "A000001" / "account.toml").write_text('account = "=1+<b>2</b>"\n', encoding="utf-8")
    out = tmp_path / "out"
    assert command("batch", accounts, "--out", out, "--workers", "1").code == 3
    assert exceptions(out)["account"][0] == "'=1+<b>2</b>"
    page = (out / "dashboard.html").read_text(encoding="utf-8")
    assert "=1+&lt;b&gt;2&lt;/b&gt;" in page
    assert "<b>2</b>" not in page


def test_a_folder_with_other_results_is_refused(accounts: Path, command: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert command("batch", accounts, "--out", out, "--workers", "1").code == 0
    shutil.copytree(accounts, tmp_path / "others")
    ran = command("batch", tmp_path / "others", "--out", out, "--workers", "1")
    assert ran.code == 2
    assert "results of others" in ran.stderr


def test_two_runs_do_not_write_one_folder(accounts: Path, command: Any, tmp_path: Path) -> None:
    from taxsleeve.one_run import only_run

    (out := tmp_path / "out").mkdir()
    with only_run(out):
        ran = command("batch", accounts, "--out", out, "--workers", "1")
    assert ran.code == 2
    assert "no other run is writing" in ran.stderr
    assert list(out.iterdir()) == []


def test_nothing_to_be_run(command: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    ran = command("batch", tmp_path / "empty", "--out", tmp_path / "out")
    assert ran.code == 2
    assert "accounts: found 'no such table'" in ran.stderr
    ran = command("batch", tmp_path / "nowhere", "--out", tmp_path / "out")
    assert ran.code == 2
    assert not (tmp_path / "out").exists()


def test_json_and_quiet(accounts: Path, night: Path, command: Any, tmp_path: Path) -> None:
    ran = command("batch", accounts, "--out", tmp_path / "out", "--workers", "1", "--json")
    assert ran.stdout.encode() == (night / "night.json").read_bytes()
    ran = command("batch", accounts, "--out", tmp_path / "out", "--workers", "1", "--quiet")
    assert (ran.code, ran.stdout, ran.stderr) == (0, "", "")
