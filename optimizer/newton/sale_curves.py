"""What selling x of a name costs in tax: a convex piecewise-linear curve, from its lots and its loss cap.

f(x) = min { sum c_l s_l : sum s_l = x, sum k_l s_l <= cap, 0 <= s_l <= v_l }, with c_l the tax of a dollar sold (negative
where it saves tax) and k_l >= 0 the loss it realises. Until the cap binds, lots go in the order of c_l. From there on
each further dollar comes from giving one lot back for another that realises less loss for each dollar, or none: the
breaks of a small parametric linear program, kept as *pseudo-lots* (DUAL_NEWTON, point 4).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.newton.compiled import kernel

__all__ = ["Curves", "build_curves", "curve_lengths", "empty_curves", "recover_lots"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Curves(NamedTuple):
    """Pieces of all names' curves; name i has pieces start[i] to start[i] + count[i].

    Parameters
    ----------
    start, count : array of int (N,)
    length, slope : array (P,)
        Dollars sold along the piece, and tax of each.
    up, down : array of int (P,)
        The lot sold along the piece, and the lot of which less is sold (-1: none).
    up_rate, down_rate : array (P,)
        Of each for one dollar along the piece; up_rate - down_rate = 1.
    """

    start: Ints
    count: Ints
    length: Floats
    slope: Floats
    up: Ints
    down: Ints
    up_rate: Floats
    down_rate: Floats


def empty_curves(first_lot: Ints) -> Curves:
    """Room for the curves of names whose lots are first_lot[i] to first_lot[i + 1]: three pieces a lot at most."""
    size = 3 * int(first_lot[-1])
    n = len(first_lot) - 1
    return Curves(
        3 * first_lot[:-1],
        np.zeros(n, dtype=np.int64),
        np.zeros(size),
        np.zeros(size),
        np.full(size, -1, dtype=np.int64),
        np.full(size, -1, dtype=np.int64),
        np.zeros(size),
        np.zeros(size),
    )


@kernel
def _in_tax_order(
    first_lot: Ints,
    most: Floats,
    tax: Floats,
    loss: Floats,
    cap: Floats,
    order: Ints,
    filled: Floats,
    basis: Ints,
    start: Ints,
    count: Ints,
    length: Floats,
    slope: Floats,
    up: Ints,
    down: Ints,
    up_rate: Floats,
    down_rate: Floats,
) -> None:
    """Write the pieces up to each name's cap; `basis` is the lot at which the cap binds, `order` -1 where no lot is."""
    # Plain arrays: counting references to tuples of arrays inside this loop would cost many times its work.
    for i in range(len(cap)):
        first, last = first_lot[i], first_lot[i + 1]
        end = first
        for lot in range(first, last):
            filled[lot] = 0.0
            if most[lot] <= 0.0:
                continue
            j = end
            while j > first and tax[order[j - 1]] > tax[lot]:
                order[j] = order[j - 1]
                j -= 1
            order[j] = lot
            end += 1
        for j in range(end, last):
            order[j] = -1
        left = cap[i]
        at = start[i]
        for j in range(first, end):
            lot = order[j]
            amount = most[lot]
            if loss[lot] * amount > left:
                amount = max(left / loss[lot], 0.0)
                basis[i] = lot
            left -= loss[lot] * amount
            filled[lot] = amount
            if amount > 0.0:
                length[at], slope[at] = amount, tax[lot]
                up[at], down[at], up_rate[at], down_rate[at] = lot, -1, 1.0, 0.0
                at += 1
            if basis[i] >= 0:
                break
        count[i] = at - start[i]


@kernel
def _add(curves: Curves, i: int, length: float, slope: float, up: int, down: int, up_rate: float) -> None:
    at = curves.start[i] + curves.count[i]
    curves.length[at] = length
    curves.slope[at] = slope
    curves.up[at] = up
    curves.down[at] = down
    curves.up_rate[at] = up_rate
    curves.down_rate[at] = up_rate - 1.0
    curves.count[i] += 1


@kernel
def _next_exchange(
    basis: int, theta: float, order: Ints, most: Floats, tax: Floats, loss: Floats, filled: Floats
) -> tuple[int, float]:
    """Return the lot that ties with the basis first as the price theta of the cap rises, and that theta; -1: none.

    A lot with room and less loss takes the basis's place; a full lot with more loss gives its place up.
    """
    best, best_theta = -1, np.inf
    for lot in order:
        if lot < 0:
            break
        difference = loss[basis] - loss[lot]
        can_enter = difference > 0.0 and filled[lot] < most[lot]
        can_leave = difference < 0.0 and filled[lot] > 0.0
        if lot == basis or not (can_enter or can_leave):
            continue
        crossing = max((tax[lot] - tax[basis]) / difference, theta)
        if crossing < best_theta:
            best, best_theta = lot, crossing
    return best, best_theta


@kernel
def _exchange(
    curves: Curves,
    i: int,
    basis: int,
    other: int,
    theta: float,
    most: Floats,
    tax: Floats,
    loss: Floats,
    filled: Floats,
) -> int:
    """Sell more of the lot of less loss and less of the other, the cap staying met; return the lot left part filled."""
    low, high = (other, basis) if loss[other] < loss[basis] else (basis, other)
    ratio = loss[low] / loss[high]
    room = most[low] - filled[low]
    rise = room if ratio == 0.0 else min(room, filled[high] / ratio)
    slope = tax[low] + theta * loss[low]
    if rise > 0.0:
        _add(curves, i, rise * (1.0 - ratio), slope, low, high if ratio > 0.0 else -1, 1.0 / (1.0 - ratio))
    filled[low] += rise
    filled[high] = max(filled[high] - rise * ratio, 0.0)
    if ratio == 0.0:
        return high
    return high if rise == room else low


@kernel
def _beyond_the_cap(
    curves: Curves, i: int, basis: int, order: Ints, most: Floats, tax: Floats, loss: Floats, filled: Floats
) -> None:
    theta = 0.0
    for _ in range(2 * len(order)):
        other, theta = _next_exchange(basis, theta, order, most, tax, loss, filled)
        if other < 0:
            return
        basis = _exchange(curves, i, basis, other, theta, most, tax, loss, filled)


@kernel
def build_curves(
    curves: Curves, first_lot: Ints, most: Floats, tax: Floats, loss: Floats, cap: Floats, order: Ints, filled: Floats
) -> None:
    """Write every name's curve.

    Parameters
    ----------
    curves : Curves
        Overwritten.
    first_lot : array of int (N + 1,)
        Lots of name i are first_lot[i] to first_lot[i + 1].
    most, tax, loss : array (L,)
        Most that may be sold; c_l; k_l.
    cap : array (N,)
        Infinite where there is none.
    order, filled : arrays (L,)
        Workspace.
    """
    basis = np.full(len(cap), -1, dtype=np.int64)
    _in_tax_order(
        first_lot,
        most,
        tax,
        loss,
        cap,
        order,
        filled,
        basis,
        curves.start,
        curves.count,
        curves.length,
        curves.slope,
        curves.up,
        curves.down,
        curves.up_rate,
        curves.down_rate,
    )
    for i in np.flatnonzero(basis >= 0):
        first, last = first_lot[i], first_lot[i + 1]
        _beyond_the_cap(curves, i, basis[i], order[first:last], most, tax, loss, filled)


@kernel
def recover_lots(curves: Curves, sold: Floats, lots: Floats) -> None:
    """Write into `lots` (L,) what is sold of each lot when sold[i] of each name goes."""
    lots[:] = 0.0
    for i in range(len(sold)):
        left = sold[i]
        for at in range(curves.start[i], curves.start[i] + curves.count[i]):
            if left <= 0.0:
                break
            step = min(left, curves.length[at])
            lots[curves.up[at]] += step * curves.up_rate[at]
            if curves.down[at] >= 0:
                lots[curves.down[at]] -= step * curves.down_rate[at]
            left -= step


@kernel
def curve_lengths(curves: Curves) -> Floats:
    """Most that can be sold of each name, shape (N,)."""
    total = np.zeros(len(curves.start))
    for i in range(len(total)):
        for at in range(curves.start[i], curves.start[i] + curves.count[i]):
            total[i] += curves.length[at]
    return total
