"""What an issuer does to its shares; every one falls on all accounts of the household that hold the symbol."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from tax.accounts import Account
from tax.events import Event
from tax.lot_relief import LotRelief
from tax.money import Money
from taxsleeve_errors import LedgerError

__all__ = [
    "CashAndStockMerger",
    "CashInLieu",
    "CashMerger",
    "ReturnOfCapital",
    "SpinOff",
    "Split",
    "StockMerger",
    "TaxableStockMerger",
]


@dataclass(frozen=True, kw_only=True)
class Split(Event):
    """A stock split or dividend in stock: no sale, no acquisition (I.R.C. s.305(a), s.307).

    Parameters
    ----------
    ratio : number
        New shares for each old one; 2 for two-for-one, 0.1 for a reverse split of one for ten.
    """

    ratio: Money

    _positive: ClassVar[tuple[str, ...]] = ("ratio",)


@dataclass(frozen=True, kw_only=True)
class CashInLieu(Event):
    """Cash for a fraction of a share: a sale of the fraction, with its basis and holding period.

    Parameters
    ----------
    account : Account
        Who was paid.
    shares : number
        The fraction, more than zero.
    amount : number
        Dollars received for it.
    relief : LotRelief or None
        Which lots the fraction comes from; None = the ledger's standing instruction.
    """

    account: Account
    shares: Money
    amount: Money
    relief: LotRelief | None = None

    _positive: ClassVar[tuple[str, ...]] = ("shares",)
    _not_negative: ClassVar[tuple[str, ...]] = ("amount",)


@dataclass(frozen=True, kw_only=True)
class ReturnOfCapital(Event):
    """Reduces each lot's basis to zero; what is left is capital gain by its holding period (I.R.C. s.301(c)).

    Parameters
    ----------
    per_share : number
        Dollars a share.
    """

    per_share: Money

    _positive: ClassVar[tuple[str, ...]] = ("per_share",)


@dataclass(frozen=True, kw_only=True)
class SpinOff(Event):
    """A tax-free distribution of a subsidiary's shares (I.R.C. s.355): basis is allocated by value, lot by lot.

    The new shares keep the id, the acquisition date and the holding period of the lot they came from; they are no
    acquisition for s.1091.

    Parameters
    ----------
    new_symbol : str
        The subsidiary.
    ratio : number
        New shares for each share held.
    basis_fraction : number
        Part of the basis that moves to the new shares, between 0 and 1 (the issuer's Form 8937; or
        `fraction_by_value`).
    new_group : str or None
        The subsidiary's group of substantially identical securities; None = its symbol.
    """

    new_symbol: str
    ratio: Money
    basis_fraction: Money
    new_group: str | None = None

    _positive: ClassVar[tuple[str, ...]] = ("ratio",)
    _not_negative: ClassVar[tuple[str, ...]] = ("basis_fraction",)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.basis_fraction > 1:
            raise LedgerError(str(self), f"basis_fraction: found {self.basis_fraction}, expected at most 1")
        _check_new_symbol(self, self.new_symbol)

    @staticmethod
    def fraction_by_value(ratio: Fraction, parent_value: Fraction, child_value: Fraction) -> Fraction:
        """Part of the basis that moves, from the fair values of one share of each after the distribution."""
        return ratio * child_value / (parent_value + ratio * child_value)


@dataclass(frozen=True, kw_only=True)
class CashMerger(Event):
    """Every share is exchanged for cash: a taxable sale on the effective date; losses face the wash-sale rule.

    Parameters
    ----------
    cash : number
        Dollars a share.
    """

    cash: Money

    _not_negative: ClassVar[tuple[str, ...]] = ("cash",)


@dataclass(frozen=True, kw_only=True)
class StockMerger(Event):
    """A tax-free exchange into the acquirer's shares: basis and holding period carry, no acquisition for s.1091.

    Parameters
    ----------
    new_symbol : str
        The acquirer.
    ratio : number
        New shares for each old one.
    new_group : str or None
        The acquirer's group; None = the one known for its symbol, or the symbol itself.
    """

    new_symbol: str
    ratio: Money
    new_group: str | None = None

    _positive: ClassVar[tuple[str, ...]] = ("ratio",)

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_new_symbol(self, self.new_symbol)


@dataclass(frozen=True, kw_only=True)
class CashAndStockMerger(StockMerger):
    """Acquirer's shares and cash: per lot, gain is taxed up to the cash and a loss not at all (I.R.C. s.356).

    New basis = old - cash + gain recognised (s.358). The gain is taken for capital gain, not for a dividend.

    Parameters
    ----------
    cash : number
        Dollars for each old share.
    price : number
        Fair value of one new share.
    """

    cash: Money
    price: Money

    _not_negative: ClassVar[tuple[str, ...]] = ("cash", "price")


@dataclass(frozen=True, kw_only=True)
class TaxableStockMerger(StockMerger):
    """A fully taxable exchange: a sale of the old shares and a purchase of the new ones, also for s.1091.

    Parameters
    ----------
    price : number
        Fair value of one new share.
    cash : number
        Dollars for each old share, on top of the new shares.
    """

    price: Money
    cash: Money = Fraction(0)

    _not_negative: ClassVar[tuple[str, ...]] = ("cash", "price")


def _check_new_symbol(event: Event, new_symbol: str) -> None:
    if not new_symbol or new_symbol == event.symbol:
        raise LedgerError(str(event), f"new_symbol: found {new_symbol!r}, expected another symbol than the old one")
