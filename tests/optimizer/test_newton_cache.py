"""The cache of compiled kernels: keyed by version, safe with processes side by side, and with what others left there.

Compilations take seconds, so files of kernels are made up here, and processes started at once compile the smallest.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from optimizer.newton import compile_kernels, is_compiled
from optimizer.newton.kernel_cache import CACHE_VARIABLE, cache_home, is_whole, keep, version_key

FIRST_USE = """
import logging
import numpy as np
from optimizer.newton import compile_kernels, is_compiled, warm_up
from optimizer.newton.sale_curves import PIECE, recover_lots

def run():
    first, used, sold, lots = np.array([0, 1]), np.ones(1, dtype=np.int64), np.full(1, 0.5), np.zeros(1)
    pieces = np.zeros(3, dtype=PIECE)
    pieces["length"] = pieces["up_rate"] = 1.0
    pieces["down"] = -1
    recover_lots(first, pieces, used, sold, lots)
    assert lots[0] == 0.5

warm_up.ENTRIES[:] = [recover_lots]
warm_up._run_all = run
logging.basicConfig(level=logging.INFO, format="%(name)s %(message)s")
before = is_compiled()
compile_kernels()
print(before, is_compiled(), len(recover_lots.stats.cache_hits), flush=True)
"""


def built(home: Path, name: str, content: bytes = b"code") -> Path:
    directory = home / name
    (directory / "sub").mkdir(parents=True)
    for kernel in ("one.nbc", "two.nbc"):
        (directory / "sub" / kernel).write_bytes(content)
    (directory / "sub" / "one.nbi").write_bytes(b"index")
    return directory


def test_what_is_built_beside_is_moved_to_its_place_whole(tmp_path: Path) -> None:
    keep(built(tmp_path, "key.beside"), tmp_path / "key", 2)
    assert is_whole(tmp_path / "key", 2)
    assert not (tmp_path / "key.beside").exists()


def test_what_misses_kernels_is_dropped(tmp_path: Path) -> None:
    keep(built(tmp_path, "key.beside"), tmp_path / "key", 3)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("spoil", ["changed", "shortened", "removed", "manifest", "empty"])
def test_corrupt_entries_are_seen_and_replaced(tmp_path: Path, spoil: str) -> None:
    key = tmp_path / "key"
    keep(built(tmp_path, "key.first"), key, 2)
    kernel = key / "sub" / "one.nbc"
    if spoil == "changed":
        kernel.write_bytes(b"edoc")
    elif spoil == "shortened":
        kernel.write_bytes(b"")
    elif spoil == "removed":
        kernel.unlink()
    elif spoil == "manifest":
        (key / "manifest.json").write_text("{", encoding="utf-8")
    else:
        (key / "manifest.json").write_text("{}", encoding="utf-8")
    assert not is_whole(key, 2)
    keep(built(tmp_path, "key.second", b"newer"), key, 2)
    assert is_whole(key, 2)
    assert kernel.read_bytes() == b"newer"
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_the_key_changes_with_any_source_and_with_numbas_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = tmp_path / "one.py", tmp_path / "two.py"
    one.write_text("1", encoding="utf-8")
    two.write_text("2", encoding="utf-8")
    keys = [version_key([str(one), str(two)])]
    assert version_key([str(two), str(one)]) == keys[0]
    two.write_text("3", encoding="utf-8")
    keys.append(version_key([str(one), str(two)]))
    monkeypatch.setenv("NUMBA_OPT", "1")
    keys.append(version_key([str(one), str(two)]))
    assert len(set(keys)) == 3


def test_the_directory_is_the_chosen_one_or_the_users_or_a_private_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "own"))
    assert cache_home() == tmp_path / "own"
    monkeypatch.delenv(CACHE_VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_home() == tmp_path / "xdg" / "taxsleeve" / "kernels"
    # Not writable: a file stands where the directory would.
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    if not hasattr(os, "getuid"):
        assert cache_home() is None
        return
    shared = tmp_path / "tmp" / f"taxsleeve-{os.getuid()}"
    assert cache_home() == shared
    shared.chmod(0o777)
    assert cache_home() is None, "others may write there"


def test_is_compiled_once_compiled() -> None:
    compile_kernels()
    assert is_compiled()


@pytest.mark.slow
def test_two_processes_at_once_compile_once_and_a_third_only_loads(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    environment = {**os.environ, CACHE_VARIABLE: str(tmp_path), "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", FIRST_USE]

    def start() -> subprocess.Popen[str]:
        return subprocess.Popen(
            command, env=environment, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    answers = [process.communicate(timeout=300) for process in (start(), start())]
    third = start().communicate(timeout=300)
    assert sorted(out.split() for out, _ in answers) == [["False", "True", "0"], ["False", "True", "1"]], answers
    said = [log.count("taxsleeve.optimizer compiling the optimizer's kernels, once") for _, log in answers]
    assert sorted(said) == [0, 1]
    assert third[0].split() == ["True", "True", "1"]
    assert "compiling" not in third[1]
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 1
    # What is spoiled is compiled again.
    for kernel in tmp_path.rglob("*.nbc"):
        kernel.write_bytes(kernel.read_bytes()[:100])
    assert start().communicate(timeout=300)[0].split() == ["False", "True", "0"]
