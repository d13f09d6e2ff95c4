"""Where a loss that recent lots wash may be taken all the same: what the law disallows of it is known to the cent.

That is so where every purchase of the last 30 days is an open lot of the account that has replaced no shares before,
one security of the group is held, and the household took no loss in the group for 60 days, which could have used the
purchase. `partly_washed = "price"` allows a loss there and nowhere else.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from audit.account import AuditedAccount
from audit.position import AfterTrading

__all__ = ["Purchase", "inside", "priced_groups", "recent_purchases"]

_DAYS = 30


@dataclass(frozen=True)
class Purchase:
    """A purchase of the last 30 days.

    Parameters
    ----------
    day : date
    asset, where : str
        What was bought, in which account.
    lot_id : str
        Of the open lot of the audited account, "" where there is none.
    is_used : bool
        Whether the lot's holding period was moved back, as a wash sale does: it has replaced shares.
    """

    day: dt.date
    asset: str
    where: str
    lot_id: str = ""
    is_used: bool = False


def inside(account: AuditedAccount, day: dt.date, days: int = _DAYS) -> bool:
    """Whether a day is the day of the list or one of so many days before."""
    return 0 <= (account.as_of - day).days <= days


def recent_purchases(account: AuditedAccount) -> dict[str, list[Purchase]]:
    """Purchases of the household in the last 30 days, by group: open lots, and trades that no open lot stands for."""
    found = defaultdict[str, list[Purchase]](list)
    for group, purchase in (*_in_lots(account), *_in_trades(account)):
        found[group].append(purchase)
    return dict(found)


def _in_lots(account: AuditedAccount) -> Iterator[tuple[str, Purchase]]:
    for lot in (*account.lots, *account.others):
        if inside(account, lot.acquired):
            own = lot.lot_id if lot.lot_id in account.lot_of else ""
            used = lot.holding_start < lot.acquired
            yield account.group(lot.asset), Purchase(lot.acquired, lot.asset, lot.account, own, used)


def _in_trades(account: AuditedAccount) -> Iterator[tuple[str, Purchase]]:
    held: dict[tuple[str, str, dt.date], float] = defaultdict(float)
    for lot in (*account.lots, *account.others):
        held[lot.account, lot.asset, lot.acquired] += lot.shares
    for trade in account.past:
        key = (trade.account, trade.asset, trade.date)
        if trade.side == "BUY" and inside(account, trade.date):
            if held[key] <= 0:
                yield trade.group, Purchase(trade.date, trade.asset, trade.account)
            held[key] -= trade.shares


def priced_groups(after: AfterTrading) -> frozenset[str]:
    """Groups in which the mandate allows a loss that recent lots wash; none where it avoids them."""
    account = after.account
    if not after.mandate.priced_washes:
        return frozenset()
    purchases = recent_purchases(account)
    unknown = {group for group, bought in purchases.items() if any(not p.lot_id or p.is_used for p in bought)}
    held: dict[str, set[str]] = defaultdict(set)
    for lot in account.lots:
        held[account.group(lot.asset)].add(lot.asset)
    several = {group for group, assets in held.items() if len(assets) > 1}
    losses = {trade.group for trade in account.past if trade.may_be_loss and inside(account, trade.date, 2 * _DAYS)}
    return frozenset(set(purchases) - unknown - several - losses)
