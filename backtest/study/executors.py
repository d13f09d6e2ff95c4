"""Who does the work: this process, or several on this machine."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Protocol, TypeVar

import joblib
from joblib.externals.loky.process_executor import TerminatedWorkerError
from threadpoolctl import threadpool_limits

from taxsleeve_errors import InputError

__all__ = ["LOST", "Executor", "LocalExecutor", "on_one_thread"]

T = TypeVar("T")
R = TypeVar("R")
LOST = "the process that ran it died each time, often for want of memory; fewer workers need less"
_ATTEMPTS = 3
# Seconds between two looks at whether the parent lives.
_LOOK = 1.0


class Executor(Protocol):
    """Applies a function to tasks; a user's own executor has this method."""

    def outcomes(self, function: Callable[[T], R], tasks: Iterable[T], lost: Callable[[T, str], R]) -> Iterator[R]:
        """Outcomes in the order in which they are there.

        Parameters
        ----------
        function : callable
            Does not raise; it and the tasks can be pickled.
        tasks : iterable
            Taken as workers become free, perhaps from another thread.
        lost : callable
            Outcome of a task whose worker died each time, and the reason.
        """


@dataclass(frozen=True)
class LocalExecutor:
    """Processes of this machine, or this process alone.

    Parameters
    ----------
    workers : int

    Raises
    ------
    InputError
        Fewer than one.
    """

    workers: int = 1

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise InputError.of("workers", "at least 1", value=self.workers)

    def outcomes(self, function: Callable[[T], R], tasks: Iterable[T], lost: Callable[[T, str], R]) -> Iterator[R]:
        """Outcomes in the order in which they are there; a worker that dies is replaced and its task tried again."""
        if self.workers == 1:
            yield from (on_one_thread(function, task) for task in tasks)
            return
        numbered, under_way, deaths = enumerate(tasks), dict[int, T](), Counter[int]()
        while True:
            try:
                for number, outcome in self._round(function, numbered, under_way):
                    del under_way[number]
                    yield outcome
                return
            except TerminatedWorkerError:
                deaths.update(list(under_way))
                for number in [n for n in under_way if deaths[n] >= _ATTEMPTS]:
                    yield lost(under_way.pop(number), LOST)

    def _round(
        self, function: Callable[[T], R], numbered: Iterator[tuple[int, T]], under_way: dict[int, T]
    ) -> Iterator[tuple[int, R]]:
        again, parent = list(under_way.items()), os.getpid()

        def calls() -> Iterator[object]:
            for number, task in again:
                yield joblib.delayed(_numbered)(function, number, task, parent)
            for number, task in numbered:
                under_way[number] = task
                yield joblib.delayed(_numbered)(function, number, task, parent)

        # A batch of one: what is finished is stored at once, and a crash costs nothing but what was under way.
        parallel = joblib.Parallel(
            self.workers, backend="loky", return_as="generator_unordered", batch_size=1, max_nbytes=None
        )
        yield from parallel(calls())


def on_one_thread(function: Callable[[T], R], task: T) -> R:
    """Apply a function with its linear algebra on one thread, so that sums are added up in the same order anywhere."""
    with threadpool_limits(1):
        return function(task)


def _numbered(function: Callable[[T], R], number: int, task: T, parent: int) -> tuple[int, R]:
    _end_with(parent)
    return number, on_one_thread(function, task)


@cache
def _end_with(parent: int) -> None:
    """See to it, once in a process, that it ends when the process that started it does: nobody takes what it makes."""
    if os.getppid() == parent:
        threading.Thread(target=_outlive_no, args=(parent,), daemon=True).start()


def _outlive_no(parent: int) -> None:
    # An orphan is given another parent; where the system does not do that (Windows) it ends by joblib's own timeout.
    while os.getppid() == parent:
        time.sleep(_LOOK)
    os._exit(1)
