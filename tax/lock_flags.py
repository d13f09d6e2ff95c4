"""Wash-sale locks of a household as arrays, for many days of many accounts; `wash_locks` says the same in words.

Securities and groups are numbers here, days are days since 1970-01-01.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tax.wash_locks import WASH_DAYS, BuyLock, LossSaleLock, WashLocks

__all__ = ["LockFlags", "Purchases", "lock_flags"]

Ints = NDArray[np.integer]
Bools = NDArray[np.bool_]
_NEVER = -(10**6)


@dataclass(frozen=True, eq=False)
class Purchases:
    """Purchases of a household, or what is left of them, arrays of shape (P,).

    Parameters
    ----------
    asset, group : array of int
        Number of the security in one account, and of its group of substantially identical securities.
    day : array of int
        Trade date.
    shares : array of float
    """

    asset: Ints
    group: Ints
    day: Ints
    shares: NDArray[np.float64]

    def since(self, first: int, last: int) -> tuple[Purchases, NDArray[np.intp]]:
        """Those of some days, and where they stand."""
        at = np.flatnonzero((self.day >= first) & (self.day <= last))
        return Purchases(self.asset[at], self.group[at], self.day[at], self.shares[at]), at


@dataclass(frozen=True, eq=False)
class LockFlags:
    """Locks in force on a day, by number of the group, arrays of shape (G,).

    Parameters
    ----------
    no_buy, no_loss : array of bool
        Groups that may not be bought; groups of which no single lot may be sold at a loss but `only_lot`.
    only_lot : array of int
        Index of the one open lot that may be sold at a loss all the same, -1 where there is none.
    whole : array of bool
        Groups of which all lots may be sold at a loss together.
    last_sale, last_purchase : array of int
        Day of the last sale at a loss and of the last purchase in the window.
    """

    no_buy: Bools
    no_loss: Bools
    only_lot: Ints
    whole: Bools
    last_sale: Ints
    last_purchase: Ints

    @classmethod
    def none(cls, groups: int) -> LockFlags:
        """No lock at all."""
        no, never = np.zeros(groups, dtype=bool), np.full(groups, _NEVER)
        return cls(no, no, np.full(groups, -1), ~no, never, never)

    def may_sell_at_loss(self, lot_group: Ints) -> Bools:
        """Whether each open lot (L,) of these groups could be sold at a loss that no earlier purchase washes."""
        free: Bools = ~self.no_loss[lot_group] | (self.only_lot[lot_group] == np.arange(len(lot_group)))
        return free

    def in_words(self, groups: Sequence[str], lot_id: NDArray[np.str_]) -> WashLocks:
        """Say the same by name of group and lot."""
        buys = {
            groups[g]: BuyLock(groups[g], _until(self.last_sale[g]), f"{groups[g]} sold at a loss")
            for g in np.flatnonzero(self.no_buy).tolist()
        }
        sales = {}
        for g in np.flatnonzero(self.no_loss).tolist():
            lot = None if self.only_lot[g] < 0 else str(lot_id[self.only_lot[g]])
            until, whole = _until(self.last_purchase[g]), bool(self.whole[g])
            sales[groups[g]] = LossSaleLock(groups[g], until, f"{groups[g]} bought", lot, whole)
        return WashLocks(buys, sales)


def lock_flags(
    groups: int, today: int, lots: Purchases, buys: Purchases, loss_group: Ints, loss_day: Ints
) -> LockFlags:
    """Find the locks in force on a day.

    Parameters
    ----------
    groups : int
        G.
    today : int
        The day on which the next trades would be made.
    lots : Purchases
        Open lots; one acquired in the window counts as a purchase even where `buys` has it not.
    buys : Purchases
        Of the whole household, at least the last 30 days; of one security on one day in the order of trading.
    loss_group, loss_day : array of int
        Sales at a loss, at least those of the last 30 days.
    """
    first = today - WASH_DAYS
    last_sale = np.full(groups, _NEVER)
    seen = (loss_day >= first) & (loss_day <= today)
    np.maximum.at(last_sale, loss_group[seen], loss_day[seen])
    young, at = lots.since(first, today)
    recent, _ = buys.since(first, today)
    other = _without_lot(recent, young, first)
    last_purchase = np.full(groups, _NEVER)
    np.maximum.at(last_purchase, young.group, young.day)
    np.maximum.at(last_purchase, other.group, other.day)
    own = np.bincount(young.group, minlength=groups)
    others = np.bincount(other.group, minlength=groups)
    only = np.full(groups, -1)
    only[young.group] = at
    return LockFlags(
        no_buy=last_sale > _NEVER,
        no_loss=own + others > 0,
        only_lot=np.where((own == 1) & (others == 0), only, -1),
        whole=others == 0,
        last_sale=last_sale,
        last_purchase=last_purchase,
    )


def _without_lot(buys: Purchases, young: Purchases, first: int) -> Purchases:
    """Purchases that no open lot stands for: bought by another account, or sold again since."""
    span = WASH_DAYS + 1
    keys, inverse = np.unique(
        np.concatenate([buys.asset * span + buys.day - first, young.asset * span + young.day - first]),
        return_inverse=True,
    )
    bought, kept = inverse[: len(buys.day)], inverse[len(buys.day) :]
    held = np.bincount(kept, weights=young.shares, minlength=len(keys))
    order = np.argsort(bought, kind="stable")
    earlier = np.cumsum(buys.shares[order]) - buys.shares[order]
    begins = np.concatenate([[True], np.diff(bought[order]) > 0]) if len(order) else np.zeros(0, dtype=bool)
    earlier -= np.maximum.accumulate(np.where(begins, earlier, -np.inf)) if len(order) else earlier
    left = np.empty(len(order))
    left[order] = held[bought[order]] - earlier
    lost = left <= 0
    return Purchases(buys.asset[lost], buys.group[lost], buys.day[lost], buys.shares[lost])


def _until(day: int) -> dt.date:
    return dt.date(1970, 1, 1) + dt.timedelta(days=int(day) + WASH_DAYS)
