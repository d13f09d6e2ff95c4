"""All risk models of a study: each date's fitted once, in parallel, and shared by every run."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from backtest.study.executors import Executor
from backtest.study.risk_cache import RiskCache, cached_model
from backtest.study.risk_recipe import RiskRecipe
from backtest.study.risk_window import PackedWindow, WindowCutter
from backtest.vintage.risk_source import Universe
from risk import FactorRisk
from risk.evaluate import History
from taxsleeve_errors import RiskModelError, TaxsleeveError

__all__ = ["DatedModels", "ModelPlan", "fit_models"]

Progress = Callable[[str, int, int], None]
FITTING = "risk models"


@dataclass(frozen=True)
class DatedModels:
    """A `RiskSource` of models on disk: the day's, or the last before it.

    Parameters
    ----------
    paths : mapping of date to Path
        Models that could be fitted, by date.
    failed : mapping of date to str
        Dates whose model could not, and why; the model before serves then.
    """

    paths: dict[dt.date, Path] = field(default_factory=dict)
    failed: dict[dt.date, str] = field(default_factory=dict)

    def fitted(self, date: pd.Timestamp) -> FactorRisk:
        """Model as it could be fitted after the close of `date`, of nothing later.

        Raises
        ------
        RiskModelError
            There is none up to that date.
        """
        dates = sorted(self.paths)
        position = bisect_right(dates, date.date())
        if not position:
            why = "; ".join(f"{day}: {message}" for day, message in sorted(self.failed.items()) if day <= date.date())
            raise RiskModelError(f"no risk model up to {date.date()}" + (f" ({why})" if why else ""))
        return cached_model(self.paths[dates[position - 1]])

    def between(self, first: dt.date, last: dt.date) -> DatedModels:
        """Models of these dates alone, for a run that needs no other."""
        paths = {date: path for date, path in self.paths.items() if first <= date <= last}
        return DatedModels(paths, {date: why for date, why in self.failed.items() if first <= date <= last})


@dataclass(frozen=True, eq=False)
class ModelPlan:
    """What models are fitted on.

    Parameters
    ----------
    history : History
    recipe : RiskRecipe
    universe : callable
        Names to be rated on a date; it must not look past it.
    cache : RiskCache
    """

    history: History
    recipe: RiskRecipe
    universe: Universe
    cache: RiskCache


@dataclass(frozen=True, eq=False)
class _Fit:
    key: str
    window: PackedWindow
    recipe: RiskRecipe
    cache: RiskCache


def fit_models(
    plan: ModelPlan, dates: Sequence[pd.Timestamp], executor: Executor, on_progress: Progress
) -> DatedModels:
    """Fit the models of these dates that the cache has not.

    A date whose model cannot be fitted is listed, and the others are fitted.
    """
    models, done = DatedModels(), 0

    def settle(date: pd.Timestamp, key: str, message: str | None) -> None:
        nonlocal done
        done += 1
        if message is None:
            models.paths[date.date()] = plan.cache.path(key)
        else:
            models.failed[date.date()] = message
        on_progress(FITTING, done, len(dates))

    def fits() -> Iterator[_Fit]:
        cutter, recipe = WindowCutter(plan.history, plan.recipe.days), plan.recipe.describe()
        for date in dates:
            try:
                window = cutter.cut(date, plan.universe(date))
            except RiskModelError as error:
                settle(date, "", str(error))
                continue
            key = window.digest(recipe)
            if plan.cache.holds(key):
                settle(date, key, None)
            else:
                yield _Fit(key, window, plan.recipe, plan.cache)

    for date, key, message in executor.outcomes(_fit, fits(), _lost):
        settle(date, key, message)
    return models


def _fit(fit: _Fit) -> tuple[pd.Timestamp, str, str | None]:
    try:
        fit.cache.keep(fit.key, fit.recipe.fit(fit.window.window()))
    except (TaxsleeveError, ArithmeticError, ValueError) as error:
        return fit.window.date, fit.key, f"{type(error).__name__}: {error}"
    return fit.window.date, fit.key, None


def _lost(fit: _Fit, why: str) -> tuple[pd.Timestamp, str, str | None]:
    return fit.window.date, fit.key, why
