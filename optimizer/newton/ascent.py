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

__all__ = ["Bounds", "Progress", "bounds_of", "climb"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bytes = NDArray[np.int8]
_LEAST_LAM = 1e-6
_TRIALS = 10
# A typical price, in dollars of tax a dollar traded: a row that no name inside a piece speaks for moves by about that.
_PRICE_SCALE = 0.1
_MOST_DAMPING = 1e8
# Levenberg terms to begin with: between two kinks the dual is quadratic, but sides that are nearly even change quickly.
_SHARP, _ROUNDED = 1e-4, 1.0


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


class Bounds(NamedTuple):
    """What the multipliers may be, and what one unit of each one's gradient counts for in the residual; arrays (M,)."""

    least: Floats
    most: Floats
    size: Floats


def bounds_of(coupling: Coupling) -> Bounds:
    """Bounds of the multipliers of these rows."""
    k, rows = coupling.root.shape[1], len(coupling.upper)
    lam, limited = max(coupling.floor, _LEAST_LAM), bool(np.isfinite(coupling.te_limit))
    least, most, size = np.zeros(k + 1 + rows), np.full(k + 1 + rows, np.inf), np.ones(k + 1 + rows)
    least[:k], least[k], most[k + 1 :] = -np.inf, lam, coupling.ceiling
    if limited:
        size[k] = 1.0 / max(coupling.te_limit, 1e-6)
    else:
        most[k] = lam
    return Bounds(least, most, size)


@kernel
def _accept(z: Floats, gradient: Floats, bounds: Bounds, new: Floats, slopes: Floats, slot: Ints) -> float:
    """Go to `new`, number the multipliers that may move (others: -1); return the largest violation they could mend."""
    worst, count = 0.0, 0
    for j in range(len(z)):
        z[j], gradient[j] = new[j], slopes[j]
        at_least, at_most = z[j] <= bounds.least[j], z[j] >= bounds.most[j]
        if (at_least and gradient[j] <= 0.0) or (at_most and gradient[j] >= 0.0):
            slot[j] = -1
            continue
        slot[j] = count
        count += 1
        worst = max(worst, abs(gradient[j]) * bounds.size[j])
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
def _move(z: Floats, p: Floats, step: float, bounds: Bounds, factors: int, slopes: Floats, new: Floats) -> float:
    """Write z + step p inside its bounds, z itself where the step is zero; return what `slopes` make of the move.

    lam changes at most five-fold.
    """
    rise = 0.0
    for j in range(len(z)):
        new[j] = z[j]
        if step > 0.0:
            to = z[j] + step * p[j]
            if j == factors:
                to = max(min(max(to, 0.2 * z[j]), 5.0 * z[j]), bounds.least[j])
            elif j > factors:
                to = min(max(to, bounds.least[j]), bounds.most[j])
            new[j] = to
        rise += slopes[j] * (new[j] - z[j])
    return rise


@entry
def _climb(
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
    bounds: Bounds,
    room: Room,
    ended: Floats,
) -> int:
    """Do what `climb` says; value and residual go to `ended` (2,), returned are the steps taken."""
    k: int = coupling.root.shape[1]
    new, slopes, slot = room.z, room.gradient, room.slot
    damping, steps, trial, step, rise = _ROUNDED if tau > 0.0 else _SHARP, 0, -1, 0.0, 0.0
    value, residual = -np.inf, np.inf
    for j in range(len(z)):
        new[j] = z[j]
    # Once around for each point looked at: what evaluates them is long, and would be compiled for each place it is in.
    while True:
        new_value = evaluate(opened, lost, coupling, group, fixed, proximal, tau, new, share, room)
        enough = new_value >= value + 1e-4 * rise - 1e-13 * (1.0 + abs(value))
        if trial >= 0 and step != 0.0 and not enough:
            step = _shorter(step, rise, z, new, slopes, room.right) if trial < _TRIALS - 1 else 0.0
            trial += 1
            rise = _move(z, room.step, step, bounds, k, gradient, new)
            continue
        if trial >= 0:
            steps += 1
            damping = _next_damping(damping, step)
        value, residual = new_value, _accept(z, gradient, bounds, new, slopes, slot)
        if not (steps < most_steps and residual > tolerance and value <= ceiling and damping <= _MOST_DAMPING):
            break
        m = curvature(opened, lost, coupling, group, fixed, tau, share, slot, room)
        solved = _solve_damped(room.h, m, z, gradient, slot, k, damping, room.step, room.right)
        trial, step = 0, 1.0 if solved else 0.0
        rise = _move(z, room.step, step, bounds, k, gradient, new)
    ended[0], ended[1] = value, residual
    return steps


@kernel
def _shorter(step: float, rise: float, z: Floats, new: Floats, slopes: Floats, moved: Floats) -> float:
    """Return the step to try next, from the slopes where this one has led."""
    for j in range(len(z)):
        moved[j] = new[j] - z[j]
    bend = rise - np.dot(slopes, moved)
    ratio = rise / bend if bend > 0.0 else 0.5
    return step * min(max(ratio, 0.1), 0.7)


@kernel
def _next_damping(damping: float, step: float) -> float:
    if step == 0.0:
        return damping * 30.0
    return min(max(damping * (0.2 if step == 1.0 else 4.0 if step > 0.1 else 10.0), 1e-10), 1.0)


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
    bounds: Bounds | None = None,
    room: Room | None = None,
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
    bounds : Bounds, optional
        `bounds_of` the coupling, where it is known.
    room : Room, optional
        To work in, where there is some.
    """
    room = make_room(len(group), len(share), len(z), len(coupling.lot_row)) if room is None else room
    bounds = bounds_of(coupling) if bounds is None else bounds
    ended = np.zeros(2)
    steps = _climb(
        opened, lost, coupling, group, fixed, proximal, tau, z, share, gradient, tolerance, ceiling, most_steps, bounds,
        room, ended,
    )  # fmt: skip
    value, residual = ended.tolist()
    return Progress(value, residual, steps, value > ceiling)
