"""Processor seconds of things that are compared, taken in turn, so that a slow moment of the machine slows all."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

__all__ = ["Times", "seconds", "side_by_side"]


def seconds(work: Callable[[], object]) -> float:
    """Processor seconds of this process that some work takes."""
    started = time.process_time()
    work()
    return time.process_time() - started


@dataclass(frozen=True)
class Times:
    """Seconds of one thing, and how they compare with those of the reference measured in the same rounds.

    Parameters
    ----------
    median : float
    ratio, low, high : float
        Median, least and greatest over rounds of its seconds over the reference's.
    """

    median: float
    ratio: float
    low: float
    high: float

    @property
    def words(self) -> str:
        """Ratio with its range over rounds, by itself where there was one."""
        if self.low == self.high:
            return f"{_short(self.ratio)} x"
        return f"{_short(self.ratio)} x ({_short(self.low)} to {_short(self.high)})"


def side_by_side(
    works: Mapping[str, Callable[[], object]], reference: str, rounds: int, inner: Mapping[str, int] | None = None
) -> dict[str, Times]:
    """Time some works in turn, `rounds` times.

    Parameters
    ----------
    works : mapping of str to callable
    reference : str
        The one that ratios are taken to.
    rounds : int
    inner : mapping of str to int, optional
        How often in a row each is run within a round, by default once; its mean counts. For what takes milliseconds.

    Returns
    -------
    dict of str to Times
    """
    repeated = inner or {}
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            times = repeated.get(name, 1)
            taken[name].append(seconds(partial(_repeated, work, times)) / times)
    base = np.array(taken[reference])
    found = {}
    for name, one in taken.items():
        ratio = np.array(one) / base
        found[name] = Times(float(np.median(one)), *(float(f(ratio)) for f in (np.median, np.min, np.max)))
    return found


def _repeated(work: Callable[[], object], times: int) -> None:
    for _ in range(times):
        work()


def _short(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.1f}" if ratio >= 1 else f"{ratio:.2f}"
