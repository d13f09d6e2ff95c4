"""The trailing window of one date, small enough to be sent to a worker, with a digest of all that is in it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from risk.evaluate import History, Window
from taxsleeve_errors import RiskModelError

__all__ = ["PackedWindow", "WindowCutter"]

_FACTS = ("caps", "book_to_price", "adv")
# A gap of a day or two is a gap; a week without a price is a name that is no longer there.
_GAP = 5


@dataclass(frozen=True, eq=False)
class PackedWindow:
    """What a risk model may see on a date.

    Parameters
    ----------
    date : Timestamp
    returns : DataFrame (T, N)
        Trailing daily returns of the names to be rated.
    sectors : Series (N,)
    facts : mapping of str to DataFrame
        Capitalisation and whatever else is known, at the dates it became known.
    """

    date: pd.Timestamp
    returns: pd.DataFrame
    sectors: pd.Series
    facts: Mapping[str, pd.DataFrame]

    def window(self) -> Window:
        """The window as risk models take it, facts carried forward to every day."""
        days = self.returns.index
        daily = {name: known.reindex(days, method="ffill") for name, known in self.facts.items()}
        return Window(
            as_of=self.date.date(),
            returns=self.returns,
            caps=daily["caps"],
            sectors=self.sectors,
            book_to_price=daily.get("book_to_price"),
            adv=daily.get("adv"),
        )

    def digest(self, recipe: str) -> str:
        """Hash of a recipe and of every number and name of the window."""
        digest = hashlib.sha256(recipe.encode())
        digest.update("\0".join(map(str, self.returns.columns)).encode())
        digest.update("\0".join(map(str, self.sectors)).encode())
        for name, frame in {"returns": self.returns, **self.facts}.items():
            digest.update(f"\0{name} {frame.shape}\0".encode())
            digest.update(np.asarray(frame.index, dtype="datetime64[ns]").tobytes())
            digest.update(np.ascontiguousarray(frame.to_numpy(dtype=float)).tobytes())
        return digest.hexdigest()


class WindowCutter:
    """Cuts windows out of a history.

    Parameters
    ----------
    history : History
    days : int
        Returns of a window, at most.
    """

    def __init__(self, history: History, days: int) -> None:
        self._history, self._days = history, days
        frames = {name: getattr(history, name) for name in _FACTS}
        self._known = {name: frame.ffill() for name, frame in frames.items() if frame is not None}

    def cut(self, date: pd.Timestamp, universe: pd.Index[str]) -> PackedWindow:
        """Window of the names of a universe that are priced on a date and have a capitalisation, largest first.

        Raises
        ------
        RiskModelError
            There is no such name.
        """
        history = self._history
        last = int(history.returns.index.searchsorted(date, side="right"))
        returns = history.returns.iloc[max(0, last - self._days) : last]
        caps = self._rows("caps", date, date).reindex(columns=returns.columns)
        today = caps.iloc[-1] if len(caps) else pd.Series(np.nan, index=returns.columns)
        alive = returns.iloc[-_GAP:].notna().any() & today.notna() & returns.columns.isin(universe)
        chosen = today[alive].sort_values(ascending=False, kind="stable").index
        if not len(chosen):
            raise RiskModelError(f"risk model of {date.date()}: no name of the universe is priced on that day")
        first = returns.index[0]
        facts = {name: self._rows(name, first, date).reindex(columns=chosen) for name in self._known}
        return PackedWindow(date, returns[chosen], history.sectors[chosen], facts)

    def _rows(self, name: str, first: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
        """What was known on the first date and became known up to the last."""
        frame = self._known[name]
        start = int(frame.index.searchsorted(first, side="right")) - 1
        rows: pd.DataFrame = frame.iloc[max(0, start) : int(frame.index.searchsorted(last, side="right"))]
        return rows
