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
from optimizer.newton.dual import Coupling, Proximal, Side, evaluate

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


@kernel
def _free_multipliers(z: Floats, gradient: Floats, coupling: Coupling, slot: Ints) -> float:
    """Number the multipliers that may move (others: -1), and return the largest violation that they could mend."""
    k = int(coupling.root.shape[1])
    worst, count = 0.0, 0
    for j in range(len(z)):
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
def _newton_direction(
    h: Floats, z: Floats, gradient: Floats, slot: Ints, factors: int, damping: float, p: Floats
) -> bool:
    """Write the Newton step on the free multipliers into p (zero on the others); False where there is none.

    h (m, m), of which the upper half counts, is overwritten.
    """
    lam, position = z[factors], slot[factors]
    squared, right = 0.0, np.zeros(len(h))
    for f in range(factors):
        if slot[f] < 0:
            continue
        h[slot[f], slot[f]] += 1.0 / lam
        squared += z[f] * z[f]
        if position >= 0:
            h[slot[f], position] -= z[f] / (lam * lam)
    if position >= 0:
        h[position, position] += squared / lam**3
    for j in range(len(z)):
        a = slot[j]
        if a >= 0:
            scale = lam if j == factors else _PRICE_SCALE
            h[a, a] += damping * h[a, a] + min(1.0, 100.0 * damping) * abs(gradient[j]) / scale + 1e-10
            right[a] = gradient[j]
    solved = cholesky_solve(h, right)
    for j in range(len(z)):
        p[j] = right[slot[j]] if slot[j] >= 0 else 0.0
    return solved


@kernel
def _moved_inside(z: Floats, p: Floats, step: float, coupling: Coupling, new: Floats) -> None:
    """Write z + step p inside its bounds, z itself where the step is zero; lam changes at most five-fold."""
    k = int(coupling.root.shape[1])
    for j in range(len(z)):
        new[j] = z[j] + step * p[j] if step > 0.0 else z[j]
    if step == 0.0:
        return
    least = max(coupling.floor, _LEAST_LAM)
    new[k] = max(min(max(new[k], 0.2 * z[k]), 5.0 * z[k]), least)
    for row in range(len(coupling.upper)):
        new[k + 1 + row] = min(max(new[k + 1 + row], 0.0), coupling.ceiling[row])


@entry
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
    tolerance : float
        Largest violation of a coupling limit, percent of NAV.
    ceiling : float
        A dual value above it proves that no trades are feasible.
    most_steps : int
        With 0, and a tolerance of 0, the dual is only evaluated at z: a kernel for that alone would take as long to
        compile again.
    """
    factors, size = int(coupling.root.shape[1]), len(z)
    new_gradient, p, new = np.zeros(size), np.zeros(size), np.zeros(size)
    slot = np.zeros(size, dtype=np.int64)
    damping, value, residual, steps = 1e-2, -np.inf, np.inf, -1
    # One call of `evaluate`: each takes seconds to compile. The first pass goes nowhere, to know where it stands.
    while steps < most_steps and residual > tolerance and value <= ceiling and damping <= _MOST_DAMPING:
        step = 0.0
        if steps >= 0:
            h = curvature(opened, lost, coupling, group, fixed, tau, share, slot)
            step = 1.0 if _newton_direction(h, z, gradient, slot, factors, damping, p) else 0.0
        for trial in range(_TRIALS + 1):
            _moved_inside(z, p, step, coupling, new)
            new_value = evaluate(opened, lost, coupling, group, fixed, proximal, tau, new, share, new_gradient)
            start_slope, end_slope = 0.0, 0.0
            for j in range(size):
                start_slope += gradient[j] * (new[j] - z[j])
                end_slope += new_gradient[j] * (new[j] - z[j])
            if step == 0.0 or new_value >= value + 1e-4 * start_slope - 1e-13 * (1.0 + abs(value)):
                break
            ratio = start_slope / (start_slope - end_slope) if start_slope > end_slope else 0.5
            step = step * min(max(ratio, 0.1), 0.7) if trial < _TRIALS - 1 else 0.0
        steps += 1
        if step > 0.0:
            damping = min(max(damping * (0.3 if step == 1.0 else 1.0 if step > 0.1 else 5.0), 1e-10), 1.0)
        elif steps > 0:
            damping *= 30.0
        value = new_value
        for j in range(size):  # element by element: numba's slice assignment takes a second to compile
            z[j], gradient[j] = new[j], new_gradient[j]
        residual = _free_multipliers(z, gradient, coupling, slot)
    return Progress(value, residual, steps, value > ceiling)
