"""The generalised Hessian of the dual, and its Cholesky solve, on the multipliers that may move."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.newton.compiled import kernel, reduction
from optimizer.newton.dual import Coupling, Side, add_side

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
    end: Ints,
) -> None:
    """Write d(slope of its cost)/dz times a weight for each name strictly inside a piece of its curve.

    `end` (1,) is the row to begin with, and then where the rows end.
    """
    # No kernel called in the loop: counting references to its arrays would cost many times the work.
    k = int(root.shape[1])
    for i in range(len(weight)):
        if weight[i] == 0.0 or not trades[i]["curvature"] > 0.0:
            continue
        row = end[0]
        end[0] = row + 1
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
def _inside_rows(
    weight: Floats, side: Side, coupling: Coupling, slot: Ints, lot_slot: Ints, rows: Floats, end: Ints
) -> None:
    _write_slopes(
        weight,
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
        end,
    )


@kernel
def curvature(
    opened: Side,
    lost: Side,
    coupling: Coupling,
    group: Ints,
    fixed: Bytes,
    tau: float,
    share: Floats,
    slot: Ints,
) -> Floats:
    """Write the Hessian, times -1, on the multipliers that `slot` numbers, but for nu and lam's own block.

    A name strictly inside a piece of its curve adds the outer product of d(its slope)/dz over its curvature; an
    undecided group adds p (1 - p) / tau times that of what its two sides differ by.
    """
    n, k, m, count = len(group), int(coupling.root.shape[1]), 0, 0
    for j in range(len(slot)):
        m = max(m, slot[j] + 1)
    lot_slot = np.empty(len(coupling.lot_row), dtype=np.int64)
    for q in range(len(lot_slot)):
        lot_slot[q] = slot[k + 1 + coupling.lot_row[q]]
    row_of_group = np.full(len(share), -1, dtype=np.int64)
    for g in range(len(share)):
        if tau > 0.0 and fixed[g] < 0 and share[g] * (1.0 - share[g]) > _UNDECIDED:
            row_of_group[g] = count
            count += 1
    row_of, loss, opening = np.empty(n, dtype=np.int64), np.empty(n), np.empty(n)
    inside, difference = count, np.empty(n)
    for i in range(n):
        p = share[group[i]]
        row_of[i], loss[i], opening[i] = row_of_group[group[i]], p, 1.0 - p
        difference[i] = np.sqrt(p * (1.0 - p) / tau) if row_of[i] >= 0 else 0.0
        inside += int(p < 1.0 and opened.trades[i]["curvature"] > 0.0)
        inside += int(p > 0.0 and lost.trades[i]["curvature"] > 0.0)
    rows = np.zeros((inside, m))
    if count > 0:
        for side in range(2):
            add_side(difference, row_of, lost if side == 1 else opened, coupling, slot, lot_slot, rows)
            for i in range(n):
                difference[i] = -difference[i]
    end = np.full(1, count)
    for side in range(2):
        weight = loss if side == 1 else opening
        _inside_rows(weight, lost if side == 1 else opened, coupling, slot, lot_slot, rows, end)
    return _squares(rows)


@reduction
def _squares(rows: Floats) -> Floats:
    """Upper half of rows' rows; calling BLAS would take a second to compile, and gains little at this size."""
    m, whole = rows.shape[1], len(rows) // 4 * 4
    h = np.zeros((m, m))
    # Four rows at once: reading and writing h would take most of the time.
    for r in range(0, whole, 4):
        for a in range(m):
            w, x, y, z = rows[r, a], rows[r + 1, a], rows[r + 2, a], rows[r + 3, a]
            if w != 0.0 or x != 0.0 or y != 0.0 or z != 0.0:
                for b in range(a, m):
                    h[a, b] += w * rows[r, b] + x * rows[r + 1, b] + y * rows[r + 2, b] + z * rows[r + 3, b]
    for r in range(whole, len(rows)):
        for a in range(m):
            for b in range(a, m):
                h[a, b] += rows[r, a] * rows[r, b]
    return h


@reduction
def cholesky_solve(h: Floats, right: Floats) -> bool:
    """Solve h x = right in place, given the upper half of h, which is overwritten; False where h is not definite."""
    m = len(h)
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
