"""When an index is put together anew."""

from __future__ import annotations

import pandas as pd

__all__ = ["ANNUAL", "QUARTERLY", "reconstitution_closes"]

QUARTERLY = (3, 6, 9, 12)
ANNUAL = (12,)


def reconstitution_closes(calendar: pd.DatetimeIndex, months: tuple[int, ...]) -> pd.DatetimeIndex:
    """Last trading day of each of these months, and the calendar's first day.

    The new weights are set at that close, from what is known then, and earn from the next trading day.

    Parameters
    ----------
    calendar : DatetimeIndex
        Trading days, rising.
    months : tuple of int
        1 to 12.

    Returns
    -------
    DatetimeIndex
        The calendar's own last day is among them where the next weekday falls into another month.
    """
    following = pd.DatetimeIndex([*calendar[1:], calendar[-1] + pd.offsets.BDay(1)])
    chosen = (calendar.month != following.month) & calendar.month.isin(months)
    chosen[0] = True
    closes: pd.DatetimeIndex = calendar[chosen]
    return closes
