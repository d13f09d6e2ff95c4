"""When a lot becomes long-term (I.R.C. s.1222; Rev. Rul. 66-7, 66-97 and 70-598)."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["is_long_term", "long_term_from"]

Dates = NDArray[np.datetime64]


def long_term_from(start: dt.date | np.datetime64 | Dates) -> Dates:
    """First day on which a sale is long-term.

    The count starts the day after `start`, and the holding is long-term once it has lasted more than one year:
    the day after `start`, one calendar year on, with February 29 going to March 1. A lot bought on
    February 28, 2023 (a month's last day) is therefore long-term from March 1, 2024, not from February 29.

    Parameters
    ----------
    start : date or datetime64 array
        Trade date of the acquisition, or the tacked start of the holding period.

    Returns
    -------
    ndarray of datetime64[D]
        In the shape of `start`.
    """
    first = np.asarray(start, dtype="datetime64[D]") + np.timedelta64(1, "D")
    month = first.astype("datetime64[M]")
    day_of_month = first - month.astype("datetime64[D]")
    next_year: Dates = (month + np.timedelta64(12, "M")).astype("datetime64[D]") + day_of_month
    return next_year


def is_long_term(start: dt.date | np.datetime64 | Dates, sold: dt.date | np.datetime64 | Dates) -> NDArray[np.bool_]:
    """Whether a sale on the trade date `sold` of shares held since `start` is long-term.

    Parameters
    ----------
    start, sold : date or datetime64 array
        Trade dates; they broadcast against each other.

    Returns
    -------
    ndarray of bool
    """
    began, day = np.asarray(start, dtype="datetime64[D]"), np.asarray(sold, dtype="datetime64[D]")
    long: NDArray[np.bool_] = began <= _latest_start(day.item()) if day.ndim == 0 else day >= long_term_from(began)
    return long


@lru_cache(maxsize=64)
def _latest_start(day: dt.date) -> np.datetime64:
    """Last start of a holding that is long-term on a day: for thousands of lots one date instead of as many.

    `long_term_from` is 366 days after the start, or 367 where a leap day lies between, and never goes back.
    """
    sold = np.datetime64(day, "D")
    year_ago = sold - np.timedelta64(366, "D")
    return year_ago if long_term_from(year_ago) <= sold else year_ago - np.timedelta64(1, "D")
