"""All tables of a study from its runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import pandas as pd

from backtest.study_measures.bands import bands
from backtest.study_measures.differences import differences
from backtest.study_measures.distributions import cause_means, distribution, year_means
from backtest.study_measures.exhibit_5 import cause_totals, exhibit_5
from backtest.study_measures.frontier import frontier
from backtest.study_measures.published import published
from backtest.study_measures.record import RunRecord
from backtest.study_measures.runs import Choices, measured_runs
from backtest.study_measures.sweep import sweep

__all__ = ["StudyTables", "study_tables"]


@dataclass(frozen=True, eq=False)
class StudyTables:
    """What a study found, as long frames; columns are described where each is made.

    Parameters
    ----------
    summary : DataFrame
        One row a run (`run_summary`).
    years, causes : DataFrame
        One row a run and year since inception (`run_years`), or cause (`cause_totals`).
    exhibit_5 : DataFrame
        Net savings by vintage and sleeve, and the extra over others.
    distribution, year_means, cause_means : DataFrame
        Over vintages, means with intervals.
    differences : DataFrame
        Paired by vintage, with intervals.
    frontier, sweep : DataFrame
        Empty where the study has one limit, or one setting.
    bands, published : DataFrame
        Ours beside what is expected and what others found.
    choices : Choices
    main, base : str
        Strategy and setting that answer the question.
    """

    summary: pd.DataFrame
    years: pd.DataFrame
    causes: pd.DataFrame
    exhibit_5: pd.DataFrame
    distribution: pd.DataFrame
    year_means: pd.DataFrame
    cause_means: pd.DataFrame
    differences: pd.DataFrame
    frontier: pd.DataFrame
    sweep: pd.DataFrame
    bands: pd.DataFrame
    published: pd.DataFrame
    choices: Choices
    main: str
    base: str

    @property
    def sleeves(self) -> list[str]:
        """In order of first mention."""
        return list(dict.fromkeys(self.summary["sleeve"]))

    def _repr_html_(self) -> str:
        return self.distribution.to_html(index=False, float_format=lambda x: f"{x:.4g}")

    def frames(self) -> dict[str, pd.DataFrame]:
        """Every table by name."""
        named = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: table for name, table in named.items() if isinstance(table, pd.DataFrame)}


def study_tables(runs: Sequence[RunRecord], choices: Choices | None = None) -> StudyTables:
    """Measure every run and lay out every table.

    Parameters
    ----------
    runs : sequence of RunRecord
        Finished ones, in the order in which sleeves, strategies and settings are to be shown.
    choices : Choices, optional

    Raises
    ------
    InputError
        There is no run, or one is not good; it says which.
    """
    measured = measured_runs(runs, choices)
    spread, less, yearly = distribution(measured), differences(measured), year_means(measured)
    settings = sweep(measured, spread, less)
    return StudyTables(
        summary=measured.summary,
        years=measured.years,
        causes=cause_totals(measured),
        exhibit_5=exhibit_5(measured),
        distribution=spread,
        year_means=yearly,
        cause_means=cause_means(measured),
        differences=less,
        frontier=frontier(measured, spread),
        sweep=settings,
        bands=bands(measured, spread, yearly, settings),
        published=published(measured, spread),
        choices=measured.choices,
        main=measured.main,
        base=measured.base,
    )
