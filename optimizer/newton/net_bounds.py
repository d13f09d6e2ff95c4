"""Bounds of one name's net trade that limits set, whatever the other names do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.newton.compiled import entry
from optimizer.newton.dual import ENTRY
from optimizer.newton.rows import Representation
from optimizer.problem import Problem

__all__ = ["net_bounds", "run_bounds_kernel"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Records = NDArray[np.void]
# More than anyone trades; in percent of NAV.
_PLENTY = 1e5


def net_bounds(problem: Problem, rows: Representation) -> tuple[Floats, Floats]:
    """Least and most net trade of each name, in percent of NAV, as far as limits set them; `most` is finite."""
    n, trade, coupling = len(problem.assets), rows.trade, rows.coupling
    least, most = np.full(n, -_PLENTY), np.full(n, _PLENTY)
    _slow(trade.name, trade.buy, trade.sell, trade.room, least, most)
    position = 100 * np.bincount(problem.lot_asset, weights=problem.lot_value, minlength=n)
    plain, room = np.isinf(coupling.ceiling), 100 * coupling.upper
    plain[coupling.lot_row] = False
    _afford(coupling.entries, coupling.first, plain, position.astype(float, copy=False), room, most)
    return least, most


@entry
def _slow(name: Ints, buy: Floats, sell: Floats, room: Floats, least: Floats, most: Floats) -> None:
    """Narrow the bounds by rows of one name.

    A row without room (weights out of their band) asks for a trade on the other side: the same two lines.
    """
    for t in range(len(name)):
        i = name[t]
        if buy[t] > 0.0:
            most[i] = min(most[i], 100.0 * (room[t] / buy[t]))
        if sell[t] > 0.0:
            least[i] = max(least[i], -100.0 * (room[t] / sell[t]))


@entry
def _afford(entries: Records, first: Ints, plain: Bools, position: Floats, room: Floats, most: Floats) -> None:
    """Lower `most` to what rows that every buy uses up leave for one name, were everything sold that can be.

    `plain` (R,) are the hard rows that tell no lots apart, `room` (R,) what they leave; both are overwritten.
    """
    for i in range(len(most)):
        for e in range(first[i], first[i + 1]):
            row = entries[e]["row"]
            plain[row] = plain[row] and entries[e]["buy"] >= 0.0
            room[row] += max(-entries[e]["sell"], 0.0) * position[i]
    for i in range(len(most)):
        for e in range(first[i], first[i + 1]):
            row, buy = entries[e]["row"], entries[e]["buy"]
            if plain[row] and buy > 0.0:
                most[i] = min(most[i], max(room[row], 0.0) / buy)


def run_bounds_kernel() -> None:
    """Call each with the types that `net_bounds` gives it: one row, one name."""
    first, one = np.array([0, 1]), np.ones(1)
    _slow(np.zeros(1, dtype=np.int64), one, one, one, one.copy(), one.copy())
    _afford(np.zeros(1, dtype=ENTRY), first, np.ones(1, dtype=bool), one, one.copy(), one.copy())
