"""Groups that were bought of late and whose losses can all the same be priced exactly when part of them is washed.

A loss of older lots is disallowed for as many shares as were bought in the 30 days before and are still held. Where
those are open lots of the same account and none has replaced shares before, the loss goes into their basis, and what
counts today is known to the cent (Reg. 1.1091-1(c), (d), 1.1091-2). Elsewhere it is not: a retirement account's
purchase takes the loss for good, a spouse's carries it off, and other share classes differ in price.
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from tax.batch_washes import recent_purchases
from tax.lots import Lots
from tax.trade_history import TradeHistory
from tax.wash_locks import WASH_DAYS, WashLocks

__all__ = ["unpriced_washes"]


def unpriced_washes(trades: TradeHistory, lots: Lots, as_of: dt.date, locks: WashLocks) -> dict[str, str]:
    """Say of every group that is locked for selling at a loss why its partly washed sales have no price.

    Parameters
    ----------
    trades : TradeHistory
        Of the whole household; 60 days of it, as far as they are known.
    lots : Lots
        Open lots of the account.
    as_of : date
    locks : WashLocks
        On that day.

    Returns
    -------
    dict of str to str
        By group; "" where they have one.
    """
    age = (np.datetime64(as_of, "D") - trades.date).astype(np.int64)
    sold = set(trades.group[trades.loss_sales() & (age >= 0) & (age <= 2 * WASH_DAYS)].tolist())
    used = set(lots.group[recent_purchases(lots, as_of) & (lots.holding_start < lots.acquired)].tolist())
    reasons = {}
    for group, lock in locks.loss_sales.items():
        if not lock.whole_position:
            reasons[group] = "bought by another account, or sold again since"
        elif len(set(lots.asset[lots.group == group].tolist())) > 1:
            reasons[group] = "several securities of the group are held"
        elif group in used:
            reasons[group] = "a recent purchase has replaced shares before"
        elif group in sold:
            reasons[group] = f"sold at a loss in the last {2 * WASH_DAYS} days, which may have used the purchase"
        else:
            reasons[group] = ""
    return reasons
