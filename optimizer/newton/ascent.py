"""Maximising the dual: a projected semismooth Newton method (DUAL_NEWTON).

The generalised Hessian is a sum over the few names whose trade lies strictly inside a piece of its curve and the few
groups whose side is undecided, of rank-one terms, plus the block of nu and lam. A Levenberg term keeps every step well
posed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.newton.compiled import entry, kernel
from optimizer.newton.curvature import cholesky_solve, curvature
from optimizer.newton.dual import Coupling, Proximal, Room, Side, evaluate, make_room

__all__ = ["Progress", "climb"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bytes = NDArray[np.int8]
_LEAST_LAM = 1e-6
_TRIALS = 10
# A typical price, in dollars of tax a dollar traded: a row that no name inside a piece speaks for moves by about that.
_PRICE_SCALE = 0.1
_MOST_DAMPING = 1e8


class Progress(NamedTuple):
    """How the maximisation ended.

    Parameters
    ----------
    value : float
        Dual value, the proximal term included.
    residual : float
        Largest violation of a coupling limit, in percent of NAV.
    steps : int
        Newton steps taken.
    unbounded : bool
        Whether the dual exceeded what any feasible trades could cost: there are none.
    """

    value: float
    residual: float
    steps: int
    unbounded: bool


@entry
def _accept(z: Floats, gradient: Floats, coupling: Coupling, room: Room) -> float:
    """Go to room.z, number the multipliers that may move (others: -1); return the largest violation they could mend."""
    k, slot = coupling.root.shape[1], room.slots[0]
    worst, count = 0.0, 0
    for j in range(len(z)):
        z[j], gradient[j] = room.z[j], room.gradient[0, j]
        least, most = -np.inf, np.inf
        if j == k:
            least = max(coupling.floor, _LEAST_LAM)
            most = np.inf if np.isfinite(coupling.te_limit) else least
        elif j > k:
            least, most = 0.0, coupling.ceiling[j - k - 1]
        if (z[j] <= least and gradient[j] <= 0.0) or (z[j] >= most and gradient[j] >= 0.0):
            slot[j] = -1
            continue
        slot[j] = count
        count += 1
        size = abs(gradient[j])
        if j == k and np.isfinite(coupling.te_limit):
            size /= max(coupling.te_limit, 1e-6)
        worst = max(worst, size)
    return worst


@kernel
def _solve_damped(
    h: Floats,
    m: int,
    z: Floats,
    gradient: Floats,
    slot: Ints,
    factors: int,
    damping: float,
    p: Floats,
    right: Floats,
) -> bool:
    """Write the Newton step on the free multipliers into p (zero on the others); False where there is none.

    h, of which the upper half of size m counts, and `right` are overwritten.
    """
    lam, position = z[factors], slot[factors]
    squared = 0.0
    for f in range(factors):
        if slot[f] < 0:
            continue
        h[slot[f], slot[f]] += 1.0 / lam
        squared += z[f] * z[f]
        if position >= 0:
            h[slot[f], position] -= z[f] / (lam * lam)
    if position >= 0:
        h[position, position] += squared / (lam * lam * lam)
    for j in range(len(z)):
        a = slot[j]
        if a >= 0:
            scale = lam if j == factors else _PRICE_SCALE
            h[a, a] += damping * h[a, a] + min(1.0, 100.0 * damping) * abs(gradient[j]) / scale + 1e-10
            right[a] = gradient[j]
    solved = cholesky_solve(h, m, right)
    for j in range(len(z)):
        p[j] = right[slot[j]] if slot[j] >= 0 else 0.0
    return solved


@kernel
def _move_inside(z: Floats, p: Floats, step: float, coupling: Coupling, new: Floats) -> None:
    """Write z + step p inside its bounds, z itself where the step is zero; lam changes at most five-fold."""
    k: int = coupling.root.shape[1]
    for j in range(len(z)):
        new[j] = z[j] + step * p[j] if step > 0.0 else z[j]
    if step == 0.0:
        return
    least = max(coupling.floor, _LEAST_LAM)
    new[k] = max(min(max(new[k], 0.2 * z[k]), 5.0 * z[k]), least)
    for row in range(len(coupling.upper)):
        new[k + 1 + row] = min(max(new[k + 1 + row], 0.0), coupling.ceiling[row])


@entry
def _newton_step(
    opened: Side,
    lost: Side,
    coupling: Coupling,
    group: Ints,
    fixed: Bytes,
    tau: float,
    z: Floats,
    share: Floats,
    gradient: Floats,
    damping: float,
    room: Room,
) -> bool:
    """Write the Newton step of the multipliers that `_accept` found free to room.step; False where there is none."""
    m = curvature(opened, lost, coupling, group, fixed, tau, share, room.slots[0], room)
    factors = coupling.root.shape[1]
    return _solve_damped(room.h, m, z, gradient, room.slots[0], factors, damping, room.step, room.right)


@entry
def _try_step(
    opened: Side,
    lost: Side,
    coupling: Coupling,
    group: Ints,
    fixed: Bytes,
    proximal: Proximal,
    tau: float,
    z: Floats,
    share: Floats,
    gradient: Floats,
    step: float,
    room: Room,
) -> tuple[float, float, float]:
    """Go part of the Newton step, to room.z; return the dual there, and its slopes along the way at start and end."""
    _move_inside(z, room.step, step, coupling, room.z)
    value = evaluate(opened, lost, coupling, group, fixed, proximal, tau, room.z, share, room)
    start_slope, end_slope = 0.0, 0.0
    for j in range(len(z)):
        start_slope += gradient[j] * (room.z[j] - z[j])
        end_slope += room.gradient[0, j] * (room.z[j] - z[j])
    return value, start_slope, end_slope


def climb(
    opened: Side,
    lost: Side,
    coupling: Coupling,
    group: Ints,
    fixed: Bytes,
    proximal: Proximal,
    tau: float,
    z: Floats,
    share: Floats,
    gradient: Floats,
    tolerance: float,
    ceiling: float,
    most_steps: int,
) -> Progress:
    """Maximise the dual from z, in place; see `evaluate` for what is not said here.

    Parameters
    ----------
    gradient : array (K + 1 + R,)
        Overwritten.
    tolerance : float
        Largest violation of a coupling limit, percent of NAV; with 0 and no steps the dual is only evaluated.
    ceiling : float
        A dual value above it proves that no trades are feasible.
    most_steps : int
    """
    room = make_room(len(group), len(share), len(z), len(coupling.lot_row))
    sides = (opened, lost, coupling, group, fixed)
    damping, steps, step = 1e-2, 0, 0.0
    value, _, _ = _try_step(*sides, proximal, tau, z, share, gradient, step, room)
    residual = _accept(z, gradient, coupling, room)
    while steps < most_steps and residual > tolerance and value <= ceiling and damping <= _MOST_DAMPING:
        solved = _newton_step(*sides, tau, z, share, gradient, damping, room)
        step = 1.0 if solved else 0.0
        for trial in range(_TRIALS + 1):
            new_value, start_slope, end_slope = _try_step(*sides, proximal, tau, z, share, gradient, step, room)
            if step == 0.0 or new_value >= value + 1e-4 * start_slope - 1e-13 * (1.0 + abs(value)):
                break
            ratio = start_slope / (start_slope - end_slope) if start_slope > end_slope else 0.5
            step = step * min(max(ratio, 0.1), 0.7) if trial < _TRIALS - 1 else 0.0
        steps += 1
        if step > 0.0:
            damping = min(max(damping * (0.3 if step == 1.0 else 1.0 if step > 0.1 else 5.0), 1e-10), 1.0)
        else:
            damping *= 30.0
        value, residual = new_value, _accept(z, gradient, coupling, room)
    return Progress(value, residual, steps, value > ceiling)
