"""One run of `taxsleeve survey`: read or simulate, survey, write."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from backtest import ANNUAL, QUARTERLY, CapBands, Market
from backtest.simulated import RECENT_ERA
from taxsleeve.chart_png import png_chart
from taxsleeve.csv_file import csv_of_frame
from taxsleeve.exhibit_charts import exhibit_charts
from taxsleeve.market_files import read_market_folder
from taxsleeve.output_folder import prepare_output, write_files
from taxsleeve.progress import Step, no_step
from taxsleeve.survey import Survey, SurveySettings, survey_market
from taxsleeve.survey_report import survey_report
from taxsleeve_errors import InputError

__all__ = ["STEPS", "Simulation", "run_survey", "simulated_market", "survey_settings"]

# What a survey goes through, with the share of the time that each took on the simulated market of 2,000 names.
STEPS = {"market": 0.3, "sleeves and exhibits": 0.4, "pictures": 0.2, "page": 0.1}
_NAMES = ("large", "mid", "small")
# What a run with other sleeves or less history would leave behind and make wrong.
_STALE = tuple(
    f"exhibit_{part}.png"
    for part in ("2_shares_down", "3_effective_number", "3_top_ten", "4_style_cycles", "4_opportunity_left")
)


@dataclass(frozen=True)
class Simulation:
    """The market that is surveyed where no folder is given.

    Parameters
    ----------
    names : int
        Alive at any time.
    years : int
    seed : int
    """

    names: int
    years: int
    seed: int


def simulated_market(simulation: Simulation) -> Market:
    """Draw the embedded market: large caps return what they did from 2014 to 2025, single stocks are drawn."""
    era = RECENT_ERA.market
    return replace(era, names=simulation.names, years=simulation.years, seed=simulation.seed).simulate()


def survey_settings(cuts: str | None, buffers: str | None, *, annual: bool, by_rank: bool) -> SurveySettings:
    """Make settings of what the command line says.

    Parameters
    ----------
    cuts : str or None
        Last ranks of up to three segments, "500,900,1500".
    buffers : str or None
        As many fractions, "0.25,0.5,0.6"; a single one counts for every boundary.
    annual, by_rank : bool

    Raises
    ------
    InputError
        The numbers are none, or make no sense.
    """
    months = ANNUAL if annual else QUARTERLY
    if cuts is None and buffers is None:
        return SurveySettings(None, months, by_rank)
    default = CapBands()
    ranks = _numbers(cuts, "--cuts", "one to three rising ranks, as 500,900,1500") if cuts else default.last_ranks
    if not 1 <= len(ranks) <= len(_NAMES) or any(rank != int(rank) for rank in ranks):
        raise InputError.of("--cuts", "one to three rising ranks, as 500,900,1500", value=cuts)
    wide = _numbers(buffers, "--buffers", "fractions, as 0.25,0.5,0.6") if buffers else default.buffers[: len(ranks)]
    wide = wide * len(ranks) if len(wide) == 1 else wide
    bands = CapBands(_NAMES[: len(ranks)], tuple(int(rank) for rank in ranks), tuple(wide))
    return SurveySettings(bands, months, by_rank)


def run_survey(
    folder: Path | None, out: Path, settings: SurveySettings, simulation: Simulation, step: Step = no_step
) -> Survey:
    """Survey a market folder, or the simulated market, and write what was found.

    Raises
    ------
    InputError
        The folder is not good, or too short for a survey; nothing is written.
    """
    prepare_output(out, unlike=folder)
    step("market")
    read = None if folder is None else read_market_folder(folder)
    market = simulated_market(simulation) if read is None else read.market
    warnings = () if read is None else read.warnings
    step("sleeves and exhibits")
    survey = survey_market(market, settings, warnings)
    step("pictures")
    charts = exhibit_charts(survey)
    tables = {f"exhibit_{name}": table for name, table in survey.exhibits.items()}
    tables |= {"coverage": survey.coverage, "defects": survey.defects, "turnover": survey.turnover}
    contents: dict[str, str | bytes] = {f"{name}.csv": csv_of_frame(table) for name, table in tables.items()}
    contents |= {f"{chart.name}.png": png_chart(chart) for chart in charts}
    step("page")
    contents["survey.html"] = survey_report(survey, charts)
    write_files(out, contents, remove=tuple(name for name in _STALE if name not in contents))
    return survey


def _numbers(text: str, option: str, expected: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise InputError.of(option, expected, value=text) from None
