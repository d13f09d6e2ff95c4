"""Which dividends are qualified, lot by lot (I.R.C. s.1(h)(11)(B)(iii), s.246(c))."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from tax.money import Money, exact
from taxsleeve_errors import TaxError

__all__ = ["DividendLot", "DividendSplit", "days_in_window", "is_qualified", "split_dividend"]


@dataclass(frozen=True)
class DividendLot:
    """Shares that may have earned a dividend.

    Parameters
    ----------
    shares : number
        More than zero.
    bought : date
        Actual trade date of the purchase; a holding period tacked by a wash sale does not count here (s.246(c)(3)(B)).
    sold : date or None
        Trade date of the sale, None while the shares are held.
    """

    shares: Money
    bought: dt.date
    sold: dt.date | None = None


@dataclass(frozen=True)
class DividendSplit:
    """A dividend by the way it is taxed, in exact dollars.

    Parameters
    ----------
    qualified : Fraction
        Taxed at the rates of net capital gain.
    ordinary : Fraction
        Taxed at ordinary rates.
    """

    qualified: Fraction
    ordinary: Fraction


def days_in_window(bought: dt.date, sold: dt.date | None, ex_date: dt.date, *, preferred: bool = False) -> int:
    """Days held inside the dividend's window.

    |{d : bought < d <= sold, ex - 60 <= d <= ex + 60}|: the day of purchase does not count, the day of sale does. For
    preferred dividends of periods over 366 days the window is ex - 90 to ex + 90.

    Parameters
    ----------
    bought, sold : date
        Trade dates; `sold` is None for shares still held, which counts the window to its end.
    ex_date : date
    preferred : bool
        A dividend on preferred stock attributable to a period of more than 366 days.

    Raises
    ------
    TaxError
        The sale is before the purchase.
    """
    if sold is not None and sold < bought:
        raise TaxError(f"dividend lot: sold {sold} before it was bought {bought}, expected sold on or after bought")
    reach = dt.timedelta(days=90 if preferred else 60)
    first = max(bought + dt.timedelta(days=1), ex_date - reach)
    last = ex_date + reach if sold is None else min(sold, ex_date + reach)
    return max(0, (last - first).days + 1)


def is_qualified(bought: dt.date, sold: dt.date | None, ex_date: dt.date, *, preferred: bool = False) -> bool:
    """Whether a dividend on these shares is qualified: held more than 60 days of the 121 (preferred: 90 of the 181).

    The arguments are those of `days_in_window`. Hedged days and foreign payers are not looked at.
    """
    return days_in_window(bought, sold, ex_date, preferred=preferred) >= (91 if preferred else 61)


def split_dividend(
    lots: Iterable[DividendLot], per_share: Money, ex_date: dt.date, *, preferred: bool = False
) -> DividendSplit:
    """Split a dividend into its qualified and its ordinary part, lot by lot.

    Shares earn the dividend when bought before the ex-date and not sold before it; other lots earn nothing.

    Parameters
    ----------
    lots : iterable of DividendLot
    per_share : number
        Dollars a share, zero or more.
    ex_date : date
    preferred : bool
        See `days_in_window`.

    Raises
    ------
    TaxError
        A number of shares or the dividend is not sensible, or a sale is before its purchase.
    """
    rate = exact(per_share, "per_share")
    if rate < 0:
        raise TaxError(f"per_share: found {per_share}, expected dollars a share, zero or more")
    qualified = ordinary = Fraction(0)
    for lot in lots:
        shares = exact(lot.shares, "shares")
        if shares <= 0:
            raise TaxError(f"dividend lot bought {lot.bought}: found {lot.shares} shares, expected more than zero")
        good = is_qualified(lot.bought, lot.sold, ex_date, preferred=preferred)
        if lot.bought >= ex_date or (lot.sold is not None and lot.sold < ex_date):
            continue
        if good:
            qualified += shares * rate
        else:
            ordinary += shares * rate
    return DividendSplit(qualified, ordinary)
