"""Where compiled kernels are kept: one directory for each version of the kernels, their tools and the processor.

Numba's own cache notices changes of a kernel's file only, not of what it calls in others, and concurrent first
compilations into one directory have crashed. Here a directory's name is a hash of everything that matters; it is
written beside and renamed when whole, and read only if every file in it has the checksum noted then.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numba
import numpy as np
from numba.core.registry import cpu_target

__all__ = ["CACHE_VARIABLE", "cache_home", "is_whole", "keep", "only_one", "version_key"]

CACHE_VARIABLE = "TAXSLEEVE_CACHE_DIR"
_MANIFEST = "manifest.json"
# Versions kept beside the newest.
_KEPT = 3
# What does not change the code that numba makes.
_IRRELEVANT = ("NUMBA_CACHE_DIR", "NUMBA_NUM_THREADS", "NUMBA_THREADING_LAYER")


def version_key(sources: Sequence[str]) -> str:
    """Hash of the kernels' sources, of the versions of their tools, and of the processor."""
    parts = [
        *(sys.version, numba.__version__, importlib.metadata.version("llvmlite"), np.__version__),
        # The processor, as numba sees it.
        repr(cpu_target.target_context.codegen().magic_tuple()),
        *(f"{k}={v}" for k, v in sorted(os.environ.items()) if k.startswith("NUMBA_") and k not in _IRRELEVANT),
    ]
    digest = hashlib.sha256("\0".join(parts).encode())
    for source in sorted(sources):
        path = Path(source)
        # Older versions of numba compare times of change, and all of them the path.
        digest.update(f"\0{path}\0{path.stat().st_mtime_ns}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:24]


def cache_home() -> Path | None:
    """Directory of all versions, made where it is not there yet; None where none can be written.

    The first that can be written of: the environment variable `TAXSLEEVE_CACHE_DIR`; `XDG_CACHE_HOME` or the
    platform's place for caches; the temporary directory, if what is there belongs to this user alone.
    """
    chosen = os.environ.get(CACHE_VARIABLE)
    candidates = [Path(chosen)] if chosen else [_users_caches() / "taxsleeve" / "kernels"]
    for path in candidates:
        if _writable(path):
            return path
    if not hasattr(os, "getuid"):
        return None
    shared = Path(tempfile.gettempdir()) / f"taxsleeve-{os.getuid()}"
    return shared if _writable(shared) and _private(shared) else None


def _users_caches() -> Path:
    stated = os.environ.get("XDG_CACHE_HOME", "")
    if Path(stated).is_absolute():
        return Path(stated)
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() raises where there is no home
    if sys.platform == "darwin":
        return home / "Library" / "Caches"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    return home / ".cache"


def _writable(path: Path) -> bool:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path.is_absolute()
    except OSError:
        return False


def _private(path: Path) -> bool:
    status = path.lstat()
    return status.st_uid == os.getuid() and not path.is_symlink() and not status.st_mode & 0o022


def is_whole(directory: Path, kernels: int) -> bool:
    """Whether a version's directory holds so many kernels, each as it was written."""
    try:
        noted = json.loads((directory / _MANIFEST).read_text(encoding="utf-8"))
        found = _checksums(directory)
    except (OSError, ValueError):
        return False
    return bool(noted == found) and _compiled(found) == kernels


def keep(built: Path, directory: Path, kernels: int) -> None:
    """Move what was built beside to its place, with its checksums; drop it where it is not whole or cannot be moved."""
    found = _checksums(built)
    try:
        if _compiled(found) == kernels:
            (built / _MANIFEST).write_text(json.dumps(found), encoding="utf-8")
            if directory.exists():
                directory.rename(built / "stale")
            built.rename(directory)
    except OSError:
        # Another process was first, or the disk is full: what is compiled in memory serves this one.
        pass
    shutil.rmtree(built, ignore_errors=True)
    shutil.rmtree(directory / "stale", ignore_errors=True)
    _prune(directory)


def _checksums(directory: Path) -> dict[str, str]:
    files = sorted(path for path in directory.rglob("*") if path.is_file() and path.name != _MANIFEST)
    return {str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _compiled(files: dict[str, str]) -> int:
    return sum(name.endswith(".nbc") for name in files)


def _prune(newest: Path) -> None:
    """Remove versions that have not been written lately, and what was left of compilations cut short."""
    with contextlib.suppress(OSError):
        others = [path for path in newest.parent.iterdir() if path.is_dir() and path != newest]
        others.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        for old in others[_KEPT:]:
            shutil.rmtree(old, ignore_errors=True)


@contextlib.contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Let one process at a time in, where the system can; others wait. A process that dies lets the next one in."""
    try:
        import fcntl
    except ImportError:
        # Two compile at once then: each beside, and the last to finish drops its own.
        yield
        return
    with contextlib.ExitStack() as held:
        try:
            file = held.enter_context(lock.open("a"))
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError:
            # File systems without locks.
            pass
        yield
