"""`taxsleeve survey`."""

from __future__ import annotations

from pathlib import Path

import click

from taxsleeve.exit_codes import errors_become_exit_codes
from taxsleeve.screen import Screen, json_and_quiet

__all__ = ["survey"]

_PATH = click.Path(path_type=Path)


@click.command()
@click.option("--market", type=_PATH, help="Market folder; without it the simulated market is surveyed.")
@click.option("--out", required=True, type=_PATH, help="Folder for the files written.")
@click.option("--cuts", help="Last rank of large, mid and small names.  [default: 500,900,1500, or to scale]")
@click.option("--buffers", help="Buffer at each of these ranks, as fractions.  [default: 0.25,0.5,0.6]")
@click.option("--annual", is_flag=True, help="Reconstitute every December instead of every quarter.")
@click.option("--by-rank", is_flag=True, help="Cut by rank even where the market has membership lists.")
@click.option(
    "--names", default=2000, show_default=True, type=click.IntRange(20, 20_000), help="Simulated names alive."
)
@click.option("--years", default=12, show_default=True, type=click.IntRange(1, 60), help="Simulated years.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Seed of the simulation.")
@json_and_quiet("what was found")
@errors_become_exit_codes
def survey(
    market: Path | None,
    out: Path,
    cuts: str | None,
    buffers: str | None,
    annual: bool,
    by_rank: bool,
    names: int,
    years: int,
    seed: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Describe a market: coverage and defects, the exhibits by year and sleeve, and the turnover of names.

    Writes survey.html, every exhibit as CSV and PNG, coverage.csv, defects.csv and turnover.csv.

    \b
    taxsleeve survey --out my-survey
    taxsleeve survey --market us-equities --out my-survey
    taxsleeve survey --market us-equities --out my-survey --cuts 100,400 --buffers 0.2
    """  # noqa: D301 - click wants the character \b before lines that it must not wrap
    from taxsleeve.messages import show_warnings
    from taxsleeve.progress import step_progress
    from taxsleeve.survey_console import show_survey
    from taxsleeve.survey_run import STEPS, Simulation, run_survey, survey_settings
    from taxsleeve.survey_summary import survey_summary

    screen = Screen.of(as_json=as_json, quiet=quiet)
    settings = survey_settings(cuts, buffers, annual=annual, by_rank=by_rank)
    with step_progress(screen.progress, STEPS) as step:
        done = run_survey(market, out, settings, Simulation(names, years, seed), step)
    show_warnings(screen.asides, done.warnings)
    screen.put_json(lambda: survey_summary(done))
    show_survey(screen.answer, done, out)
