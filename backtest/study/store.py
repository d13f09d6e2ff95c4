"""Where finished runs are kept."""

from __future__ import annotations

from typing import Protocol

from backtest.study.run_key import RunKey
from backtest.study.stored_run import StoredRun

__all__ = ["MemoryStore", "RunStore"]


class RunStore(Protocol):
    """Keeps finished runs; a user's own store has these two methods."""

    def load(self, key: RunKey) -> StoredRun | None:
        """Run as it was kept; None where there is none, or what is there is not whole."""

    def keep(self, run: StoredRun) -> None:
        """Keep a run, whole or not at all, in place of any of the same key."""


class MemoryStore:
    """Keeps runs as long as the program lives."""

    def __init__(self) -> None:
        self._runs: dict[RunKey, StoredRun] = {}

    def load(self, key: RunKey) -> StoredRun | None:
        """Run of a key, or None."""
        return self._runs.get(key)

    def keep(self, run: StoredRun) -> None:
        """Keep a run."""
        self._runs[run.key] = run
