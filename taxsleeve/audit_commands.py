"""The command `taxsleeve audit`."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from taxsleeve.exit_codes import AUDIT_FAULTS, errors_become_exit_codes
from taxsleeve.screen import Screen, json_and_quiet

__all__ = ["audit"]


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("trades", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Folder for audit.json, audit.csv and audit_limits.csv.")
@click.option("--normalize", is_flag=True, help="Scale the benchmark's weights to sum to one.")
@json_and_quiet("audit.json", beyond="; the exit status is the verdict")
@errors_become_exit_codes
def audit(folder: Path, trades: Path, out: Path | None, normalize: bool, as_json: bool, quiet: bool) -> None:
    """Audit TRADES, a folder with trades.csv or the table itself, against the account in FOLDER.

    Everything is recomputed with none of the optimizer's code: lots, cash, gains, wash sales through the exact ledger
    of the household, tracking error and every limit; orders.csv, lots_after.csv and summary.json beside the list too.

    Where FOLDER is a household's (it has household.toml), TRADES is a folder with transfers.csv and a folder a sleeve:
    every list in its own account once lots have moved in kind, wash sales over all of them, total tracking error, one
    tax bill.

    \b
    taxsleeve audit my-account my-trades
    taxsleeve audit my-account somebodys-trades.csv --out my-audit
    taxsleeve audit my-household my-household-trades --json

    Exit status: 0 clean, 2 account or list cannot be read, 3 faults were found, 1 anything else.
    """  # noqa: D301 - click wants the character \b before lines that it must not wrap
    from taxsleeve.audit_console import show_audit, show_audit_warnings, show_household_audit
    from taxsleeve.audit_household_run import is_household, run_household_audit
    from taxsleeve.audit_run import STEPS, run_audit
    from taxsleeve.audit_summary import audit_json
    from taxsleeve.progress import step_progress

    screen = Screen.of(as_json=as_json, quiet=quiet)
    with step_progress(screen.progress, STEPS) as step:
        if is_household(folder):
            household = run_household_audit(folder, trades, out, normalize=normalize, step=step)
            warnings, summary, clean = household.folder.warnings, household.summary, household.audit.is_clean
            show = partial(show_household_audit, screen.answer, household.audit, household.summary, out)
        else:
            run = run_audit(folder, trades, out, normalize=normalize, step=step)
            warnings, summary, clean = run.folder.warnings, run.summary, run.audit.is_clean
            show = partial(show_audit, screen.answer, run.audit, run.summary, out)
    show_audit_warnings(screen.asides, warnings)
    screen.put_text(audit_json(summary))
    show()
    if not clean:
        raise SystemExit(AUDIT_FAULTS)
