"""Wash sales (I.R.C. s.1091, Reg. 1.1091-1 and -2), event by event, inside one group of substantially identical stock.

A loss looks for replacements twice: when its batch of sales closes, among the shares bought in the 30 days before and
still held; and at every purchase of the next 30 days, where it waits as a pending loss.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction

from tax.accounts import AccountKind
from tax.share_blocks import ZERO, OpenLot, Position, ShareBlock
from tax.wash_locks import WASH_DAYS
from tax.wash_policy import WashPolicy

__all__ = [
    "GroupBook",
    "Match",
    "PendingLoss",
    "SoldPiece",
    "WashSales",
    "close_batch",
    "provisionally_closed",
    "register_eligible",
    "register_loss",
    "register_purchase",
    "rescale_losses",
    "start_day",
    "start_sale",
]


@dataclass(slots=True, eq=False)
class SoldPiece:
    """Alike shares disposed of together; what a wash sale disallows is added while the window is open.

    `price` (net of fees) and `basis` are dollars a share; `shares` and `wash_shares` as on the day of the sale.
    """

    sale_id: str
    kind: str
    day: int
    position: Position
    lot_id: str
    lot_order: int
    bought: int
    start: int
    shares: Fraction
    price: Fraction
    basis: Fraction
    wash_shares: Fraction = ZERO
    disallowed: Fraction = ZERO
    permanent: Fraction = ZERO


@dataclass(slots=True, eq=False)
class PendingLoss:
    """Shares sold at a loss that no replacement has been found for; `scale` is the splits since the sale."""

    piece: SoldPiece
    shares: Fraction
    loss_per_share: Fraction
    scale: Fraction | None = None


@dataclass(slots=True, eq=False)
class Match:
    """Shares sold at a loss and the replacement that took the loss; shares as on the day they were matched."""

    piece: SoldPiece
    replacement: OpenLot
    shares: Fraction
    amount: Fraction
    is_permanent: bool


@dataclass(slots=True, eq=False)
class GroupBook:
    """The wash-sale state of one group: recent purchases by order, waiting losses by order of disposition."""

    recent: list[OpenLot] = field(default_factory=list)
    pending: deque[PendingLoss] = field(default_factory=deque)
    batch: list[PendingLoss] = field(default_factory=list)
    batch_day: int = 0
    batch_sale: str = ""


@dataclass(slots=True, eq=False)
class WashSales:
    """The wash-sale state of a household, and the matches made so far."""

    policy: WashPolicy
    groups: dict[str, GroupBook] = field(default_factory=dict)
    matches: list[Match] = field(default_factory=list)

    def book(self, group: str) -> GroupBook:
        """The book of a group, made where there is none."""
        book = self.groups.get(group)
        if book is None:
            book = self.groups[group] = GroupBook()
        return book


def register_purchase(washes: WashSales, lot: OpenLot, block: ShareBlock, day: int) -> None:
    """A block was bought today: close the open batch, then let waiting losses use the block, earliest loss first."""
    book = washes.book(lot.position.group)
    close_batch(washes, book)
    pending = book.pending
    while pending and day - pending[0].piece.day > WASH_DAYS:
        pending.popleft()
    if book.recent and day - book.recent[0].bought > WASH_DAYS:
        book.recent = [known for known in book.recent if day - known.bought <= WASH_DAYS]
    while pending and block.eligible:
        block = _match(washes, pending[0], lot, block)
        if not pending[0].shares:
            pending.popleft()
    if block.eligible:
        register_eligible(book, lot)


def register_eligible(book: GroupBook, lot: OpenLot) -> None:
    """Remember a lot as one that holds purchased shares not yet used."""
    recent = book.recent
    if not recent or recent[-1].order < lot.order:
        recent.append(lot)
    elif lot not in recent:
        recent.append(lot)
        recent.sort(key=lambda known: known.order)


def start_sale(washes: WashSales, group: str, day: int, sale_id: str) -> None:
    """A sale begins: close the batch that is open unless the sale belongs to it."""
    book = washes.book(group)
    same_batch = washes.policy.same_day_batch or book.batch_sale == sale_id
    if book.batch and not (book.batch_day == day and same_batch):
        close_batch(washes, book)
    book.batch_day, book.batch_sale = day, sale_id


def start_day(washes: WashSales, group: str, day: int) -> None:
    """An event other than a trade touches the group: close a batch of an earlier day."""
    book = washes.book(group)
    if book.batch and book.batch_day != day:
        close_batch(washes, book)


def register_loss(washes: WashSales, piece: SoldPiece, loss_per_share: Fraction) -> None:
    """Shares of the open batch were sold at a loss."""
    washes.book(piece.position.group).batch.append(PendingLoss(piece, piece.shares, loss_per_share))


def close_batch(washes: WashSales, book: GroupBook) -> None:
    """Match the batch's losses, in order of original acquisition, with purchases of the window before, still held."""
    if not book.batch:
        return
    first, seen = book.batch_day - WASH_DAYS, 0
    book.batch.sort(key=lambda loss: loss.piece.lot_order)
    for loss in book.batch:
        for place, lot in enumerate(book.recent):
            if not loss.shares:
                break
            seen = max(seen, place + 1)
            if lot.bought >= first and _may_replace(washes.policy, loss.piece, lot):
                _use_lot(washes, loss, lot)
        if loss.shares:
            book.pending.append(loss)
    # Only the lots just looked at are swept, or a long list of recent purchases would be read again at every sale.
    book.recent[:seen] = [
        lot for lot in book.recent[:seen] if lot.bought >= first and any(block.eligible for block in lot.blocks)
    ]
    book.batch = []


def rescale_losses(book: GroupBook, symbol: str, ratio: Fraction) -> None:
    """A split of `symbol`: its waiting losses are counted in new shares."""
    for loss in (*book.pending, *book.batch):
        if loss.piece.position.symbol == symbol:
            loss.shares *= ratio
            loss.loss_per_share /= ratio
            loss.scale = ratio * (loss.scale or 1)


@contextmanager
def provisionally_closed(washes: WashSales) -> Iterator[None]:
    """Close every open batch, to look at the result; afterwards everything is put back."""
    undo = [_remember(book) for book in washes.groups.values() if book.batch]
    matches = len(washes.matches)
    for book in washes.groups.values():
        close_batch(washes, book)
    try:
        yield
    finally:
        del washes.matches[matches:]
        for put_back in undo:
            put_back()


def _remember(book: GroupBook) -> Callable[[], None]:
    recent, pending, batch = list(book.recent), deque(book.pending), list(book.batch)
    blocks = [(lot, lot.blocks, [copy.copy(block) for block in lot.blocks]) for lot in recent]
    losses = [
        (loss, loss.shares, loss.piece.wash_shares, loss.piece.disallowed, loss.piece.permanent) for loss in batch
    ]

    def restore() -> None:
        book.recent, book.pending, book.batch = recent, pending, batch
        for lot, kept, copies in blocks:
            kept[:] = copies
            lot.blocks = kept
        for loss, shares, wash_shares, disallowed, permanent in losses:
            loss.shares, piece = shares, loss.piece
            piece.wash_shares, piece.disallowed, piece.permanent = wash_shares, disallowed, permanent

    return restore


def _may_replace(policy: WashPolicy, piece: SoldPiece, lot: OpenLot) -> bool:
    if policy.same_acquisition_exclusion and lot.lot_id == piece.lot_id:
        return False
    return not (policy.require_candidate_after_sold_lot and lot.order <= piece.lot_order)


def _use_lot(washes: WashSales, loss: PendingLoss, lot: OpenLot) -> None:
    for block in list(lot.blocks):
        if loss.shares and block.eligible:
            _match(washes, loss, lot, block)


def _match(washes: WashSales, loss: PendingLoss, lot: OpenLot, block: ShareBlock) -> ShareBlock:
    # The used part keeps its place in the lot; what is left of the block, if any, is returned, else the used block.
    used, left = block, loss.shares - block.shares
    shares = block.shares
    if left.numerator < 0:
        shares, left = loss.shares, ZERO
        used = block.split_off(shares)
        lot.blocks.append(used)
    loss.shares = left
    piece, amount = loss.piece, shares * loss.loss_per_share
    is_permanent = _is_permanent(washes.policy, piece.position, lot.position)
    used.eligible = False
    if is_permanent:
        piece.permanent += amount
    else:
        used.basis += loss.loss_per_share
        used.start -= piece.day - piece.start
    piece.disallowed += amount
    piece.wash_shares += shares / loss.scale if loss.scale else shares
    washes.matches.append(Match(piece, lot, shares, amount, is_permanent))
    return block


def _is_permanent(policy: WashPolicy, sold: Position, replacement: Position) -> bool:
    kind = replacement.account.kind
    if kind.is_retirement:
        return True
    crosses = (kind is AccountKind.SPOUSE) != (sold.account.kind is AccountKind.SPOUSE)
    return crosses and not policy.spouse_basis_adjust
