"""The folder written into: refused before any work, whole or absent, stale files taken away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from taxsleeve.output_folder import prepare_output, write_files
from taxsleeve_errors import InputError

FILES = ["lots_after.csv", "orders.csv", "report.html", "summary.json", "trades.csv"]
SAME = ("trades.csv", "orders.csv", "lots_after.csv", "report.html")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_accounts_own_folder_is_refused(account: Any, refused: Any) -> None:
    refused(account, "  --out: found", "another folder than the one that is read", out=account.path)
    refused(account, "  --out: found", "another folder than the one that is read", out=account.path / ".." / "account")
    link = account.path.parent / "link"
    link.symlink_to(account.path)
    refused(account, "  --out: found", "another folder than the one that is read", out=link)


def test_a_file_in_the_way_is_refused(account: Any, refused: Any) -> None:
    (file := account.path.parent / "file").write_text("mine")
    refused(account, f"  --out: found 'the file {file}', expected a folder, or a place to make one", out=file)
    refused(account, f"  --out: found 'the file {file}'", out=file / "deep" / "down")
    assert file.read_text() == "mine"


@pytest.mark.parametrize(("what", "words"), [("file", "found 'a file'"), ("nothing", "found 'no such folder'")])
def test_the_account_is_not_a_folder(what: str, words: str, command: Any, tmp_path: Path) -> None:
    source = tmp_path / "account"
    if what == "file":
        source.write_text("x")
    ran = command("rebalance", source, "--out", tmp_path / "out")
    assert ran.code == 2
    assert f"  {source}: {words}, expected an account folder" in ran.stderr
    assert not (tmp_path / "out").exists()


def test_a_folder_is_made_with_its_parents_and_holds_the_files_and_nothing_else(
    account: Any, done: Any, rebalance: Any
) -> None:
    ran = rebalance(account, out=account.path.parent / "a" / "b" / "out")
    assert ran.code == 0
    assert names(ran.out) == FILES
    assert names(done.out) == FILES


def test_another_run_into_the_same_folder_replaces_its_files_only(account: Any, done: Any, rebalance: Any) -> None:
    out = account.path.parent / "out"
    out.mkdir()
    (out / "notes.txt").write_text("keep me")
    (out / "trades.csv").write_text("old")
    for _ in range(2):
        assert rebalance(account).code == 0
        assert names(out) == sorted([*FILES, "notes.txt"])
    assert (out / "notes.txt").read_text() == "keep me"
    assert (out / "trades.csv").read_bytes() == (done.out / "trades.csv").read_bytes()


def test_bad_input_leaves_an_earlier_result_as_it_was(account: Any, rebalance: Any) -> None:
    ran = rebalance(account)
    before = ran.bytes_of(*FILES)
    account.cell("lots.csv", 2, "shares", "-1")
    assert rebalance(account).code == 2
    assert ran.bytes_of(*FILES) == before
    assert names(ran.out) == FILES


def test_the_same_input_gives_the_same_bytes(account: Any, done: Any, rebalance: Any) -> None:
    ran = rebalance(account)
    assert ran.bytes_of(*SAME) == done.bytes_of(*SAME)
    first, second = ran.summary, done.summary
    assert first.pop("seconds").keys() == second.pop("seconds").keys()
    assert first == second


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_order_of_rows_does_not_matter(seed: int, account: Any, done: Any, rebalance: Any) -> None:
    for stem in ("lots", "benchmark", "securities", "trades", "restrictions"):
        account.put(f"{stem}.csv", account.table(f"{stem}.csv").sample(frac=1, random_state=seed))
    ran = rebalance(account)
    assert ran.code == 0
    assert ran.bytes_of("trades.csv", "orders.csv") == done.bytes_of("trades.csv", "orders.csv")


def impossible(account: Any) -> None:
    account.setting("tracking_error", "tracking_error = 0.00001")
    account.setting("turnover", "turnover = 0.001")


def test_an_account_that_cannot_meet_its_limits(account: Any, rebalance: Any) -> None:
    assert rebalance(account).code == 0
    (account.path.parent / "out" / "notes.txt").write_text("keep me")
    impossible(account)
    ran = rebalance(account)
    assert ran.code == 3
    assert names(ran.out) == ["notes.txt", "summary.json"], "a stale trade list must not look like an answer"
    summary = ran.summary
    assert summary["status"] == "infeasible"
    assert summary["limits"]
    for entry in summary["limits"]:
        assert entry.keys() == {"name", "where", "limit", "needed", "unit"}
        assert entry["needed"] > entry["limit"]
        assert (
            f"must rise by {(entry['needed'] - entry['limit']) * 1e4:,.4g} bp to {100 * entry['needed']:,.6g}%"
            in ran.stderr
        )
    assert {entry["name"] for entry in summary["limits"]} <= {"tracking_error", "turnover"}
    assert len(summary["violations"]) == len(summary["limits"])
    assert summary["why"] == "limits"
    assert {entry["name"] for entry in summary["conflict"]} == {"tracking_error", "turnover"}
    assert {entry["name"] for entry in summary["alone"]} == {"tracking_error", "turnover"}
    assert summary["whole_shares"] is None
    assert summary["advice"][1:] in ran.stderr
    assert "No trade list" in ran.stderr
    assert "Written: " in ran.stderr
    assert ran.stdout == ""


def test_limits_relaxed_as_far_as_the_answer_says_can_be_met(account: Any, rebalance: Any) -> None:
    impossible(account)
    for entry in rebalance(account).summary["limits"]:
        account.setting(entry["name"], f"{entry['name']} = {entry['needed']}")
    assert rebalance(account).code == 0


def test_prepare_refuses_only_what_cannot_be_a_folder(tmp_path: Path) -> None:
    prepare_output(tmp_path / "new" / "deep", unlike=tmp_path)
    prepare_output(tmp_path / "account" / "out", unlike=tmp_path / "account")
    assert names(tmp_path) == [], "preparing makes nothing yet"
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="a place to make one"):
        prepare_output(tmp_path / "file" / "x", unlike=tmp_path)


def test_files_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("old")
    (tmp_path / "gone.csv").write_text("stale")
    with pytest.raises(InputError, match="a folder that can be written"):
        write_files(tmp_path, {"old.csv": "new", "no/such/folder.csv": "x"}, remove=("gone.csv",))
    assert {name: (tmp_path / name).read_text() for name in names(tmp_path)} == {"old.csv": "old", "gone.csv": "stale"}
    write_files(tmp_path, {"old.csv": "new\n", "b.csv": "é\r\n"}, remove=("gone.csv", "never.csv"))
    assert names(tmp_path) == ["b.csv", "old.csv"]
    assert (tmp_path / "b.csv").read_bytes() == "é\r\n".encode()
