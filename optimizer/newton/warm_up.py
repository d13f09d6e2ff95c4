"""Compiling the kernels, once for each version, or loading them from the cache."""

from __future__ import annotations

import logging
import tempfile
import threading
from pathlib import Path
from typing import Any

import numba
import numpy as np

from optimizer.newton.ascent import climb
from optimizer.newton.best_trades import NAME
from optimizer.newton.compiled import ENTRIES, SOURCES
from optimizer.newton.coupling_rows import run_row_kernels
from optimizer.newton.dual import ENTRY, Coupling, Proximal, make_side
from optimizer.newton.kernel_cache import cache_home, is_whole, keep, only_one, version_key
from optimizer.newton.lot_order import by_name
from optimizer.newton.net_bounds import run_bounds_kernel
from optimizer.newton.next_lots import run_next_lots
from optimizer.newton.row_kinds import run_kind_kernel
from optimizer.newton.sale_curves import LOT, recover_lots, state_lots
from optimizer.newton.share_kernels import run_share_kernels

__all__ = ["compile_kernels", "is_compiled"]

_LOG = logging.getLogger("taxsleeve.optimizer")
_CONFIG: Any = numba.config
_LOCK = threading.Lock()
_READY = threading.Event()


def is_compiled() -> bool:
    """Whether `compile_kernels` has nothing to compile: what it needs is in memory or in the cache."""
    if _READY.is_set() or _CONFIG.DISABLE_JIT:
        return True
    home = cache_home()
    return home is not None and is_whole(home / version_key(sorted(SOURCES)), len(ENTRIES))


def compile_kernels() -> None:
    """Make the compiled kernels ready: from the cache, or compiled now and kept there for the next process.

    Compilation takes ten to twenty seconds, once for each version of the program and its tools; a message of level
    INFO of the logger `taxsleeve.optimizer` says so before. Everything that needs the kernels calls this first; where
    they are ready it does nothing.
    """
    if _READY.is_set():
        return
    with _LOCK:
        if not _READY.is_set():
            if not _CONFIG.DISABLE_JIT:
                _load_or_compile()
            _READY.set()


def _load_or_compile() -> None:
    home = cache_home()
    if home is None:
        _say_so("no directory to keep them in can be written")
        _run_all()
        return
    directory = home / version_key(sorted(SOURCES))
    if not is_whole(directory, len(ENTRIES)):
        with only_one(home / f"{directory.name}.lock"):
            if not is_whole(directory, len(ENTRIES)):
                _say_so(f"kept in {directory}")
                built = Path(tempfile.mkdtemp(prefix=f"{directory.name}.", dir=home))
                _run_all_cached(built)
                keep(built, directory, len(ENTRIES))
                return
    _run_all_cached(directory)


def _say_so(where: str) -> None:
    _LOG.info("compiling the optimizer's kernels, once for this version: 10 to 20 s (%s)", where)


def _run_all_cached(directory: Path) -> None:
    """Run every kernel, read from a directory or compiled and written there; nothing is written there afterwards."""
    before = _CONFIG.CACHE_DIR
    _CONFIG.CACHE_DIR = str(directory)
    try:
        for entry in ENTRIES:
            entry.enable_caching()
    finally:
        _CONFIG.CACHE_DIR = before
    _run_all()
    for entry in ENTRIES:
        entry._cache.disable()


def _run_all() -> None:
    """Call every kernel that Python calls, with the types that `newton_form` gives it: one name that has one lot."""
    names, lots = np.zeros(1, dtype=NAME), np.zeros(1, dtype=LOT)
    first, cap, rates = np.array([0, 1]), np.full(1, np.inf), np.zeros((1, 0))
    by_name(np.zeros(1, dtype=np.int64), np.zeros(1), first)
    state_lots(np.zeros(1, dtype=np.int64), np.ones(1, dtype=bool), np.ones(1), np.ones(1), np.ones(1), lots)
    side = make_side(names, lots, first, cap, rates)
    coupling = Coupling(
        root=np.zeros((1, 1)),
        exposure=np.zeros(1),
        te_limit=1.0,
        floor=0.0,
        entries=np.zeros(1, dtype=ENTRY),
        first=first,
        upper=np.ones(1),
        ceiling=np.ones(1),
        lot_row=np.zeros(0, dtype=np.int64),
    )
    group, fixed = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int8)
    proximal, z, share, gradient = (
        Proximal(np.ones(1), np.zeros(1), np.zeros(1)),
        np.array([0.0, 1.0, 0.0]),
        np.zeros(1),
        np.zeros(3),
    )
    climb(side, side, coupling, group, fixed, proximal, 0.0, z, share, gradient, 1e-3, np.inf, 1)
    recover_lots(first, side.pieces, side.used, np.zeros(1), np.zeros(1))
    run_kind_kernel()
    run_row_kernels()
    run_bounds_kernel()
    run_next_lots()
    run_share_kernels()
