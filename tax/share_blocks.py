"""The ledger's own lots: blocks of alike shares inside an acquisition inside a position. Exact, mutable, internal."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

from tax.accounts import Account
from tax.holding_period import long_term_from

__all__ = ["OpenLot", "Position", "ShareBlock", "long_term_ordinal"]

ZERO = Fraction(0)


@dataclass(slots=True, eq=False)
class ShareBlock:
    """Shares of one acquisition that are alike in everything tax law looks at.

    `basis` is dollars a share with wash-sale adjustments, `cost` without; `start` the proleptic ordinal of the
    holding period's start. `eligible`: bought, and not yet used as a replacement. `loss_basis` and `loss_start` stand
    where a gift has a second basis for losses (I.R.C. s.1015(a)).
    """

    shares: Fraction
    basis: Fraction
    cost: Fraction
    start: int
    eligible: bool
    loss_basis: Fraction | None = None
    loss_start: int = 0

    def split_off(self, shares: Fraction) -> ShareBlock:
        """Take `shares` out of the block, as a block of their own."""
        self.shares -= shares
        return ShareBlock(shares, self.basis, self.cost, self.start, self.eligible, self.loss_basis, self.loss_start)

    def sold_at(self, price: Fraction) -> tuple[Fraction, int]:
        """Basis a share and start of the holding period for a sale at `price`, net of fees."""
        if self.loss_basis is None or price > self.basis:
            return self.basis, self.start
        return (price, self.start) if price >= self.loss_basis else (self.loss_basis, self.loss_start)

    def rescale(self, shares: Fraction, basis: Fraction) -> None:
        """Multiply the number of shares, and every amount a share."""
        self.shares *= shares
        self.basis *= basis
        self.cost *= basis
        if self.loss_basis is not None:
            self.loss_basis *= basis


@dataclass(slots=True, eq=False)
class OpenLot:
    """What is left of one acquisition in one position; `order` is its place among all acquisitions."""

    lot_id: str
    order: int
    bought: int
    position: Position
    blocks: list[ShareBlock] = field(default_factory=list)

    def shares(self) -> Fraction:
        """Shares left."""
        return sum((block.shares for block in self.blocks), ZERO)


@dataclass(slots=True, eq=False)
class Position:
    """One symbol in one account; `lots` stand in order of acquisition."""

    account: Account
    symbol: str
    group: str
    shares: Fraction = ZERO
    lots: dict[str, OpenLot] = field(default_factory=dict)

    def lot(self, lot_id: str, order: int, bought: int) -> OpenLot:
        """The open lot of an acquisition, made where there is none."""
        known = self.lots.get(lot_id)
        if known is not None:
            return known
        new = OpenLot(lot_id, order, bought, self)
        late = bool(self.lots) and next(reversed(self.lots.values())).order > order
        self.lots[lot_id] = new
        if late:
            self.lots = dict(sorted(self.lots.items(), key=lambda item: item[1].order))
        return new

    def add(self, lot: OpenLot, block: ShareBlock) -> None:
        """Put a block into one of the position's lots."""
        lot.blocks.append(block)
        self.shares += block.shares

    def remove(self, lot: OpenLot, block: ShareBlock, shares: Fraction) -> ShareBlock:
        """Take shares of a block out of the position; an empty block or lot is dropped."""
        self.shares -= shares
        if shares is not block.shares and shares < block.shares:
            return block.split_off(shares)
        lot.blocks.remove(block)
        if not lot.blocks:
            del self.lots[lot.lot_id]
        return block


@lru_cache(maxsize=65536)
def long_term_ordinal(start: int) -> int:
    """`tax.holding_period.long_term_from` on proleptic ordinals."""
    return int(long_term_from(dt.date.fromordinal(start)).astype("datetime64[D]").item().toordinal())
