"""Rows of an export become lots, trades, positions and cash."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from taxsleeve.cells import AccountType
from taxsleeve.custodian_cells import CellReader, account_type_of
from taxsleeve.custodian_map import CustodianMap, RowKind
from taxsleeve.custodian_source import Skipped, SourceRow
from taxsleeve.tables import Findings

__all__ = ["UNNAMED", "Cash", "Export", "ImportedLot", "ImportedTrade", "Place", "Position", "read_records"]

# Account of a record where the file names none, as lots.csv has it.
UNNAMED = "taxable"
_COST = (
    "a cost, which the custodian does not know: write the lot's own into the cell, from the confirmation of the "
    "purchase, or take the row out"
)
_ACQUIRED = " (for Various, or no day at all: give each purchase a row of its own, with its day, shares and cost)"
_LONG_ONLY = "a number of shares > 0: short positions are not managed here; take the row out"


@dataclass(frozen=True, order=True)
class Place:
    """Where a record stood, and whose it is."""

    file: str
    line: int
    account: str = field(default=UNNAMED, compare=False)
    account_type: AccountType = field(default="taxable", compare=False)


@dataclass(frozen=True)
class ImportedLot:
    """An open lot as the custodian has it."""

    place: Place
    symbol: str
    shares: Decimal
    cost_per_share: Decimal
    acquired: dt.date
    holding_start: dt.date | None
    term: Literal["long", "short"] | None
    lot_id: str
    kept: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ImportedTrade:
    """A purchase or sale."""

    place: Place
    date: dt.date
    side: Literal["BUY", "SELL"]
    symbol: str
    shares: Decimal
    price: Decimal
    realized_gain: Decimal | None


@dataclass(frozen=True)
class Position:
    """Shares of a symbol, which its lots must add up to."""

    place: Place
    symbol: str
    shares: Decimal


@dataclass(frozen=True)
class Cash:
    """Cash, in dollars."""

    place: Place
    amount: Decimal


@dataclass
class Export:
    """All records of all files."""

    lots: list[ImportedLot] = field(default_factory=list)
    trades: list[ImportedTrade] = field(default_factory=list)
    positions: list[Position] = field(default_factory=list)
    cash: list[Cash] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    accounts: set[str] = field(default_factory=set)


def read_records(
    rows: Iterable[SourceRow], layouts: CustodianMap, accounts: frozenset[str], findings: Findings
) -> Export:
    """Make records of rows; a row that is not understood is a fault, one of no account wanted is skipped."""
    export = Export()
    for row in rows:
        rule = next((rule for rule in row.layout.rules if rule.covers(row.cells)), None)
        kind: RowKind = row.layout.rows if rule is None else rule.kind
        called = {row.cells.get("account", ""), row.cells.get("account_name", "")} - {""}
        if kind == "skip":
            reason = row.layout.name if rule is None else rule.reason
            export.skipped.append(Skipped(row.file, row.line, reason))
            continue
        export.accounts |= called
        if accounts and not called & accounts:
            reason = "of another account" if called else "of no account that the file names"
            export.skipped.append(Skipped(row.file, row.line, reason))
            continue
        _record(kind, CellReader(row, layouts, findings), export)
    return export


def _record(kind: RowKind, read: CellReader, export: Export) -> None:
    named = read.text("account") or read.text("account_name") or UNNAMED
    place = Place(read.row.file, read.row.line, named, account_type_of(read.row.cells, read.layouts))
    if kind == "lot":
        _lot(place, read, export)
    elif kind == "trade":
        _trade(place, read, export)
    elif kind == "position":
        symbol, shares = read.symbol(), read.number("shares", "a number of shares")
        if symbol is not None and shares is not None:
            export.positions.append(Position(place, symbol, shares))
    else:
        amount = read.number("amount", "an amount of cash in dollars")
        if amount is not None:
            export.cash.append(Cash(place, amount))


def _lot(place: Place, read: CellReader, export: Export) -> None:
    symbol = read.symbol()
    shares = read.number("shares", "a number of shares > 0")
    if shares is not None and shares <= 0:
        read.fault("shares", _LONG_ONLY)
        shares = None
    cost = None if shares is None else _cost_per_share(shares, read)
    acquired = read.day("acquired", _ACQUIRED)
    holding = read.day("holding_start") if read.row.cells.get("holding_start") else None
    term = _term(read)
    kept = tuple((name, read.text(name)) for name in read.row.layout.keep)
    lot_id = read.text("lot_id")
    if symbol is None or shares is None or cost is None or acquired is None:
        return
    if holding is not None and holding > acquired:
        read.fault("holding_start", f"a day not after the purchase, {acquired}: a wash sale moves it back, never on")
    if holding == acquired:
        holding = None
    export.lots.append(ImportedLot(place, symbol, shares, cost, acquired, holding, term, lot_id, kept))


def _cost_per_share(shares: Decimal, read: CellReader) -> Decimal | None:
    """Cost of a share: of the total, which is to the cent, where there is one; a printed one must agree with it."""
    before = len(read.findings.faults)
    each, total = read.number("cost_per_share"), read.number("total_cost")
    if len(read.findings.faults) > before:
        return None
    for name, value in (("cost_per_share", each), ("total_cost", total)):
        if value is not None and value < 0:
            read.fault(name, "a cost >= 0")
            return None
    if total is None:
        if each is None:
            read.fault("total_cost" if "total_cost" in read.row.columns else "cost_per_share", _COST)
        return each
    if each is not None and abs(each * shares - total) > _rounding(each) * shares + _rounding(total):
        expected = f"a total that agrees with {_product(each, shares)}, shares times the cost of one; mend the row"
        read.fault("total_cost", expected)
        return None
    return total / shares


def _product(each: Decimal, shares: Decimal) -> Decimal:
    """Product to the cent, for a message."""
    return (each * shares).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _rounding(number: Decimal) -> Decimal:
    """How far a printed number may be from the exact one, rounded or cut: a unit of its last digit."""
    exponent = number.as_tuple().exponent
    return Decimal(1).scaleb(min(exponent, 0) if isinstance(exponent, int) else 0)


def _term(read: CellReader) -> Literal["long", "short"] | None:
    words, found = read.layouts.terms, read.row.cells.get("term", "")
    if words is None or not found or found.casefold() in {word.casefold() for word in read.layouts.numbers.missing}:
        return None
    if words.long.fullmatch(found):
        return "long"
    if words.short.fullmatch(found):
        return "short"
    read.fault("term", "a word for long-term or short-term; give it in a map of your own (--map)")
    return None


def _trade(place: Place, read: CellReader, export: Export) -> None:
    sides, found = read.row.layout.sides, read.row.cells.get("side", "")
    side: Literal["BUY", "SELL"] | None = None
    if sides is not None:
        side = "BUY" if sides.BUY.fullmatch(found) else "SELL" if sides.SELL.fullmatch(found) else None
    if side is None:
        expected = "a word for a purchase or a sale; of another event take the row out, or give a rule for it (--map)"
        read.fault("side", expected)
    day, symbol = read.day("date"), read.symbol()
    shares = read.number("shares", "a number of shares")
    if shares is not None and (shares == 0 or (side == "BUY" and shares < 0)):
        read.fault("shares", "a number of shares > 0: of a cancelled trade take out both rows")
        shares = None
    price = read.number("price", "a price of a share")
    if price is not None and price < 0:
        read.fault("price", "a price >= 0")
        price = None
    gain = read.number("realized_gain") if side == "SELL" else None
    if side is None or day is None or symbol is None or shares is None or price is None:
        return
    export.trades.append(ImportedTrade(place, day, side, symbol, abs(shares), price, gain))
