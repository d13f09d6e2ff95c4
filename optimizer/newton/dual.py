"""The dual of a rebalance in which each group may be sold at a loss or bought, and its gradient.

With nu (K) the prices of factor exposures, lam the multiplier of half the tracking variance and mu (R) the prices of
the rows that couple names, in percent of NAV (DUAL_NEWTON, "The dual Newton"):

    g = sum over groups of min(v_o, v_l) + nu'y0 - |nu|^2 / (2 lam) - (lam - floor) TE^2 / 2 - mu'u

with v_o and v_l the least cost of the group's names on the open and on the loss side, sums of min_t phi_i(t). The
gradient is the coupled quantities less their limits. `floor` is twice the mandate's own price of variance.

At the maximum of g as many groups are undecided as there are limits that bind, and each is a kink. For Newton's method

    min(v_o, v_l)  becomes  -tau log(exp(-v_o / tau) + exp(-v_l / tau)),

whose gradient mixes the two sides by p = 1 / (1 + exp((v_l - v_o) / tau)), the share of the loss side. A single pattern
is the case in which every group's side is fixed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.newton.best_trades import TRADE, best_trades
from optimizer.newton.compiled import inlined, kernel, reduction
from optimizer.newton.sale_curves import PIECE, PIECES_PER_LOT, build_curves, price_lots

__all__ = ["ENTRY", "Coupling", "Proximal", "Room", "Side", "add_lots", "evaluate", "make_room", "make_side"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bytes = NDArray[np.int8]
Records = NDArray[np.void]
# One name in one coupling row: what a dollar bought or sold adds to the row.
ENTRY = np.dtype([("row", "i8"), ("buy", "f8"), ("sell", "f8")], align=True)
# Beyond so many temperatures the other side's share is below the last digit.
_DECIDED = 40.0


class Coupling(NamedTuple):
    """What couples names.

    Parameters
    ----------
    root : array (N, K)
        G.
    exposure : array (K,)
        y0 = G'a0.
    te_limit, floor : float
        TE, infinite where there is none; least value of lam.
    entries : array of ENTRY (E,)
        The rows' coefficients, by name.
    first : array of int (N + 1,)
        Those of name i are entries[first[i]:first[i + 1]].
    upper, ceiling : array (R,)
        u, and the largest price a row may have (infinite: a hard row).
    lot_row : array of int (Q,)
        Rows that lots of one name add different amounts to.
    """

    root: Floats
    exposure: Floats
    te_limit: float
    floor: float
    entries: Records
    first: Ints
    upper: Floats
    ceiling: Floats
    lot_row: Ints


class Side(NamedTuple):
    """What the names may do on one side of their groups, and room for what they do best.

    Parameters
    ----------
    names : array of NAME (N,)
    lots : array of LOT (L,)
        Sorted by name.
    first : array of int (N + 1,)
        Lots of name i are first[i] to first[i + 1].
    cap : array (N,)
        Most loss of a name, infinite where there is no cap.
    rates : array (L, Q)
        What a dollar sold adds to each row of `Coupling.lot_row`.
    prices : array (Q,)
        Prices of those rows that the curves were last written for.
    pieces : array of PIECE (3 L,)
    used : array of int (N,)
    cheapest, sellable : array (N,)
        Sale curves, as `build_curves` writes them, and at other prices those that are needed.
    trades : array of TRADE (N,)
        As `best_trades` writes them.
    """

    names: Records
    lots: Records
    first: Ints
    cap: Floats
    rates: Floats
    prices: Floats
    pieces: Records
    used: Ints
    cheapest: Floats
    sellable: Floats
    trades: Records


class Proximal(NamedTuple):
    """The term sum_i weight_i (t_i - anchor_i)^2 / 2 that makes the dual smooth; arrays (N,), anchors by side."""

    weight: Floats
    opened: Floats
    lost: Floats


class Room(NamedTuple):
    """Room for what the kernels work out on the way, none of which makes an array; M = K + 1 + R.

    Parameters
    ----------
    names : array (3, N)
    name_row : array of int (N,)
    group_row : array of int (G,)
    slot : array of int (M,)
    lot_slot : array of int (Q,)
    z, step, right : array (M,)
    gradient : array (M,)
    total : array (M, 1)
        The gradient as a column.
    columns : array (M, at least 2 N + G)
    h : array (M, M)
    sizes : array of int (2,)
    """

    names: Floats
    name_row: Ints
    group_row: Ints
    slot: Ints
    lot_slot: Ints
    z: Floats
    step: Floats
    right: Floats
    gradient: Floats
    total: Floats
    columns: Floats
    h: Floats
    sizes: Ints


def make_room(names: int, groups: int, multipliers: int, lot_rows: int) -> Room:
    """Make room for so many; nothing in it is ever read before it is written."""
    gradient = np.empty(multipliers)
    # An odd number of cache lines in each column, so that those of one row do not fall on each other.
    length = 8 * ((2 * names + groups + 7) // 8 | 1)
    return Room(
        names=np.empty((3, names)),
        name_row=np.empty(names, dtype=np.int64),
        group_row=np.empty(groups, dtype=np.int64),
        slot=np.empty(multipliers, dtype=np.int64),
        lot_slot=np.empty(lot_rows, dtype=np.int64),
        z=np.empty(multipliers),
        step=np.empty(multipliers),
        right=np.empty(multipliers),
        gradient=gradient,
        total=gradient[:, None],
        columns=np.empty((multipliers, length)),
        h=np.empty((multipliers, multipliers)),
        sizes=np.empty(2, dtype=np.int64),
    )


def make_side(names: Records, lots: Records, first: Ints, cap: Floats, rates: Floats) -> Side:
    """Make a side with room for its curves and trades; the curves are written at prices of zero."""
    n, size, q = len(names), len(lots), rates.shape[1]
    # What curves do not write of the pieces is never read.
    pieces, trades = np.empty(PIECES_PER_LOT * size, dtype=PIECE), np.zeros(n, dtype=TRADE)
    used, cheapest, sellable, prices = np.zeros(n, dtype=np.int64), np.zeros(n), np.zeros(n), np.zeros(q)
    build_curves(lots, rates, prices, first, cap, pieces, used, cheapest, sellable)
    return Side(names, lots, first, cap, rates, prices, pieces, used, cheapest, sellable, trades)


@kernel
def _price_lots(side: Side, lot_row: Ints, mu: Floats) -> None:
    """Price lots by the rows that tell those of one name apart, where the prices have changed."""
    moved = False
    for q in range(len(lot_row)):
        moved = moved or side.prices[q] != mu[lot_row[q]]
        side.prices[q] = mu[lot_row[q]]
    if moved:
        price_lots(side.lots, side.rates, side.prices, side.first, side.used, side.cheapest)


@reduction
def _prices_of_names(
    root: Floats, first: Ints, entries: Records, z: Floats, buy_price: Floats, sell_price: Floats
) -> None:
    """Write what the prices make of a dollar bought and sold of each name."""
    k: int = root.shape[1]
    for i in range(len(buy_price)):
        factor = 0.0
        for f in range(k):
            factor += root[i, f] * z[f]
        buy, sell = factor, -factor
        for e in range(first[i], first[i + 1]):
            price = z[k + 1 + entries[e]["row"]]
            buy += entries[e]["buy"] * price
            sell += entries[e]["sell"] * price
        buy_price[i] = buy
        sell_price[i] = sell


@kernel
def _shares(opened: Records, lost: Records, group: Ints, fixed: Bytes, tau: float, share: Floats) -> float:
    """Write each group's share p of the loss side, and return the sum of the (smoothed) minima."""
    total = 0.0
    for g in range(len(share)):
        share[g] = 0.0
    for i in range(len(group)):
        side = fixed[group[i]]
        if side == 1:
            total += lost[i]["value"]
            continue
        total += opened[i]["value"]
        if side != 0:
            share[group[i]] += opened[i]["value"] - lost[i]["value"]
    for g in range(len(share)):
        difference = share[g]
        if fixed[g] >= 0:
            share[g] = float(fixed[g])
        elif abs(difference) >= _DECIDED * tau:
            share[g] = 1.0 if difference > 0.0 else 0.0
            total -= max(difference, 0.0)
        else:
            other = np.exp(-abs(difference) / tau)
            share[g] = 1.0 / (1.0 + other) if difference > 0.0 else other / (1.0 + other)
            total -= max(difference, 0.0) + tau * np.log1p(other)
    return total


@kernel
def add_lots(
    weight: Floats,
    row_of: Ints,
    trades: Records,
    lot_first: Ints,
    pieces: Records,
    rates: Floats,
    lot_slot: Ints,
    out: Floats,
) -> None:
    """Add weight[i] times what name i's lots contribute to rows that tell them apart to out[lot_slot[q], row_of[i]].

    Where either place is -1 nothing is added.
    """
    for q in range(len(lot_slot)):
        if lot_slot[q] < 0:
            continue
        for i in range(len(weight)):
            if row_of[i] < 0 or weight[i] == 0.0:
                continue
            left, at = -trades[i]["net"], PIECES_PER_LOT * lot_first[i]
            total = 0.0
            while left > 0.0 and at <= trades[i]["piece"]:
                piece = pieces[at]
                step = min(left, piece["length"])
                total += step * piece["up_rate"] * rates[piece["up"], q]
                if piece["down"] >= 0:
                    total -= step * piece["down_rate"] * rates[piece["down"], q]
                left -= step
                at += 1
            out[lot_slot[q], row_of[i]] += weight[i] * total


@kernel
def _add_trades(
    weight: Floats,
    names: Records,
    trades: Records,
    first: Ints,
    entries: Records,
    factors: int,
    amounts: Floats,
    gradient: Floats,
) -> None:
    """Add weight[i] times what name i's trade contributes to lam and coupling rows, and its amount to amounts[i]."""
    for i in range(len(weight)):
        if weight[i] == 0.0:
            continue
        net = trades[i]["net"]
        active = names[i]["active"] + net
        gradient[factors] += weight[i] * 0.5 * names[i]["variance"] * active * active
        if net == 0.0:
            continue
        amount = weight[i] * net
        amounts[i] += amount
        for e in range(first[i], first[i + 1]):
            entry = entries[e]
            gradient[factors + 1 + entry["row"]] += amount * (entry["buy"] if net > 0.0 else -entry["sell"])


@reduction
def _add_exposures(amounts: Floats, root: Floats, gradient: Floats) -> None:
    for i in range(len(amounts)):
        amount = amounts[i]
        if amount != 0.0:
            for f in range(root.shape[1]):
                gradient[f] += amount * root[i, f]


@kernel
def _add_gradients(opened: Side, lost: Side, coupling: Coupling, group: Ints, share: Floats, room: Room) -> None:
    """Write what both sides' trades contribute to the gradient."""
    k: int = coupling.root.shape[1]
    gradient, amounts, weight = room.gradient, room.names[0], room.names[2]
    for j in range(len(gradient)):
        gradient[j] = 0.0
    for i in range(len(group)):
        amounts[i], room.name_row[i] = 0.0, 0
    for q in range(len(room.lot_slot)):
        room.lot_slot[q] = k + 1 + coupling.lot_row[q]
    for loss in range(2):
        side = lost if loss == 1 else opened
        for i in range(len(group)):
            weight[i] = share[group[i]] if loss == 1 else 1.0 - share[group[i]]
        _add_trades(weight, side.names, side.trades, coupling.first, coupling.entries, k, amounts, gradient)
        add_lots(weight, room.name_row, side.trades, side.first, side.pieces, side.rates, room.lot_slot, room.total)
    _add_exposures(amounts, coupling.root, gradient)


@inlined
def evaluate(
    opened: Side,
    lost: Side,
    coupling: Coupling,
    group: Ints,
    fixed: Bytes,
    proximal: Proximal,
    tau: float,
    z: Floats,
    share: Floats,
    room: Room,
) -> float:
    """Dual value at z = (nu, lam, mu); writes the trades that attain it, the shares, and the gradient to the room.

    Parameters
    ----------
    opened, lost : Side
    coupling : Coupling
    group : array of int (N,)
    fixed : array of int8 (G,)
        Sides of groups that have no choice: 1 loss, 0 open, -1 free.
    proximal : Proximal
    tau : float
        Temperature; 0 is the dual itself.
    z : array (K + 1 + R,)
    share : array (G,)
        p, overwritten.
    room : Room
        Overwritten.
    """
    k: int = coupling.root.shape[1]
    lam, mu, gradient = z[k], z[k + 1 :], room.gradient
    buy_price, sell_price = room.names[0], room.names[1]
    _prices_of_names(coupling.root, coupling.first, coupling.entries, z, buy_price, sell_price)
    for loss in range(2):
        side = lost if loss == 1 else opened
        anchor = proximal.lost if loss == 1 else proximal.opened
        _price_lots(side, coupling.lot_row, mu)
        best_trades(
            side.names,
            side.lots,
            side.first,
            side.cap,
            side.pieces,
            side.used,
            side.cheapest,
            buy_price,
            sell_price,
            lam,
            proximal.weight,
            anchor,
            group,
            fixed,
            loss,
            side.trades,
        )
    total = _shares(opened.trades, lost.trades, group, fixed, tau, share)
    _add_gradients(opened, lost, coupling, group, share, room)
    squared = 0.0
    for f in range(k):
        gradient[f] += coupling.exposure[f] - z[f] / lam
        squared += z[f] * z[f]
        total += z[f] * coupling.exposure[f]
    gradient[k] += 0.5 * squared / (lam * lam)
    total -= 0.5 * squared / lam
    if np.isfinite(coupling.te_limit):
        gradient[k] -= 0.5 * coupling.te_limit * coupling.te_limit
        total -= 0.5 * (lam - coupling.floor) * coupling.te_limit * coupling.te_limit
    for row in range(len(mu)):
        gradient[k + 1 + row] -= coupling.upper[row]
        total -= mu[row] * coupling.upper[row]
    return float(total)
