"""The history that models are walked through, and the window that one refit may see."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from risk.evaluate.implausible import repair_returns
from taxsleeve_errors import RiskModelError

__all__ = ["History", "Window"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Window:
    """What is known on a day, of the names that are tested that day.

    Parameters
    ----------
    as_of : date
    returns : DataFrame (T, N)
        Trailing daily returns up to and with the day, NaN where missing.
    caps : DataFrame (T, N)
        Capitalisation known on each of these days (dollars, carried forward), NaN where none was known yet.
    sectors : Series (N,)
    book_to_price, adv : DataFrame (T, N) or None
        Carried forward likewise.
    """

    as_of: dt.date
    returns: pd.DataFrame
    caps: pd.DataFrame
    sectors: pd.Series
    book_to_price: pd.DataFrame | None = None
    adv: pd.DataFrame | None = None

    @cached_property
    def assets(self) -> tuple[str, ...]:
        """Names of the window, in order of capitalisation."""
        return tuple(map(str, self.returns.columns.tolist()))

    def select(self, positions: NDArray[np.int64]) -> Window:
        """Return the window of some of its names, by position."""
        return Window(
            as_of=self.as_of,
            returns=self.returns.iloc[:, positions],
            caps=self.caps.iloc[:, positions],
            sectors=self.sectors.iloc[positions],
            book_to_price=None if self.book_to_price is None else self.book_to_price.iloc[:, positions],
            adv=None if self.adv is None else self.adv.iloc[:, positions],
        )

    def traded(self, days: int = 63) -> NDArray[np.bool_]:
        """Names (N,) whose price moved on at least half of the last days; the others' quotes are not trades."""
        recent = self.returns.iloc[-days:].to_numpy(dtype=float)
        seen = np.isfinite(recent).sum(axis=0)
        moved = (np.nan_to_num(recent) != 0).sum(axis=0)
        traded: NDArray[np.bool_] = moved >= 0.5 * np.maximum(seen, 1)
        return traded


@dataclass(frozen=True, eq=False)
class History:
    """Daily returns and facts about names, point in time.

    Returns that no price can have made are set missing when the history is built, and listed in `repairs`
    (see `repair_returns`); every model and the realised figures see the same repaired panel.

    Parameters
    ----------
    returns : DataFrame (T, N)
        Total returns by day and name, NaN where not listed.
    caps : DataFrame
        Capitalisation in dollars by date (any frequency; carried forward) and name.
    sectors : Series
        Sector by name; names without one are "Unknown".
    book_to_price, adv : DataFrame or None
        Any frequency; carried forward.

    Raises
    ------
    RiskModelError
        Dates that repeat or do not rise, returns below -100%, or no name that has returns and capitalisation.
    """

    returns: pd.DataFrame
    caps: pd.DataFrame
    sectors: pd.Series
    book_to_price: pd.DataFrame | None = None
    adv: pd.DataFrame | None = None
    repairs: pd.DataFrame = field(init=False)

    def __post_init__(self) -> None:
        for name in ("returns", "caps", "book_to_price", "adv"):
            frame = getattr(self, name)
            if frame is not None:
                _check_dates(name, frame)
        values = self.returns.to_numpy(dtype=float, na_value=np.nan)
        if (values < -1).any() or np.isinf(values).any():
            row, column = map(int, np.argwhere((values < -1) | np.isinf(values))[0])
            raise RiskModelError(
                f"returns of {self.returns.columns[column]} on {self.returns.index[row]}: {values[row, column]}, "
                "expected at least -1; prices may stand where returns are meant"
            )
        names = self.returns.columns.intersection(self.caps.columns)
        if not len(names):
            raise RiskModelError("returns and caps: no name in common, expected the same names in both")
        repaired, repairs = repair_returns(self.returns[names])
        object.__setattr__(self, "returns", repaired)
        object.__setattr__(self, "repairs", repairs)
        object.__setattr__(self, "sectors", self.sectors.reindex(names).fillna("Unknown"))

    def month_ends(self, start: dt.date, end: dt.date) -> list[pd.Timestamp]:
        """Last trading day of every month from the one before `start`'s to the one before `end`'s.

        A refit on each predicts the month that follows; only months whose successor has returns are given.
        """
        days = pd.DatetimeIndex(self.returns.index)
        months = days.to_period("M")
        first, final = pd.Period(start, "M") - 1, pd.Period(end, "M") - 1
        # A month's last day is the one that another month follows; the history's own last day has no month after it.
        ends = np.flatnonzero(months[1:] != months[:-1]).tolist()
        return [days[i] for i in ends if first <= months[i] <= final and months[i + 1] == months[i] + 1]

    def window(self, as_of: pd.Timestamp, days: int, names: int) -> Window:
        """Cut the trailing window of the `names` largest names on a day that were priced on it.

        Parameters
        ----------
        as_of : Timestamp
        days : int
            Trailing returns, at most.
        names : int
            Names, at most.
        """
        returns = self.returns.loc[:as_of].iloc[-days:]
        caps = _as_known(self.caps, returns.index)
        today = caps.iloc[-1].reindex(self.returns.columns)
        # A gap of a day or two is a gap; a week without a price is a name that is no longer there.
        alive = returns.iloc[-5:].notna().any() & today.notna()
        chosen = today[alive].sort_values(ascending=False, kind="stable").index[:names]
        if not len(chosen):
            raise RiskModelError(f"no name has a return and a capitalisation on {as_of.date()}")
        return Window(
            as_of=as_of.date(),
            returns=returns[chosen],
            caps=caps.reindex(columns=chosen),
            sectors=self.sectors[chosen],
            book_to_price=_cut(self.book_to_price, returns.index, chosen),
            adv=_cut(self.adv, returns.index, chosen),
        )

    def realised(self, as_of: pd.Timestamp, assets: tuple[str, ...]) -> Floats:
        """Daily returns (D, N) of the month after `as_of`; zero where there is none.

        A name that is delisted stays at its last available price: there are no delisting returns to use.
        """
        days = pd.DatetimeIndex(self.returns.index)
        after = self.returns.loc[days.to_period("M") == as_of.to_period("M") + 1, list(assets)]
        realised: Floats = np.nan_to_num(after.to_numpy(dtype=float))
        return realised


def _check_dates(name: str, frame: pd.DataFrame) -> None:
    if not isinstance(frame.index, pd.DatetimeIndex):
        raise RiskModelError(f"{name}: index of {type(frame.index).__name__}, expected dates")
    if not frame.index.is_monotonic_increasing or frame.index.has_duplicates:
        raise RiskModelError(f"{name}: dates must rise and stand once each; sort them and drop the duplicates")


def _as_known(frame: pd.DataFrame, days: pd.Index[pd.Timestamp]) -> pd.DataFrame:
    """Last known value on each day, never a later one."""
    return frame.ffill().reindex(days, method="ffill")


def _cut(frame: pd.DataFrame | None, days: pd.Index[pd.Timestamp], names: pd.Index[str]) -> pd.DataFrame | None:
    return None if frame is None else _as_known(frame.reindex(columns=names), days)
