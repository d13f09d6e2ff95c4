"""When kernels are compiled, where they are kept and when they are only loaded; kernels are made up here."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import numba
import pytest

from optimizer.newton import compile_kernels, is_compiled, kernel_cache, warm_up
from optimizer.newton.kernel_cache import CACHE_VARIABLE, cache_home, keep, version_key


class MadeUp:
    """A kernel that writes itself into the directory for which caching was enabled, unless it stands there."""

    def __init__(self) -> None:
        self.kept: Path | None = None
        self.compiled = 0
        self._cache = self

    def enable_caching(self) -> None:
        self.kept = Path(numba.config.CACHE_DIR)

    def disable(self) -> None:
        self.kept = None

    def run(self) -> None:
        if self.kept is None or not (self.kept / "made_up.nbc").exists():
            self.compiled += 1
        if self.kept is not None:
            (self.kept / "made_up.nbc").write_bytes(b"code")


@pytest.fixture
def made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MadeUp:
    """The only kernel, not compiled so far, with a cache that is empty."""
    kernel = MadeUp()
    monkeypatch.setattr(warm_up, "ENTRIES", [kernel])
    monkeypatch.setattr(warm_up, "_run_all", kernel.run)
    monkeypatch.setattr(warm_up, "_READY", threading.Event())
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 0)
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    return kernel


def as_a_new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm_up, "_READY", threading.Event())


def test_kernels_are_compiled_once_and_loaded_by_the_next_process(
    made_up: MadeUp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    before = numba.config.CACHE_DIR
    with caplog.at_level(logging.INFO, "taxsleeve.optimizer"):
        assert not is_compiled()
        compile_kernels()
        assert is_compiled()
        compile_kernels()
    assert made_up.compiled == 1
    (said,) = caplog.messages
    (directory,) = (path for path in tmp_path.iterdir() if path.is_dir())
    assert said.startswith("compiling the optimizer's kernels, once for this version")
    assert str(directory) in said
    assert before == numba.config.CACHE_DIR
    as_a_new_process(monkeypatch)
    assert is_compiled()
    compile_kernels()
    assert made_up.compiled == 1
    assert len(caplog.messages) == 1


def test_where_nothing_can_be_kept_kernels_are_compiled_for_this_process(
    made_up: MadeUp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(warm_up, "cache_home", lambda: None)
    with caplog.at_level(logging.INFO, "taxsleeve.optimizer"):
        assert not is_compiled()
        compile_kernels()
    assert is_compiled()
    assert made_up.compiled == 1
    assert "no directory to keep them in can be written" in caplog.text
    assert list(tmp_path.iterdir()) == []


def test_as_plain_python_nothing_is_compiled(made_up: MadeUp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)
    assert is_compiled()
    compile_kernels()
    assert made_up.compiled == 0


def test_what_another_process_compiled_while_this_one_waited_is_loaded(
    made_up: MadeUp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    directory = tmp_path / version_key(sorted(warm_up.SOURCES))

    @contextlib.contextmanager
    def waited(lock: Path) -> Iterator[None]:
        built = tmp_path / "beside"
        built.mkdir()
        (built / "made_up.nbc").write_bytes(b"code")
        keep(built, directory, 1)
        yield

    monkeypatch.setattr(warm_up, "only_one", waited)
    with caplog.at_level(logging.INFO, "taxsleeve.optimizer"):
        compile_kernels()
    assert made_up.compiled == 0
    assert caplog.messages == []


def test_what_another_thread_compiled_while_this_one_waited_is_not_compiled_again(
    made_up: MadeUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextlib.contextmanager
    def waited() -> Iterator[None]:
        warm_up._READY.set()
        yield

    monkeypatch.setattr(warm_up, "_LOCK", waited())
    compile_kernels()
    assert made_up.compiled == 0


@pytest.mark.parametrize(
    ("platform", "place"),
    [("darwin", "Library/Caches"), ("win32", "local"), ("linux", ".cache")],
)
def test_each_platform_has_its_place_for_caches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str, place: str
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    with monkeypatch.context() as patch:
        patch.setattr(kernel_cache.sys, "platform", platform)
        assert kernel_cache._users_caches() == tmp_path / place
    # A relative one says nothing, as the standard asks.
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert kernel_cache._users_caches().is_absolute()


def test_where_directories_have_no_owner_none_is_shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that cannot say whose a temporary directory is: what others may have put there is not run."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.delattr(os, "getuid", raising=False)
    assert cache_home() is None


def test_only_a_few_versions_are_kept_beside_the_newest(tmp_path: Path) -> None:
    for age in range(5):
        old = tmp_path / f"old{age}"
        old.mkdir()
        (old / "one.nbc").write_bytes(b"code")
        os.utime(old, (1_000_000 - age, 1_000_000 - age))
    built = tmp_path / "built"
    built.mkdir()
    (built / "one.nbc").write_bytes(b"code")
    keep(built, tmp_path / "newest", 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["newest", "old0", "old1", "old2"]
