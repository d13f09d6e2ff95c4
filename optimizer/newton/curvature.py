"""The generalised Hessian of the dual, and its Cholesky solve, on the multipliers that may move."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.newton.compiled import inlined, kernel, reduction
from optimizer.newton.dual import Coupling, Room, Side, add_lots

__all__ = ["cholesky_solve", "curvature"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bytes = NDArray[np.int8]
Records = NDArray[np.void]
# A group whose p (1 - p) is less is as good as decided, and a side of less weight bends nothing.
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
    columns: Floats,
    sizes: Ints,
) -> None:
    """Write d(slope of its cost)/dz times a weight for each name strictly inside a piece of its curve.

    A column for each multiplier, in which sizes[0] is the row to begin with, and then where the rows end; the rows are
    zero to begin with.
    """
    k: int = root.shape[1]
    for i in range(len(weight)):
        if weight[i] == 0.0 or not trades[i]["curvature"] > 0.0:
            continue
        row = sizes[0]
        sizes[0] = row + 1
        net, scale = trades[i]["net"], np.sqrt(weight[i] / trades[i]["curvature"])
        for f in range(k):
            columns[f, row] = root[i, f] * scale
        if slot[k] >= 0:
            columns[slot[k], row] = names[i]["variance"] * (names[i]["active"] + net) * scale
        for e in range(first[i], first[i + 1]):
            at = slot[k + 1 + entries[e]["row"]]
            if at >= 0:
                columns[at, row] = (entries[e]["buy"] if net > 0.0 else -entries[e]["sell"]) * scale
        for q in range(len(lot_slot)):
            if lot_slot[q] >= 0 and net < 0.0:
                piece = pieces[trades[i]["piece"]]
                rate = piece["up_rate"] * rates[piece["up"], q]
                if piece["down"] >= 0:
                    rate -= piece["down_rate"] * rates[piece["down"], q]
                columns[lot_slot[q], row] -= rate * scale


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
        room.name_row[i] = row
        room.names[0, i] = 1.0 - p if 1.0 - p > _UNDECIDED else 0.0
        room.names[1, i] = p if p > _UNDECIDED else 0.0
        room.names[2, i] = np.sqrt(p * (1.0 - p) / tau) if row >= 0 else 0.0
    return count


@kernel
def _write_difference(i: int, w: float, row: int, side: Side, coupling: Coupling, slot: Ints, columns: Floats) -> float:
    """Add w times what name i's trade on a side contributes to lam and coupling rows; return w times its amount."""
    k: int = coupling.root.shape[1]
    net, at_lam = side.trades[i]["net"], slot[k]
    if at_lam >= 0:
        active = side.names[i]["active"] + net
        columns[at_lam, row] += w * 0.5 * side.names[i]["variance"] * active * active
    if net != 0.0:
        for e in range(coupling.first[i], coupling.first[i + 1]):
            entry = coupling.entries[e]
            at = slot[k + 1 + entry["row"]]
            if at >= 0:
                columns[at, row] += w * net * (entry["buy"] if net > 0.0 else -entry["sell"])
    return float(w * net)


@kernel
def _write_differences(opened: Side, lost: Side, coupling: Coupling, slot: Ints, room: Room) -> None:
    """Add to the columns what the two sides of each undecided group differ by in what they contribute, weighted."""
    columns, weight, root = room.columns, room.names[2], coupling.root
    for i in range(len(weight)):
        row, w = room.name_row[i], weight[i]
        if row < 0 or w == 0.0:
            continue
        more = _write_difference(i, w, row, opened, coupling, slot, columns)
        more += _write_difference(i, -w, row, lost, coupling, slot, columns)
        for f in range(root.shape[1]):
            columns[f, row] += more * root[i, f]
    for loss in range(2):
        side = lost if loss == 1 else opened
        add_lots(weight, room.name_row, side.trades, side.first, side.pieces, side.rates, room.lot_slot, columns)
        for i in range(len(weight)):
            weight[i] = -weight[i]


@kernel
def _inside(opened: Records, lost: Records, room: Room) -> int:
    """How many trades that have a weight lie strictly inside a piece."""
    count = 0
    for i in range(len(opened)):
        if room.names[0, i] > 0.0 and opened[i]["curvature"] > 0.0:
            count += 1
        if room.names[1, i] > 0.0 and lost[i]["curvature"] > 0.0:
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
    k, lot_slot, columns = coupling.root.shape[1], room.lot_slot, room.columns
    for q in range(len(lot_slot)):
        lot_slot[q] = slot[k + 1 + coupling.lot_row[q]]
    count, inside = _undecided(group, fixed, tau, share, room), _inside(opened.trades, lost.trades, room)
    m = 0
    for j in range(len(slot)):
        m += 1 if slot[j] >= 0 else 0
    for a in range(m):
        for row in range(count + inside):
            columns[a, row] = 0.0
    if count > 0:
        _write_differences(opened, lost, coupling, slot, room)
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
            columns,
            room.sizes,
        )
    _products(columns, room.sizes, room.h)
    return m


@reduction
def _products(columns: Floats, sizes: Ints, h: Floats) -> None:
    """Write the columns' inner products, on and above the diagonal, into h.

    Four at once, so that what is read serves twice; calling BLAS would take a second to compile, and is no faster here.
    """
    used, m = sizes[0], sizes[1]
    for a in range(0, m, 2):
        below = min(a + 1, m - 1)
        for b in range(a, m, 2):
            beside = min(b + 1, m - 1)
            h_ab, h_right, h_down, h_both = 0.0, 0.0, 0.0, 0.0
            for r in range(used):
                w, x, y, z = columns[a, r], columns[below, r], columns[b, r], columns[beside, r]
                h_ab += w * y
                h_right += w * z
                h_down += x * y
                h_both += x * z
            h[a, b], h[a, beside], h[below, b], h[below, beside] = h_ab, h_right, h_down, h_both


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
