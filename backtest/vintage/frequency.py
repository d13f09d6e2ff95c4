"""How often an account is rebalanced, and on which days."""

from __future__ import annotations

import datetime as dt
import enum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from taxsleeve_errors import InputError

__all__ = ["Frequency", "rebalance_rows"]

_PERIODS = {"daily": "D", "weekly": "W", "monthly": "M", "quarterly": "M"}
_PER_YEAR = {"daily": 252, "weekly": 52, "monthly": 12, "quarterly": 4}


class Frequency(enum.StrEnum):
    """How often an account is rebalanced.

    All begin on the same day, the first month end from the day of funding: `DAILY` goes on with every trading day,
    `WEEKLY` with the last of each week, `MONTHLY` with the last of each month, `QUARTERLY` with every third of those.
    """

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"

    @property
    def per_year(self) -> int:
        """Rebalances a year."""
        return _PER_YEAR[self.value]


def rebalance_rows(
    calendar: pd.DatetimeIndex, frequency: Frequency, funded: dt.date, until: dt.date
) -> tuple[NDArray[np.intp], int]:
    """Find the rows of a calendar on which a vintage trades, and the one on which it is valued last.

    Returns
    -------
    rows : array of int (R,)
        At least two, rising.
    last : int
        Last trading day up to and with `until`, after all of them.

    Raises
    ------
    InputError
        The calendar does not hold two rebalances of the vintage.
    """
    last = int(calendar.searchsorted(pd.Timestamp(until), side="right")) - 1
    months = _ends(calendar, "M")
    months = months[(calendar[months] >= pd.Timestamp(funded)) & (months < last)]
    held = calendar[0] <= pd.Timestamp(funded) and calendar[-1] >= pd.Timestamp(until)
    rows = months[:0]
    if held and len(months):
        rows = _ends(calendar, _PERIODS[frequency])
        rows = np.union1d(months[:1], rows[(rows > months[0]) & (rows < last)])
        rows = rows[::3] if frequency is Frequency.QUARTERLY else rows
    if len(rows) < 2:
        span = f"{calendar[0].date()} to {calendar[-1].date()}"
        raise InputError.of("funded, until", f"two {frequency} rebalances inside {span}", value=f"{funded}, {until}")
    return rows.astype(np.intp), last


def _ends(calendar: pd.DatetimeIndex, period: str) -> NDArray[np.intp]:
    """Rows of the last trading day of each period that another period follows."""
    if period == "D":
        return np.arange(len(calendar) - 1)
    periods = calendar.to_period(period)
    return np.flatnonzero(periods[1:] != periods[:-1])
