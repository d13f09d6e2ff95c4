"""What a household may not buy, and may not sell at a loss, on a date: the wash-sale windows seen from that date.

I.R.C. s.1091(a) and Treas. Reg. 1.1091-1(a): a loss is disallowed where substantially identical stock is bought in the
61 days that begin 30 days before the sale and end 30 days after it. Day 30 is inside, day 31 is outside; trade dates
count. These locks are stronger than the accounting rule: they avoid every wash sale instead of booking its effects.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tax.lots import Lots
from tax.trade_history import TradeHistory

__all__ = ["WASH_DAYS", "BuyLock", "LossSaleLock", "WashLocks", "wash_locks"]

WASH_DAYS = 30
_ONE_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class BuyLock:
    """A group that may not be bought, because someone in the household sold it at a loss.

    Parameters
    ----------
    group : str
        Group of substantially identical securities.
    until : date
        Last day of the lock; buying is free from the next day.
    why : str
        Who sold what, when.
    """

    group: str
    until: dt.date
    why: str


@dataclass(frozen=True)
class LossSaleLock:
    """A group whose lots may not be sold at a loss, because someone in the household bought it.

    Parameters
    ----------
    group : str
        Group of substantially identical securities.
    until : date
        Last day of the lock; selling at a loss is free from the next day.
    why : str
        Who bought what, when.
    except_lot : str or None
        The one lot that may be sold at a loss all the same: the recent purchase itself, where it is the household's
        only one. What is left of the very lot that is sold does not replace it (Rev. Rul. 56-602).
    whole_position : bool
        Whether all lots of the group may be sold at a loss together all the same: every purchase of the window is one
        of them, so that no share is left to replace those sold. A purchase by another account rules that out.
    """

    group: str
    until: dt.date
    why: str
    except_lot: str | None = None
    whole_position: bool = False


@dataclass(frozen=True)
class WashLocks:
    """All wash-sale locks of a household on a date.

    Parameters
    ----------
    buys : dict of str to BuyLock
        By group.
    loss_sales : dict of str to LossSaleLock
        By group.
    """

    buys: dict[str, BuyLock]
    loss_sales: dict[str, LossSaleLock]

    def may_buy(self, group: str) -> bool:
        """Whether buying the group would wash no earlier loss."""
        return group not in self.buys

    def may_liquidate(self, group: str) -> bool:
        """Whether all lots of the group could be sold together at a loss that no earlier purchase washes."""
        return (lock := self.loss_sales.get(group)) is None or lock.whole_position

    def may_sell_at_loss(self, lots: Lots) -> NDArray[np.bool_]:
        """Whether each lot could be sold at a loss that no earlier purchase washes, shape (L,)."""
        free = np.ones(len(lots), dtype=bool)
        if self.loss_sales:
            groups = lots.groups
            for i in [i for i, group in enumerate(groups) if group in self.loss_sales]:
                free[i] = self.loss_sales[groups[i]].except_lot == str(lots.lot_id[i])
        return free


def wash_locks(trades: TradeHistory, lots: Lots, as_of: dt.date) -> WashLocks:
    """Find the locks in force on a date.

    Parameters
    ----------
    trades : TradeHistory
        Of the whole household; at least the last 30 days.
    lots : Lots
        Open lots; one acquired in the window counts as a purchase even where the trade history does not have it.
    as_of : date
        The day on which the next trades would be made.

    Returns
    -------
    WashLocks
    """
    today = np.datetime64(as_of, "D")
    recent = trades.take((today - trades.date >= 0 * _ONE_DAY) & (today - trades.date <= WASH_DAYS * _ONE_DAY))
    return WashLocks(buys=_buy_locks(recent), loss_sales=_loss_sale_locks(recent, lots, today))


def _until(day: np.datetime64) -> dt.date:
    bought: dt.date = day.astype(object)
    return bought + dt.timedelta(days=WASH_DAYS)


def _buy_locks(recent: TradeHistory) -> dict[str, BuyLock]:
    locks: dict[str, BuyLock] = {}
    losses = recent.take(recent.loss_sales())
    for j in np.argsort(losses.date, kind="stable"):
        group = str(losses.group[j])
        gain = losses.realized_gain[j]
        result = "at a gain or loss not known" if np.isnan(gain) else f"at a loss of {-gain:,.2f}"
        why = f"{losses.asset[j]} sold {result} on {losses.date[j]} in account {losses.account[j]}"
        locks[group] = BuyLock(group, _until(losses.date[j]), why)
    return locks


def _loss_sale_locks(recent: TradeHistory, lots: Lots, today: np.datetime64) -> dict[str, LossSaleLock]:
    young = lots.take((today - lots.acquired >= 0 * _ONE_DAY) & (today - lots.acquired <= WASH_DAYS * _ONE_DAY))
    other = _buys_without_lot(recent, young)
    locks: dict[str, LossSaleLock] = {}
    purchases = [
        *zip(young.acquired, young.group, young.asset, young.account, young.lot_id, strict=True),
        *((other.date[j], other.group[j], other.asset[j], other.account[j], "") for j in range(len(other))),
    ]
    for day, group, asset, account, lot_id in sorted(purchases, key=lambda purchase: (purchase[0], purchase[4])):
        earlier = locks.get(str(group))
        alone = earlier is None and lot_id != ""
        why = f"{asset} bought on {day} in account {account}"
        whole = lot_id != "" and (earlier is None or earlier.whole_position)
        locks[str(group)] = LossSaleLock(str(group), _until(day), why, str(lot_id) if alone else None, whole)
    return locks


def _buys_without_lot(recent: TradeHistory, young: Lots) -> TradeHistory:
    """Purchases that no open lot stands for: bought by another account, or sold again since."""
    buys = recent.take(recent.side == "BUY")
    held: dict[tuple[str, str, np.datetime64], float] = {}
    for asset, account, day, shares in zip(young.asset, young.account, young.acquired, young.shares, strict=True):
        key = (str(asset), str(account), day)
        held[key] = held.get(key, 0.0) + float(shares)
    unexplained = np.zeros(len(buys), dtype=bool)
    for j in range(len(buys)):
        key = (str(buys.asset[j]), str(buys.account[j]), buys.date[j])
        left = held.get(key, 0.0)
        unexplained[j] = left <= 0
        held[key] = left - float(buys.shares[j])
    return buys.take(unexplained)
