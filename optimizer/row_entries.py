"""The rows of all linear limits above each other, as triplets: scipy's sparse arrays cost more than the work done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.limits.base import Rows
from optimizer.limits.coefficients import Coefficients
from optimizer.problem import Problem

__all__ = ["Entries", "Stack", "stacked", "sums"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Entries:
    """Coefficients of rows, arrays (E,)."""

    row: Ints
    column: Ints
    value: Floats

    def of(self, kept: Bools) -> Entries:
        """Those that are kept."""
        if kept.all():
            return self
        return Entries(self.row[kept], self.column[kept], self.value[kept])


def sums(index: Ints, value: Floats, size: int) -> Floats:
    """Sum of the values at each index."""
    return np.bincount(index, weights=value, minlength=size).astype(float, copy=False)


@dataclass(frozen=True, eq=False)
class Stack:
    """All linear rows, M of them, in fractions of NAV.

    Parameters
    ----------
    limits : tuple of str
        Names, each once.
    which : array of int (M,)
        Whose row each is.
    active, buy, sell : Entries
        Coefficients of active weights and amounts bought (columns are names), and of amounts sold (columns are lots).
    upper, ceiling : array (M,)
        `ceiling` is the price at which a row may be exceeded, infinite for a hard one.
    """

    limits: tuple[str, ...]
    which: Ints
    active: Entries
    buy: Entries
    sell: Entries
    upper: Floats
    ceiling: Floats


def stacked(problem: Problem, linear: Sequence[tuple[str, Rows]]) -> Stack:
    """Stack the rows of limits, each with its name: once for each problem, search and rounding ask for the same."""
    key = tuple(id(rows) for _, rows in linear)
    _, stack = problem.stacks.get(key, (None, None))
    if stack is None:
        # The rows are kept with it, so that no others take their identities.
        stack = _stacked(linear)
        problem.stacks[key] = (linear, stack)
    found: Stack = stack
    return found


def _stacked(linear: Sequence[tuple[str, Rows]]) -> Stack:
    counts = [len(rows.upper) for _, rows in linear]
    place = {name: number for number, name in enumerate(dict.fromkeys(name for name, _ in linear))}
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.intp)
    m = int(starts[-1])
    active = _pile([rows.active for _, rows in linear], starts)
    buy = _pile([rows.buy for _, rows in linear], starts)
    sell = _pile([rows.sell for _, rows in linear], starts)
    upper, ceiling = np.zeros(m), np.full(m, np.inf)
    for start, count, (_, rows) in zip(starts.tolist(), counts, linear, strict=False):
        upper[start : start + count] = rows.upper
        if rows.price is not None:
            ceiling[start : start + count] = rows.price
    return Stack(
        limits=tuple(place),
        which=np.repeat([place[name] for name, _ in linear], counts).astype(np.intp),
        active=active,
        buy=buy,
        sell=sell,
        upper=upper,
        ceiling=ceiling,
    )


def _pile(blocks: Sequence[Coefficients | None], starts: Ints) -> Entries:
    """Entries that are not zero of matrices (None: zero) above each other; the rows of each begin at its start."""
    parts = [(block, start) for block, start in zip(blocks, starts.tolist(), strict=False) if block is not None]
    if not parts:
        return Entries(np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp), np.zeros(0))
    row = np.concatenate([block.row + start for block, start in parts])
    column = np.concatenate([block.column for block, _ in parts])
    value = np.concatenate([block.value for block, _ in parts])
    return Entries(row, column, value).of(value != 0)
