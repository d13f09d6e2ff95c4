"""Checks between the rows of a custodian's exports: what stands twice, what does not add up, what cannot be right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Iterable
from decimal import Decimal

from tax import is_long_term
from taxsleeve.counting import counted
from taxsleeve.custodian_cells import decimal_text
from taxsleeve.custodian_records import Export, ImportedLot, ImportedTrade, Place
from taxsleeve.tables import Findings

__all__ = ["check_export", "term_notes", "trade_notes"]

_WINDOW = 61
_SHOWN = 5


def check_export(export: Export, accounts: frozenset[str], findings: Findings) -> None:
    """Note what is wrong between rows: accounts that are not there, rows of two files, lots that do not add up."""
    for wanted in sorted(accounts - export.accounts):
        there = ", ".join(sorted(export.accounts)) or "none named"
        findings.fault("--account", f"an account of the files ({there})", value=wanted)
    overlap = "each {} once, for files whose days and accounts do not overlap: the same stands in {}, row {}"
    _check_once("lot", ((lot.place, _lot_key(lot)) for lot in export.lots), overlap, findings)
    _check_once("trade", ((trade.place, _trade_key(trade)) for trade in export.trades), overlap, findings)
    cash = ((entry.place, entry.place.account) for entry in export.cash)
    _check_once("account's cash", cash, overlap, findings)
    _check_positions(export, findings)


def _lot_key(lot: ImportedLot) -> Hashable:
    return lot.place.account, lot.symbol, lot.acquired, lot.shares, lot.cost_per_share, lot.lot_id


def _trade_key(trade: ImportedTrade) -> Hashable:
    return trade.place.account, trade.date, trade.side, trade.symbol, trade.shares, trade.price


def _check_once(what: str, keyed: Iterable[tuple[Place, Hashable]], expected: str, findings: Findings) -> None:
    # Within a file two rows alike are two purchases; in two files they are one that was exported twice.
    first: dict[Hashable, Place] = {}
    for place, key in keyed:
        before = first.setdefault(key, place)
        if before.file != place.file:
            findings.fault(
                place.file, expected.format(what, before.file, before.line), row=place.line, value=_shown_key(key)
            )


def _shown_key(key: Hashable) -> str:
    if not isinstance(key, tuple):
        return str(key)
    return " ".join(decimal_text(part) if isinstance(part, Decimal) else str(part) for part in key if part)


def _check_positions(export: Export, findings: Findings) -> None:
    """Lots of a symbol must add up to its positions, where the files have positions."""
    held: dict[str, Decimal] = {}
    for lot in export.lots:
        held[lot.symbol] = held.get(lot.symbol, Decimal(0)) + lot.shares
    wanted: dict[str, Decimal] = {}
    for position in export.positions:
        wanted[position.symbol] = wanted.get(position.symbol, Decimal(0)) + position.shares
    told: set[str] = set()
    for position in export.positions:
        symbol, lots = position.symbol, held.get(position.symbol, Decimal(0))
        if lots == wanted[symbol] or symbol in told:
            continue
        told.add(symbol)
        found = f"lots of {decimal_text(lots)}" if symbol in held else "no lot"
        expected = (
            f"lots that add up to the {decimal_text(wanted[symbol])} shares of {symbol} held: export the lots of "
            "every name, of the same day"
        )
        findings.fault(position.place.file, expected, row=position.place.line, column="symbol", value=found)
    for lot in export.lots if export.positions else ():
        if lot.symbol not in wanted and lot.symbol not in told:
            told.add(lot.symbol)
            expected = (
                f"a position of {lot.symbol}, as positions of other names are given: export lots and positions of the "
                "same day and accounts, or leave the positions out"
            )
            findings.fault(lot.place.file, expected, row=lot.place.line, column="symbol", value=lot.symbol)


def term_notes(lots: Iterable[ImportedLot], as_of: dt.date | None) -> list[str]:
    """What the custodian's word for the term says against the days of the lots."""
    if as_of is None:
        return []
    wrong = [
        f"{lot.symbol} of {lot.acquired}"
        for lot in lots
        if lot.term is not None and bool(is_long_term(lot.holding_start or lot.acquired, as_of)) != (lot.term == "long")
    ]
    if not wrong:
        return []
    more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
    return [
        f"the custodian's term is not that of the days held, of {counted(len(wrong), 'lot')} "
        f"({', '.join(wrong[:_SHOWN])}{more}): "
        "where a wash sale, a gift or an inheritance moved the holding period, write its first day as holding_start"
    ]


def trade_notes(trades: Iterable[ImportedTrade], as_of: dt.date | None) -> list[str]:
    """What is to be known of the trades: that none were given, or from when on they are."""
    days = sorted(trade.date for trade in trades)
    if not days:
        return ["no trades were given: without those of the last 61 days wash sales are not seen"]
    notes = [
        f"trades from {days[0]} to {days[-1]}: wash sales need all of the last {_WINDOW} days, of the whole household"
    ]
    if as_of is not None and days[-1] < as_of - dt.timedelta(days=_WINDOW):
        notes.append(f"no trade is of the {_WINDOW} days before {as_of}: are the files of the same time?")
    if as_of is not None and days[-1] > as_of:
        notes.append(f"trades after {as_of}, the day of the lots, are not in the lots: export both of the same day")
    return notes
