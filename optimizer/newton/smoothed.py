"""The dual of the non-convex problem, rounded so that Newton's method can climb it.

With v_o and v_l the least cost of a group's names on the open and on the loss side, the dual sums min(v_o, v_l), which
has a kink wherever a group is undecided, and at its maximum as many groups are as there are limits that bind. Here

    min(v_o, v_l)  becomes  -tau log(exp(-v_o / tau) + exp(-v_l / tau)),

whose gradient mixes the two sides by p = 1 / (1 + exp((v_l - v_o) / tau)), the share of the loss side, and whose Hessian
has p (1 - p) / tau times the outer product of what the two sides differ by, for each group. tau goes to zero in steps.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.newton.ascent import Progress, free_multipliers, moved_inside, newton_direction
from optimizer.newton.best_trades import Names, Trades, best_trades
from optimizer.newton.compiled import kernel
from optimizer.newton.dual import Coupling, Lots, Proximal, price_lots, prices_moved
from optimizer.newton.sale_curves import Curves

__all__ = ["Side", "climb_smoothed", "evaluate_smoothed"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bytes = NDArray[np.int8]
_UNDECIDED = 1e-6
_TRIALS = 8


class Side(NamedTuple):
    """One side of every group, and room for its trades."""

    names: Names
    lots: Lots
    curves: Curves
    trades: Trades


@kernel
def _add_quantities(i: int, weight: float, side: Side, coupling: Coupling, out: Floats) -> None:
    """Add to `out` (K + 1 + R) what name i's trade contributes to the gradient."""
    k, r = coupling.root.shape[1], len(coupling.upper)
    net = side.trades.net[i]
    active = side.names.active[i] + net
    out[k] += weight * 0.5 * side.names.variance[i] * active * active
    if net == 0.0:
        return
    for f in range(k):
        out[f] += weight * coupling.root[i, f] * net
    if net > 0.0:
        for row in range(r):
            out[k + 1 + row] += weight * coupling.buy[i, row] * net
        return
    for row in range(r):
        out[k + 1 + row] -= weight * coupling.sell[i, row] * net
    curves, left = side.curves, -net
    for at in range(curves.start[i], curves.start[i] + curves.count[i]):
        if left <= 0.0 or len(coupling.lot_row) == 0:
            break
        step = min(left, curves.length[at])
        left -= step
        for q in range(len(coupling.lot_row)):
            rate = curves.up_rate[at] * side.lots.row[curves.up[at], q]
            if curves.down[at] >= 0:
                rate -= curves.down_rate[at] * side.lots.row[curves.down[at], q]
            out[k + 1 + coupling.lot_row[q]] += weight * step * rate


@kernel
def _sweep(side: Side, coupling: Coupling, proximal: Proximal, z: Floats) -> None:
    k = coupling.root.shape[1]
    mu = z[k + 1 :]
    if len(coupling.lot_row) > 0 and prices_moved(coupling, mu, side.lots.prices):
        price_lots(side.lots, coupling, mu, side.curves)
    factor = coupling.root @ z[:k]
    best_trades(
        side.names,
        side.curves,
        factor + coupling.buy @ mu,
        coupling.sell @ mu - factor,
        z[k],
        proximal.weight,
        proximal.anchor,
        side.trades,
    )


@kernel
def _shares(open_value: Floats, loss_value: Floats, group: Ints, fixed: Bytes, tau: float, share: Floats) -> float:
    """Write each group's share p of the loss side, and return the sum of the (smoothed) minima."""
    share[:] = 0.0
    total = 0.0
    for i in range(len(group)):
        share[group[i]] += open_value[i] - loss_value[i]
        total += open_value[i]
    for g in range(len(share)):
        difference = share[g]
        if fixed[g] >= 0 or tau == 0.0:
            share[g] = float(fixed[g]) if fixed[g] >= 0 else 1.0 if difference > 0.0 else 0.0
            total -= share[g] * difference
            continue
        # Beyond 40 temperatures the other side's share is below the last digit.
        x = min(max(difference / tau, -40.0), 40.0)
        share[g] = 1.0 / (1.0 + np.exp(-x))
        total -= max(difference, 0.0) + tau * np.log1p(np.exp(-abs(x)))
    return total


@kernel
def _add_side(p: Floats, side: Side, coupling: Coupling, gradient: Floats) -> None:
    """Add one side's part of the gradient, each name with its share."""
    k = coupling.root.shape[1]
    net = p * side.trades.net
    active = side.names.active + side.trades.net
    gradient[:k] += net @ coupling.root
    gradient[k] += 0.5 * np.sum(p * side.names.variance * active * active)
    gradient[k + 1 :] += np.maximum(net, 0.0) @ coupling.buy + np.maximum(-net, 0.0) @ coupling.sell
    for q in range(len(coupling.lot_row)):
        gradient[k + 1 + coupling.lot_row[q]] += _lot_quantity(
            p,
            side.trades.net,
            side.lots.row[:, q],
            side.curves.start,
            side.curves.count,
            side.curves.length,
            side.curves.up,
            side.curves.down,
            side.curves.up_rate,
            side.curves.down_rate,
        )


@kernel
def _lot_quantity(
    p: Floats,
    net: Floats,
    row: Floats,
    start: Ints,
    count: Ints,
    length: Floats,
    up: Ints,
    down: Ints,
    up_rate: Floats,
    down_rate: Floats,
) -> float:
    """Sum over names, with their shares, of what the lots sold add to a row."""
    total = 0.0
    for i in range(len(net)):
        left = -net[i]
        if left <= 0.0 or p[i] == 0.0:
            continue
        for at in range(start[i], start[i] + count[i]):
            step = min(left, length[at])
            rate = up_rate[at] * row[up[at]]
            if down[at] >= 0:
                rate -= down_rate[at] * row[down[at]]
            total += p[i] * step * rate
            left -= step
            if left <= 0.0:
                break
    return total


@kernel
def evaluate_smoothed(
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
) -> float:
    """Value of the smoothed dual at z (tau = 0: of the dual itself), writing shares p (G,) and the gradient.

    `fixed` (G,) says the side of groups that have no choice: 1 loss, 0 open, -1 free.
    """
    _sweep(opened, coupling, proximal, z)
    _sweep(lost, coupling, proximal, z)
    total = _shares(opened.trades.value, lost.trades.value, group, fixed, tau, share)
    k = coupling.root.shape[1]
    nu, lam = z[:k], z[k]
    squared = nu @ nu
    p = share[group]
    gradient[:] = 0.0
    _add_side(p, lost, coupling, gradient)
    _add_side(1.0 - p, opened, coupling, gradient)
    gradient[:k] += coupling.exposure - nu / lam
    gradient[k] += 0.5 * squared / (lam * lam)
    gradient[k + 1 :] -= coupling.upper
    total += nu @ coupling.exposure - 0.5 * squared / lam - z[k + 1 :] @ coupling.upper
    if np.isfinite(coupling.te_limit):
        gradient[k] -= 0.5 * coupling.te_limit**2
        total -= 0.5 * (lam - coupling.floor) * coupling.te_limit**2
    return total


@kernel
def _inside_row(i: int, scale: float, side: Side, coupling: Coupling, out: Floats) -> None:
    """Write d(slope of name i)/dz times a scale, for a trade strictly inside a piece of its curve."""
    k, r = coupling.root.shape[1], len(coupling.upper)
    net = side.trades.net[i]
    for f in range(k):
        out[f] = coupling.root[i, f] * scale
    out[k] = side.names.variance[i] * (side.names.active[i] + net) * scale
    for row in range(r):
        out[k + 1 + row] = (coupling.buy[i, row] if net > 0.0 else -coupling.sell[i, row]) * scale
    at = side.trades.piece[i]
    if net > 0.0 or at < 0:
        return
    curves = side.curves
    for q in range(len(coupling.lot_row)):
        rate = curves.up_rate[at] * side.lots.row[curves.up[at], q]
        if curves.down[at] >= 0:
            rate -= curves.down_rate[at] * side.lots.row[curves.down[at], q]
        out[k + 1 + coupling.lot_row[q]] -= rate * scale


@kernel
def _smoothed_rows(
    opened: Side, lost: Side, coupling: Coupling, group: Ints, fixed: Bytes, tau: float, share: Floats, width: int
) -> Floats:
    """Rows whose outer products sum to the Hessian but for nu and lam's own block."""
    undecided = np.full(len(share), -1, dtype=np.int64)
    count = 0
    for g in range(len(share)):
        if tau > 0.0 and fixed[g] < 0 and share[g] * (1.0 - share[g]) > _UNDECIDED:
            undecided[g] = count
            count += 1
    inside = np.sum(opened.trades.curvature > 0.0) + np.sum(lost.trades.curvature > 0.0)
    rows = np.zeros((count + inside, width))
    at = count
    for i in range(len(group)):
        p = share[group[i]]
        row = undecided[group[i]]
        if row >= 0:
            scale = np.sqrt(p * (1.0 - p) / tau)
            _add_quantities(i, scale, opened, coupling, rows[row])
            _add_quantities(i, -scale, lost, coupling, rows[row])
        if p < 1.0 and opened.trades.curvature[i] > 0.0:
            _inside_row(i, np.sqrt((1.0 - p) / opened.trades.curvature[i]), opened, coupling, rows[at])
            at += 1
        if p > 0.0 and lost.trades.curvature[i] > 0.0:
            _inside_row(i, np.sqrt(p / lost.trades.curvature[i]), lost, coupling, rows[at])
            at += 1
    return rows[:at]


@kernel
def climb_smoothed(
    opened: Side,
    lost: Side,
    coupling: Coupling,
    group: Ints,
    fixed: Bytes,
    proximal: Proximal,
    tau: float,
    z: Floats,
    share: Floats,
    tolerance: float,
    most_steps: int,
) -> Progress:
    """Maximise the smoothed dual from z, in place."""
    factors = coupling.root.shape[1]
    gradient, new_gradient = np.zeros(len(z)), np.zeros(len(z))
    free = np.zeros(len(z), dtype=np.bool_)
    damping = 1e-2
    value = evaluate_smoothed(opened, lost, coupling, group, fixed, proximal, tau, z, share, gradient)
    residual = free_multipliers(z, gradient, coupling, free)
    steps = 0
    while steps < most_steps and residual > tolerance and damping < 1e6:
        where = np.flatnonzero(free)
        rows = _smoothed_rows(opened, lost, coupling, group, fixed, tau, share, len(z))
        p = newton_direction(rows[:, where], z, gradient, where, factors, damping)
        step, moved = 1.0, False
        for _ in range(_TRIALS):
            new = moved_inside(z, p, step, coupling)
            shift = new - z
            start_slope = gradient @ shift
            new_value = evaluate_smoothed(opened, lost, coupling, group, fixed, proximal, tau, new, share, new_gradient)
            end_slope = new_gradient @ shift
            if new_value >= value + 1e-4 * start_slope - 1e-13 * (1.0 + abs(value)):
                moved = True
                break
            ratio = start_slope / (start_slope - end_slope) if start_slope > end_slope else 0.5
            step *= min(max(ratio, 0.1), 0.7)
        steps += 1
        if not moved:
            damping *= 30.0
            evaluate_smoothed(opened, lost, coupling, group, fixed, proximal, tau, z, share, gradient)
            continue
        z[:] = new
        value = new_value
        gradient[:] = new_gradient
        residual = free_multipliers(z, gradient, coupling, free)
        damping = min(max(damping * (0.3 if step == 1.0 else 1.0 if step > 0.1 else 5.0), 1e-10), 1.0)
    return Progress(value, residual, steps, False)
