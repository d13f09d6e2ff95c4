"""What selling x of a name costs in tax: a convex piecewise-linear curve, from its lots and its loss cap.

f(x) = min { sum c_l s_l : sum s_l = x, sum k_l s_l <= cap, 0 <= s_l <= v_l }, with c_l the tax of a dollar sold
(negative where it saves tax) and k_l >= 0 the loss it realises. Until the cap binds, lots go in the order of c_l. From
there on each further dollar comes from giving one lot back for another that realises less loss for each dollar, or
none: the breaks of a small parametric linear program, kept as *pseudo-lots* (DUAL_NEWTON, point 4).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.newton.compiled import entry, kernel

__all__ = ["LOT", "PIECE", "PIECES_PER_LOT", "build_curves", "price_lots", "recover_lots", "state_lots", "write_curve"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Records = NDArray[np.void]
# Each lot enters a name's curve once, and may be given back and taken again where the cap binds.
PIECES_PER_LOT = 3

# A lot: most that may be sold of it; tax of a dollar sold, and the same with the prices of coupling rows; loss that
# counts against the cap. `filled` and `order` are workspace.
LOT = np.dtype(
    [("most", "f8"), ("tax", "f8"), ("priced", "f8"), ("loss", "f8"), ("filled", "f8"), ("order", "i8")], align=True
)
# A piece of a curve: dollars sold along it and the tax of each; the lot sold along it, and the lot of which less is
# sold (-1: none); what one dollar along it sells of the one and gives back of the other: up_rate - down_rate = 1.
PIECE = np.dtype(
    [("length", "f8"), ("slope", "f8"), ("up_rate", "f8"), ("down_rate", "f8"), ("up", "i8"), ("down", "i8")],
    align=True,
)


@kernel
def _sort_lots(lots: Records, first: int, last: int) -> int:
    """Write the order in which lots with something to sell go, by tax; return where it ends."""
    end = first
    for lot in range(first, last):
        lots[lot]["filled"] = 0.0
        lots[lot]["order"] = -1
        if lots[lot]["most"] <= 0.0:
            continue
        tax, j = lots[lot]["priced"], end
        while j > first and lots[lots[j - 1]["order"]]["priced"] > tax:
            lots[j]["order"] = lots[j - 1]["order"]
            j -= 1
        lots[j]["order"] = lot
        end += 1
    return end


@kernel
def _write(pieces: Records, at: int, length: float, slope: float, up: int, down: int, up_rate: float) -> None:
    piece = pieces[at]
    piece["length"] = length
    piece["slope"] = slope
    piece["up_rate"] = up_rate
    piece["down_rate"] = up_rate - 1.0
    piece["up"] = up
    piece["down"] = down


@kernel
def _until_the_cap(lots: Records, first: int, end: int, cap: float, pieces: Records, start: int) -> tuple[int, int]:
    """Write pieces until the cap binds; return where they end, and the lot at which it binds (-1: it does not)."""
    left, at = cap, start
    for j in range(first, end):
        which = lots[j]["order"]
        lot = lots[which]
        amount, binds = lot["most"], False
        if lot["loss"] * amount > left:
            amount, binds = max(left / lot["loss"], 0.0), True
        left -= lot["loss"] * amount
        lot["filled"] = amount
        if amount > 0.0:
            _write(pieces, at, amount, lot["priced"], which, -1, 1.0)
            at += 1
        if binds:
            return at, which
    return at, -1


@kernel
def _next_exchange(lots: Records, first: int, end: int, basis: int, theta: float) -> tuple[int, float]:
    """Return the lot that ties with the basis first as the price theta of the cap rises, and that theta; -1: none.

    A lot with room and less loss takes the basis's place; a full lot with more loss gives its place up.
    """
    best, best_theta = -1, np.inf
    loss, tax = lots[basis]["loss"], lots[basis]["priced"]
    for j in range(first, end):
        which = lots[j]["order"]
        lot = lots[which]
        difference = loss - lot["loss"]
        can_enter = difference > 0.0 and lot["filled"] < lot["most"]
        can_leave = difference < 0.0 and lot["filled"] > 0.0
        if which == basis or not (can_enter or can_leave):
            continue
        crossing = max((lot["priced"] - tax) / difference, theta)
        if crossing < best_theta:
            best, best_theta = which, crossing
    return best, best_theta


@kernel
def _exchange(lots: Records, basis: int, other: int, theta: float, pieces: Records, at: int) -> tuple[int, int]:
    """Sell more of the lot of less loss and less of the other, the cap staying met.

    Return where the pieces end, and the lot left part filled.
    """
    low, high = (other, basis) if lots[other]["loss"] < lots[basis]["loss"] else (basis, other)
    ratio = lots[low]["loss"] / lots[high]["loss"]
    room = lots[low]["most"] - lots[low]["filled"]
    rise = room
    if ratio > 0.0:
        rise = min(room, lots[high]["filled"] / ratio)
    if rise > 0.0:
        slope = lots[low]["priced"] + theta * lots[low]["loss"]
        _write(pieces, at, rise * (1.0 - ratio), slope, low, high if ratio > 0.0 else -1, 1.0 / (1.0 - ratio))
        at += 1
    lots[low]["filled"] += rise
    lots[high]["filled"] = max(lots[high]["filled"] - rise * ratio, 0.0)
    return at, high if ratio == 0.0 or rise == room else low


@kernel
def write_curve(i: int, lots: Records, first: Ints, cap: Floats, pieces: Records, used: Ints) -> None:
    """Write name i's curve, its lots being priced."""
    start = PIECES_PER_LOT * first[i]
    end = _sort_lots(lots, first[i], first[i + 1])
    at, basis = _until_the_cap(lots, first[i], end, cap[i], pieces, start)
    theta = 0.0
    for _ in range((PIECES_PER_LOT - 1) * (end - first[i])):
        if basis < 0:
            break
        other, theta = _next_exchange(lots, first[i], end, basis, theta)
        if other < 0:
            break
        at, basis = _exchange(lots, basis, other, theta, pieces, at)
    used[i] = at - start


@kernel
def price_lots(lots: Records, rates: Floats, price: Floats, first: Ints, used: Ints, cheapest: Floats) -> None:
    """Write what a dollar sold of each lot costs at these prices; `used` of every name becomes -1: not written yet.

    A name of which even the cheapest lot is not worth selling needs no curve, and most are such.
    """
    for i in range(len(used)):
        used[i], least = -1, np.inf
        for lot in range(first[i], first[i + 1]):
            tax = lots[lot]["tax"]
            for q in range(len(price)):
                tax += price[q] * rates[lot, q]
            lots[lot]["priced"] = tax
            if tax < least and lots[lot]["most"] > 0.0:
                least = tax
        cheapest[i] = least


@entry
def state_lots(order: Ints, may_sell: Bools, amounts: Floats, tax: Floats, loss: Floats, lots: Records) -> None:
    """Write lots (L,) as they are stated; those that `may_sell` (L,), in the order before `order`, may be sold."""
    for j in range(len(lots)):
        lot = lots[j]
        lot["most"] = amounts[j] if may_sell[order[j]] else 0.0
        lot["tax"] = tax[j]
        lot["priced"] = tax[j]
        lot["loss"] = loss[j]
        lot["filled"] = 0.0
        lot["order"] = -1


@entry
def build_curves(
    lots: Records,
    rates: Floats,
    price: Floats,
    first: Ints,
    cap: Floats,
    pieces: Records,
    used: Ints,
    cheapest: Floats,
    sellable: Floats,
) -> None:
    """Write every name's curve.

    Parameters
    ----------
    lots : array of LOT (L,)
        Lots of name i are first[i] to first[i + 1]; `priced` and the workspace are overwritten.
    rates : array (L, Q)
        What a dollar sold adds to each coupling row that tells lots of one name apart.
    price : array (Q,)
        Prices of those rows.
    first : array of int (N + 1,)
    cap : array (N,)
        Most loss of each name, infinite where there is no cap.
    pieces : array of PIECE (3 L,)
        Pieces of name i from 3 first[i] on, overwritten.
    used : array of int (N,)
        How many there are, overwritten.
    cheapest, sellable : array (N,)
        Least tax of a dollar sold, and most that can be sold, of each name, overwritten.
    """
    price_lots(lots, rates, price, first, used, cheapest)
    for i in range(len(used)):
        write_curve(i, lots, first, cap, pieces, used)
        total, start = 0.0, PIECES_PER_LOT * first[i]
        for piece in range(start, start + used[i]):
            total += pieces[piece]["length"]
        sellable[i] = total


@entry
def recover_lots(first: Ints, pieces: Records, used: Ints, sold: Floats, lots: Floats) -> None:
    """Write into `lots` (L,) what is sold of each lot when sold[i] of each name goes."""
    lots[:] = 0.0
    for i in range(len(sold)):
        left, start = sold[i], PIECES_PER_LOT * first[i]
        for at in range(start, start + used[i]):
            if left <= 0.0:
                break
            piece = pieces[at]
            step = min(left, piece["length"])
            lots[piece["up"]] += step * piece["up_rate"]
            if piece["down"] >= 0:
                lots[piece["down"]] -= step * piece["down_rate"]
            left -= step
