"""Given prices for everything that couples names, each name's best net trade, in closed form.

For name i, prices turn the rebalance into one convex problem in its net trade t (DUAL_NEWTON, "The dual Newton"):

    buy t > 0:   p_buy t + q (a0 t + t^2 / 2) + k t^1.5
    sell x > 0:  f(x) + p_sell x + q (-a0 x + x^2 / 2) + k x^1.5

with f the tax of selling x, q = lam d_i the curvature of specific risk, k the market impact, and w (t - anchor)^2 / 2 of
the proximal term added to both.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.newton.compiled import inlined, kernel
from optimizer.newton.sale_curves import Curves

__all__ = ["Names", "Trades", "best_trades"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Names(NamedTuple):
    """What does not depend on prices, arrays of shape (N,) in percent of NAV.

    Parameters
    ----------
    active : array
        a0.
    variance : array
        d.
    least, most : array
        Bounds of the net trade, sells negative.
    buy_slope, sell_slope : array
        Linear cost of a dollar, less alpha (bought) or plus alpha (sold).
    impact : array
        k.
    """

    active: Floats
    variance: Floats
    least: Floats
    most: Floats
    buy_slope: Floats
    sell_slope: Floats
    impact: Floats


class Trades(NamedTuple):
    """The answer by name.

    Parameters
    ----------
    net : array (N,)
        t.
    curvature : array (N,)
        Second derivative where t is strictly inside a piece, 0 at a kink.
    piece : array of int (N,)
        Piece of the sale curve that t lies in, -1 where nothing is sold.
    value : array (N,)
        The minimum.
    """

    net: Floats
    curvature: Floats
    piece: Ints
    value: Floats


@inlined
def _root(slope: float, h: float, k: float) -> float:
    """Where slope + h x + 1.5 k sqrt(x) is zero, for slope < 0."""
    if k == 0.0:
        return -slope / h
    u = (-1.5 * k + np.sqrt(2.25 * k * k - 4.0 * h * slope)) / (2.0 * h)
    return u * u


@inlined
def _curvature(x: float, h: float, k: float) -> float:
    return h + (0.75 * k / np.sqrt(x) if k > 0.0 else 0.0)


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
    return min(_root(slope, h, k), end) if marginal < 0.0 else forced


@kernel
def _walk(
    active: Floats,
    variance: Floats,
    least: Floats,
    most: Floats,
    buy_slope: Floats,
    sell_slope: Floats,
    impact: Floats,
    start: Ints,
    count: Ints,
    length: Floats,
    tax_slope: Floats,
    buy_price: Floats,
    sell_price: Floats,
    lam: float,
    weight: Floats,
    anchor: Floats,
    net: Floats,
    curvature: Floats,
    piece: Ints,
    values: Floats,
) -> float:
    # Plain arrays, and no kernel called with one: counting references to tuples of arrays inside this loop would cost
    # thirty times its arithmetic.
    total = 0.0
    for i in range(len(weight)):
        q, w, k = lam * variance[i], weight[i], impact[i]
        h = max(q + w, 1e-12)
        drift = q * active[i] - w * anchor[i]
        buy = buy_slope[i] + buy_price[i] + drift
        sell = sell_slope[i] + sell_price[i] - drift
        x, bend, best, at_piece = 0.0, 0.0, 0.0, -1
        if least[i] > 0.0 or (buy < 0.0 and most[i] > 0.0):
            x, bend, best = _buy(buy, h, k, max(least[i], 0.0), most[i])
        wanted = least[i] < 0.0 and count[i] > 0 and sell + tax_slope[start[i]] < 0.0
        if most[i] < 0.0 or wanted:
            needed, allowed = max(-most[i], 0.0), -least[i]
            sold, tax, last, sold_bend = 0.0, 0.0, -1, 0.0
            for at in range(start[i], start[i] + count[i]):
                end = min(sold + length[at], allowed)
                forced = min(max(needed, sold), end)
                target = _sell_until(sell + tax_slope[at], h, k, forced, end)
                if target > sold:
                    last = at
                    tax += tax_slope[at] * (target - sold)
                    sold = target
                if target < end:
                    sold_bend = _curvature(target, h, k) if target > forced else 0.0
                if target < end or end >= allowed:
                    break
            value = tax + sell * sold + 0.5 * h * sold * sold + _impact(sold, k)
            if most[i] < 0.0 or value < best:
                x, bend, best, at_piece = -sold, sold_bend, value, last
        net[i], curvature[i], piece[i] = x, bend, at_piece
        values[i] = best + 0.5 * w * anchor[i] * anchor[i] + 0.5 * q * active[i] * active[i]
        total += values[i]
    return total


@kernel
def best_trades(
    names: Names,
    curves: Curves,
    buy_price: Floats,
    sell_price: Floats,
    lam: float,
    weight: Floats,
    anchor: Floats,
    trades: Trades,
) -> float:
    """Write every name's best trade; return the sum of the minima, the proximal terms' constants included.

    Parameters
    ----------
    buy_price, sell_price : array (N,)
        Prices of coupling rows and factors for a dollar bought and sold.
    lam : float
        Multiplier of half the tracking variance.
    weight, anchor : array (N,)
        Of the proximal term.
    trades : Trades
        Overwritten.
    """
    return _walk(
        names.active,
        names.variance,
        names.least,
        names.most,
        names.buy_slope,
        names.sell_slope,
        names.impact,
        curves.start,
        curves.count,
        curves.length,
        curves.slope,
        buy_price,
        sell_price,
        lam,
        weight,
        anchor,
        trades.net,
        trades.curvature,
        trades.piece,
        trades.value,
    )
