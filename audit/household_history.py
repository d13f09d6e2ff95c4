"""The household's history as events of the exact ledger, put together from its open lots and its recent trades.

Lots and trades give all of the history that can matter on the day of the list:

- every open lot is a purchase of its shares, at its basis, on the day it was acquired. A lot whose holding period was
  moved back has replaced shares sold at a loss before, and one share replaces one (Reg. 1.1091-1(e)): it comes in as
  shares received with basis and holding period, which replace nothing;
- a past purchase that an open lot of the same account, security and day stands for is not counted a second time. One
  in an audited account that no lot stands for was sold again: it is not held, so it replaces nothing. One in another
  account, of which no lots are known, is taken to be held still;
- a past sale at a loss is a purchase long before, at the basis that its gain implies, and the sale of just those
  shares: until 30 days are over, what it sold waits to be replaced. A sale whose result is not known counts as a loss;
- past sales at a gain, and sales in retirement accounts, wash nothing and are left out.

Bases stay those of lots.csv: the ledger says which shares are matched, and `audit.wash_sales` prices them.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from audit.account import AuditedAccount, OpenLot, PastTrade
from tax import Account, AccountKind, Buy, Event, GiftIn, Sell, SpecificIdentification

__all__ = ["household_events", "ledger_account", "ledger_symbol", "lot_event"]

_LONG_BEFORE = dt.timedelta(days=400)
_UNKNOWN_LOSS = 0.01


def ledger_account(account: str, account_type: str) -> Account:
    """The ledger's account; one name may stand for accounts of several types where a file names none."""
    return Account(f"{account} ({account_type})", AccountKind(account_type))


def ledger_symbol(account: AuditedAccount, asset: str, group: str) -> str:
    """The ledger's symbol, which has one group for ever; a past trade may tell another group than securities.csv."""
    return asset if group == account.group(asset) else f"{asset} in {group}"


def lot_event(name: str, lot_id: str) -> str:
    """The event that a lot of an audited account came with; the name is "" where it is the only one."""
    return f"{name}/{lot_id}" if name else lot_id


def household_events(accounts: Mapping[str, AuditedAccount], groups: Collection[str]) -> list[Event]:
    """Events up to the list, in order, of the groups of substantially identical securities that it trades.

    Parameters
    ----------
    accounts : mapping of str to AuditedAccount
        By name; "" where there is only one. Of one household, so that all have the same past.
    groups : collection of str

    Returns
    -------
    list of Event
        Lots of the accounts are named by `lot_event`; everything else by words that no lot has.
    """
    one = next(iter(accounts.values()))
    known = [(lot_event(name, lot.lot_id), lot) for name, account in accounts.items() for lot in account.lots]
    # Lots of two other accounts may bear one id.
    known += [(f"\tlot {lot.lot_id} elsewhere {number}", lot) for number, lot in enumerate(one.elsewhere)]
    past = [trade for trade in one.past if trade.group in groups]
    audited = {account.whose for account in accounts.values()}
    held = [lot for _, lot in known]
    events = [_held(one, event_id, lot) for event_id, lot in known if one.group(lot.asset) in groups]
    events += [_purchase(one, trade, number) for number, trade in enumerate(_not_in_lots(held, past, audited))]
    for number, trade in enumerate(trade for trade in past if trade.may_be_loss):
        events += _loss(one, trade, number)
    return sorted(events, key=lambda event: event.date)


def _held(account: AuditedAccount, event_id: str, lot: OpenLot) -> Event:
    whose = ledger_account(lot.account, lot.account_type)
    group = account.group(lot.asset)
    if lot.holding_start < lot.acquired and not whose.kind.is_retirement:
        return GiftIn(
            date=lot.acquired, event_id=event_id, symbol=lot.asset, group=group, account=whose, shares=lot.shares,
            donor_basis=lot.cost_per_share, fair_value=lot.cost_per_share, donor_start=lot.holding_start,
        )  # fmt: skip
    return Buy(
        date=lot.acquired, event_id=event_id, symbol=lot.asset, group=group, account=whose, shares=lot.shares,
        price=lot.cost_per_share,
    )  # fmt: skip


def _not_in_lots(
    lots: Collection[OpenLot], past: Collection[PastTrade], audited: Collection[tuple[str, str]]
) -> Iterator[PastTrade]:
    """Purchases of accounts that are not audited which no open lot stands for, in whole or in part."""
    held: dict[tuple[str, str, str, dt.date], float] = defaultdict(float)
    for lot in lots:
        held[lot.account, lot.account_type, lot.asset, lot.acquired] += lot.shares
    for trade in past:
        if trade.side != "BUY" or (trade.account, trade.account_type) in audited:
            continue
        key = (trade.account, trade.account_type, trade.asset, trade.date)
        known = held[key] > 0
        held[key] -= trade.shares
        if not known:
            yield trade


def _purchase(account: AuditedAccount, trade: PastTrade, number: int) -> Event:
    return Buy(
        date=trade.date,
        event_id=f"\tpurchase {number}",
        symbol=ledger_symbol(account, trade.asset, trade.group),
        group=trade.group,
        account=ledger_account(trade.account, trade.account_type),
        shares=trade.shares,
        price=trade.price,
    )


def _loss(account: AuditedAccount, trade: PastTrade, number: int) -> Iterator[Event]:
    """A purchase long before, and the sale of just those shares."""
    symbol = ledger_symbol(account, trade.asset, trade.group)
    whose = ledger_account(trade.account, trade.account_type)
    loss = _UNKNOWN_LOSS if trade.gain is None else -trade.gain / trade.shares
    bought = f"\tsold {number}"
    yield Buy(
        date=trade.date - _LONG_BEFORE, event_id=bought, symbol=symbol, group=trade.group, account=whose,
        shares=trade.shares, price=trade.price + loss,
    )  # fmt: skip
    yield Sell(
        date=trade.date, event_id=f"\tsale {number} of {trade.asset}", symbol=symbol, group=trade.group, account=whose,
        shares=trade.shares, price=trade.price, relief=SpecificIdentification(((bought, trade.shares),)),
    )  # fmt: skip
