"""What a household may not buy, and may not sell at a loss, on a date: the wash-sale windows seen from that date.

I.R.C. s.1091(a) and Treas. Reg. 1.1091-1(a): a loss is disallowed where substantially identical stock is bought in the
61 days that begin 30 days before the sale and end 30 days after it. Day 30 is inside, day 31 is outside; trade dates
count. These locks are stronger than the accounting rule: they avoid every wash sale instead of booking its effects.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tax.lots import Lots
from tax.trade_history import TradeHistory

__all__ = ["WASH_DAYS", "BuyLock", "LossSaleLock", "WashLocks", "wash_locks"]

WASH_DAYS = 30
Bools = NDArray[np.bool_]
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
            locked = np.flatnonzero(lots.in_groups(self.loss_sales))
            told = zip(lots.said("group", locked), lots.said("lot_id", locked), strict=True)
            free[locked] = [self.loss_sales[group].except_lot == lot_id for group, lot_id in told]
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
    recent = _inside(trades.date, as_of)
    return WashLocks(buys=_buy_locks(trades, recent), loss_sales=_loss_sale_locks(trades, recent, lots, as_of))


def _inside(days: NDArray[np.datetime64], as_of: dt.date) -> Bools:
    age = np.datetime64(as_of, "D") - days
    return (age >= 0 * _ONE_DAY) & (age <= WASH_DAYS * _ONE_DAY)


def _until(day: dt.date) -> dt.date:
    return day + dt.timedelta(days=WASH_DAYS)


def _buy_locks(trades: TradeHistory, recent: Bools) -> dict[str, BuyLock]:
    locks: dict[str, BuyLock] = {}
    losses = np.flatnonzero(trades.loss_sales() & recent)
    losses = losses[np.argsort(trades.date[losses], kind="stable")]
    columns = (trades.date, trades.asset, trades.group, trades.account, trades.realized_gain)
    for day, asset, group, account, gain in zip(*(column[losses].tolist() for column in columns), strict=True):
        result = "at a gain or loss not known" if math.isnan(gain) else f"at a loss of {-gain:,.2f}"
        locks[group] = BuyLock(group, _until(day), f"{asset} sold {result} on {day} in account {account}")
    return locks


class _Purchase(NamedTuple):
    """Shares bought lately, as which open lot ("" where none is)."""

    day: dt.date
    lot_id: str
    group: str
    asset: str
    account: str
    shares: float


def _loss_sale_locks(trades: TradeHistory, recent: Bools, lots: Lots, as_of: dt.date) -> dict[str, LossSaleLock]:
    young = _young(lots, as_of)
    locks: dict[str, LossSaleLock] = {}
    for bought in sorted([*young, *_buys_without_lot(trades, recent, young)], key=lambda one: (one.day, one.lot_id)):
        earlier = locks.get(bought.group)
        alone = earlier is None and bought.lot_id != ""
        why = f"{bought.asset} bought on {bought.day} in account {bought.account}"
        whole = bought.lot_id != "" and (earlier is None or earlier.whole_position)
        only = bought.lot_id if alone else None
        locks[bought.group] = LossSaleLock(bought.group, _until(bought.day), why, only, whole)
    return locks


def _young(lots: Lots, as_of: dt.date) -> list[_Purchase]:
    """Purchases of the window that open lots stand for."""
    rows = np.flatnonzero(_inside(lots.acquired, as_of))
    texts = (lots.said(column, rows) for column in ("lot_id", "group", "asset", "account"))
    return [*map(_Purchase, lots.acquired[rows].tolist(), *texts, lots.shares[rows].tolist())]


def _buys_without_lot(trades: TradeHistory, recent: Bools, young: Sequence[_Purchase]) -> Iterator[_Purchase]:
    """Purchases that no open lot stands for: bought by another account, or sold again since."""
    held = defaultdict[tuple[str, str, dt.date], float](float)
    for lot in young:
        held[lot.asset, lot.account, lot.day] += lot.shares
    buys = np.flatnonzero((trades.side == "BUY") & recent)
    columns = (trades.date, trades.asset, trades.group, trades.account, trades.shares)
    for day, asset, group, account, shares in zip(*(column[buys].tolist() for column in columns), strict=True):
        key = (asset, account, day)
        if held[key] <= 0:
            yield _Purchase(day, "", group, asset, account, shares)
        held[key] -= shares
