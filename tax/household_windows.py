"""What a ledger says of the days ahead: what not to buy, what not to sell at a loss, which lots turn long-term."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import numpy as np

from tax.accounts import Account
from tax.apply_trades import as_exact
from tax.deadlines import TurningLot, turning_long_term
from tax.events import Buy, Event, Sell
from tax.ledger import Ledger
from tax.statement import Statement
from tax.trade_history import TradeHistory
from tax.wash_locks import WASH_DAYS, WashLocks, wash_locks

__all__ = ["household_locks", "last_prices", "turning_lots"]


def household_locks(ledger: Ledger, statement: Statement) -> WashLocks:
    """Wash-sale locks of a household on the day of its ledger's last event; none of an empty ledger.

    Stronger than the accounting rule, as `wash_locks` says: every purchase and every loss of the last 30 days counts,
    whether or not it has been matched already.
    """
    if statement.as_of is None:
        return WashLocks({}, {})
    history = _recent_trades(ledger, statement, statement.as_of)
    return wash_locks(history, statement.open_lots(), statement.as_of)


def _recent_trades(ledger: Ledger, statement: Statement, as_of: dt.date) -> TradeHistory:
    first = as_of - dt.timedelta(days=WASH_DAYS)
    groups = {lot.symbol: lot.group for lot in statement.lots} | {sale.symbol: sale.group for sale in statement.sales}
    sales = [
        (sale.sold, "SELL", sale.symbol, sale.group, float(sale.shares), float(sale.gain), sale.account)
        for sale in statement.sales
        if sale.sold >= first
    ]
    buys = [
        (event.date, "BUY", event.symbol, groups.get(event.symbol, event.group or event.symbol), _shares(event),
         np.nan, event.account)
        for event in ledger.events
        if isinstance(event, Buy) and event.date >= first
    ]  # fmt: skip
    rows: list[tuple[dt.date, str, str, str, float, float, Account]] = [*sales, *buys]
    return TradeHistory.build(
        date=[row[0] for row in rows],
        side=[row[1] for row in rows],
        asset=[row[2] for row in rows],
        group=[row[3] for row in rows],
        shares=[row[4] for row in rows],
        realized_gain=[row[5] for row in rows],
        account=[row[6].name for row in rows],
        account_type=[row[6].kind.value for row in rows],
    )


def _shares(event: Buy) -> float:
    return float(as_exact(event.shares))


def last_prices(events: tuple[Event, ...]) -> dict[str, float]:
    """Dollars a share at which each symbol was last traded, or zero for one that never was."""
    prices: dict[str, float] = {}
    for event in events:
        price = float(as_exact(event.price)) if isinstance(event, Buy | Sell) else 0.0
        prices[event.symbol] = price or prices.get(event.symbol, 0.0)
    return prices


def turning_lots(statement: Statement, prices: Mapping[str, float], window: int = 45) -> tuple[TurningLot, ...]:
    """Open taxable lots that turn long-term within `window` days of the ledger's last event, soonest first."""
    if statement.as_of is None:
        return ()
    return turning_long_term(statement.open_lots(), prices, statement.as_of, window)
