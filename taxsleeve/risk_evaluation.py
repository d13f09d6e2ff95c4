"""One run of `taxsleeve risk evaluate`: read, walk, score, write."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from risk.evaluate import (
    Evaluation,
    Segment,
    WalkForwardSettings,
    by_month,
    default_families,
    summarise,
    walk_forward,
)
from taxsleeve.counting import counted
from taxsleeve.csv_file import csv_of_frame
from taxsleeve.market_files import MarketFolder, read_market_folder
from taxsleeve.output_folder import prepare_output, write_files
from taxsleeve.risk_report import evaluation_report
from taxsleeve_errors import InputError, RiskModelError

__all__ = ["EvaluationRun", "evaluation_settings", "run_evaluation"]

REFERENCE = "Ledoit-Wolf"
_SEGMENTS = ("large", "mid", "small")


@dataclass(frozen=True, eq=False)
class EvaluationRun:
    """What an evaluation came to.

    Parameters
    ----------
    evaluation : Evaluation
    summary : DataFrame
        As from `summarise`.
    notes : str
        Known defects that the market folder tells of.
    warnings : tuple of str
    """

    evaluation: Evaluation
    summary: pd.DataFrame
    notes: str
    warnings: tuple[str, ...]


def evaluation_settings(cuts: str, *, days: int, random_portfolios: int, seed: int) -> WalkForwardSettings:
    """Make settings of what the command line says; `cuts` are the last ranks of up to three segments, "500,900,1500".

    Raises
    ------
    InputError
        The cuts are not rising whole numbers.
    """
    try:
        ranks = [int(rank) for rank in cuts.split(",")]
    except ValueError:
        ranks = []
    if not 1 <= len(ranks) <= len(_SEGMENTS) or any(b <= a + 1 for a, b in zip([0, *ranks], ranks, strict=False)):
        raise InputError.of("--cuts", "one to three rising ranks, as 500,900,1500", value=cuts)
    first = [1, *(rank + 1 for rank in ranks)]
    segments = tuple(Segment(name, a, b) for name, a, b in zip(_SEGMENTS, first, ranks, strict=False))
    return WalkForwardSettings(window_days=days, segments=segments, random_portfolios=random_portfolios, seed=seed)


def run_evaluation(
    folder: Path,
    out: Path,
    settings: WalkForwardSettings,
    months: tuple[dt.date | None, dt.date | None] = (None, None),
    progress: Callable[[int, int], None] | None = None,
) -> EvaluationRun:
    """Walk the models through a market folder and write what came of it.

    Parameters
    ----------
    folder : Path
        Market folder.
    out : Path
    settings : WalkForwardSettings
    months : first and last month predicted; None for the folder's own
    progress : callable, optional
        Told months done and months in all.

    Raises
    ------
    InputError
        The folder is not good, or too short or too small for these settings; nothing is written.
    """
    prepare_output(out, unlike=folder)
    market = read_market_folder(folder)
    try:
        evaluation = _walk(market, settings, months, progress)
    except RiskModelError as error:
        raise InputError.of(str(folder), "a history that risk models can be walked through", value=error) from error
    summary, by_months = summarise(evaluation, REFERENCE), by_month(evaluation)
    warnings = [*market.warnings, *_thin(evaluation)]
    if len(evaluation.repairs):
        warnings.append(f"taken out: {counted(len(evaluation.repairs), 'implausible return')}; repairs.csv has all")
    run = EvaluationRun(evaluation, summary, market.notes, tuple(warnings))
    report = evaluation_report(market.name, market.notes, evaluation, summary, by_months, run.warnings)
    write_files(
        out,
        {
            "summary.csv": csv_of_frame(summary),
            "months.csv": csv_of_frame(by_months),
            "universe.csv": csv_of_frame(evaluation.universe),
            "repairs.csv": csv_of_frame(evaluation.repairs),
            "report.html": report,
        },
    )
    return run


def _walk(
    market: MarketFolder,
    settings: WalkForwardSettings,
    months: tuple[dt.date | None, dt.date | None],
    progress: Callable[[int, int], None] | None,
) -> Evaluation:
    history = market.history()
    days = pd.DatetimeIndex(history.returns.index)
    enough = days[min(settings.window_days, len(days)) - 1]
    first = months[0] or (enough + pd.offsets.MonthBegin(1)).date()
    last = months[1] or days[-1].date()
    return walk_forward(history, default_families(), first, last, settings, progress=progress)


def _thin(evaluation: Evaluation) -> list[str]:
    """Say which segments had too few names, and in how many months."""
    thin = evaluation.universe[evaluation.universe["tested"] < evaluation.settings.least_names]
    return [
        f"segment {segment}: {counted(count, 'month')} with fewer than {evaluation.settings.least_names} names to "
        "test, left out"
        for segment, count in thin.groupby("segment", sort=False).size().items()
    ]
