"""Maximising the dual: a projected semismooth Newton method inside a proximal-point loop (DUAL_NEWTON).

The generalised Hessian is a sum over the few names whose trade lies strictly inside a piece of its curve, of rank-one
terms, plus the block of nu and lam. A Levenberg term keeps every step well posed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.newton.best_trades import Names, Trades
from optimizer.newton.compiled import kernel
from optimizer.newton.dual import Coupling, Lots, Proximal, evaluate
from optimizer.newton.sale_curves import Curves

__all__ = ["Progress", "free_multipliers", "maximise_dual", "moved_inside", "newton_direction"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_LEAST_LAM = 1e-6
_TRIALS = 10
# A typical price, in dollars of tax a dollar traded: a row that no name inside a piece speaks for moves by about that.
_PRICE_SCALE = 0.1


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
def free_multipliers(z: Floats, gradient: Floats, coupling: Coupling, free: Bools) -> float:
    """Mark the multipliers that may move, and return the largest violation that they could mend."""
    k = coupling.root.shape[1]
    worst = 0.0
    for j in range(len(z)):
        least, most = -np.inf, np.inf
        if j == k:
            least = max(coupling.floor, _LEAST_LAM)
            most = np.inf if np.isfinite(coupling.te_limit) else least
        elif j > k:
            least, most = 0.0, coupling.ceiling[j - k - 1]
        free[j] = not ((z[j] <= least and gradient[j] <= 0.0) or (z[j] >= most and gradient[j] >= 0.0))
        if free[j]:
            size = abs(gradient[j]) / (coupling.te_limit if j == k else 1.0)
            worst = max(worst, size)
    return worst


@kernel
def _sensitivities(
    names: Names, lots: Lots, coupling: Coupling, curves: Curves, trades: Trades, where: NDArray[np.int64]
) -> Floats:
    """Rows d(price of name)/dz / sqrt(curvature) of the names strictly inside a piece, shape (inside, K + 1 + R)."""
    inside = np.flatnonzero(trades.curvature > 0.0)
    k, r = coupling.root.shape[1], len(coupling.upper)
    v = np.zeros((len(inside), k + 1 + r))
    for j in range(len(inside)):
        i = inside[j]
        scale = 1.0 / np.sqrt(trades.curvature[i])
        for f in range(k):
            v[j, f] = coupling.root[i, f] * scale
        v[j, k] = names.variance[i] * (names.active[i] + trades.net[i]) * scale
        if trades.net[i] > 0.0:
            for row in range(r):
                v[j, k + 1 + row] = coupling.buy[i, row] * scale
            continue
        for row in range(r):
            v[j, k + 1 + row] = -coupling.sell[i, row] * scale
        at = trades.piece[i]
        for q in range(len(coupling.lot_row)):
            rate = curves.up_rate[at] * lots.row[curves.up[at], q]
            if curves.down[at] >= 0:
                rate -= curves.down_rate[at] * lots.row[curves.down[at], q]
            v[j, k + 1 + coupling.lot_row[q]] -= rate * scale
    return v[:, where]


@kernel
def newton_direction(
    v: Floats, z: Floats, gradient: Floats, where: NDArray[np.int64], factors: int, damping: float
) -> Floats:
    """Newton step on the multipliers `where`, zero on the others."""
    h = v.T @ v
    m = len(where)
    lam = z[factors]
    position = -1
    for a in range(m):
        if where[a] == factors:
            position = a
    squared = 0.0
    for a in range(m):
        j = where[a]
        if j < factors:
            h[a, a] += 1.0 / lam
            squared += z[j] * z[j]
            if position >= 0:
                h[a, position] -= z[j] / (lam * lam)
                h[position, a] -= z[j] / (lam * lam)
    if position >= 0:
        h[position, position] += squared / lam**3
    for a in range(m):
        scale = lam if where[a] == factors else _PRICE_SCALE
        h[a, a] += damping * h[a, a] + min(1.0, 100.0 * damping) * abs(gradient[where[a]]) / scale + 1e-10
    p = np.zeros(len(z))
    p[where] = np.linalg.solve(h, gradient[where])
    return p


@kernel
def moved_inside(z: Floats, p: Floats, step: float, coupling: Coupling) -> Floats:
    """Return z + step p inside its bounds; lam changes at most five-fold."""
    k = coupling.root.shape[1]
    new = z + step * p
    least = max(coupling.floor, _LEAST_LAM)
    new[k] = max(min(max(new[k], 0.2 * z[k]), 5.0 * z[k]), least)
    for row in range(len(coupling.upper)):
        new[k + 1 + row] = min(max(new[k + 1 + row], 0.0), coupling.ceiling[row])
    return new


@kernel
def maximise_dual(
    names: Names,
    lots: Lots,
    coupling: Coupling,
    curves: Curves,
    proximal: Proximal,
    z: Floats,
    trades: Trades,
    tolerance: float,
    ceiling: float,
    most_steps: int,
) -> Progress:
    """Maximise the dual of one proximal step from z, in place.

    Parameters
    ----------
    tolerance : float
        Largest violation of a coupling limit, percent of NAV.
    ceiling : float
        A dual value above it proves that no trades are feasible.
    """
    factors = coupling.root.shape[1]
    gradient, new_gradient = np.zeros(len(z)), np.zeros(len(z))
    free = np.zeros(len(z), dtype=np.bool_)
    damping = 1e-2
    value = evaluate(names, lots, coupling, curves, proximal, z, trades, gradient)
    residual = free_multipliers(z, gradient, coupling, free)
    steps = 0
    while steps < most_steps and residual > tolerance and value <= ceiling:
        where = np.flatnonzero(free)
        v = _sensitivities(names, lots, coupling, curves, trades, where)
        p = newton_direction(v, z, gradient, where, factors, damping)
        step, moved = 1.0, False
        for _ in range(_TRIALS):
            new = moved_inside(z, p, step, coupling)
            shift = new - z
            start_slope = gradient @ shift
            new_value = evaluate(names, lots, coupling, curves, proximal, new, trades, new_gradient)
            end_slope = new_gradient @ shift
            if new_value >= value + 1e-4 * start_slope - 1e-13 * (1.0 + abs(value)):
                moved = True
                break
            ratio = start_slope / (start_slope - end_slope) if start_slope > end_slope else 0.5
            step *= min(max(ratio, 0.1), 0.7)
        steps += 1
        if not moved:
            damping *= 30.0
            evaluate(names, lots, coupling, curves, proximal, z, trades, gradient)
            if damping > 1e8:
                break
            continue
        z[:] = new
        value = new_value
        gradient[:] = new_gradient
        residual = free_multipliers(z, gradient, coupling, free)
        damping = min(max(damping * (0.3 if step == 1.0 else 1.0 if step > 0.1 else 5.0), 1e-10), 1.0)
    return Progress(value, residual, steps, value > ceiling)
