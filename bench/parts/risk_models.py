"""What the promises of risk models were worth, on the same portfolios of the same market."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from backtest.simulated import SimulatedMarket
from bench.machine import installed
from bench.part import Part, Request, Table, size
from risk.evaluate import (
    FundamentalFamily,
    History,
    ModelFamily,
    PortfolioRisk,
    Segment,
    StatisticalFamily,
    StraightEstimator,
    StraightFamily,
    WalkForwardSettings,
    Window,
    summarise,
    walk_forward,
)
from taxsleeve.market_files import read_market_folder

__all__ = ["MODELS"]

_SIMULATED = SimulatedMarket(names=400, years=4, start=dt.date(2016, 1, 1), seed=3)
_NAMES = {"fundamental": "taxsleeve: fundamental", "statistical": "taxsleeve: statistical"}
_LOSSES = "optimised 1%, losses"
_SHOWN = (_LOSSES, "optimised 1%, random", "pooled optimised 1%", "random active")


@dataclass(frozen=True)
class _SkfolioFamily:
    """Covariance estimators of skfolio, on returns that are made whole as for the straight estimators.

    They refuse names that never moved, which are therefore rated by none of them and tested on no model.
    """

    def __call__(self, window: Window) -> Mapping[str, PortfolioRisk]:
        moved = window.select(np.flatnonzero((window.returns.fillna(0.0) != 0.0).any(axis=0).to_numpy()))
        return {name: StraightEstimator(estimator)(moved) for name, estimator in _skfolio().items()}


def _skfolio() -> dict[str, Any]:
    from skfolio.moments import DenoiseCovariance, EWCovariance, GerberCovariance

    return {
        "skfolio: exponentially weighted": EWCovariance(),
        "skfolio: denoised": DenoiseCovariance(),
        "skfolio: Gerber": GerberCovariance(),
    }


def measure(request: Request) -> Table:
    """Walk every model forward month by month."""
    history, market, settings, start, end = _market(request)
    families = tuple(_families())

    def progress(done: int, total: int) -> None:
        print(f"\r{done} of {total} months", end="", file=sys.stderr, flush=True)

    evaluation = walk_forward(history, families, start, end, settings, progress=progress)
    print(file=sys.stderr)
    summary = summarise(evaluation, reference="Ledoit-Wolf")
    segments = list(dict.fromkeys(summary["segment"]))
    rows: list[tuple[str, ...]] = []
    figures: dict[str, float] = {}
    for model in dict.fromkeys(summary["model"]):
        own = summary[summary["model"] == model].set_index(["family", "segment"])
        name = _NAMES.get(model, model)
        cells = [
            " / ".join(f"{own.loc[(family, s), 'daily_ratio']:.2f}" for s in segments) for family in _shown(summary)
        ]
        qlike = np.array([float(own.loc[(_LOSSES, s), "qlike"]) for s in segments])
        rows.append((name, *cells, f"{qlike.mean():.3f}"))
        for (family, segment), row in own.loc[list(_shown(summary))].iterrows():
            for measure_name in ("bias", "daily_ratio", "qlike", "dm_t"):
                figures[f"{name}, {family}, {segment}: {measure_name}"] = float(row[measure_name])
    months = evaluation.records["date"].nunique()
    notes: tuple[str, ...] = (
        f"Realised over predicted deviation, all days together ({' / '.join(segments)}; 1.00 is right), and QLIKE of "
        f"the first kind of portfolio (less is better), over {months} months of {market}, refitted monthly on "
        f"{settings.window_days} days. The first two kinds of portfolio are optimised long-only by the model that is "
        "judged, to sell losses or for random objectives; pooled are those of all models together, and they and the "
        "random ones are the same for every model. The fundamental model's styles were chosen with real prices of "
        "these years in view (bench/RISK_NOTES.md).",
        "skfolio's estimators have their default settings and get returns made whole as the straight ones do; its "
        "regime-adjusted one takes 20 s a fit and was left out.",
    )
    if not installed("skfolio"):
        notes += ("skfolio is not installed and was skipped.",)
    columns = ("model", *_shown(summary), "QLIKE, losses")
    return Table(columns, tuple(rows), notes, f"portfolios {settings.seed}", _finite(figures))


def _families() -> Iterator[ModelFamily]:
    yield StraightFamily()
    if installed("skfolio"):
        yield _SkfolioFamily()
    yield StatisticalFamily()
    yield FundamentalFamily(variants=False)


def _market(request: Request) -> tuple[History, str, WalkForwardSettings, dt.date, dt.date]:
    """Real prices where they are there and the size is full, otherwise a simulated market."""
    if not request.quick and (request.market / "market.toml").is_file():
        folder = read_market_folder(request.market)
        settings = WalkForwardSettings(random_portfolios=50)
        start, end = dt.date(2015, 1, 1), dt.date(2019, 12, 1)
        return folder.history(), f"real US stocks, {start:%Y-%m} to {end:%Y-%m}", settings, start, end
    market = _SIMULATED.simulate()
    history = History(
        market.returns.iloc[1:], market.caps, market.securities["sector"], book_to_price=market.book_to_price
    )
    settings = WalkForwardSettings(segments=(Segment("large", 1, 150), Segment("small", 151, 350)))
    start, end = dt.date(2018, 1, 1), size(request, dt.date(2019, 12, 1), dt.date(2018, 1, 1))
    return history, "a simulated market, in place of real prices", settings, start, end


def _shown(summary: pd.DataFrame) -> tuple[str, ...]:
    return tuple(family for family in _SHOWN if family in set(summary["family"]))


def _finite(figures: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in figures.items() if np.isfinite(value)}


MODELS = Part(
    name="risk-models",
    group="risk",
    shows="What risk models' promises were worth",
    measure=measure,
    peers=("skfolio",),
    minutes=20,
    in_readme=True,
)
