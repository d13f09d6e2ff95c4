"""Given prices for everything that couples names, each name's best net trade, in closed form.

For name i, prices turn the rebalance into one convex problem in its net trade t (DUAL_NEWTON, "The dual Newton"):

    buy t > 0:   p_buy t + q (a0 t + t^2 / 2) + k t^1.5
    sell x > 0:  f(x) + p_sell x + q (-a0 x + x^2 / 2) + k x^1.5

with f the tax of selling x, q = lam d_i the curvature of specific risk, k the market impact, and w (t - anchor)^2 / 2
of the proximal term added to both.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.newton.compiled import inlined, kernel
from optimizer.newton.sale_curves import PIECES_PER_LOT, write_curve

__all__ = ["NAME", "TRADE", "best_trades"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bytes = NDArray[np.int8]
Records = NDArray[np.void]

# A name, in percent of NAV: a0; d; bounds of the net trade, sells negative; linear cost of a dollar less alpha (bought)
# or plus alpha (sold); k.
NAME = np.dtype(
    [
        ("active", "f8"),
        ("variance", "f8"),
        ("least", "f8"),
        ("most", "f8"),
        ("buy_slope", "f8"),
        ("sell_slope", "f8"),
        ("impact", "f8"),
    ],
    align=True,
)
# The answer for a name: t; the second derivative where t is strictly inside a piece, 0 at a kink; the minimum; the
# piece of the sale curve that t lies in, -1 where nothing is sold.
TRADE = np.dtype([("net", "f8"), ("curvature", "f8"), ("value", "f8"), ("piece", "i8")], align=True)


@inlined
def _root(slope: float, h: float, k: float) -> float:
    """Where slope + h x + 1.5 k sqrt(x) is zero, for slope < 0."""
    if k == 0.0:
        return -slope / h
    # The root of the quadratic in sqrt(x), in the form that does not cancel.
    u = -2.0 * slope / (1.5 * k + float(np.sqrt(2.25 * k * k - 4.0 * h * slope)))
    return u * u


@inlined
def _curvature(x: float, h: float, k: float) -> float:
    return h + (0.75 * k / float(np.sqrt(x)) if k > 0.0 else 0.0)


@inlined
def _impact(x: float, k: float) -> float:
    return k * x * np.sqrt(x) if k > 0.0 else 0.0


@inlined
def _buy(slope: float, h: float, k: float, least: float, most: float) -> tuple[float, float, float]:
    """Amount bought, curvature there, and its value."""
    x = 0.0 if slope >= 0.0 else _root(slope, h, k)
    curvature = 0.0
    if x <= least:
        x = least
    elif x >= most:
        x = most
    else:
        curvature = _curvature(x, h, k)
    return x, curvature, slope * x + 0.5 * h * x * x + _impact(x, k)


@inlined
def _sell_until(slope: float, h: float, k: float, forced: float, end: float) -> float:
    """Where along a piece selling more stops to pay."""
    marginal = slope + h * forced
    if k > 0.0:
        marginal += 1.5 * k * np.sqrt(forced)
    return min(max(_root(slope, h, k), forced), end) if marginal < 0.0 else forced


@inlined
def _sell(
    pieces: Records, start: int, stop: int, sell: float, h: float, k: float, needed: float, allowed: float
) -> tuple[float, float, int, float]:
    """Amount sold, curvature there, its piece (-1: none) and its tax, along the pieces from start to stop."""
    sold, tax, last, bend = 0.0, 0.0, -1, 0.0
    for at in range(start, stop):
        slope = pieces[at]["slope"]
        end = min(sold + pieces[at]["length"], allowed)
        forced = min(max(needed, sold), end)
        target = _sell_until(sell + slope, h, k, forced, end)
        if target > sold:
            last = at
            tax += slope * (target - sold)
            sold = target
        if target < end:
            bend = _curvature(target, h, k) if target > forced else 0.0
        if target < end or end >= allowed:
            break
    return sold, bend, last, tax


@kernel
def best_trades(
    names: Records,
    lots: Records,
    first: Ints,
    cap: Floats,
    pieces: Records,
    used: Ints,
    cheapest: Floats,
    buy_price: Floats,
    sell_price: Floats,
    lam: float,
    weight: Floats,
    anchor: Floats,
    group: Ints,
    fixed: Bytes,
    side: int,
    trades: Records,
) -> None:
    """Write every name's best trade, the proximal term's constant included in its value.

    Parameters
    ----------
    names : array of NAME (N,)
    lots, first, cap, pieces, used, cheapest : arrays
        Sale curves, as `build_curves` or `price_lots` writes them; a curve that is needed and not there is written.
    buy_price, sell_price : array (N,)
        Prices of coupling rows and factors for a dollar bought and sold.
    lam : float
        Multiplier of half the tracking variance.
    weight, anchor : array (N,)
        Of the proximal term.
    group, fixed, side
        Names of groups that are fixed on the other side than `side` are left out.
    trades : array of TRADE (N,)
        Overwritten.
    """
    for i in range(len(weight)):
        if fixed[group[i]] == 1 - side:
            continue
        name = names[i]
        q, w, k = lam * name["variance"], weight[i], name["impact"]
        h = max(q + w, 1e-12)
        drift = q * name["active"] - w * anchor[i]
        least, most = name["least"], name["most"]
        buy = name["buy_slope"] + buy_price[i] + drift
        sell = name["sell_slope"] + sell_price[i] - drift
        x, bend, best, at_piece = 0.0, 0.0, 0.0, -1
        if least > 0.0 or (buy < 0.0 and most > 0.0):
            x, bend, best = _buy(buy, h, k, max(least, 0.0), most)
        if most < 0.0 or (least < 0.0 and sell + cheapest[i] < 0.0):
            if used[i] < 0:
                write_curve(i, lots, first, cap, pieces, used)
            start, needed = PIECES_PER_LOT * first[i], max(-most, 0.0)
            sold, sold_bend, last, tax = _sell(pieces, start, start + used[i], sell, h, k, needed, -least)
            value = tax + sell * sold + 0.5 * h * sold * sold + _impact(sold, k)
            if most < 0.0 or value < best:
                x, bend, best, at_piece = -sold, sold_bend, value, last
        trade = trades[i]
        trade["net"] = x
        trade["curvature"] = bend
        trade["piece"] = at_piece
        trade["value"] = best + 0.5 * w * anchor[i] * anchor[i] + 0.5 * q * name["active"] * name["active"]
