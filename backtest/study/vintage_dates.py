"""From start years to the trading days on which vintages begin and end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import numpy as np
import pandas as pd

from backtest.calendar_years import full_years

__all__ = ["model_dates", "possible_start_years", "vintage_end", "vintage_starts"]


def vintage_starts(calendar: pd.DatetimeIndex, start_years: Iterable[int]) -> tuple[dt.date, ...]:
    """Last trading days before these years, the closes at which their vintages are funded.

    A year that the calendar does not reach gets December 31, so that its runs can say what is wrong.
    """
    return tuple(_month_end(calendar, dt.date(year - 1, 12, 31)) for year in start_years)


def vintage_end(calendar: pd.DatetimeIndex, funded: dt.date, years: int) -> dt.date:
    """Last trading day of the month so many years after funding; that month's last day where history ends before."""
    month = pd.Timestamp(funded) + pd.DateOffset(years=years) + pd.offsets.MonthEnd(0)
    return _month_end(calendar, month.date())


def possible_start_years(calendar: pd.DatetimeIndex, years: int, before: int = 0) -> tuple[int, ...]:
    """Years whose vintage lies within the calendar and has at least `before` full years of history before it."""
    full = [year.year for year in full_years(calendar)]
    return tuple(year for year in full if {*range(year - before, year + years)} <= set(full))


def model_dates(calendar: pd.DatetimeIndex, funded: dt.date, until: dt.date) -> pd.DatetimeIndex:
    """Days whose risk models a vintage uses: month ends from the last up to funding to the last before its end."""
    months = calendar.to_period("M")
    ends = calendar[np.flatnonzero(months[1:] != months[:-1])]
    first = max(0, int(ends.searchsorted(pd.Timestamp(funded), side="right")) - 1)
    return ends[first : int(ends.searchsorted(pd.Timestamp(until), side="left"))]


def _month_end(calendar: pd.DatetimeIndex, last: dt.date) -> dt.date:
    day = pd.Timestamp(last)
    row = int(calendar.searchsorted(day, side="right")) - 1
    within = row >= 0 and calendar[row].to_period("M") == day.to_period("M")
    return calendar[row].date() if within else last
