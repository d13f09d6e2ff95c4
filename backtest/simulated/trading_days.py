"""The simulation's trading days: the sessions of the New York Stock Exchange, and the months they fall into.

Real sessions rather than weekdays, because tax work hangs on real dates: a 30-day window or 15 April that falls on
Good Friday or a holiday behaves as it does in an account, and a year has 252 days rather than 261.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["DAYS_PER_YEAR", "TradingDays", "trading_days"]

DAYS_PER_YEAR = 252.0


@dataclass(frozen=True, eq=False)
class TradingDays:
    """Sessions of a run, and where its months and years begin.

    Parameters
    ----------
    dates : DatetimeIndex (T,)
        Day 0 is the last session before the run's first year: prices start there, returns on day 1.
    month_starts : array of int (M + 1,)
        First day of each month from day 1 on; the last entry is T.
    years : array of int (T,)
        Calendar year of each day.
    """

    dates: pd.DatetimeIndex
    month_starts: NDArray[np.int64]
    years: NDArray[np.int64]


@lru_cache(maxsize=8)
def trading_days(start: dt.date, years: int) -> TradingDays:
    """Sessions from the last one before `start` to the last one within `years` years of it.

    Parameters
    ----------
    start : date
    years : int
    """
    # Its import takes half a second, which only who simulates should pay.
    import exchange_calendars

    end = pd.Timestamp(start) + pd.DateOffset(years=years) - pd.Timedelta(days=1)
    # Ten days before hold at least one session, even around the closure of September 2001.
    first = pd.Timestamp(start) - pd.Timedelta(days=10)
    sessions = exchange_calendars.get_calendar("XNYS", start=first, end=end).sessions
    before = int(sessions.searchsorted(pd.Timestamp(start)))
    dates = pd.DatetimeIndex(sessions[before - 1 :].to_numpy(), name="date")
    months = np.asarray(dates.year * 12 + dates.month, dtype=np.int64)
    turns = 1 + np.flatnonzero(months[1:] != months[:-1])
    starts = np.unique(np.concatenate([[1], turns, [len(dates)]])).astype(np.int64)
    return TradingDays(dates, starts, np.asarray(dates.year, dtype=np.int64))
