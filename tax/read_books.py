"""Turns a ledger's books into the rows of a statement: alike pieces are put together. Internal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from tax.books import Books
from tax.form_8949 import RealizedSale
from tax.share_blocks import ZERO, OpenLot, ShareBlock, long_term_ordinal
from tax.statement import DividendRow, LedgerLot, LedgerSale, PendingWash, WashSale, last_day_of_window
from tax.wash_locks import WASH_DAYS
from tax.wash_sales import SoldPiece

__all__ = ["dividend_rows", "lot_rows", "pending_rows", "reported_rows", "sale_rows", "wash_rows"]

_date = dt.date.fromordinal


def sale_rows(books: Books) -> tuple[LedgerSale, ...]:
    """One row for each sale, position, acquisition and holding-period start."""
    alike: dict[tuple[object, ...], list[SoldPiece]] = {}
    for piece in books.sold:
        alike.setdefault(_row_of(piece), []).append(piece)
    return tuple(_sale_row(pieces) for pieces in alike.values())


def reported_rows(books: Books) -> tuple[RealizedSale, ...]:
    """What goes on a return: as `sale_rows`, without retirement accounts, losses apart from gains."""
    alike: dict[tuple[object, ...], list[SoldPiece]] = {}
    for piece in books.sold:
        if not piece.position.account.kind.is_retirement:
            alike.setdefault((_row_of(piece), piece.price < piece.basis), []).append(piece)
    return tuple(_reported(pieces) for pieces in alike.values())


def _row_of(piece: SoldPiece) -> tuple[object, ...]:
    return (piece.sale_id, piece.kind, id(piece.position), piece.lot_id, piece.start, piece.day)


def _reported(pieces: list[SoldPiece]) -> RealizedSale:
    first, total = pieces[0], _Total.of(pieces)
    return RealizedSale(
        asset=first.position.symbol,
        qty=total.shares,
        acquired=_date(first.bought),
        sale_date=_date(first.day),
        proceeds=total.proceeds,
        adjusted_basis=total.basis,
        term="LT" if first.day >= long_term_ordinal(first.start) else "ST",
        disallowed_loss=total.disallowed,
        account_type=first.position.account.kind.value,
    )


class _Total(NamedTuple):
    shares: Fraction
    proceeds: Fraction
    basis: Fraction
    wash_shares: Fraction
    disallowed: Fraction
    permanent: Fraction

    @classmethod
    def of(cls, pieces: list[SoldPiece]) -> _Total:
        rows = [
            cls(p.shares, p.shares * p.price, p.shares * p.basis, p.wash_shares, p.disallowed, p.permanent)
            for p in pieces
        ]
        return rows[0] if len(rows) == 1 else cls(*(sum(column, ZERO) for column in zip(*rows, strict=True)))


def _sale_row(pieces: list[SoldPiece]) -> LedgerSale:
    first, total = pieces[0], _Total.of(pieces)
    return LedgerSale(
        sale_id=first.sale_id,
        kind=first.kind,
        lot_id=first.lot_id,
        account=first.position.account,
        symbol=first.position.symbol,
        group=first.position.group,
        acquired=_date(first.bought),
        holding_start=_date(first.start),
        sold=_date(first.day),
        shares=total.shares,
        proceeds=total.proceeds,
        adjusted_basis=total.basis,
        wash_shares=total.wash_shares,
        disallowed=total.disallowed,
        permanent=total.permanent,
        is_long_term=first.day >= long_term_ordinal(first.start),
    )


def lot_rows(books: Books) -> tuple[LedgerLot, ...]:
    """One row for each position, acquisition, holding-period start and basis a share."""
    rows = [row for position in books.positions.values() for lot in position.lots.values() for row in _lot(lot)]
    return tuple(sorted(rows, key=lambda row: (row.lot_id, row.account.name, row.symbol, row.holding_start)))


def _lot(lot: OpenLot) -> Iterator[LedgerLot]:
    alike: dict[tuple[int, Fraction, bool], list[ShareBlock]] = {}
    for block in lot.blocks:
        alike.setdefault((block.start, -block.basis, block.loss_basis is None), []).append(block)
    for (start, _, has_one_basis), blocks in sorted(alike.items()):
        yield LedgerLot(
            lot_id=lot.lot_id,
            account=lot.position.account,
            symbol=lot.position.symbol,
            group=lot.position.group,
            bought=_date(lot.bought),
            holding_start=_date(start),
            shares=sum((block.shares for block in blocks), ZERO),
            original_cost=sum((block.shares * block.cost for block in blocks), ZERO),
            adjusted_basis=sum((block.shares * block.basis for block in blocks), ZERO),
            loss_basis=None if has_one_basis else _loss_basis(blocks),
            replacement_shares=sum((block.shares for block in blocks if block.eligible), ZERO),
        )


def _loss_basis(blocks: list[ShareBlock]) -> Fraction:
    return sum((block.shares * (block.loss_basis or ZERO) for block in blocks), ZERO)


def wash_rows(books: Books) -> tuple[WashSale, ...]:
    """Every match, in the order in which it was made."""
    return tuple(
        WashSale(
            sale_id=match.piece.sale_id,
            lot_id=match.piece.lot_id,
            sold=_date(match.piece.day),
            replacement_id=match.replacement.lot_id,
            replacement_account=match.replacement.position.account,
            replacement_bought=_date(match.replacement.bought),
            shares=match.shares,
            amount=match.amount,
            is_permanent=match.is_permanent,
        )
        for match in books.washes.matches
    )


def pending_rows(books: Books, today: dt.date) -> tuple[PendingWash, ...]:
    """Losses whose window is still open on `today`."""
    losses = [
        loss
        for book in books.washes.groups.values()
        for loss in book.pending
        if today.toordinal() - loss.piece.day <= WASH_DAYS
    ]
    losses.sort(key=lambda loss: loss.piece.day)
    return tuple(
        PendingWash(
            sale_id=loss.piece.sale_id,
            lot_id=loss.piece.lot_id,
            account=loss.piece.position.account,
            symbol=loss.piece.position.symbol,
            group=loss.piece.position.group,
            sold=_date(loss.piece.day),
            last_day=last_day_of_window(_date(loss.piece.day)),
            shares=loss.shares,
            amount=loss.shares * loss.loss_per_share,
        )
        for loss in losses
    )


def dividend_rows(books: Books) -> tuple[DividendRow, ...]:
    """Every dividend, lot by lot."""
    return tuple(
        DividendRow(
            event_id=part.event_id,
            ex_date=part.ex_date,
            lot_id=part.lot.lot_id,
            account=part.position.account,
            symbol=part.position.symbol,
            bought=_date(part.lot.bought),
            shares=part.shares,
            amount=part.amount,
        )
        for part in books.dividends
    )
