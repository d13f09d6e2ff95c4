"""When a tax saving is money in the hand: never on the trade date."""

from __future__ import annotations

import datetime as dt

__all__ = ["estimated_payment_date", "return_due_date"]

_QUARTER_ENDS = ((3, 4), (5, 6), (8, 9))


def return_due_date(trade_date: dt.date) -> dt.date:
    """April 15 of the next year: the day on which the return of the trade's year settles its tax (I.R.C. s.6072(a)).

    Crediting a saving on the trade date instead flatters by nine and a half months on average. A move of the due date
    by a weekend or holiday is not looked at.
    """
    return dt.date(trade_date.year + 1, 4, 15)


def estimated_payment_date(trade_date: dt.date) -> dt.date:
    """Due date of the estimated payment for the trade's period (I.R.C. s.6654(c)(2)).

    January to March: April 15; April and May: June 15; June to August: September 15; September to December: January 15
    of the next year. For a household that pays estimates, the first day on which a saving lowers a payment.
    """
    for last_month, due_month in _QUARTER_ENDS:
        if trade_date.month <= last_month:
            return dt.date(trade_date.year, due_month, 15)
    return dt.date(trade_date.year + 1, 1, 15)
