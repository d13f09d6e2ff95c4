"""The dual function of one pattern's rebalance, and its gradient.

With nu (K) the prices of factor exposures, lam the multiplier of half the tracking variance and mu (R) the prices of
the rows that couple names, in percent of NAV (DUAL_NEWTON, "The dual Newton"):

    g = sum_i min_t phi_i(t) + nu'y0 - |nu|^2 / (2 lam) - (lam - floor) TE^2 / 2 - mu'u

Its gradient is the coupled quantities less their limits. `floor` is twice the mandate's own price of variance.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.newton.best_trades import Names, Trades, best_trades
from optimizer.newton.compiled import kernel
from optimizer.newton.sale_curves import Curves, build_curves

__all__ = ["Coupling", "Lots", "Proximal", "evaluate", "price_lots", "prices_moved"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


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
    buy, sell : array (N, R)
        What a dollar bought or sold of each name adds to each row.
    upper, ceiling : array (R,)
        u, and the largest price a row may have (infinite: a hard row).
    lot_row : array of int (Q,)
        Rows that lots of one name add different amounts to.
    """

    root: Floats
    exposure: Floats
    te_limit: float
    floor: float
    buy: Floats
    sell: Floats
    upper: Floats
    ceiling: Floats
    lot_row: Ints


class Lots(NamedTuple):
    """Tax lots, sorted by name.

    Parameters
    ----------
    first : array of int (N + 1,)
        Lots of name i are first[i] to first[i + 1].
    most, tax, loss : array (L,)
        Most that may be sold; tax and capped loss of a dollar sold.
    cap : array (N,)
        Most loss of a name, infinite where there is no cap.
    row : array (L, Q)
        What a dollar sold adds to each row of `Coupling.lot_row`.
    prices : array (Q,)
        Prices of those rows that the curves were last written for.
    priced, filled : array (L,)
        Workspace: tax with those prices; amounts.
    order : array of int (L,)
        Workspace.
    """

    first: Ints
    most: Floats
    tax: Floats
    loss: Floats
    cap: Floats
    row: Floats
    prices: Floats
    priced: Floats
    filled: Floats
    order: Ints


class Proximal(NamedTuple):
    """The term sum_i weight_i (t_i - anchor_i)^2 / 2 that makes the dual smooth, arrays (N,)."""

    weight: Floats
    anchor: Floats


@kernel
def price_lots(lots: Lots, coupling: Coupling, mu: Floats, curves: Curves) -> None:
    """Write the sale curves at the prices of the rows that tell a name's lots apart."""
    lots.priced[:] = lots.tax
    for j in range(len(coupling.lot_row)):
        price = mu[coupling.lot_row[j]]
        lots.prices[j] = price
        if price != 0.0:
            for lot in range(len(lots.tax)):
                lots.priced[lot] += price * lots.row[lot, j]
    build_curves(curves, lots.first, lots.most, lots.priced, lots.loss, lots.cap, lots.order, lots.filled)


@kernel
def prices_moved(coupling: Coupling, mu: Floats, last: Floats) -> bool:
    for j in range(len(coupling.lot_row)):
        if mu[coupling.lot_row[j]] != last[j]:
            return True
    return False


@kernel
def _lot_row_activity(coupling: Coupling, lots: Lots, curves: Curves, trades: Trades, activity: Floats) -> None:
    for j in range(len(coupling.lot_row)):
        total = 0.0
        for i in range(len(trades.net)):
            left = -trades.net[i]
            for at in range(curves.start[i], curves.start[i] + curves.count[i]):
                if left <= 0.0:
                    break
                step = min(left, curves.length[at])
                total += step * curves.up_rate[at] * lots.row[curves.up[at], j]
                if curves.down[at] >= 0:
                    total -= step * curves.down_rate[at] * lots.row[curves.down[at], j]
                left -= step
        activity[coupling.lot_row[j]] += total


@kernel
def evaluate(
    names: Names,
    lots: Lots,
    coupling: Coupling,
    curves: Curves,
    proximal: Proximal,
    z: Floats,
    trades: Trades,
    gradient: Floats,
) -> float:
    """Dual value at z = (nu, lam, mu); writes the trades that attain it and the gradient."""
    k = coupling.root.shape[1]
    nu, lam, mu = z[:k], z[k], z[k + 1 :]
    if len(coupling.lot_row) > 0 and prices_moved(coupling, mu, lots.prices):
        price_lots(lots, coupling, mu, curves)
    factor = coupling.root @ nu
    total = best_trades(
        names,
        curves,
        factor + coupling.buy @ mu,
        coupling.sell @ mu - factor,
        lam,
        proximal.weight,
        proximal.anchor,
        trades,
    )
    bought, sold = np.maximum(trades.net, 0.0), np.maximum(-trades.net, 0.0)
    active = names.active + trades.net
    gradient[:k] = coupling.exposure + trades.net @ coupling.root - nu / lam
    squared = nu @ nu
    gradient[k] = 0.5 * np.sum(names.variance * active * active) + 0.5 * squared / (lam * lam)
    total += nu @ coupling.exposure - 0.5 * squared / lam - mu @ coupling.upper
    if np.isfinite(coupling.te_limit):
        gradient[k] -= 0.5 * coupling.te_limit**2
        total -= 0.5 * (lam - coupling.floor) * coupling.te_limit**2
    gradient[k + 1 :] = bought @ coupling.buy + sold @ coupling.sell - coupling.upper
    if len(coupling.lot_row) > 0:
        _lot_row_activity(coupling, lots, curves, trades, gradient[k + 1 :])
    return total
