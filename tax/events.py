"""What happens in an account: trades, dividends, transfers and gifts (`tax.corporate_actions` has the rest)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar

from tax.accounts import Account
from tax.lot_relief import LotRelief
from tax.money import Money, exact
from taxsleeve_errors import LedgerError, TaxError

__all__ = ["Buy", "Dividend", "Event", "GiftIn", "ReinvestedDividend", "Sell", "TransferInKind"]


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that happened, the root of every event of a ledger.

    Amounts may be given as int, Decimal, Fraction or float (a float is read as the decimal number it prints as) and
    are kept as exact fractions.

    Parameters
    ----------
    date : date
        Trade date; for corporate actions the effective date.
    event_id : str
        Names the event. Of a purchase it names the acquisition; several fills of one order share it.
    symbol : str
        The security.
    seq : int or None
        Order inside the history; must grow where given.
    currency : str
        Of every amount; one ledger has one currency.

    Raises
    ------
    LedgerError
        An amount is not a finite number or has the wrong sign, a name is empty, or the date is no date.
    """

    date: dt.date
    event_id: str
    symbol: str
    seq: int | None = None
    currency: str = "USD"

    _positive: ClassVar[tuple[str, ...]] = ()
    _not_negative: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        if type(self.date) is not dt.date:
            raise LedgerError(str(self), f"date: found {self.date!r}, expected a date without time")
        for name in ("event_id", "symbol"):
            if not getattr(self, name):
                raise LedgerError(str(self), f"{name}: found nothing, expected a name")
        for name in self._positive:
            if self._keep_exact(name) <= 0:
                raise LedgerError(str(self), f"{name}: found {getattr(self, name)}, expected more than zero")
        for name in self._not_negative:
            if self._keep_exact(name) < 0:
                raise LedgerError(str(self), f"{name}: found {getattr(self, name)}, expected zero or more")

    def __str__(self) -> str:
        return f"{type(self).__name__} {self.event_id!r} of {self.date}, {self.symbol}"

    def _keep_exact(self, name: str) -> Fraction:
        value = getattr(self, name)
        if type(value) is Fraction:
            return value
        try:
            # The fast way for what tables give; everything else, and what is not finite, goes the careful one.
            amount = Fraction(value) if type(value) is Decimal and value.is_finite() else exact(value, name)
        except TaxError as error:
            raise LedgerError(str(self), str(error)) from error
        object.__setattr__(self, name, amount)
        return amount


@dataclass(frozen=True, kw_only=True)
class Buy(Event):
    """A purchase: an acquisition that can replace shares sold at a loss, whatever the account.

    Parameters
    ----------
    account : Account
        Who bought.
    shares, price : number
        More than zero; zero or more dollars a share.
    fees : number
        Dollars, added to cost.
    group : str or None
        Group of substantially identical securities; None = the one known for the symbol, or the symbol itself.
    """

    account: Account
    shares: Money
    price: Money
    fees: Money = Fraction(0)
    group: str | None = None

    _positive: ClassVar[tuple[str, ...]] = ("shares",)
    _not_negative: ClassVar[tuple[str, ...]] = ("price", "fees")


@dataclass(frozen=True, kw_only=True)
class ReinvestedDividend(Buy):
    """A dividend turned into shares: a purchase like any other. The income itself is a `Dividend`."""


@dataclass(frozen=True, kw_only=True)
class Sell(Event):
    """A sale.

    Parameters
    ----------
    account : Account
        Who sold.
    shares, price : number
        More than zero; zero or more dollars a share.
    fees : number
        Dollars, taken off the proceeds.
    relief : LotRelief or None
        Which lots go; None = the ledger's standing instruction.
    group : str or None
        As in `Buy`.
    """

    account: Account
    shares: Money
    price: Money
    fees: Money = Fraction(0)
    relief: LotRelief | None = None
    group: str | None = None

    _positive: ClassVar[tuple[str, ...]] = ("shares",)
    _not_negative: ClassVar[tuple[str, ...]] = ("price", "fees")


@dataclass(frozen=True, kw_only=True)
class Dividend(Event):
    """Cash paid on shares; it changes no lot and is recorded lot by lot for the test of I.R.C. s.1(h)(11).

    Parameters
    ----------
    account : Account or None
        None = every account that holds the symbol.
    per_share : number
        Dollars a share. `date` is the ex-dividend date.
    """

    account: Account | None = None
    per_share: Money

    _positive: ClassVar[tuple[str, ...]] = ("per_share",)


@dataclass(frozen=True, kw_only=True)
class TransferInKind(Event):
    """Shares moved between accounts of the household with basis and holding period, neither sale nor acquisition.

    Between spouses this is I.R.C. s.1041. A move between a taxable and a retirement account is a contribution or a
    distribution, not a transfer, and is refused.

    Parameters
    ----------
    account, destination : Account
        From and to.
    shares : number
        More than zero.
    relief : LotRelief or None
        Which lots go; None = first in, first out.
    """

    account: Account
    destination: Account
    shares: Money
    relief: LotRelief | None = None

    _positive: ClassVar[tuple[str, ...]] = ("shares",)


@dataclass(frozen=True, kw_only=True)
class GiftIn(Event):
    """A gift received: the donor's basis and holding period carry over (I.R.C. s.1015, s.1223(2)); no purchase.

    Where the fair value at the gift is below the donor's basis, a loss is measured from the fair value and held since
    the gift; a price between the two is neither gain nor loss.

    Parameters
    ----------
    account : Account
        The receiving account, taxable or the spouse's.
    shares : number
        More than zero.
    donor_basis, fair_value : number
        Dollars a share: the donor's adjusted basis, and the price on the day of the gift.
    donor_start : date
        Start of the donor's holding period.
    group : str or None
        As in `Buy`.
    """

    account: Account
    shares: Money
    donor_basis: Money
    fair_value: Money
    donor_start: dt.date
    group: str | None = None

    _positive: ClassVar[tuple[str, ...]] = ("shares",)
    _not_negative: ClassVar[tuple[str, ...]] = ("donor_basis", "fair_value")

    def __post_init__(self) -> None:
        super().__post_init__()
        if type(self.donor_start) is not dt.date or self.donor_start > self.date:
            raise LedgerError(str(self), f"donor_start: found {self.donor_start!r}, expected a date up to the gift")
