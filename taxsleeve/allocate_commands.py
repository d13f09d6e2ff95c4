"""`taxsleeve allocate`."""

from __future__ import annotations

from pathlib import Path

import click

from taxsleeve.exit_codes import errors_become_exit_codes
from taxsleeve.screen import Screen, json_and_quiet

__all__ = ["allocate"]

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("study_dir", type=_PATH, required=False)
@click.option("--out", required=True, type=_PATH, help="Folder for the files written.")
@click.option("--sleeves", help="To be mixed.  [default: the study's segments]")
@click.option("--strategy", help="Of the runs.  [default: the study's optimizer]")
@click.option("--setting", help="Of the runs.  [default: base]")
@click.option("--band", default="5%", show_default=True, help="Drift after which a sleeve is sold down, or never.")
@click.option("--contribution", default="0%", show_default=True, help="Paid in a year, of capital.")
@click.option(
    "--ending",
    type=click.Choice(["liquidation", "step-up", "donation"]),
    default="liquidation",
    show_default=True,
    help="What becomes of the account at the end.",
)
@click.option("--rate", help="Rate that a gift's deduction saves.  [default: the runs' ordinary rate]")
@click.option("--reference", help="Mix held against the others, as large=85%,small=15%.  [default: the market's]")
@click.option(
    "--mix", "mixes", multiple=True, metavar="SLEEVE=WEIGHT,...", help="A mix of your own beside the frontier."
)
@json_and_quiet("allocation.json")
@errors_become_exit_codes
def allocate(
    study_dir: Path | None,
    out: Path,
    sleeves: str | None,
    strategy: str | None,
    setting: str | None,
    band: str,
    contribution: str,
    ending: str,
    rate: str | None,
    reference: str | None,
    mixes: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """Say how much to give to each sleeve, from the vintages of the study in STUDY_DIR.

    Mixes of its sleeves are carried through every vintage after tax: new money goes to what is underweight, sales wait
    for the band, and the end is a sale, a bequest or a gift. Writes report.html, frontier.csv, mixes.csv, vintages.csv
    and allocation.json, with the uncertainty of every mean.

    \b
    taxsleeve compare --vintages 6 --years 5 --names 150 --sleeves large,mid,small --out my-study
    taxsleeve allocate my-study --out my-allocation
    taxsleeve allocate my-study --out given --ending donation --rate 37% --contribution 5%
    taxsleeve allocate my-study --out mine --mix large=60%,mid=20%,small=20% --band never
    """  # noqa: D301 - click wants the character \b before lines that it must not wrap
    from taxsleeve.allocate_console import show_allocation
    from taxsleeve.allocate_inputs import AllocationRequest
    from taxsleeve.allocate_run import STEPS, run_allocation
    from taxsleeve.messages import show_warnings
    from taxsleeve.progress import step_progress

    request = AllocationRequest(sleeves, strategy, setting, band, contribution, ending, rate, reference, mixes)
    screen = Screen.of(as_json=as_json, quiet=quiet)
    with step_progress(screen.progress, STEPS) as step:
        run = run_allocation(study_dir, out, request, step)
    show_warnings(screen.asides, run.warnings)
    screen.put_text(run.summary)
    show_allocation(screen.answer, run.study, out)
