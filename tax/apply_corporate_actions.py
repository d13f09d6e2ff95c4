"""How corporate actions change a ledger's books. Each function checks first and changes after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from tax.apply_trades import as_exact, dispose, sell_shares
from tax.books import Books
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
from tax.events import Event
from tax.share_blocks import ZERO, OpenLot, Position, ShareBlock
from tax.wash_sales import (
    SoldPiece,
    close_batch,
    register_eligible,
    register_purchase,
    rescale_losses,
    start_day,
    start_sale,
)
from taxsleeve_errors import LedgerError

__all__ = [
    "cash_and_stock_merger",
    "cash_in_lieu",
    "cash_merger",
    "return_of_capital",
    "spin_off",
    "split",
    "stock_merger",
    "taxable_stock_merger",
]


def split(books: Books, event: Split) -> None:
    """Every block and every waiting loss of the symbol is counted in new shares."""
    ratio = as_exact(event.ratio)
    if books.splits.get(event.symbol) == (event.date, ratio):
        raise LedgerError(
            str(event), "the same split stands twice, expected once: it falls on every account of the household"
        )
    positions = books.by_symbol.get(event.symbol)
    if not positions:
        raise LedgerError(str(event), f"{event.symbol} was never held, expected a symbol of the history")
    start_day(books.washes, positions[0].group, event.date.toordinal())
    for position in positions:
        position.shares *= ratio
        for lot in position.lots.values():
            for block in lot.blocks:
                block.rescale(ratio, 1 / ratio)
    rescale_losses(books.washes.book(positions[0].group), event.symbol, ratio)
    books.splits[event.symbol] = (event.date, ratio)


def cash_in_lieu(books: Books, event: CashInLieu) -> None:
    """A sale of the fraction."""
    shares = as_exact(event.shares)
    price = as_exact(event.amount) / shares
    sell_shares(books, event, event.account, shares, price, event.relief, "cash in lieu")


def return_of_capital(books: Books, event: ReturnOfCapital) -> None:
    """Basis down to zero, then gain."""
    paid = as_exact(event.per_share)
    positions = books.holders(event)
    start_day(books.washes, positions[0].group, event.date.toordinal())
    for position in positions:
        for lot in position.lots.values():
            for block in lot.blocks:
                _return_capital(books, event, lot, block, paid)


def _return_capital(books: Books, event: Event, lot: OpenLot, block: ShareBlock, paid: Fraction) -> None:
    gain = max(ZERO, paid - block.basis)
    block.basis -= paid - gain
    if block.loss_basis is not None:
        block.loss_basis = max(ZERO, block.loss_basis - paid)
    if gain:
        books.sold.append(_gain_piece(event, lot, block, gain, ZERO, "return of capital"))


def spin_off(books: Books, event: SpinOff) -> None:
    """Part of each block's basis moves to the subsidiary's shares, with the holding period."""
    ratio, fraction = as_exact(event.ratio), as_exact(event.basis_fraction)
    positions = books.holders(event)
    group = books.group_of(event, event.new_symbol, event.new_group)
    start_day(books.washes, positions[0].group, event.date.toordinal())
    for position in positions:
        child = books.position(position.account, event.new_symbol, group)
        for lot in position.lots.values():
            child_lot = child.lot(lot.lot_id, lot.order, lot.bought)
            for block in lot.blocks:
                new = replace(block, eligible=False)
                new.rescale(ratio, fraction / ratio)
                child.add(child_lot, new)
                block.rescale(Fraction(1), 1 - fraction)


def cash_merger(books: Books, event: CashMerger) -> None:
    """A sale of everything, in every account, as one disposition."""
    _sell_everything(books, event, books.holders(event), as_exact(event.cash), "cash merger")


def stock_merger(books: Books, event: StockMerger) -> None:
    """Every block becomes shares of the acquirer with its basis and holding period."""
    ratio = as_exact(event.ratio)
    _exchange(books, event, lambda _lot, block: block.rescale(ratio, 1 / ratio))


def cash_and_stock_merger(books: Books, event: CashAndStockMerger) -> None:
    """Gain recognised block by block up to the cash; a loss is not recognised and offsets no other block."""
    ratio, cash, price = as_exact(event.ratio), as_exact(event.cash), as_exact(event.price)
    for position in books.holders(event):
        for lot in position.lots.values():
            if any(block.loss_basis is not None for block in lot.blocks):
                raise LedgerError(
                    str(event),
                    f"lot {lot.lot_id!r} is a gift with a second basis for losses, for which I.R.C. s.358 gives no "
                    "rule; expected it to be sold or given with one basis before",
                )

    def exchange(lot: OpenLot, block: ShareBlock) -> None:
        gain = min(max(ZERO, ratio * price + cash - block.basis), cash)
        if cash:
            books.sold.append(_gain_piece(event, lot, block, cash, cash - gain, "merger cash"))
        block.basis += gain - cash
        block.rescale(ratio, 1 / ratio)

    _exchange(books, event, exchange)


def taxable_stock_merger(books: Books, event: TaxableStockMerger) -> None:
    """A sale of everything at the value received, and a purchase of the new shares at theirs."""
    ratio, price = as_exact(event.ratio), as_exact(event.price)
    positions = books.holders(event)
    group = books.group_of(event, event.new_symbol, event.new_group)
    if event.event_id in books.acquisitions:
        raise LedgerError(str(event), f"id {event.event_id!r}: found a second time, expected an id not used before")
    received = {position.account.name: position.shares * ratio for position in positions}
    _sell_everything(books, event, positions, ratio * price + as_exact(event.cash), "taxable merger")
    bought = replace(event, symbol=event.new_symbol, new_symbol=event.symbol)
    for position in positions:
        block = ShareBlock(received[position.account.name], price, price, event.date.toordinal(), eligible=True)
        new = books.position(position.account, event.new_symbol, group)
        acquisition = books.acquisitions.get(event.event_id) or books.check_acquisition(bought, position.account)
        lot = books.acquire(new, bought, acquisition, block)
        register_purchase(books.washes, lot, block, event.date.toordinal())


def _sell_everything(books: Books, event: Event, positions: list[Position], price: Fraction, kind: str) -> None:
    sale = (event.date, event.symbol)
    if books.sale_dates.get(event.event_id, sale) != sale:
        raise LedgerError(str(event), f"id {event.event_id!r}: found a second time, expected an id not used before")
    books.sale_dates[event.event_id] = sale
    start_sale(books.washes, positions[0].group, event.date.toordinal(), event.event_id)
    for position in positions:
        pieces = [(lot, block, block.shares) for lot in position.lots.values() for block in lot.blocks]
        dispose(books, event, position, pieces, price, kind)


def _exchange(books: Books, event: StockMerger, change: Callable[[OpenLot, ShareBlock], None]) -> None:
    positions = books.holders(event)
    group = books.group_of(event, event.new_symbol, event.new_group)
    old_book, new_book = books.washes.book(positions[0].group), books.washes.book(group)
    close_batch(books.washes, old_book)
    close_batch(books.washes, new_book)
    for position in positions:
        new = books.position(position.account, event.new_symbol, group)
        for lot in list(position.lots.values()):
            new_lot = new.lot(lot.lot_id, lot.order, lot.bought)
            for block in list(lot.blocks):
                position.remove(lot, block, block.shares)
                change(lot, block)
                new.add(new_lot, block)
            if any(block.eligible for block in new_lot.blocks):
                register_eligible(new_book, new_lot)
    if old_book is new_book:
        rescale_losses(old_book, event.symbol, as_exact(event.ratio))


def _gain_piece(
    event: Event, lot: OpenLot, block: ShareBlock, price: Fraction, basis: Fraction, kind: str
) -> SoldPiece:
    day = event.date.toordinal()
    return SoldPiece(
        event.event_id,
        kind,
        day,
        lot.position,
        lot.lot_id,
        lot.order,
        lot.bought,
        block.start,
        block.shares,
        price,
        basis,
    )
