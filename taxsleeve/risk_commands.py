"""`taxsleeve risk fit | evaluate | show`."""

from __future__ import annotations

import datetime as dt
from functools import partial
from pathlib import Path

import click

from taxsleeve.command_group import SuggestingGroup
from taxsleeve.exit_codes import errors_become_exit_codes
from taxsleeve.screen import Screen, json_and_quiet

__all__ = ["risk"]

_PATH = click.Path(path_type=Path)
_DAY = click.DateTime(["%Y-%m-%d"])
_MONTH = click.DateTime(["%Y-%m"])


@click.group(cls=SuggestingGroup)
def risk() -> None:
    """Fit a risk model, see what is in it, and find out whether it keeps its promise.

    \b
    taxsleeve risk fit my-account --out my-account/risk
    taxsleeve risk show my-account
    taxsleeve risk evaluate us-equities --out evaluation
    """  # noqa: D301 - click wants the character \b before lines that it must not wrap


@risk.command()
@click.argument("folder", type=_PATH)
@click.option("--out", required=True, type=_PATH, help="Folder for the files written, for example an account's risk/.")
@click.option("--model", default="statistical", show_default=True, help="Which risk model.")
@click.option("--as-of", type=_DAY, help="Day of a market folder; by default its last.")
@click.option(
    "--window", "days", default=504, show_default=True, type=click.IntRange(2), help="Trailing daily returns."
)
@click.option("--names", default=1500, show_default=True, type=click.IntRange(1), help="Largest names of a market.")
@json_and_quiet("what was fitted", instead_of="sentences")
@errors_become_exit_codes
def fit(
    folder: Path,
    out: Path,
    model: str,
    as_of: dt.datetime | None,
    days: int,
    names: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Fit a risk model to the account or market in FOLDER.

    Writes loadings.csv, factor_covariance.csv and specific_variance.csv (annual), which an account takes as its risk/,
    and unrated.csv and repairs.csv with what was left out.

    \b
    taxsleeve risk fit my-account --out my-account/risk
    taxsleeve risk fit us-equities --as-of 2019-06-28 --out model
    """  # noqa: D301 - click wants the character \b before lines that it must not wrap
    from taxsleeve.messages import show_warnings
    from taxsleeve.progress import step_progress
    from taxsleeve.risk_console import show_fit
    from taxsleeve.risk_fit import ESTIMATORS, STEPS, run_fit
    from taxsleeve.risk_summary import fit_summary
    from taxsleeve_errors import InputError

    if model not in ESTIMATORS:
        raise InputError.of("--model", f"one of {', '.join(ESTIMATORS)}", value=model)
    screen, day = Screen.of(as_json=as_json, quiet=quiet), as_of.date() if as_of else None
    with step_progress(screen.progress, STEPS) as step:
        fitted = run_fit(folder, out, model=model, as_of=day, days=days, names=names, step=step)
    show_warnings(screen.asides, fitted.source.warnings)
    screen.put_json(lambda: fit_summary(fitted))
    show_fit(screen.answer, fitted, out)


@risk.command()
@click.argument("path", type=_PATH)
@click.option("--top", default=15, show_default=True, type=click.IntRange(1), help="Names shown.")
@json_and_quiet("the same figures")
@errors_become_exit_codes
def show(path: Path, top: int, as_json: bool, quiet: bool) -> None:
    """Show the factors, their volatilities and the riskiest names of the model in PATH.

    PATH is a folder with the three tables that `risk fit` writes, an account folder with one in risk/, or an archive
    that `FactorRisk.save` wrote.

    \b
    taxsleeve risk show my-account
    taxsleeve risk show model --top 30
    """  # noqa: D301 - click wants the character \b before lines that it must not wrap
    from taxsleeve.risk_console import show_model
    from taxsleeve.risk_fit import read_model
    from taxsleeve.risk_summary import model_summary

    screen, summary = Screen.of(as_json=as_json, quiet=quiet), model_summary(read_model(path), top)
    screen.put_json(lambda: summary)
    show_model(screen.answer, summary)


@risk.command()
@click.argument("market", type=_PATH)
@click.option("--out", required=True, type=_PATH, help="Folder for the files written.")
@click.option("--start", type=_MONTH, help="First month predicted (YYYY-MM); by default the first with a window.")
@click.option("--end", type=_MONTH, help="Last month predicted (YYYY-MM); by default the last there is.")
@click.option(
    "--window", "days", default=504, show_default=True, type=click.IntRange(2), help="Trailing daily returns."
)
@click.option("--cuts", default="500,900,1500", show_default=True, help="Last rank of large, mid and small names.")
@click.option("--random", "count", default=100, show_default=True, type=click.IntRange(1), help="Random portfolios.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Seed of what is random.")
@json_and_quiet("every score")
@errors_become_exit_codes
def evaluate(
    market: Path,
    out: Path,
    start: dt.datetime | None,
    end: dt.datetime | None,
    days: int,
    cuts: str,
    count: int,
    seed: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Walk the risk models through the history in MARKET and hold their promises against what happened.

    Refits every model monthly on the trailing window and scores the next month of many test portfolios, optimised
    active ones above all. Writes summary.csv, months.csv, universe.csv, repairs.csv and report.html.

    \b
    taxsleeve risk evaluate us-equities --out evaluation
    taxsleeve risk evaluate us-equities --out evaluation --start 2014-01 --end 2015-12
    """  # noqa: D301 - click wants the character \b before lines that it must not wrap
    from taxsleeve.messages import show_warnings
    from taxsleeve.progress import phase_progress
    from taxsleeve.risk_console import show_evaluation
    from taxsleeve.risk_evaluation import evaluation_settings, run_evaluation
    from taxsleeve.risk_summary import evaluation_summary

    settings = evaluation_settings(cuts, days=days, random_portfolios=count, seed=seed)
    months = start.date() if start else None, end.date() if end else None
    screen = Screen.of(as_json=as_json, quiet=quiet)
    with phase_progress(screen.progress) as progress:
        run = run_evaluation(market, out, settings, months, partial(progress, "months"))
    show_warnings(screen.asides, run.warnings)
    screen.put_json(lambda: evaluation_summary(run))
    show_evaluation(screen.answer, run, out)
