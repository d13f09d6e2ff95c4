"""The ledger of a household: an append-only history, and what it says of lots, gains and wash sales."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from tax.apply_corporate_actions import (
    cash_and_stock_merger,
    cash_in_lieu,
    cash_merger,
    return_of_capital,
    spin_off,
    split,
    stock_merger,
    taxable_stock_merger,
)
from tax.apply_trades import buy, dividend, gift, sell, transfer
from tax.books import Books
from tax.collector import collector_paused
from tax.corporate_actions import (
    CashAndStockMerger,
    CashInLieu,
    CashMerger,
    ReturnOfCapital,
    SpinOff,
    Split,
    StockMerger,
    TaxableStockMerger,
)
from tax.events import Buy, Dividend, Event, GiftIn, ReinvestedDividend, Sell, TransferInKind
from tax.form_8949 import RealizedSale
from tax.lot_relief import FirstInFirstOut, LotRelief
from tax.read_books import dividend_rows, lot_rows, pending_rows, reported_rows, sale_rows, wash_rows
from tax.statement import Statement
from tax.wash_policy import WashPolicy
from tax.wash_sales import WashSales, provisionally_closed
from taxsleeve_errors import LedgerError

__all__ = ["Ledger"]

# Each handler takes the event type it stands beside; the table is the only place where the two meet.
_HANDLERS: dict[type[Event], Callable[[Books, Any], None]] = {
    Buy: buy,
    CashAndStockMerger: cash_and_stock_merger,
    CashInLieu: cash_in_lieu,
    CashMerger: cash_merger,
    Dividend: dividend,
    GiftIn: gift,
    ReinvestedDividend: buy,
    ReturnOfCapital: return_of_capital,
    Sell: sell,
    SpinOff: spin_off,
    Split: split,
    StockMerger: stock_merger,
    TaxableStockMerger: taxable_stock_merger,
    TransferInKind: transfer,
}


class Ledger:
    """An append-only history of a household's accounts, in exact arithmetic.

    Events are applied in order of date, and of `seq` where they carry it. An event in error raises and leaves the
    ledger as it was. Sales of one day, with no purchase in their group between them, are one disposition.

    Parameters
    ----------
    policy : WashPolicy
        How the unsettled points of the wash-sale rule are read.
    relief : LotRelief
        The standing instruction for sales that name no method.
    currency : str
        The one currency of the ledger.

    Examples
    --------
    >>> import datetime as dt
    >>> from tax import Account, Buy, Ledger, Sell
    >>> account, day = Account("A"), dt.date
    >>> ledger = Ledger()
    >>> ledger.apply(Buy(date=day(2025, 1, 6), event_id="B1", symbol="X", account=account, shares=100, price=10))
    >>> ledger.apply(Sell(date=day(2025, 3, 10), event_id="S1", symbol="X", account=account, shares=100, price=7.5))
    >>> ledger.apply(Buy(date=day(2025, 3, 20), event_id="B2", symbol="X", account=account, shares=100, price=8))
    >>> float(ledger.statement().lots[0].adjusted_basis)
    1050.0
    """

    def __init__(
        self,
        policy: WashPolicy | None = None,
        *,
        relief: LotRelief | None = None,
        currency: str = "USD",
    ) -> None:
        washes = WashSales(policy or WashPolicy())
        self._books = Books(relief or FirstInFirstOut(), currency, washes)
        self._events: list[Event] = []
        self._last_date: dt.date | None = None
        self._last_seq: int | None = None

    @property
    def policy(self) -> WashPolicy:
        """How the unsettled points are read."""
        return self._books.washes.policy

    @property
    def events(self) -> tuple[Event, ...]:
        """The history so far."""
        return tuple(self._events)

    def apply(self, event: Event) -> None:
        """Append one event.

        Raises
        ------
        LedgerError
            The event is in error; the message names it, and the ledger stands as it was.
        """
        handler = _HANDLERS.get(type(event))
        if handler is None:
            raise LedgerError(str(event), f"found a {type(event).__name__}, expected one of the ledger's events")
        self._check_order(event)
        if event.currency != self._books.currency:
            raise LedgerError(str(event), f"currency: found {event.currency!r}, expected {self._books.currency!r}")
        handler(self._books, event)
        self._books.count += 1
        self._events.append(event)
        self._last_date = event.date
        self._last_seq = self._last_seq if event.seq is None else event.seq

    def apply_all(self, events: Iterable[Event]) -> None:
        """Append events one by one; those before one in error stay."""
        with collector_paused():
            for event in events:
                self.apply(event)

    def statement(self) -> Statement:
        """What the history says as of its last event; sales of that day are taken as complete."""
        books = self._books
        with collector_paused(), provisionally_closed(books.washes):
            return Statement(
                as_of=self._last_date,
                policy=self.policy,
                currency=books.currency,
                sales=sale_rows(books),
                lots=lot_rows(books),
                wash_sales=wash_rows(books),
                pending=() if self._last_date is None else pending_rows(books, self._last_date),
                dividends=dividend_rows(books),
            )

    def realized_sales(self) -> tuple[RealizedSale, ...]:
        """What goes on Form 8949: the sales of taxable accounts as in the statement, losses apart from gains."""
        with collector_paused(), provisionally_closed(self._books.washes):
            return reported_rows(self._books)

    def _check_order(self, event: Event) -> None:
        if self._last_date is not None and event.date < self._last_date:
            raise LedgerError(str(event), f"out of order: the event before it is of {self._last_date}")
        if event.seq is not None and self._last_seq is not None and event.seq <= self._last_seq:
            raise LedgerError(str(event), f"out of order: seq {event.seq}, expected more than {self._last_seq}")
