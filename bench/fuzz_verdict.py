"""What became of something random that went through the program, told whatever happens on the way."""

from __future__ import annotations

import math
import signal
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from taxsleeve_errors import InputError, TaxsleeveError

__all__ = ["ANSWERS", "SECONDS", "Outcome", "Verdict", "numbers_that_are_none", "verdict_of"]

SECONDS = 60.0
"""Processor seconds that one case may take, diagnosis of an infeasible one included."""
ANSWERS = ("list", "no list", "refused", "failed", "too long", "crashed")


@dataclass(frozen=True)
class Outcome:
    """What the program gave: whether a list, what is wrong with it, and the gap to its bound in fractions of NAV."""

    has_list: bool
    faults: tuple[str, ...] = ()
    gap: float = 0.0


@dataclass(frozen=True)
class Verdict:
    """What became of a seed; `gap` is to the bound, in fractions of NAV."""

    seed: int
    kinds: frozenset[str]
    answer: str
    seconds: float
    gap: float = 0.0
    faults: tuple[str, ...] = ()


class _TooLongError(Exception):
    """A case took more processor time than allowed."""


def verdict_of(
    seed: int,
    kinds: frozenset[str],
    seconds: float,
    take: Callable[[Path], Outcome],
    unwanted: Callable[[InputError], list[str]],
) -> Verdict:
    """Take a case through the program in a folder of its own, and say what came of it.

    Parameters
    ----------
    seed : int
    kinds : frozenset of str
    seconds : float
        Processor time that it may take.
    take : callable
        Takes a new folder; writes the case there and runs the program.
    unwanted : callable
        What is wrong with a refusal of the input; nothing where it is right.
    """
    started, gap, faults = time.process_time(), 0.0, list[str]()
    with tempfile.TemporaryDirectory(prefix="taxsleeve-fuzz-", dir=_memory()) as place:
        try:
            with _at_most(seconds):
                outcome = take(Path(place))
            answer, faults, gap = "list" if outcome.has_list else "no list", list(outcome.faults), outcome.gap
        except InputError as error:
            answer, faults = "refused", unwanted(error)
        except TaxsleeveError as error:
            answer, faults = "failed", [f"{type(error).__name__}: {error}"]
        except _TooLongError:
            answer, faults = "too long", [f"more than {seconds:g} s"]
        except Exception:  # noqa: BLE001 - whatever gets out is what is looked for
            answer, faults = "crashed", [traceback.format_exc(limit=-4)]
    return Verdict(seed, kinds, answer, time.process_time() - started, gap, tuple(faults))


def numbers_that_are_none(value: Any, where: str = "") -> Iterator[str]:
    """Places in a summary whose number is not finite."""
    if isinstance(value, float):
        if not math.isfinite(value):
            yield f"{where} is {value}"
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from numbers_that_are_none(item, f"{where}.{key}")
    elif isinstance(value, list):
        for item in value:
            yield from numbers_that_are_none(item, where)


def _memory() -> str | None:
    """Memory is faster than a disk for a dozen small files a case."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise _TooLongError

    earlier = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, earlier)
