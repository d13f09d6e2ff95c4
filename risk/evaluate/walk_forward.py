"""Refit every month on what was known, predict the next, and keep what came of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from risk.evaluate.forecasts import PortfolioRisk
from risk.evaluate.history import History, Window
from risk.evaluate.month import score_month
from risk.evaluate.records import Records
from risk.evaluate.settings import Segment, WalkForwardSettings
from taxsleeve_errors import RiskModelError

__all__ = ["Evaluation", "ModelFamily", "walk_forward"]

ModelFamily = Callable[[Window], Mapping[str, PortfolioRisk]]
_NO_SETTINGS = WalkForwardSettings()


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What every model predicted for every portfolio, and what happened.

    Parameters
    ----------
    records : DataFrame
        One row a month, segment, family, portfolio and model: `date` (of the refit), `segment`, `family`, `portfolio`,
        `model`, `predicted` (annual deviation), `b` (month's return over its predicted deviation), `daily` (mean over
        days of squared return over predicted variance), `qlike`.
    universe : DataFrame
        `date`, `segment`, `tested`, `left_out`: names that a model could not rate, or whose price did not move.
    repairs : DataFrame
        Returns taken out as implausible, as in `History.repairs`.
    settings : WalkForwardSettings
    """

    records: pd.DataFrame
    universe: pd.DataFrame
    repairs: pd.DataFrame
    settings: WalkForwardSettings

    def _repr_html_(self) -> str:
        by_model = self.records.groupby(["segment", "family", "model"], sort=False)
        shown = by_model.agg(months=("date", "nunique"), bias=("b", "std"), qlike=("qlike", "mean"))
        words = "<p>Bias (1 is right) and loss of what each model promised:</p>"
        return words + shown.to_html(float_format="{:.3f}".format)


def walk_forward(
    history: History,
    models: Iterable[ModelFamily],
    start: dt.date,
    end: dt.date,
    settings: WalkForwardSettings = _NO_SETTINGS,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Walk models through a history.

    On the last trading day of each month every model is fitted on the trailing window, and what it predicts for each
    test portfolio is held against that portfolio's daily returns (constant weights) and monthly return (bought and
    held) in the next month. Only names that every model rates are tested, so that all are asked the same.

    Parameters
    ----------
    history : History
    models : iterable of ModelFamily
        Each maps a window to one or more predictions by name, so that variants can share work.
    start, end : date
        First and last month predicted.
    settings : WalkForwardSettings
    progress : callable, optional
        Told months done and months in all.

    Returns
    -------
    Evaluation

    Raises
    ------
    RiskModelError
        No month can be predicted, or a model cannot be fitted.
    """
    families = tuple(models)
    days = history.month_ends(start, end)
    days = [day for day in days if history.returns.index.searchsorted(day) + 1 >= settings.window_days // 2]
    if not days:
        raise RiskModelError(
            f"no month from {start} to {end} has {settings.window_days // 2} returns before it and a month after it"
        )
    records, universe = Records(), []
    for done, day in enumerate(days):
        window = history.window(day, settings.window_days, settings.names)
        forecasts = _forecasts(families, window)
        for number, segment in enumerate(settings.segments):
            positions, left_out = _tested(window, segment, forecasts.values())
            universe.append((day, segment.name, len(positions), left_out))
            if len(positions) < settings.least_names:
                continue
            part = window.select(positions)
            realised = history.realised(day, part.assets)
            rng = np.random.default_rng([settings.seed, day.toordinal(), number])
            asked = {name: model.reindex(part.assets) for name, model in forecasts.items()}
            score_month(part, realised, asked, segment.name, settings, records, rng)
        if progress is not None:
            progress(done + 1, len(days))
    frame = pd.DataFrame(universe, columns=["date", "segment", "tested", "left_out"])
    return Evaluation(records.frame(), frame, history.repairs, settings)


def _forecasts(families: Sequence[ModelFamily], window: Window) -> dict[str, PortfolioRisk]:
    forecasts: dict[str, PortfolioRisk] = {}
    for family in families:
        try:
            made = family(window)
        except (RiskModelError, np.linalg.LinAlgError) as error:
            raise RiskModelError(f"refit of {window.as_of}: {error}") from error
        twice = sorted(set(made) & set(forecasts))
        if twice:
            raise RiskModelError(f"models: {twice[0]!r} stands twice, expected each name once")
        forecasts.update(made)
    if not forecasts:
        raise RiskModelError("models: none given, expected at least one")
    return forecasts


def _tested(window: Window, segment: Segment, models: Iterable[PortfolioRisk]) -> tuple[NDArray[np.int64], int]:
    """Positions of a segment's tested names in the window, and how many of the segment are left out."""
    inside = np.arange(segment.first - 1, min(segment.last, len(window.assets)))
    rated = set.intersection(*(set(model.assets) for model in models))
    assets, traded = window.assets, window.traded()
    good = [i for i in inside if assets[i] in rated and traded[i]]
    return np.array(good, dtype=np.int64), len(inside) - len(good)
