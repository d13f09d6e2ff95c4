"""Killed, out of space, read-only, corrupt, two at once: results are whole or absent, and nothing is lost."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
from good_input import arguments

from taxsleeve.batch import BatchSettings, run_batch
from taxsleeve.one_run import only_run
from taxsleeve.output_folder import write_files
from taxsleeve_errors import InputError

pytest.importorskip("resource", reason="needs fork and limits of resources, which Windows has not")
import killing

T = TypeVar("T")
R = TypeVar("R")
KILLS = 6


def content(out: Path) -> dict[str, bytes]:
    """Files of a folder; of a summary without the times, which differ."""
    found = {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}
    for name in [name for name in found if name == "summary.json"]:
        found[name] = json.dumps({**json.loads(found[name]), "seconds": {}}).encode()
    return found


def visible(out: Path) -> dict[str, bytes]:
    """Files but for what a killed run has left beside their places."""
    return {name: data for name, data in content(out).items() if not name.startswith(".taxsleeve-")}


@pytest.fixture(scope="module")
def whole(templates: Callable[[str], Path], run: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Results of commands that nobody disturbed."""
    found = {}
    for kind in ("vendor", "folders", "tables"):
        folder = tmp_path_factory.mktemp(kind)
        shutil.copytree(templates(kind), folder / "in")
        assert run(*arguments(kind, folder / "in", "")).exit_code == 0
        found[kind] = folder / "out"
    return found


@pytest.mark.slow
def test_a_rebalance_killed_at_any_change_of_a_file_leaves_whole_files(
    good: Callable[[str], Path], whole: dict[str, Path], run: Any, tmp_path: Path
) -> None:
    typed, expected, out = arguments("vendor", good("vendor"), ""), content(whole["vendor"]), tmp_path / "out"
    moments = killing.changes_of(out, *typed)
    assert moments > KILLS
    for moment in np.random.default_rng(1).choice(np.arange(1, moments + 1), KILLS, replace=False).tolist():
        shutil.rmtree(out, ignore_errors=True)
        assert killing.killed_at(moment, out, *typed)
        left = visible(out) if out.exists() else {}
        assert {name: expected[name] for name in left} == left, moment
        assert "summary.json" not in left or left == expected
        assert run(*typed).exit_code == 0
        assert content(out) == expected


@pytest.mark.slow
def test_a_rebalance_killed_over_older_results_mixes_nothing_that_is_called_whole(
    good: Callable[[str], Path], whole: dict[str, Path], run: Any, tmp_path: Path
) -> None:
    typed, new, out = arguments("vendor", good("vendor"), ""), content(whole["vendor"]), tmp_path / "out"
    old = {name: b"{}" if name.endswith("json") else b"old" for name in new}
    for moment in range(1, killing.changes_of(tmp_path / "out", *typed) + 1, 5):
        shutil.rmtree(out, ignore_errors=True)
        write_files(out, {**old, "mine.txt": b"mine"})
        assert killing.killed_at(moment, out, *typed) or visible(out).items() >= new.items()
        left = visible(out)
        assert left.pop("mine.txt") == b"mine"
        assert all(data in (old[name], new[name]) for name, data in left.items() if name != "summary.json")
        if "summary.json" in left:
            assert left == new or {**left, "summary.json": b"{}"} == old
    assert run(*typed).exit_code == 0
    assert content(out) == {**new, "mine.txt": b"mine"}


def test_a_rebalance_killed_at_random_times(
    good: Callable[[str], Path], whole: dict[str, Path], run: Any, tmp_path: Path
) -> None:
    typed, expected, out = arguments("vendor", good("vendor"), ""), content(whole["vendor"]), tmp_path / "out"
    for seconds in np.random.default_rng(2).uniform(0.0, 0.4, KILLS).tolist():
        killing.killed_after(seconds, *typed)
        left = visible(out) if out.exists() else {}
        assert {name: expected[name] for name in left} == left, seconds
    assert run(*typed).exit_code == 0
    assert content(out) == expected


@pytest.mark.slow
def test_a_batch_killed_at_any_change_of_a_file_goes_on(
    good: Callable[[str], Path], whole: dict[str, Path], run: Any, tmp_path: Path
) -> None:
    typed, expected, out = arguments("folders", good("folders"), ""), content(whole["folders"]), tmp_path / "out"
    moments = killing.changes_of(out, *typed)
    shutil.rmtree(out)
    # Never begun anew: each run is killed a little later than the one before, over what that has left.
    for moment in sorted(np.random.default_rng(3).integers(1, moments + 1, KILLS).tolist()):
        killing.killed_at(moment, out, *typed)
        left = visible(out) if out.exists() else {}
        left = {name: data for name, data in left.items() if ".taxsleeve-" not in name}
        assert {name: expected[name] for name in left} == left, moment
        for account in {name.split("/")[1] for name in left if name.startswith("accounts/")}:
            own = {name for name in expected if name.startswith(f"accounts/{account}/")}
            assert own <= set(left), account
    assert run(*typed).exit_code == 0
    assert content(out) == expected


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_disk_that_is_full_is_said_and_leaves_what_was_there(
    share: float, good: Callable[[str], Path], whole: dict[str, Path], run: Any, tmp_path: Path
) -> None:
    typed, expected, out = arguments("vendor", good("vendor"), ""), content(whole["vendor"]), tmp_path / "out"
    write_files(out, {"trades.csv": "old", "summary.json": "{}"})
    sizes = sorted(len(data) for data in expected.values())
    assert killing.with_small_files(int(share * sizes[-1]), *typed) == 2
    assert {path.name: path.read_text() for path in out.iterdir()} == {"trades.csv": "old", "summary.json": "{}"}
    assert run(*typed).exit_code == 0
    assert content(out) == expected


@pytest.mark.parametrize("kind", ["vendor", "folders", "tables", "study"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_a_folder_that_cannot_be_written_ends_with_status_two(
    kind: str, code: int, good: Callable[[str], Path], run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = arguments(kind, good(kind), "")

    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, "cannot be written, for a test")

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    ran = run(*typed)
    assert ran.exit_code == 2, ran.stderr
    assert "for a test" in ran.stderr
    assert "a folder that can be written" in ran.stderr
    assert not any(path.suffix == ".csv" for path in (tmp_path / "out").rglob("*"))
    monkeypatch.undo()
    if kind != "study":
        assert run(*typed).exit_code == 0


def _spoilt(data: bytes) -> Iterator[bytes]:
    yield b""
    yield data[: len(data) // 2]
    yield data[:-20] + bytes(20)
    if data.startswith(b"PAR1"):
        return  # nobody looks at that mark
    yield b"{}" + data[2:]


@pytest.mark.parametrize(("kind", "pattern"), [
    ("folders", "accounts/A000002/trades.csv"), ("folders", "accounts/A000002/summary.json"),
    ("folders", "accounts/A000001/lots_after.csv"), ("tables", "results/*.parquet"), ("tables", "trades/*.parquet"),
    ("folders", "batch.json"),
])  # fmt: skip
@pytest.mark.slow
def test_a_corrupt_result_of_a_batch_is_made_again(
    kind: str, pattern: str, good: Callable[[str], Path], run: Any, tmp_path: Path
) -> None:
    typed, out = arguments(kind, good(kind), ""), tmp_path / "out"
    assert run(*typed).exit_code == 0
    expected = content(out)
    path = next(out.glob(pattern))
    for spoilt in _spoilt(path.read_bytes()):
        path.write_bytes(spoilt)
        ran = run(*typed)
        if pattern == "batch.json" and ran.exit_code == 2:
            assert "a new folder, or one with results of" in ran.stderr
            path.unlink()
            ran = run(*typed)
        assert ran.exit_code == 0, ran.stderr
        assert content(out) == expected


class DeadWorkers:
    """An executor whose processes die, each time."""

    def outcomes(self, function: Callable[[T], R], tasks: Iterator[T], lost: Callable[[T, str], R]) -> Iterator[R]:
        for task in tasks:
            yield lost(task, "killed, for a test")


@pytest.mark.parametrize(("kind", "source"), [("folders", "accounts"), ("tables", "tables")])
def test_results_of_older_input_are_not_taken_for_those_of_workers_that_died(
    kind: str, source: str, good: Callable[[str], Path], run: Any, tmp_path: Path
) -> None:
    folder, out = good(kind), tmp_path / "out"
    assert run(*arguments(kind, folder, "")).exit_code == 0
    night = run_batch(folder / source, out, BatchSettings(chunk=3), DeadWorkers(), prepare=lambda: None).night
    # Another chunk size is another batch of the same accounts: nothing that is there is of it.
    assert (night.done, night.statuses) == (0, {"unexpected": 1})
    assert "killed, for a test" in (out / "exceptions.csv").read_text()
    assert run(*arguments(kind, folder, "")).exit_code == 0


def test_two_runs_at_once_leave_the_files_of_one(
    good: Callable[[str], Path], whole: dict[str, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    sets = [{f"{number}.csv": f"{mark}" * 2000 for number in range(40)} | {"summary.json": mark} for mark in "abcd"]

    def write(first: int) -> int:
        for turn in range(8):
            write_files(out, sets[(first + turn) % 4])
        return 0

    children = []
    for number in range(4):
        child = os.fork()
        if child == 0:
            os._exit(write(number))
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 4
    found = {path.name: path.read_text() for path in out.iterdir()}
    assert found in sets


def test_a_folder_that_another_run_holds_is_waited_for_and_then_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taxsleeve.output_folder._PATIENCE", 0.1)
    (out := tmp_path / "out").mkdir()
    with only_run(out), pytest.raises(InputError, match="no other run is writing"):
        write_files(out, {"a.csv": "new"})
    assert not list(out.iterdir())
    write_files(out, {"a.csv": "new"})
    assert (out / "a.csv").read_text() == "new"


COMPARE = ("--names", "40", "--years", "1", "--vintages", "2", "--sleeves", "large,small")
COMPARE += ("--strategies", "threshold,passive", "--workers", "1", "--quiet")
SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from killing import kill_at, status_of
kill_at(int(sys.argv[2]), Path(sys.argv[3]))
sys.exit(status_of("compare", "--out", sys.argv[3], *sys.argv[4:]))
"""


def compare(moment: int, out: Path) -> subprocess.Popen[bytes]:
    """Start a study in a process that is killed at its n-th change of files in the output folder."""
    words = [sys.executable, "-c", SCRIPT, str(Path(__file__).parent), str(moment), str(out), *COMPARE]
    return subprocess.Popen(words)


@pytest.mark.slow
def test_a_study_killed_at_any_change_of_a_file_goes_on_and_two_at_once_agree(run: Any, tmp_path: Path) -> None:
    assert run("compare", "--out", tmp_path / "whole", *COMPARE).exit_code == 0
    expected, out = content(tmp_path / "whole"), tmp_path / "out"
    assert compare(20, out).wait() == -signal.SIGKILL
    kept = {name: data for name, data in visible(out).items() if not Path(name).name.startswith(".")}
    assert {name: expected[name] for name in kept} == kept
    both = [compare(10**9, out) for _ in range(2)]
    assert [one.wait() for one in both] == [0, 0]
    found = content(out)
    assert {name: data for name, data in found.items() if not Path(name).name.startswith(".")} == expected


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB, where this process may mount one."""
    (place := tmp_path / "disk").mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)], capture_output=True)
    if mounted.returncode:
        pytest.skip("no right to mount a disk")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_disk_of_64_kilobytes_and_one_to_read_only(small_disk: Path, good: Callable[[str], Path], run: Any) -> None:
    typed = [*arguments("vendor", good("vendor"), "")[:-1], small_disk / "out"]
    write_files(small_disk / "out", {"trades.csv": "old", "summary.json": "{}"})
    ran = run(*typed)
    assert ran.exit_code == 2
    assert "No space left on device" in ran.stderr
    assert {path.name for path in (small_disk / "out").iterdir()} == {"trades.csv", "summary.json"}
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    ran = run(*typed)
    assert ran.exit_code == 2
    assert "Read-only file system" in ran.stderr
    assert (small_disk / "out" / "trades.csv").read_text() == "old"
