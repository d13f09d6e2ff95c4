"""The command line: exit codes, what is printed where, and help."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import taxsleeve.rebalance_files
import taxsleeve.rebalance_run
from taxsleeve_errors import CheckFailedError, SolverError


def test_a_good_run_prints_what_a_manager_reads(done: Any) -> None:
    summary = done.summary
    assert done.stderr == ""
    for words in (
        "Rebalance of 2024-06-28",
        "Losses harvested",
        f"${sum(summary['harvested'].values()):,.0f}",
        "Tax saved",
        f"{summary['tracking_error']['after']:.3%}",
        f"was {summary['tracking_error']['before']:.3%}",
        "limit 3.000%",
        "Turnover",
        "Every limit recomputed from trades.csv and kept",
        "trades.csv  orders.csv  lots_after.csv  summary.json  report.html",
    ):
        assert words in done.stdout
    for entry in summary["limits"]:
        assert entry["name"] in done.stdout


def test_json_prints_the_summary_and_nothing_else(account: Any, rebalance: Any) -> None:
    ran = rebalance(account, "--json")
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.stdout == (ran.out / "summary.json").read_text(encoding="utf-8")
    assert json.loads(ran.stdout)["status"] == "optimal"


def test_quiet_prints_nothing(account: Any, rebalance: Any) -> None:
    account.put("lots.csv", account.table("lots.csv").assign(note="a warning"))
    ran = rebalance(account, "--quiet")
    assert (ran.code, ran.stdout, ran.stderr) == (0, "", "")
    assert (ran.out / "trades.csv").exists()


def test_quiet_does_not_hide_what_is_wrong(account: Any, refused: Any) -> None:
    account.cell("lots.csv", 2, "shares", "x")
    refused(account, "lots.csv, row 2, shares", flags=("--quiet",))
    refused(account, "lots.csv, row 2, shares", flags=("--json",))


def test_json_of_an_account_that_cannot_meet_its_limits(account: Any, rebalance: Any) -> None:
    account.setting("cash_flow", "cash_flow = -20_000.0")
    account.setting("turnover", "turnover = 0.001")
    ran = rebalance(account, "--json")
    assert ran.code == 3
    assert json.loads(ran.stdout) == ran.summary
    assert ran.summary["status"] == "infeasible"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("rebalance",), "FOLDER"),
        (("rebalance", "account"), "--out"),
        (("rebalance", "account", "--out"), "--out"),
        (("rebalance", "account", "--out", "x", "--fast"), "--fast"),
        (("rebalance", "account", "other", "--out", "x"), "other"),
        (("rebalanse", "account"), "'rebalanse'. Did you mean rebalance?"),
        (("sell", "account"), "'sell'. There are allocate, audit, batch, "),
        (("explain", "account"), "`taxsleeve rebalance` explains itself"),
        (("risk", "fits"), "'fits'. Did you mean fit?"),
        (("example",), "FOLDER"),
    ],
)
def test_a_command_that_is_not_understood(arguments: tuple[str, ...], words: str, command: Any) -> None:
    ran = command(*arguments)
    assert ran.code == 2
    assert words in ran.stderr


@pytest.mark.parametrize("arguments", [("--help",), ("-h",), ("rebalance", "-h"), ("example", "--help")])
def test_help_shows_a_command_to_copy(arguments: tuple[str, ...], command: Any) -> None:
    ran = command(*arguments)
    assert ran.code == 0
    assert "taxsleeve " in ran.stdout
    assert "my-account" in ran.stdout


@pytest.mark.parametrize("error", [SolverError("the engine gave up"), CheckFailedError("turnover is 0.4")])
def test_a_failed_engine_or_check_is_exit_1_and_no_trade_list(
    error: Exception, account: Any, rebalance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rebalance(account).code == 0

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(taxsleeve.rebalance_run, "rebalance", fail)
    ran = rebalance(account)
    assert ran.code == 1
    assert f"{type(error).__name__}: {error}" in ran.stderr
    assert [path.name for path in ran.out.iterdir()] == ["summary.json"]
    assert ran.summary["status"] == "failed"
    assert ran.summary["violations"] == [str(error)]


def test_trades_that_do_not_survive_their_own_file_are_never_written(
    account: Any, rebalance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = taxsleeve.rebalance_files
    genuine = files.csv_text

    def tripled(table: Any) -> str:
        return genuine({**table, "shares": table["shares"] * 3} if "lot_id" in table else table)

    monkeypatch.setattr(files, "csv_text", tripled)
    ran = rebalance(account)
    assert ran.code == 1
    assert "CheckFailedError: trades.csv breaks limits when read back" in ran.stderr
    assert [path.name for path in ran.out.iterdir()] == ["summary.json"]


def test_paths_with_spaces_and_brackets(account: Any, rebalance: Any) -> None:
    ran = rebalance(account, out=account.path.parent / "my [bold]trades[/bold] é")
    assert ran.code == 0
    assert "[bold]" in ran.stdout
    assert ran.summary["status"] == "optimal"


def test_the_module_runs_as_a_program(account: Any) -> None:
    code = "from taxsleeve.command_line import main; main()"
    account.cell("lots.csv", 2, "shares", "x")
    ran = subprocess.run(
        [sys.executable, "-c", code, "rebalance", str(account.path), "--out", str(account.path.parent / "out")],
        capture_output=True,
        text=True,
        cwd=Path(taxsleeve.rebalance_run.__file__).parents[1],
    )
    assert ran.returncode == 2
    assert "lots.csv, row 2, shares: found 'x', expected a number > 0" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_the_version_is_that_of_the_installed_distribution(command: Any) -> None:
    try:
        version = importlib.metadata.version("taxsleeve")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("taxsleeve is not installed, only on the path")
    ran = command("--version")
    assert ran.code == 0
    assert version in ran.stdout


def test_help_does_not_wait_for_solvers() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from taxsleeve.command_line import main\n"
        "assert CliRunner().invoke(main, ['rebalance', '--help']).exit_code == 0\n"
        "print(sorted({'cvxpy', 'sklearn', 'numba', 'pandas', 'plotly', 'optimizer'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"


def test_a_plain_rebalance_does_not_wait_for_cvxpy_nor_an_audit_for_estimators(good: Any, tmp_path: Path) -> None:
    code = (
        "import sys, taxsleeve.audit_run, taxsleeve.rebalance_run, taxsleeve.vendor_risk\n"
        "assert not {'sklearn', 'scipy.stats'} & set(sys.modules)\n"
        "from click.testing import CliRunner; from taxsleeve.command_line import main\n"
        "assert CliRunner().invoke(main, ['rebalance', sys.argv[1], '--out', sys.argv[2]]).exit_code == 0\n"
        "print(sorted({'cvxpy', 'clarabel', 'backtest'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(good.path), str(tmp_path / "out")],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"


def test_a_mistyped_folder_is_told_what_is_beside_it_and_what_makes_one(
    account: Any, command: Any, tmp_path: Path
) -> None:
    ran = command("rebalance", tmp_path / "acount", "--out", tmp_path / "out")
    assert ran.code == 2
    assert "found 'no such folder', expected an account folder (did you mean account?)" in ran.stderr
    assert "`taxsleeve example NAME` writes one" in ran.stderr
    assert "`taxsleeve import-market` makes one" in command("survey", "--market", tmp_path / "x", "--out", "o").stderr
    assert "`taxsleeve example NAME --household`" in command("household", tmp_path / "x", "--out", "o").stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("frontier", "--tracking-errors", "1%,abc"), "--tracking-errors: found 'abc', expected a percentage"),
        (("compare", "--strategies", "optimiser"), "(did you mean optimizer?)"),
        (("compare", "--sweep", "turnovr=1%"), "(did you mean turnover?)"),
        (("batch", "ACCOUNT"), "found 'an account folder itself', expected a folder of account folders"),
        (("household", "ACCOUNT"), "`taxsleeve rebalance` is for one account"),
    ],
)
def test_what_is_nearly_right_is_told_what_was_meant(
    arguments: tuple[str, ...], words: str, good: Any, command: Any, tmp_path: Path
) -> None:
    typed = [str(good.path) if word == "ACCOUNT" else word for word in arguments]
    ran = command(*typed, "--out", tmp_path / "out")
    assert ran.code == 2
    assert words in ran.stderr
    assert not (tmp_path / "out").exists()
