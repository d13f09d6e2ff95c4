"""How trades, dividends, transfers and gifts change a ledger's books. Each function checks first and changes after."""

from __future__ import annotations

from fractions import Fraction

from tax.accounts import Account
from tax.books import Books, DividendShare
from tax.events import Buy, Dividend, Event, GiftIn, Sell, TransferInKind
from tax.lot_relief import FirstInFirstOut, LotRelief, Offer, Piece
from tax.money import Money, exact
from tax.share_blocks import ZERO, Position, ShareBlock
from tax.wash_sales import SoldPiece, register_eligible, register_loss, register_purchase, start_day, start_sale
from taxsleeve_errors import LedgerError, TaxError

__all__ = [
    "as_exact",
    "buy",
    "check_relief",
    "dispose",
    "dividend",
    "gift",
    "select",
    "sell",
    "sell_shares",
    "transfer",
]


def as_exact(value: Money) -> Fraction:
    """An amount of an event, which the event has already made exact."""
    return value if isinstance(value, Fraction) else exact(value, "amount")


def buy(books: Books, event: Buy) -> None:
    """A purchase in any account."""
    shares, price, fees = as_exact(event.shares), as_exact(event.price), as_exact(event.fees)
    books.check_account(event, event.account)
    group = books.group_of(event, event.symbol, event.group)
    acquisition = books.check_acquisition(event, event.account)
    cost = price + fees / shares if fees else price
    day = event.date.toordinal()
    block = ShareBlock(shares, cost, cost, day, eligible=True)
    lot = books.acquire(books.position(event.account, event.symbol, group), event, acquisition, block)
    register_purchase(books.washes, lot, block, day)


def sell(books: Books, event: Sell) -> None:
    """A sale in any account."""
    shares, fees = as_exact(event.shares), as_exact(event.fees)
    books.group_of(event, event.symbol, event.group)
    price = as_exact(event.price) - fees / shares if fees else as_exact(event.price)
    sell_shares(books, event, event.account, shares, price, event.relief, "sale")


def sell_shares(
    books: Books, event: Event, account: Account, shares: Fraction, price: Fraction, relief: LotRelief | None, kind: str
) -> None:
    """Dispose of shares at a net price: relieve lots, and hand losses of taxable accounts to the wash-sale rule."""
    position = books.held(event, account, shares)
    sale = (event.date, event.symbol)
    if books.sale_dates.get(event.event_id, sale) != sale:
        raise LedgerError(str(event), f"id {event.event_id!r}: found a second time, expected an id not used before")
    method = relief or books.relief
    check_relief(event, position, shares, method)
    books.sale_dates[event.event_id] = sale
    start_sale(books.washes, position.group, event.date.toordinal(), event.event_id)
    # Lots are looked at only now: closing an earlier batch may have changed their basis.
    pieces = select(books, event, position, shares, price, method)
    dispose(books, event, position, pieces, price, kind)


def check_relief(event: Event, position: Position, shares: Fraction, relief: LotRelief) -> None:
    """A specific identification names lots that are there; an error names the event."""
    try:
        relief.check(position, shares)
    except TaxError as error:
        raise LedgerError(str(event), str(error)) from error


def select(
    books: Books, event: Event, position: Position, shares: Fraction, price: Fraction, relief: LotRelief
) -> list[Piece]:
    """The blocks that a method of relief takes."""
    offer = Offer(price, event.date.toordinal(), books.washes.policy.sub_lot_order)
    return relief.select(position, shares, offer)


def dispose(books: Books, event: Event, position: Position, pieces: list[Piece], price: Fraction, kind: str) -> None:
    """Take blocks out of a position and record what they brought. The sale must have been started."""
    day = event.date.toordinal()
    for lot, block, shares in pieces:
        taken = position.remove(lot, block, shares)
        basis, start = taken.sold_at(price)
        piece = SoldPiece(
            event.event_id, kind, day, position, lot.lot_id, lot.order, lot.bought, start, shares, price, basis
        )
        books.sold.append(piece)
        loss = basis - price
        if loss.numerator > 0 and not position.account.kind.is_retirement:
            register_loss(books.washes, piece, loss)


def dividend(books: Books, event: Dividend) -> None:
    """Cash on the shares held; recorded lot by lot."""
    positions = books.holders(event)
    if event.account is not None:
        books.check_account(event, event.account)
        positions = [position for position in positions if position.account.name == event.account.name]
        if not positions:
            raise LedgerError(str(event), f"account {event.account.name!r} holds no {event.symbol}, expected shares")
    for position in positions:
        for lot in position.lots.values():
            shares = lot.shares()
            amount = shares * as_exact(event.per_share)
            books.dividends.append(DividendShare(event.event_id, event.date, position, lot, shares, amount))


def transfer(books: Books, event: TransferInKind) -> None:
    """Shares move to another account of the household as they are."""
    shares = as_exact(event.shares)
    source = books.held(event, event.account, shares)
    books.check_account(event, event.destination)
    if event.account.name == event.destination.name:
        raise LedgerError(str(event), f"destination: found {event.destination.name!r}, expected another account")
    if event.account.kind.is_retirement != event.destination.kind.is_retirement:
        raise LedgerError(
            str(event),
            f"from {event.account.kind.value} to {event.destination.kind.value} is a contribution or a distribution; "
            "give it as a sale and a purchase, expected two taxable or two retirement accounts",
        )
    method = event.relief or FirstInFirstOut()
    check_relief(event, source, shares, method)
    start_day(books.washes, source.group, event.date.toordinal())
    pieces = select(books, event, source, shares, ZERO, method)
    destination = books.position(event.destination, event.symbol, source.group)
    book = books.washes.book(source.group)
    for lot, block, taken in pieces:
        moved = source.remove(lot, block, taken)
        new_lot = destination.lot(lot.lot_id, lot.order, lot.bought)
        destination.add(new_lot, moved)
        if moved.eligible:
            register_eligible(book, new_lot)


def gift(books: Books, event: GiftIn) -> None:
    """Shares received with the donor's basis; no acquisition by purchase."""
    if event.account.kind.is_retirement:
        raise LedgerError(str(event), f"account: found {event.account.kind.value}, expected taxable or spouse")
    books.check_account(event, event.account)
    group = books.group_of(event, event.symbol, event.group)
    acquisition = books.check_acquisition(event, event.account)
    basis, value, day = as_exact(event.donor_basis), as_exact(event.fair_value), event.date.toordinal()
    block = ShareBlock(as_exact(event.shares), basis, basis, event.donor_start.toordinal(), eligible=False)
    if value < basis:
        block.loss_basis, block.loss_start = value, day
    books.acquire(books.position(event.account, event.symbol, group), event, acquisition, block)
