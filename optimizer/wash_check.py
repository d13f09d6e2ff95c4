"""The wash-sale part of the independent check: every pair of a loss and a purchase, by the days between them.

Written from the statute (I.R.C. s.1091(a)) pair by pair and without `tax.wash_locks`, which the trade list was made
with, so that an error in either shows in the other.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.account import Account

__all__ = ["washed_sales"]

_WINDOW = 30


@dataclass(frozen=True)
class _Purchase:
    """Shares bought: on which day, what, and as which lot of the account ("" where it is none of its lots)."""

    day: dt.date
    asset: str
    lot_id: str


def washed_sales(account: Account, trades: pd.DataFrame) -> Iterator[str]:
    """Name every loss that a purchase within 30 days would wash, of this list or of the household's history.

    Parameters
    ----------
    account : Account
    trades : DataFrame
        Columns of trades.csv.

    Yields
    ------
    str
        One sentence for each loss and purchase.
    """
    group = dict(zip(account.securities.asset, account.securities.group, strict=True))
    purchases = _past_purchases(account)
    bought = trades.loc[trades["side"] == "BUY", "asset"].astype(str).tolist()
    for asset in bought:
        for day, sold in _past_losses(account, group.get(asset, asset)):
            yield f"BUY {asset}: washes the loss on {sold} sold on {day}"
    losses = trades[(trades["side"] == "SELL") & (trades["gain"] < 0)]
    for asset, lot_id in zip(losses["asset"].astype(str), losses["lot_id"].astype(str), strict=True):
        name = group.get(asset, asset)
        for other in bought:
            if group.get(other, other) == name:
                yield f"SELL {asset} {lot_id}: a loss that buying {other} washes"
        for purchase in purchases[name]:
            # What is left of the very lot sold does not replace it (Rev. Rul. 56-602).
            if purchase.lot_id != lot_id:
                yield f"SELL {asset} {lot_id}: a loss that {purchase.asset} bought on {purchase.day} washes"


def _inside(account: Account, day: dt.date) -> bool:
    return 0 <= (account.as_of - day).days <= _WINDOW


def _past_losses(account: Account, name: str) -> Iterator[tuple[dt.date, str]]:
    """Losses of the household in a group whose window is open; a result not known counts as a loss."""
    history = account.trades
    for day, side, asset, group, gain, kind in zip(
        history.date.astype(object),
        history.side,
        history.asset,
        history.group,
        history.realized_gain,
        history.account_type,
        strict=True,
    ):
        taxed = kind not in ("ira", "roth")
        if group == name and side == "SELL" and taxed and not gain >= 0 and _inside(account, day):
            yield day, str(asset)


def _past_purchases(account: Account) -> dict[str, list[_Purchase]]:
    """Purchases whose window is open, by group: the account's own lots, and what the history has beside them."""
    found: dict[str, list[_Purchase]] = defaultdict(list)
    lots, history = account.lots, account.trades
    own: dict[tuple[str, str, dt.date], float] = defaultdict(float)
    for lot_id, asset, group, holder, day, shares in zip(
        lots.lot_id, lots.asset, lots.group, lots.account, lots.acquired.astype(object), lots.shares, strict=True
    ):
        if _inside(account, day):
            found[str(group)].append(_Purchase(day, str(asset), str(lot_id)))
            own[str(asset), str(holder), day] += float(shares)
    for j in np.flatnonzero(history.side == "BUY"):
        day = history.date[j].astype(object)
        key = (str(history.asset[j]), str(history.account[j]), day)
        if _inside(account, day):
            if own[key] <= 0:
                found[str(history.group[j])].append(_Purchase(day, str(history.asset[j]), ""))
            own[key] -= float(history.shares[j])
    return found
