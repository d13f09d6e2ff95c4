"""The rows of a run on the clock of the account: months and years since inception, and what each year began with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from taxsleeve_errors import InputError

__all__ = ["Timeline", "put_in_of", "timeline"]

_NEEDED = ("value", "flow", "tax_paid", "benchmark", "benchmark_income", "loss_short", "gain_short", "unrealised_short")


@dataclass(frozen=True, eq=False)
class Timeline:
    """Clock of a run, arrays of shape (K,) by row of its months.

    Parameters
    ----------
    month : array of int
        Calendar months since the first rebalance's.
    year : array of int
        Year since inception, from 1: the twelve calendar months that follow the first rebalance's are the first; the
        first row counts with it.
    calendar : array of int
        The row's calendar month, counted from January of the year 0.
    begin_value : array of float
        Value at the start of the row's year with the flow and taxes of that day, dollars.
    years : float
        Length of the run; a last year cut short counts for its months.
    """

    month: NDArray[np.int64]
    year: NDArray[np.int64]
    calendar: NDArray[np.int64]
    begin_value: NDArray[np.float64]
    years: float

    @property
    def last_year(self) -> int:
        """Number of the last year, whole or not."""
        return int(self.year[-1])

    def length(self, year: int) -> float:
        """Length of one year since inception, 1 or less."""
        return float(min(1.0, self.years - (year - 1)))


def timeline(months: pd.DataFrame) -> Timeline:
    """Put a run's rows on the clock of its account.

    Parameters
    ----------
    months : DataFrame
        As `VintageResult.months`, the closing row last.

    Raises
    ------
    InputError
        A column is missing, dates do not rise, or the run is shorter than a month.
    """
    missing = [name for name in _NEEDED if name not in months.columns]
    if missing:
        raise InputError.of("months of a run", f"the column {missing[0]}", column=missing[0])
    dates = pd.DatetimeIndex(months.index)
    if not (dates.is_monotonic_increasing and dates.is_unique):
        raise InputError.of("months of a run", "dates that rise", column="date")
    calendar = np.asarray(dates.year, dtype=np.int64) * 12 + np.asarray(dates.month, dtype=np.int64) - 1
    month = calendar - calendar[0]
    if len(month) < 2 or month[-1] < 1:
        raise InputError.of("months of a run", "a month or more from the first row to the last", column="date")
    year = np.maximum(1, -(-month // 12))
    put_in = put_in_of(months)
    # A year opens on the last row of the year before.
    opening = np.maximum(np.searchsorted(year, year, side="left") - 1, 0)
    return Timeline(month, year, calendar, put_in[opening], float(month[-1]) / 12)


def put_in_of(months: pd.DataFrame) -> NDArray[np.float64]:
    """Dollars at work after each row: its value with the flow and the taxes that moved on it."""
    return (months["value"] + months["flow"] + months["tax_paid"]).to_numpy(dtype=float)
