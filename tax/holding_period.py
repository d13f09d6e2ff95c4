"""When a lot becomes long-term (I.R.C. s.1222; Rev. Rul. 66-7, 66-97 and 70-598)."""

from __future__ import annotations

import datetime as dt

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
    late: NDArray[np.bool_] = np.asarray(sold, dtype="datetime64[D]") >= long_term_from(start)
    return late
