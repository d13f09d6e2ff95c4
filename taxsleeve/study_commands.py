"""`taxsleeve compare` and `taxsleeve frontier`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from taxsleeve.exit_codes import ANYTHING_ELSE, errors_become_exit_codes
from taxsleeve.screen import Screen, json_and_quiet

__all__ = ["compare", "frontier"]

_PATH = click.Path(path_type=Path)
Command = Callable[..., Any]
# What may be said beside --study: who does the work, and what is shown.
_BESIDE_STUDY = {"study", "out", "workers", "cluster", "cache", "as_json", "quiet"}


def _shared(command: Command) -> Command:
    """Options of both commands."""
    options = (
        click.option("--out", required=True, type=_PATH, help="Study folder; runs that are there are not run again."),
        click.option("--market", type=_PATH, help="Market folder; without it the simulated market."),
        click.option("--sleeves", help="[default: large,mid,small,all,all value,all growth]"),
        click.option("--start-years", help="First full years of the vintages, as 1993..2014 or 1993,2003."),
        click.option("--years", default=10, show_default=True, type=click.IntRange(1, 60), help="Length of a vintage."),
        click.option("--short-term", default="40.8%", show_default=True, help="Rate on short-term gains."),
        click.option("--long-term", default="23.8%", show_default=True, help="Rate on long-term gains and dividends."),
        click.option(
            "--losses",
            type=click.Choice(["unlimited", "long_term"]),
            default="unlimited",
            show_default=True,
            help="What losses save: the rate of their term, or the long-term rate.",
        ),
        click.option(
            "--frequency",
            type=click.Choice(["daily", "weekly", "monthly", "quarterly"]),
            default="monthly",
            show_default=True,
            help="Of rebalances.",
        ),
        click.option("--loss-per-name", help="Loss realised in one name at a rebalance, at most, of NAV."),
        click.option("--turnover", help="Buys plus sells at a rebalance, at most, of NAV."),
        click.option("--leavers", help="Months for which the optimizer may keep names that left the index."),
        click.option("--gain-budget", help="Gains realised at a rebalance, at most, of NAV."),
        click.option(
            "--taxes",
            type=click.Choice(["ignored", "next_april_15"]),
            default="ignored",
            show_default=True,
            help="Whether taxes move the account's cash, and when.",
        ),
        click.option(
            "--flows", default="0%", show_default=True, help="Paid in a year, of capital; below zero taken out."
        ),
        click.option(
            "--relief",
            type=click.Choice(["hifo", "fifo", "lifo", "min_tax"]),
            default="hifo",
            show_default=True,
            help="Lots that go first where the other strategies sell some of a name.",
        ),
        click.option("--checked", is_flag=True, help="Recompute every limit from each of the optimizer's trade lists."),
        click.option(
            "--risk",
            type=click.Choice(["fundamental", "statistical"]),
            default="fundamental",
            show_default=True,
            help="Risk model.",
        ),
        click.option(
            "--names", default=2000, show_default=True, type=click.IntRange(20, 20_000), help="Simulated names alive."
        ),
        click.option("--sim-years", type=click.IntRange(1, 100), help="Simulated years.  [default: as many as needed]"),
        click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Of the simulation."),
        click.option(
            "--workers", default=2, show_default=True, type=click.IntRange(1, 1024), help="Processes on this machine."
        ),
        click.option("--cluster", help="Dask scheduler instead, as tcp://10.0.0.5:8786; its workers must see --cache."),
        click.option("--cache", type=_PATH, help="Folder of fitted risk models.  [default: OUT/models]"),
        json_and_quiet("the summary as JSON"),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@click.option("--vintages", default=22, show_default=True, type=click.IntRange(1, 100), help="The latest that fit.")
@click.option(
    "--strategies", default="optimizer,passive", show_default=True, help="Of optimizer,threshold,passive,perfect."
)
@click.option("--tracking-error", default="1%", show_default=True, help="Limit of the optimizer, a year.")
@click.option("--threshold", default="5%", show_default=True, help="Least loss that the threshold strategy takes.")
@click.option("--sweep", "sweeps", multiple=True, metavar="NAME=V1,V2", help="Change one thing at a time; see below.")
@click.option("--study", type=_PATH, help="Run the study of this study.toml.")
@_shared
@click.pass_context
@errors_become_exit_codes
def compare(context: click.Context, /, **given: Any) -> None:
    """Compare sleeves: what harvesting saved, vintage by vintage, in large, mid, small and all caps, value and growth.

    Writes a study folder: study.toml, runs/, summary.parquet, exhibits/ and report.html. An interrupted study goes on
    where it was when the same command is given again. Without --market, about 33 years are simulated.

    \b
    taxsleeve compare --vintages 2 --years 3 --names 300 --sleeves large,small --out quick
    taxsleeve compare --out my-study --workers 8
    taxsleeve compare --market us-equities --start-years 2011..2015 --years 5 --out real
    taxsleeve compare --study my-study/study.toml --out again
    taxsleeve compare --out sweeps --vintages 3 --sweep loss_per_name=0.1%,0.25%,none --sweep wash_rule=off

    \b
    Things to sweep: tracking_error, loss_per_name, turnover, gain_budget, harvest_threshold, leavers, threshold,
    relief, frequency, rates (as 37%/20%), short_term, long_term, losses, taxes, wash_rule (on, off), flows, spread_bps.
    """  # noqa: D301 - click wants the character \b before lines that it must not wrap
    _refuse_beside_study(context, given["study"])
    _study(given, sweeps=given["sweeps"], base=True)


@click.command()
@click.option("--vintages", default=3, show_default=True, type=click.IntRange(1, 100), help="The latest that fit.")
@click.option(
    "--tracking-errors", default="0.5%,1%,2%,3%,4%", show_default=True, help="Limits on tracking error, a year."
)
@_shared
@errors_become_exit_codes
def frontier(**given: Any) -> None:
    """Trace the frontier: what each limit on tracking error brings in tax alpha, sleeve by sleeve.

    \b
    taxsleeve frontier --vintages 1 --years 3 --names 300 --sleeves large,small --out quick-frontier
    taxsleeve frontier --out my-frontier --tracking-errors 0.5%,1%,1.5%,2%,3%
    taxsleeve frontier --market us-equities --start-years 2011 --years 9 --out real-frontier
    """  # noqa: D301 - click wants the character \b before lines that it must not wrap
    from taxsleeve.option_values import fraction

    # A fault is told of the option that was typed, not of the sweep that it becomes.
    for limit in given["tracking_errors"].split(","):
        if limit.strip() != "none":
            fraction("--tracking-errors", limit)
    fixed = {"strategies": "optimizer", "tracking_error": "1%", "threshold": "5%", "study": None}
    _study({**given, **fixed}, sweeps=(f"tracking_error={given['tracking_errors']}",), base=False)


def _study(given: dict[str, Any], *, sweeps: tuple[str, ...], base: bool) -> None:
    from taxsleeve.console import wait_for_kernels
    from taxsleeve.messages import show_warnings
    from taxsleeve.progress import phase_progress, step_progress
    from taxsleeve.study_finish import STEPS, finish_study, show_failures, show_finished
    from taxsleeve.study_options import study_request
    from taxsleeve.study_run import Workforce, rerun_study, run_requested

    out, screen = given["out"], Screen.of(as_json=given["as_json"], quiet=given["quiet"])
    workforce = Workforce(given["workers"], given["cluster"], given["cache"])
    request = None if given["study"] else study_request(given, sweeps, base=base)
    wait_for_kernels(screen.tell)
    with phase_progress(screen.progress) as progress:
        if request is None:
            run = rerun_study(given["study"], out, workforce, progress)
        else:
            run = run_requested(request, given["market"], out, workforce, progress)
    show_warnings(screen.asides, (*run.data_notes, *run.warnings))
    show_failures(Console(stderr=True), run.study.failed)
    if not run.study.runs:
        raise SystemExit(ANYTHING_ELSE)
    with step_progress(screen.progress, STEPS) as step:
        tables = finish_study(run, out, step)
    show_finished(screen, run, tables, out)


def _refuse_beside_study(context: click.Context, study: Path | None) -> None:
    from click.core import ParameterSource

    from taxsleeve_errors import InputError

    said = [name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    others = sorted(set(said) - _BESIDE_STUDY)
    if study is not None and others:
        option = "--" + others[0].replace("_", "-").removesuffix("s" if others[0] == "sweeps" else "")
        raise InputError.of("--study", "no other settings beside it: study.toml has them all", value=option)
