"""The generalised Hessian of the dual, and its Cholesky solve, on the multipliers that may move."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.newton.compiled import inlined, kernel, reduction
from optimizer.newton.dual import Coupling, Room, Side, add_side

__all__ = ["cholesky_solve", "curvature"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bytes = NDArray[np.int8]
Records = NDArray[np.void]
# A group whose p (1 - p) is less is as good as decided.
_UNDECIDED = 1e-6


@kernel
def _write_slopes(
    weight: Floats,
    names: Records,
    trades: Records,
    pieces: Records,
    rates: Floats,
    root: Floats,
    first: Ints,
    entries: Records,
    slot: Ints,
    lot_slot: Ints,
    rows: Floats,
    sizes: Ints,
) -> None:
    """Write d(slope of its cost)/dz times a weight for each name strictly inside a piece of its curve.

    sizes[0] is the row to begin with, and then where the rows end; the rows are zero to begin with.
    """
    k: int = root.shape[1]
    for i in range(len(weight)):
        if weight[i] == 0.0 or not trades[i]["curvature"] > 0.0:
            continue
        row = sizes[0]
        sizes[0] = row + 1
        net, scale = trades[i]["net"], np.sqrt(weight[i] / trades[i]["curvature"])
        for f in range(k):
            rows[row, f] = root[i, f] * scale
        if slot[k] >= 0:
            rows[row, slot[k]] = names[i]["variance"] * (names[i]["active"] + net) * scale
        for e in range(first[i], first[i + 1]):
            at = slot[k + 1 + entries[e]["row"]]
            if at >= 0:
                rows[row, at] = (entries[e]["buy"] if net > 0.0 else -entries[e]["sell"]) * scale
        for q in range(len(lot_slot)):
            if lot_slot[q] >= 0 and net < 0.0:
                piece = pieces[trades[i]["piece"]]
                rate = piece["up_rate"] * rates[piece["up"], q]
                if piece["down"] >= 0:
                    rate -= piece["down_rate"] * rates[piece["down"], q]
                rows[row, lot_slot[q]] -= rate * scale


@kernel
def _undecided(group: Ints, fixed: Bytes, tau: float, share: Floats, room: Room) -> int:
    """Write names' weights on both sides and the row of each undecided group; return how many of these there are.

    Rows of room.names: 0 the open side, 1 the loss side, 2 the root of p (1 - p) / tau.
    """
    count = 0
    for g in range(len(share)):
        room.group_row[g] = -1
        if tau > 0.0 and fixed[g] < 0 and share[g] * (1.0 - share[g]) > _UNDECIDED:
            room.group_row[g] = count
            count += 1
    for i in range(len(group)):
        p, row = share[group[i]], room.group_row[group[i]]
        room.name_row[i], room.names[0, i], room.names[1, i] = row, 1.0 - p, p
        room.names[2, i] = np.sqrt(p * (1.0 - p) / tau) if row >= 0 else 0.0
    return count


@kernel
def _inside(opened: Records, lost: Records, group: Ints, share: Floats) -> int:
    """How many trades lie strictly inside a piece."""
    count = 0
    for i in range(len(group)):
        p = share[group[i]]
        if p < 1.0 and opened[i]["curvature"] > 0.0:
            count += 1
        if p > 0.0 and lost[i]["curvature"] > 0.0:
            count += 1
    return count


@inlined
def curvature(
    opened: Side,
    lost: Side,
    coupling: Coupling,
    group: Ints,
    fixed: Bytes,
    tau: float,
    share: Floats,
    slot: Ints,
    room: Room,
) -> int:
    """Write the Hessian, times -1, on the multipliers that `slot` numbers, but for nu and lam's own block.

    A name strictly inside a piece of its curve adds the outer product of d(its slope)/dz over its curvature; an
    undecided group adds p (1 - p) / tau times that of what its two sides differ by.
    The upper half of it goes to room.h; returned is its size.
    """
    k, lot_slot, rows, difference = coupling.root.shape[1], room.lot_slot, room.rows, room.names[2]
    for q in range(len(lot_slot)):
        lot_slot[q] = slot[k + 1 + coupling.lot_row[q]]
    count, inside = _undecided(group, fixed, tau, share, room), _inside(opened.trades, lost.trades, group, share)
    m = 0
    for j in range(len(slot)):
        m += 1 if slot[j] >= 0 else 0
    for row in range(count + inside):
        for a in range(m):
            rows[row, a] = 0.0
    if count > 0:
        for loss in range(2):
            add_side(difference, room.name_row, lost if loss == 1 else opened, coupling, slot, lot_slot, rows)
            for i in range(len(group)):
                difference[i] = -difference[i]
    room.sizes[0], room.sizes[1] = count, m
    for loss in range(2):
        side = lost if loss == 1 else opened
        _write_slopes(
            room.names[loss],
            side.names,
            side.trades,
            side.pieces,
            side.rates,
            coupling.root,
            coupling.first,
            coupling.entries,
            slot,
            lot_slot,
            rows,
            room.sizes,
        )
    _squares(rows, room.sizes, room.h)
    return m


@reduction
def _squares(rows: Floats, sizes: Ints, h: Floats) -> None:
    """Write the upper half of rows' rows into h; calling BLAS would take a second to compile, and gains little here."""
    used, m = sizes[0], sizes[1]
    whole = used // 4 * 4
    for a in range(m):
        for b in range(a, m):
            h[a, b] = 0.0
    # Four rows at once: reading and writing h would take most of the time.
    for r in range(0, whole, 4):
        for a in range(m):
            w, x, y, z = rows[r, a], rows[r + 1, a], rows[r + 2, a], rows[r + 3, a]
            if w != 0.0 or x != 0.0 or y != 0.0 or z != 0.0:
                for b in range(a, m):
                    h[a, b] += w * rows[r, b] + x * rows[r + 1, b] + y * rows[r + 2, b] + z * rows[r + 3, b]
    for r in range(whole, used):
        for a in range(m):
            for b in range(a, m):
                h[a, b] += rows[r, a] * rows[r, b]


@reduction
def cholesky_solve(h: Floats, m: int, right: Floats) -> bool:
    """Solve h x = right in place, of size m, given the upper half of h, which is overwritten; False if not definite."""
    for k in range(m):
        if not h[k, k] > 0.0:
            return False
        pivot = np.sqrt(h[k, k])
        for b in range(k, m):
            h[k, b] /= pivot
        right[k] /= pivot
        for a in range(k + 1, m):
            x = h[k, a]
            right[a] -= x * right[k]
            for b in range(a, m):
                h[a, b] -= x * h[k, b]
    finite = True
    for k in range(m - 1, -1, -1):
        known = 0.0
        for b in range(k + 1, m):
            known += h[k, b] * right[b]
        right[k] = (right[k] - known) / h[k, k]
        finite = finite and np.isfinite(right[k])
    return finite
