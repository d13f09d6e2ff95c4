"""Losses of one day's sales that earlier purchases wash: which lot's shares, replaced by which lot's, for how much.

Treas. Reg. 1.1091-1(c), (d): losses in order of the original acquisition of the lot sold, purchases of the 30 days
before that are still held once the day's sales are out, in order of acquisition, each share once. What is left of the
very lot sold replaces nothing (Rev. Rul. 56-602). The loss goes into the basis of the replacement and the days that the
sold shares were held into its holding period (I.R.C. s.1091(d), 1223(3)).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tax.lot_arrays import DUST
from tax.lots import Lots
from tax.wash_locks import WASH_DAYS

__all__ = ["BatchWash", "batch_washes", "recent_purchases"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BatchWash:
    """Shares of one lot sold at a loss, and the lot whose shares replace them.

    Parameters
    ----------
    sold, replacement : int
        Places of the two lots.
    shares : float
        As many of the one as of the other.
    loss_per_share : float
        Dollars disallowed, and added to the basis of the replacement, a share.
    days : int
        Days that the holding period of the replacement begins earlier.
    """

    sold: int
    replacement: int
    shares: float
    loss_per_share: float
    days: int

    @property
    def disallowed(self) -> float:
        """Dollars."""
        return self.shares * self.loss_per_share


def recent_purchases(lots: Lots, as_of: dt.date) -> NDArray[np.bool_]:
    """Lots bought in the 30 days to a date, that date included, shape (L,)."""
    age = (np.datetime64(as_of, "D") - lots.acquired).astype(np.int64)
    recent: NDArray[np.bool_] = (age >= 0) & (age <= WASH_DAYS)
    return recent


def batch_washes(lots: Lots, as_of: dt.date, sold: Floats, price: Floats) -> tuple[BatchWash, ...]:
    """Match the losses of one day's sales with the purchases before them.

    Parameters
    ----------
    lots : Lots
        Open before the sales, all of one taxpayer's taxable accounts. Lots of one day of acquisition were bought in the
        order in which they stand. A recent lot whose holding period begins before its purchase has replaced shares
        before and replaces none again.
    as_of : date
        Trade date of the sales, taken as one disposition.
    sold, price : array (L,)
        Shares sold of each lot, and dollars a share net of cost.

    Returns
    -------
    tuple of BatchWash
        In the order in which they are matched.
    """
    order = np.argsort(lots.acquired, kind="stable")
    may_replace = recent_purchases(lots, as_of) & (lots.holding_start >= lots.acquired)
    left = np.where(may_replace, lots.shares - sold, 0.0)
    held = (np.datetime64(as_of, "D") - lots.holding_start).astype(np.int64)
    washes = []
    for lot in order[((sold > 0) & (price < lots.basis))[order]].tolist():
        loss = float(sold[lot])
        for other in order[may_replace[order]].tolist():
            if loss <= DUST:
                break
            shares = min(loss, float(left[other]))
            if other == lot or lots.group[other] != lots.group[lot] or shares <= DUST:
                continue
            washes.append(BatchWash(lot, other, shares, float(lots.basis[lot] - price[lot]), int(held[lot])))
            left[other] -= shares
            loss -= shares
    return tuple(washes)
