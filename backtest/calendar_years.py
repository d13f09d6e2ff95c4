"""Calendar years that a history holds in full."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

__all__ = ["CalendarYear", "full_years"]

_SLACK = pd.Timedelta(days=10)


@dataclass(frozen=True)
class CalendarYear:
    """A year from close to close.

    Parameters
    ----------
    year : int
    start, end : Timestamp
        Closes between which it is earned: the last of the year before (the history's first where that falls into the
        first ten days of the year), and its own last.
    """

    year: int
    start: pd.Timestamp
    end: pd.Timestamp


def full_years(calendar: pd.DatetimeIndex) -> list[CalendarYear]:
    """Calendar years of which a history of trading days lacks ten days at most at either end."""
    years = []
    for number in sorted(set(calendar.year.tolist())):
        inside = calendar[calendar.year == number]
        before = calendar[calendar.year < number]
        start = before[-1] if len(before) else inside[0]
        january, december = pd.Timestamp(number, 1, 1), pd.Timestamp(number, 12, 31)
        # A month's end stands for the whole month in a monthly history.
        begun = abs(start - january) <= _SLACK
        if begun and december - inside[-1] <= _SLACK:
            years.append(CalendarYear(number, start, inside[-1]))
    return years
