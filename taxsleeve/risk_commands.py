"""`taxsleeve risk fit | evaluate | show`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click
from rich.console import Console

from taxsleeve.exit_codes import errors_become_exit_codes

__all__ = ["risk"]

_PATH = click.Path(path_type=Path)
_DAY = click.DateTime(["%Y-%m-%d"])
_MONTH = click.DateTime(["%Y-%m"])


@click.group()
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
@errors_become_exit_codes
def fit(folder: Path, out: Path, model: str, as_of: dt.datetime | None, days: int, names: int) -> None:
    """Fit a risk model to the account or market in FOLDER.

    Writes loadings.csv, factor_covariance.csv and specific_variance.csv (annual), which an account takes as its risk/,
    and unrated.csv and repairs.csv with what was left out.

    \b
    taxsleeve risk fit my-account --out my-account/risk
    taxsleeve risk fit us-equities --as-of 2019-06-28 --out model
    """  # noqa: D301 - click wants the character \b before lines that it must not wrap
    from taxsleeve.messages import show_warnings
    from taxsleeve.risk_console import show_fit
    from taxsleeve.risk_fit import ESTIMATORS, run_fit
    from taxsleeve_errors import InputError

    if model not in ESTIMATORS:
        raise InputError.of("--model", f"one of {', '.join(ESTIMATORS)}", value=model)
    fitted = run_fit(folder, out, model=model, as_of=as_of.date() if as_of else None, days=days, names=names)
    show_warnings(Console(stderr=True), fitted.source.warnings)
    show_fit(Console(), fitted, out)


@risk.command()
@click.argument("path", type=_PATH)
@click.option("--top", default=15, show_default=True, type=click.IntRange(1), help="Names shown.")
@errors_become_exit_codes
def show(path: Path, top: int) -> None:
    """Show the factors, their volatilities and the riskiest names of the model in PATH.

    PATH is a folder with the three tables that `risk fit` writes, an account folder with one in risk/, or an archive
    that `FactorRisk.save` wrote.

    \b
    taxsleeve risk show my-account
    taxsleeve risk show model --top 30
    """  # noqa: D301 - click wants the character \b before lines that it must not wrap
    from taxsleeve.risk_console import show_model
    from taxsleeve.risk_fit import read_model

    show_model(Console(), read_model(path), top)


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
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
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
    from taxsleeve.risk_console import month_progress, show_evaluation
    from taxsleeve.risk_evaluation import evaluation_settings, run_evaluation

    settings = evaluation_settings(cuts, days=days, random_portfolios=count, seed=seed)
    months = start.date() if start else None, end.date() if end else None
    errors = Console(stderr=True, quiet=quiet)
    with month_progress(errors) as progress:
        run = run_evaluation(market, out, settings, months, progress)
    show_warnings(errors, run.warnings)
    show_evaluation(Console(quiet=quiet), run, out)
