"""Wash sales that a set of trades would make: every pair of a loss and a purchase, by the days between them.

Written from the statute (I.R.C. s.1091(a)) pair by pair and without `tax.wash_locks`, so that a check made with one
finds an error in the other.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tax.lots import Lots
from tax.trade_history import TradeHistory

__all__ = ["washed_pairs"]

_WINDOW = 30


@dataclass(frozen=True)
class _Purchase:
    """Shares bought: on which day, what, as which open lot ("" where none is), and whether they replaced any before."""

    day: dt.date
    asset: str
    lot_id: str
    used: bool = False


def washed_pairs(
    history: TradeHistory,
    lots: Lots,
    as_of: dt.date,
    *,
    losses: Sequence[tuple[str, str, str]],
    bought: Sequence[tuple[str, str]],
    sold: Mapping[str, float] | None = None,
    priced: bool = False,
) -> Iterator[str]:
    """Name every loss that a purchase within 30 days would wash: among today's trades, or with the household's history.

    Parameters
    ----------
    history : TradeHistory
        What the household traded.
    lots : Lots
        Open before today's trades.
    as_of : date
        Day of today's trades.
    losses : sequence of (asset, group, lot id)
        Lots sold at a loss today.
    bought : sequence of (asset, group)
        What is bought today.
    sold : mapping of str to float, optional
        Shares sold today by lot id, at a gain or a loss. Where they are everything that is open of a group, the open
        lots wash nothing: no share is left to replace those sold.
    priced : bool
        Leaves out the losses that lots of the account wash and that can be priced: what is disallowed goes into the
        basis of those lots and nothing else (`tax.partly_washed` has the same conditions by another way).

    Yields
    ------
    str
        One sentence for each loss and purchase.
    """
    past_losses, past_purchases = _past_losses(history, as_of), _past_purchases(history, lots, as_of)
    emptied = _emptied(lots, sold or {}, past_purchases)
    in_price = _with_a_price(history, lots, as_of, past_purchases) if priced else set()
    bought_of = defaultdict[str, list[str]](list)
    lost = past_losses.keys() | {group for _, group, _ in losses}
    for asset, group in bought:
        if group in lost:
            bought_of[group].append(asset)
    for group, others in bought_of.items() if past_losses else ():
        for day, other in past_losses.get(group, ()):
            yield from (f"BUY {asset}: washes the loss on {other} sold on {day}" for asset in others)
    washing = bought_of.keys() | past_purchases.keys()
    for asset, group, lot_id in (loss for loss in losses if loss[1] in washing):
        for other in bought_of.get(group, ()):
            yield f"SELL {asset} {lot_id}: a loss that buying {other} washes"
        for purchase in past_purchases.get(group, ()):
            # What is left of the very lot sold does not replace it (Rev. Rul. 56-602), nor does what is sold with it.
            gone = purchase.lot_id == lot_id or (purchase.lot_id != "" and group in emptied)
            if not gone and group not in in_price:
                yield f"SELL {asset} {lot_id}: a loss that {purchase.asset} bought on {purchase.day} washes"


def _emptied(lots: Lots, sold: Mapping[str, float], among: Container[str]) -> set[str]:
    """Groups, among some, of which every open lot is sold whole."""
    rows = np.flatnonzero(lots.in_groups(among))
    groups, open_shares = lots.said("group", rows), lots.shares[rows].tolist()
    told = zip(groups, lots.said("lot_id", rows), open_shares, strict=True)
    kept = {group for group, lot_id, shares in told if sold.get(lot_id, 0.0) < shares * (1 - 1e-9)}
    return set(groups) - kept


def _with_a_price(
    history: TradeHistory, lots: Lots, as_of: dt.date, purchases: Mapping[str, list[_Purchase]]
) -> set[str]:
    """Groups whose recent purchases are open lots that have replaced nothing, all of one security.

    A loss of the 60 days before could have used a purchase of the last 30.
    """
    spent = {group for group, bought in purchases.items() if any(p.used or not p.lot_id for p in bought)}
    held: dict[str, set[str]] = defaultdict(set)
    for asset, group in zip(lots.assets, lots.groups, strict=True):
        held[group].add(asset)
    classes = {group for group, assets in held.items() if len(assets) > 1}
    return set(purchases) - spent - classes - set(_past_losses(history, as_of, 2 * _WINDOW))


def _inside(day: dt.date, as_of: dt.date, window: int = _WINDOW) -> bool:
    return 0 <= (as_of - day).days <= window


def _past_losses(history: TradeHistory, as_of: dt.date, window: int = _WINDOW) -> dict[str, list[tuple[dt.date, str]]]:
    """Losses of the household whose window is open, by group; a result not known counts as a loss."""
    found: dict[str, list[tuple[dt.date, str]]] = defaultdict(list)
    days = history.date.tolist()
    for j in np.flatnonzero(history.side == "SELL").tolist():
        taxed = history.account_type[j] not in ("ira", "roth")
        if taxed and not history.realized_gain[j] >= 0 and _inside(days[j], as_of, window):
            found[str(history.group[j])].append((days[j], str(history.asset[j])))
    return found


def _past_purchases(history: TradeHistory, lots: Lots, as_of: dt.date) -> dict[str, list[_Purchase]]:
    """Purchases whose window is open, by group: the open lots, and what the history has beside them."""
    found: dict[str, list[_Purchase]] = defaultdict(list)
    own: dict[tuple[str, str, dt.date], float] = defaultdict(float)
    ages = (np.datetime64(as_of, "D") - lots.acquired).astype(np.int64)
    young = np.flatnonzero((ages >= 0) & (ages <= _WINDOW))
    used = lots.holding_start[young] < lots.acquired[young]
    texts = (lots.said(column, young) for column in ("group", "asset", "lot_id", "account"))
    numbers = (column.tolist() for column in (lots.acquired[young], lots.shares[young], used))
    for group, asset, lot_id, account, day, shares, replacing in zip(*texts, *numbers, strict=True):
        found[group].append(_Purchase(day, asset, lot_id, replacing))
        own[asset, account, day] += shares
    days = history.date.tolist()
    for j in np.flatnonzero(history.side == "BUY").tolist():
        day = days[j]
        if _inside(day, as_of):
            key = (str(history.asset[j]), str(history.account[j]), day)
            if own[key] <= 0:
                found[str(history.group[j])].append(_Purchase(day, str(history.asset[j]), ""))
            own[key] -= float(history.shares[j])
    return found
