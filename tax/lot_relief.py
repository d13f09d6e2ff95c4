"""Which lots a sale takes: by order, by basis, by tax, or by specific identification (Reg. 1.1012-1(c))."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, TypeAlias

from tax.money import Money, exact
from tax.share_blocks import OpenLot, Position, ShareBlock, long_term_ordinal
from taxsleeve_errors import TaxError

__all__ = [
    "FirstInFirstOut",
    "HighestBasisFirst",
    "LastInFirstOut",
    "LeastTax",
    "LossHarvest",
    "LotRelief",
    "LowestBasisFirst",
    "SpecificIdentification",
]

Piece: TypeAlias = tuple[OpenLot, ShareBlock, Fraction]


@dataclass(frozen=True)
class Offer:
    """What a method sees of a sale: net price a share, the day as an ordinal, the policy's sub-lot order."""

    price: Fraction
    day: int
    sub_lot_order: str


class LotRelief(ABC):
    """A method that says which shares of a position are sold, and in which order."""

    def check(self, position: Position, shares: Fraction) -> None:  # noqa: B027 (most methods accept any position)
        """Raise `TaxError` where the method cannot fill a sale of `shares` that the position holds."""

    @abstractmethod
    def select(self, position: Position, shares: Fraction, offer: Offer) -> list[Piece]:
        """Shares to take of each block, in order; the position, which must pass `check`, is left alone."""


class OrderedRelief(LotRelief):
    """A method that ranks the blocks and takes from the top."""

    @abstractmethod
    def rank(self, position: Position, offer: Offer) -> Iterable[tuple[OpenLot, ShareBlock]]:
        """Every block of the position, the first to be sold first."""

    def select(self, position: Position, shares: Fraction, offer: Offer) -> list[Piece]:
        """Take from the top until the sale is filled."""
        return list(_take(self.rank(position, offer), shares))


@dataclass(frozen=True)
class FirstInFirstOut(OrderedRelief):
    """Earliest acquisition first, the legal default."""

    def rank(self, position: Position, offer: Offer) -> Iterable[tuple[OpenLot, ShareBlock]]:
        """Lots in order of acquisition."""
        return ((lot, block) for lot in position.lots.values() for block in _inside(lot, offer))


@dataclass(frozen=True)
class LastInFirstOut(OrderedRelief):
    """Latest acquisition first."""

    def rank(self, position: Position, offer: Offer) -> Iterable[tuple[OpenLot, ShareBlock]]:
        """Lots in reverse order of acquisition."""
        return ((lot, block) for lot in reversed(position.lots.values()) for block in _inside(lot, offer))


class _KeyedRelief(OrderedRelief):
    """Blocks by a key; ties by order of acquisition."""

    @abstractmethod
    def key(self, block: ShareBlock, offer: Offer) -> Any:
        """Anything that sorts, the smallest sold first."""

    def rank(self, position: Position, offer: Offer) -> Iterable[tuple[OpenLot, ShareBlock]]:
        """Blocks by rising key."""
        pairs = [(lot, block) for lot in position.lots.values() for block in _inside(lot, offer)]
        if len(pairs) > 1:
            pairs.sort(key=lambda pair: self.key(pair[1], offer))
        return pairs


@dataclass(frozen=True)
class HighestBasisFirst(_KeyedRelief):
    """HIFO: highest adjusted basis a share first."""

    def key(self, block: ShareBlock, offer: Offer) -> tuple[float, Fraction]:
        """Minus the basis."""
        return _fast(-block.sold_at(offer.price)[0])


@dataclass(frozen=True)
class LowestBasisFirst(_KeyedRelief):
    """LOFO: lowest adjusted basis a share first."""

    def key(self, block: ShareBlock, offer: Offer) -> tuple[float, Fraction]:
        """The basis."""
        return _fast(block.sold_at(offer.price)[0])


@dataclass(frozen=True)
class LeastTax(_KeyedRelief):
    """Least tax a share first: rho_term (p - b), with p net of fees.

    Parameters
    ----------
    short_rate, long_rate : number
        rho of short- and of long-term gains, as fractions.

    Raises
    ------
    TaxError
        A rate is not a finite number, or is negative.
    """

    short_rate: Money
    long_rate: Money

    def __post_init__(self) -> None:
        for name in ("short_rate", "long_rate"):
            rate = exact(getattr(self, name), name)
            if rate < 0:
                raise TaxError(f"least-tax relief, {name}: found {rate}, expected zero or more")
            object.__setattr__(self, name, rate)

    def key(self, block: ShareBlock, offer: Offer) -> tuple[float, Fraction]:
        """The tax of selling one share."""
        basis, start = block.sold_at(offer.price)
        rate = self.long_rate if offer.day >= long_term_ordinal(start) else self.short_rate
        return _fast(exact(rate, "rate") * (offer.price - basis))


@dataclass(frozen=True)
class LossHarvest(_KeyedRelief):
    """Short-term losses (largest first), long-term losses, long-term gains (smallest first), short-term gains."""

    def key(self, block: ShareBlock, offer: Offer) -> tuple[int, Fraction]:
        """Class of the gain, then its size."""
        basis, start = block.sold_at(offer.price)
        gain = offer.price - basis
        is_long = offer.day >= long_term_ordinal(start)
        return (int(is_long) if gain < 0 else 3 - int(is_long)), gain


@dataclass(frozen=True)
class SpecificIdentification(LotRelief):
    """Named acquisitions, in the order named.

    Parameters
    ----------
    lots : tuple of (str, number)
        Acquisition and shares of it; they must add up to the sale.

    Raises
    ------
    TaxError
        A number of shares is not finite or not more than zero, or an acquisition is named twice.
    """

    lots: tuple[tuple[str, Money], ...]

    def __post_init__(self) -> None:
        read = tuple((lot_id, exact(shares, f"shares of lot {lot_id!r}")) for lot_id, shares in self.lots)
        names = [lot_id for lot_id, _ in read]
        for lot_id, shares in read:
            if shares <= 0:
                raise TaxError(
                    f"specific identification of lot {lot_id!r}: found {shares} shares, expected more than 0"
                )
            if names.count(lot_id) > 1:
                raise TaxError(f"specific identification: lot {lot_id!r} is named twice, expected once")
        object.__setattr__(self, "lots", read)

    @classmethod
    def parse(cls, text: str) -> SpecificIdentification:
        """Read "B1:60;B2:40".

        Raises
        ------
        TaxError
            A part is not NAME:SHARES.
        """
        lots: list[tuple[str, Money]] = []
        for part in filter(None, (part.strip() for part in text.split(";"))):
            lot_id, _, shares = part.rpartition(":")
            try:
                lots.append((lot_id.strip(), Decimal(shares.strip())))
            except InvalidOperation:
                raise TaxError(f"specific identification: found {part!r}, expected LOT:SHARES") from None
            if not lot_id.strip():
                raise TaxError(f"specific identification: found {part!r}, expected LOT:SHARES")
        return cls(tuple(lots))

    def check(self, position: Position, shares: Fraction) -> None:
        """The lots named are open, hold as much, and add up to the sale."""
        total = Fraction(0)
        for lot_id, amount in self.lots:
            wanted = exact(amount, lot_id)
            lot = position.lots.get(lot_id)
            if lot is None:
                held = ", ".join(position.lots) or "none"
                raise TaxError(f"specific identification names lot {lot_id!r}, which is not open (open: {held})")
            if lot.shares() < wanted:
                raise TaxError(
                    f"specific identification takes {float(wanted):g} shares of lot {lot_id!r}, "
                    f"which has {float(lot.shares()):g}"
                )
            total += wanted
        if total != shares:
            raise TaxError(f"specific identification names {float(total):g} shares, expected {float(shares):g}")

    def select(self, position: Position, shares: Fraction, offer: Offer) -> list[Piece]:  # noqa: ARG002
        """Shares of the lots named; inside a lot by the policy's sub-lot order."""
        pieces: list[Piece] = []
        for lot_id, wanted in self.lots:
            lot = position.lots[lot_id]
            pieces.extend(_take(((lot, block) for block in _inside(lot, offer)), exact(wanted, lot_id)))
        return pieces


def _take(blocks: Iterable[tuple[OpenLot, ShareBlock]], shares: Fraction) -> Iterator[Piece]:
    for lot, block in blocks:
        if block.shares >= shares:
            yield lot, block, shares
            return
        yield lot, block, block.shares
        shares -= block.shares


def _inside(lot: OpenLot, offer: Offer) -> list[ShareBlock]:
    blocks = lot.blocks
    if len(blocks) == 1:
        return blocks
    if offer.sub_lot_order == "holding_start":
        return sorted(blocks, key=lambda block: (block.start, *_fast(-block.basis), not block.eligible))
    return sorted(blocks, key=lambda block: (*_fast(-block.basis), block.start, not block.eligible))


def _fast(value: Fraction) -> tuple[float, Fraction]:
    # Rounding to a float keeps the order, so the exact number is only looked at where two floats tie.
    return value.numerator / value.denominator, value
