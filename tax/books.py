"""Everything a ledger keeps, and the checks that every event passes before anything is changed. Internal."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from fractions import Fraction

from tax.accounts import Account
from tax.events import Event
from tax.lot_relief import LotRelief
from tax.share_blocks import OpenLot, Position, ShareBlock
from tax.wash_sales import SoldPiece, WashSales
from taxsleeve_errors import LedgerError

__all__ = ["Acquisition", "Books", "DividendShare"]


@dataclass(frozen=True)
class DividendShare:
    """The part of a dividend that fell on one lot."""

    event_id: str
    ex_date: dt.date
    position: Position
    lot: OpenLot
    shares: Fraction
    amount: Fraction


@dataclass(frozen=True)
class Acquisition:
    """Where and when an acquisition was made: what its further fills must agree with."""

    date: dt.date
    account: str
    symbol: str
    order: int


@dataclass(slots=True, eq=False)
class Books:
    """The state of a household: positions, wash-sale books, what was sold, and which names are known."""

    relief: LotRelief
    currency: str
    washes: WashSales
    positions: dict[tuple[str, str], Position] = field(default_factory=dict)
    by_symbol: dict[str, list[Position]] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    acquisitions: dict[str, Acquisition] = field(default_factory=dict)
    sale_dates: dict[str, tuple[dt.date, str]] = field(default_factory=dict)
    splits: dict[str, tuple[dt.date, Fraction]] = field(default_factory=dict)
    sold: list[SoldPiece] = field(default_factory=list)
    dividends: list[DividendShare] = field(default_factory=list)
    count: int = 0

    def check_account(self, event: Event, account: Account) -> None:
        """One name, one kind of account."""
        known = self.accounts.get(account.name, account)
        if known.kind is not account.kind:
            raise LedgerError(
                str(event), f"account {account.name!r}: found kind {account.kind.value}, expected {known.kind.value}"
            )

    def group_of(self, event: Event, symbol: str, group: str | None) -> str:
        """The group of a symbol under the policy; a symbol does not change its group."""
        if self.washes.policy.group_map == "ticker":
            return symbol
        known = self.groups.get(symbol)
        if known is not None and group and group != known:
            raise LedgerError(str(event), f"group of {symbol}: found {group!r}, expected {known!r} as before")
        return known or group or symbol

    def held(self, event: Event, account: Account, shares: Fraction) -> Position:
        """The position a sale or transfer takes from; it must hold that many shares."""
        self.check_account(event, account)
        position = self.positions.get((account.name, event.symbol))
        held = position.shares if position is not None else Fraction(0)
        if position is None or held < shares:
            raise LedgerError(
                str(event),
                f"found {float(shares):.10g} shares, expected at most the {float(held):.10g} "
                f"that account {account.name!r} holds",
            )
        return position

    def holders(self, event: Event) -> list[Position]:
        """Every position in the event's symbol; at least one."""
        positions = [position for position in self.by_symbol.get(event.symbol, ()) if position.shares]
        if not positions:
            raise LedgerError(str(event), f"no account holds {event.symbol}, expected shares on which it falls")
        return positions

    def position(self, account: Account, symbol: str, group: str) -> Position:
        """The position of an account in a symbol, made where there is none. Call after every check."""
        known = self.positions.get((account.name, symbol))
        if known is not None:
            return known
        self.accounts[account.name] = account
        self.groups[symbol] = group
        new = self.positions[account.name, symbol] = Position(account, symbol, group)
        self.by_symbol.setdefault(symbol, []).append(new)
        return new

    def check_acquisition(self, event: Event, account: Account) -> Acquisition:
        """A new acquisition, or the one of which this event is a further fill."""
        new = Acquisition(event.date, account.name, event.symbol, self.count)
        known = self.acquisitions.get(event.event_id, new)
        if (known.date, known.account, known.symbol) != (new.date, new.account, new.symbol):
            raise LedgerError(
                str(event), f"id {event.event_id!r}: found a second time, expected an id not used on {known.date}"
            )
        return known

    def acquire(self, position: Position, event: Event, acquisition: Acquisition, block: ShareBlock) -> OpenLot:
        """Put an acquired block into its position. Call after every check."""
        self.acquisitions[event.event_id] = acquisition
        lot = position.lot(event.event_id, acquisition.order, event.date.toordinal())
        position.add(lot, block)
        return lot
