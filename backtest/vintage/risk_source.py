"""Risk models of the day, fitted on what was known then and kept for every run that asks again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone

from backtest.sleeve_index import SleeveIndex
from risk import FactorRisk, FundamentalRiskModel, StatisticalRiskModel
from risk.evaluate import History, Window
from taxsleeve_errors import RiskModelError

__all__ = ["FittedRisk", "RiskSource", "TrailingUniverse", "Universe", "fundamental", "statistical"]

Universe = Callable[[pd.Timestamp], "pd.Index[str]"]
Fit = Callable[[Window], FactorRisk]
_ALL = 10**9


class RiskSource(Protocol):
    """Gives the risk model of a day and is not changed by a vintage; a user's own source has this method."""

    def fitted(self, date: pd.Timestamp) -> FactorRisk:
        """Model as it could be fitted after the close of `date`, of nothing later."""


@dataclass(frozen=True)
class _Fundamental:
    model: FundamentalRiskModel

    def __call__(self, window: Window) -> FactorRisk:
        fitted: FundamentalRiskModel = clone(self.model).fit(
            window.returns,
            caps=window.caps,
            sectors=window.sectors,
            book_to_price=window.book_to_price,
            adv=window.adv,
        )
        return fitted.factor_risk_


@dataclass(frozen=True)
class _Statistical:
    model: StatisticalRiskModel

    def __call__(self, window: Window) -> FactorRisk:
        fitted: StatisticalRiskModel = clone(self.model).fit(window.returns)
        return fitted.factor_risk_


def fundamental(model: FundamentalRiskModel | None = None) -> Fit:
    """Fit clones of a fundamental model, by default one with the estimator's own defaults."""
    return _Fundamental(FundamentalRiskModel() if model is None else model)


def statistical(model: StatisticalRiskModel | None = None) -> Fit:
    """Fit clones of a statistical model, by default one with the estimator's own defaults."""
    return _Statistical(StatisticalRiskModel() if model is None else model)


@dataclass(frozen=True, eq=False)
class TrailingUniverse:
    """Names that were in one of some indices at a reconstitution up to the day; it never looks past the day.

    Parameters
    ----------
    assets : Index (N,)
    closes : DatetimeIndex (R,)
        Reconstitutions, rising.
    ever : array of bool (R, N)
        Which names have been in one of the indices up to each.
    """

    assets: pd.Index[str]
    closes: pd.DatetimeIndex
    ever: NDArray[np.bool_]

    @classmethod
    def of(cls, indices: Iterable[SleeveIndex]) -> TrailingUniverse:
        """Take the names of these indices of one market."""
        tables = [index.targets > 0 for index in indices]
        closes = pd.DatetimeIndex(sorted(set().union(*(table.index for table in tables))))
        members = np.zeros((len(closes), tables[0].shape[1]), dtype=bool)
        for table in tables:
            members[closes.get_indexer(table.index)] |= table.to_numpy(dtype=bool)
        return cls(tables[0].columns, closes, np.logical_or.accumulate(members, axis=0))

    def __call__(self, date: pd.Timestamp) -> pd.Index[str]:
        """Names to be rated on a day."""
        row = int(self.closes.searchsorted(date, side="right")) - 1
        return self.assets[self.ever[row]] if row >= 0 else self.assets[:0]


@dataclass(frozen=True, eq=False)
class FittedRisk:
    """A model fitted on the trailing window of each day asked for, once.

    Parameters
    ----------
    history : History
        Daily returns and facts.
    fit : callable
        Maps a window to a model: `fundamental()`, `statistical()` or the user's own.
    universe : callable, optional
        Names to be rated on a day, such as a `TrailingUniverse`; those that are not priced then are left out, and
        without it no others are. It must not look past the day.
    days : int
        Length of the window in returns.

    Raises
    ------
    RiskModelError
        No name of the universe is priced on the day, or the model cannot be fitted.
    """

    history: History
    fit: Fit
    universe: Universe | None = None
    days: int = 504
    _kept: dict[pd.Timestamp, FactorRisk] = field(default_factory=dict, init=False, repr=False)

    def fitted(self, date: pd.Timestamp) -> FactorRisk:
        """Model of the window that ends on `date`."""
        if date not in self._kept:
            window = self.history.window(date, self.days, _ALL)
            rated = window.returns.columns if self.universe is None else self.universe(date)
            positions = np.flatnonzero(window.returns.columns.isin(rated))
            if not len(positions):
                raise RiskModelError(f"risk model of {date.date()}: no name of the universe is priced on that day")
            self._kept[date] = self.fit(window.select(positions.astype(np.int64)))
        return self._kept[date]
