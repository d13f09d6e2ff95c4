"""Risk models of the day, fitted on what was known then and kept for every run that asks again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pandas as pd
from sklearn.base import clone

from risk import FactorRisk, FundamentalRiskModel, StatisticalRiskModel
from risk.evaluate import History, Window
from taxsleeve_errors import RiskModelError

__all__ = ["FittedRisk", "RiskSource", "Universe", "fundamental", "statistical"]

Universe = Callable[[pd.Timestamp], "pd.Index[str]"]
Fit = Callable[[Window], FactorRisk]
_ALL = 10**9


class RiskSource(Protocol):
    """Gives the risk model of a day; a user's own source has this method."""

    def fitted(self, date: pd.Timestamp) -> FactorRisk:
        """Model as it could be fitted after the close of `date`, of nothing later."""


def fundamental(model: FundamentalRiskModel | None = None) -> Fit:
    """Fit clones of a fundamental model, by default one with the estimator's own defaults."""

    def fit(window: Window) -> FactorRisk:
        fitted: FundamentalRiskModel = clone(model or FundamentalRiskModel()).fit(
            window.returns,
            caps=window.caps,
            sectors=window.sectors,
            book_to_price=window.book_to_price,
            adv=window.adv,
        )
        return fitted.factor_risk_

    return fit


def statistical(model: StatisticalRiskModel | None = None) -> Fit:
    """Fit clones of a statistical model, by default one with the estimator's own defaults."""

    def fit(window: Window) -> FactorRisk:
        fitted: StatisticalRiskModel = clone(model or StatisticalRiskModel()).fit(window.returns)
        return fitted.factor_risk_

    return fit


@dataclass(frozen=True, eq=False)
class FittedRisk:
    """A model fitted on the trailing window of each day asked for, once.

    Parameters
    ----------
    history : History
        Daily returns and facts.
    fit : callable
        Maps a window to a model: `fundamental()`, `statistical()` or the user's own.
    universe : callable
        Names to be rated on a day; those that are not priced then are left out. It must not look past the day.
    days : int
        Length of the window in returns.

    Raises
    ------
    RiskModelError
        No name of the universe is priced on the day, or the model cannot be fitted.
    """

    history: History
    fit: Fit
    universe: Universe
    days: int = 504
    _kept: dict[pd.Timestamp, FactorRisk] = field(default_factory=dict, init=False, repr=False)

    def fitted(self, date: pd.Timestamp) -> FactorRisk:
        """Model of the window that ends on `date`."""
        if date not in self._kept:
            window = self.history.window(date, self.days, _ALL)
            positions = np.flatnonzero(window.returns.columns.isin(self.universe(date)))
            if not len(positions):
                raise RiskModelError(f"risk model of {date.date()}: no name of the universe is priced on that day")
            self._kept[date] = self.fit(window.select(positions.astype(np.int64)))
        return self._kept[date]
