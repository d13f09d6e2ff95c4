"""The command `taxsleeve household`."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click
from rich.console import Console

from taxsleeve.exit_codes import NO_TRADE_LIST, errors_become_exit_codes

__all__ = ["household"]


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for the files written.")
@click.option("--normalize", is_flag=True, help="Scale every benchmark's weights to sum to one.")
@click.option("--json", "as_json", is_flag=True, help="Print summary.json instead of tables.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@errors_become_exit_codes
def household(folder: Path, out: Path, normalize: bool, as_json: bool, quiet: bool) -> None:
    """Make today's trade and transfer lists for the household in FOLDER: several sleeves run as one.

    \b
    taxsleeve example my-household --household
    taxsleeve household my-household --out my-lists
    """  # noqa: D301 - click wants the character \b before lines that it must not wrap
    from taxsleeve import console as screen
    from taxsleeve.household_console import show_household, show_household_failure
    from taxsleeve.household_run import run_household
    from taxsleeve.messages import show_warnings
    from taxsleeve.summary_text import summary_text

    console, errors = Console(quiet=quiet or as_json), Console(stderr=True, quiet=quiet)
    run = run_household(folder, out, normalize=normalize, prepare=partial(screen.wait_for_kernels, errors))
    show_warnings(errors, run.folder.warnings)
    if as_json:
        click.echo(summary_text(run.summary), nl=False)
    if run.failure is not None:
        show_household_failure(errors, run.summary, out / "summary.json")
        raise SystemExit(NO_TRADE_LIST)
    show_household(console, run.summary, out)
