"""One segment in one month: make the test portfolios, ask every model, and score the answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from risk.evaluate.eigenfactors import eigenfactor_portfolios
from risk.evaluate.forecasts import PortfolioRisk, predicted_variances
from risk.evaluate.history import Window
from risk.evaluate.optimised import optimised_active
from risk.evaluate.portfolios import (
    PortfolioSet,
    cap_weights,
    harvest_objectives,
    random_long_only,
    sector_active,
    style_active,
)
from risk.evaluate.records import Records
from risk.evaluate.scores import qlike
from risk.evaluate.settings import WalkForwardSettings

__all__ = ["POOLED", "score_month"]

Floats = NDArray[np.float64]
POOLED = "pooled optimised"
_DAYS_A_YEAR = 252.0
_NO_RISK = 1e-12


@dataclass(frozen=True, eq=False)
class _Month:
    window: Window
    realised: Floats
    segment: str
    records: Records

    def score(self, name: str, model: PortfolioRisk, portfolios: PortfolioSet) -> None:
        """Hold a model's predictions for a set of portfolios against the month's returns."""
        held = np.asarray(portfolios.weights.any(axis=1), dtype=bool)
        if not held.any():
            return
        W = portfolios.weights[held]
        names = tuple(portfolio for portfolio, real in zip(portfolios.names, held, strict=True) if real)
        days = len(self.realised)
        # A singular matrix can promise no risk at all; a floor keeps such a promise finite, and terribly wrong.
        variance = np.maximum(predicted_variances(model, W), _NO_RISK) / _DAYS_A_YEAR
        daily2 = ((W @ self.realised.T) ** 2).mean(axis=1)
        month = W @ np.expm1(np.log1p(self.realised).sum(axis=0))
        self.records.add(
            (self.window.as_of, self.segment, portfolios.family, name),
            names,
            (
                np.sqrt(variance * _DAYS_A_YEAR),
                month / np.sqrt(variance * days),
                daily2 / variance,
                qlike(daily2, variance),
            ),
        )


def score_month(
    window: Window,
    realised: Floats,
    models: Mapping[str, PortfolioRisk],
    segment: str,
    settings: WalkForwardSettings,
    records: Records,
    rng: np.random.Generator,
) -> None:
    """Score every model on every test portfolio of one segment and month.

    Parameters
    ----------
    window : Window
        Of the N tested names.
    realised : array (D, N)
        Daily returns of the month after.
    models : mapping of str to PortfolioRisk
        Of exactly these names, in this order.
    segment : str
    settings : WalkForwardSettings
    records : Records
        Receives the scores.
    rng : numpy.random.Generator
    """
    month = _Month(window, realised, segment, records)
    shared = [
        PortfolioSet("cap-weighted", ("cap-weighted",), cap_weights(window)[None]),
        *random_long_only(window, settings.random_portfolios, rng),
        sector_active(window),
        style_active(window),
    ]
    made = _optimised(window, models, settings, rng)
    for name, model in models.items():
        for portfolios in (*shared, *made[name]):
            month.score(name, model, portfolios)
        own = eigenfactor_portfolios(model)
        if own is not None:
            month.score(name, model, own)
        for judged in _pooled(made, settings):
            month.score(name, model, judged)


def _optimised(
    window: Window, models: Mapping[str, PortfolioRisk], settings: WalkForwardSettings, rng: np.random.Generator
) -> dict[str, list[PortfolioSet]]:
    """Each model's own optimised portfolios, one set a limit and kind of objective; the objectives are common."""
    w = cap_weights(window)
    kinds = {
        "random": rng.standard_normal((settings.random_objectives, len(w))),
        "losses": harvest_objectives(window, settings.harvest_objectives, rng),
    }
    kinds = {kind: rows for kind, rows in kinds.items() if len(rows)}
    if not kinds or not settings.tracking_errors:
        return {name: [] for name in models}
    objectives = np.concatenate(list(kinds.values()))
    sellable = w if settings.long_only else np.ones_like(w)
    limits = np.repeat(settings.tracking_errors, len(objectives))
    stacked = np.tile(objectives, (len(settings.tracking_errors), 1))
    made = {}
    for name, model in models.items():
        active = optimised_active(model, sellable, stacked, limits, most_active=settings.most_active)
        made[name] = _sets(active, {kind: len(rows) for kind, rows in kinds.items()}, settings.tracking_errors)
    return made


def _sets(active: Floats, counts: Mapping[str, int], limits: tuple[float, ...]) -> list[PortfolioSet]:
    sets, start = [], 0
    for limit in limits:
        for kind, count in counts.items():
            names = tuple(f"{kind} {j + 1}" for j in range(count))
            sets.append(PortfolioSet(f"optimised {100 * limit:g}%, {kind}", names, active[start : start + count]))
            start += count
    return sets


def _pooled(made: Mapping[str, list[PortfolioSet]], settings: WalkForwardSettings) -> list[PortfolioSet]:
    """All models' optimised portfolios of a limit together, so that every model is asked about the same ones."""
    pools = []
    for limit in settings.tracking_errors:
        prefix = f"optimised {100 * limit:g}%,"
        sets = [(maker, s) for maker, own in made.items() for s in own if s.family.startswith(prefix)]
        if sets:
            names = tuple(f"{maker}: {name}" for maker, s in sets for name in s.names)
            pools.append(
                PortfolioSet(f"{POOLED} {100 * limit:g}%", names, np.concatenate([s.weights for _, s in sets]))
            )
    return pools
