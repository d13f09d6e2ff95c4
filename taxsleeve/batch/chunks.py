"""Pieces of a batch that one worker does at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from taxsleeve.batch.account_row import AccountRow

__all__ = ["Chunk", "ChunkDone", "Job"]


@dataclass(frozen=True)
class Chunk:
    """Accounts that are next to each other.

    Parameters
    ----------
    number : int
    size : int
        How many accounts.
    names : tuple of str
        Account folders, where the batch is of folders.
    lower, upper : str or None
        First account, and the first of the next chunk, where it is of tables; None is without end.
    """

    number: int
    size: int
    names: tuple[str, ...] = ()
    lower: str | None = None
    upper: str | None = None


@dataclass(frozen=True)
class ChunkDone:
    """What a worker tells of a chunk: how many accounts of each status, what was there already, CPU seconds."""

    number: int
    size: int
    statuses: dict[str, int]
    found: int = 0
    seconds: float = 0.0
    lost: str = ""


class Job(Protocol):
    """One batch, as its workers see it; can be pickled."""

    def chunks(self) -> Iterator[Chunk]:
        """Every account in some chunk, in order; the same chunks for the same input."""

    def count(self) -> int:
        """How many accounts there are."""

    def perform(self, chunk: Chunk) -> ChunkDone:
        """Rebalance and write the accounts of a chunk that are not done yet; does not raise for one account."""

    @property
    def places(self) -> tuple[str, ...]:
        """Folders of the output folder that results are written into."""

    def rows(self, doubtful: frozenset[int] = frozenset()) -> Iterator[AccountRow]:
        """Rows of all accounts in order, read from what was written; a chunk never written is missing.

        Of chunks in `doubtful`, whose process died, an earlier run's results of other input may be there: left out.
        """
