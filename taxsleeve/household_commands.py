"""The command `taxsleeve household`."""

from __future__ import annotations

from pathlib import Path

import click

from taxsleeve.exit_codes import NO_TRADE_LIST, errors_become_exit_codes
from taxsleeve.screen import Screen, json_and_quiet

__all__ = ["household"]


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for the files written.")
@click.option("--normalize", is_flag=True, help="Scale every benchmark's weights to sum to one.")
@json_and_quiet("summary.json")
@errors_become_exit_codes
def household(folder: Path, out: Path, normalize: bool, as_json: bool, quiet: bool) -> None:
    """Make today's trade and transfer lists for the household in FOLDER: several sleeves run as one.

    \b
    taxsleeve example my-household --household
    taxsleeve household my-household --out my-lists
    """  # noqa: D301 - click wants the character \b before lines that it must not wrap
    from taxsleeve.console import wait_for_kernels
    from taxsleeve.household_console import show_household, show_household_failure
    from taxsleeve.household_run import STEPS, run_household
    from taxsleeve.messages import show_warnings
    from taxsleeve.progress import step_progress

    screen = Screen.of(as_json=as_json, quiet=quiet)
    with step_progress(screen.progress, STEPS) as step:
        run = run_household(folder, out, normalize=normalize, prepare=lambda: wait_for_kernels(step), step=step)
    show_warnings(screen.asides, run.folder.warnings)
    screen.put_json(lambda: run.summary)
    if run.failure is not None:
        show_household_failure(screen.asides, run.summary, out / "summary.json")
        raise SystemExit(NO_TRADE_LIST)
    show_household(screen.answer, run.summary, out)
