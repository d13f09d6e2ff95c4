"""`taxsleeve batch`, and the accounts that `taxsleeve example` writes for it."""

from __future__ import annotations

from pathlib import Path

import click

from taxsleeve.counting import counted
from taxsleeve.exit_codes import NO_TRADE_LIST, errors_become_exit_codes
from taxsleeve.screen import Screen, json_and_quiet

__all__ = ["batch", "write_accounts"]

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("accounts", type=_PATH)
@click.option(
    "--out", required=True, type=_PATH, help="Folder for the results; accounts done there are not done again."
)
@click.option(
    "--workers", default=2, show_default=True, type=click.IntRange(1, 1024), help="Processes on this machine."
)
@click.option("--cluster", help="Dask scheduler instead, as tcp://10.0.0.5:8786; its workers must see both folders.")
@click.option("--normalize", is_flag=True, help="Scale the benchmarks' weights to sum to one.")
@click.option(
    "--engine", type=click.Choice(["newton", "cvxpy-clarabel", "osqp", "highs"]), default="newton", show_default=True
)
@click.option(
    "--widest-gap", default=0.05, show_default=True, type=click.FloatRange(min=0), help="A wider gap is looked at."
)
@click.option("--chunk", default=50, show_default=True, type=click.IntRange(1, 100_000), help="Accounts read together.")
@json_and_quiet("night.json")
@errors_become_exit_codes
def batch(
    accounts: Path,
    out: Path,
    workers: int,
    cluster: str | None,
    normalize: bool,
    engine: str,
    widest_gap: float,
    chunk: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Rebalance every account in ACCOUNTS: a folder of account folders or of Parquet tables, or a database.

    An account that fails stops no other: exceptions.csv and dashboard.html have it. A run that was killed goes on
    where it stood when it is started again.

    \b
    taxsleeve example my-accounts --accounts 200 --names 100
    taxsleeve batch my-accounts --out tonight --workers 8
    taxsleeve batch accounts.db --out tonight --cluster tcp://10.0.0.5:8786

    \b
    Account folders share what they name in account.toml (benchmark = "NAME", risk = "NAME"):
      ACCOUNTS/benchmarks/NAME.csv, ACCOUNTS/risk/NAME/, ACCOUNTS/securities.csv
    and files of their own come first. Tables (NAME.parquet, a folder NAME of parts, or of a database):
      accounts (account, as_of, cash, benchmark, risk, mandate, or any key as limits.turnover)
      mandates (mandate, and keys), lots, trades, restrictions (account, and the columns of the files;
      held_in is the column account of the files), benchmarks (benchmark, asset, weight), securities,
      loadings, factor_covariance, specific_variance (risk, and the columns of the files)
    Sort them by account, or index it.

    Exit status: 0 every account has a trade list, 3 some have none (each is in exceptions.csv), 2 there is no batch
    to be run, 1 anything else.
    """  # noqa: D301 - click wants the character \b before lines that it must not wrap
    from taxsleeve.batch.night_files import night_summary
    from taxsleeve.batch.run import run_batch
    from taxsleeve.batch.settings import BatchSettings
    from taxsleeve.batch_console import batch_progress, show_night
    from taxsleeve.console import wait_for_kernels
    from taxsleeve.study_run import Workforce

    screen = Screen.of(as_json=as_json, quiet=quiet)
    settings = BatchSettings(engine, normalize, widest_gap, chunk)
    with batch_progress(screen.progress) as advance:
        run = run_batch(
            accounts,
            out,
            settings,
            Workforce(workers, cluster).executor(),
            advance,
            lambda: wait_for_kernels(screen.tell),
        )
    screen.put_json(lambda: night_summary(run.night))
    show_night(screen.answer, run, out)
    if run.night.done < run.night.accounts:
        raise SystemExit(NO_TRADE_LIST)


def write_accounts(screen: Screen, place: Path, names: int, lots: int, seed: int, accounts: int, form: str) -> None:
    """Write simulated accounts, and say what to do next."""
    from taxsleeve.batch.example_accounts import ExampleNight
    from taxsleeve.batch.example_files import write_example_batch
    from taxsleeve.progress import phase_progress

    with phase_progress(screen.progress) as progress:
        write_example_batch(place, form, ExampleNight(names, lots, seed), accounts, progress)
    following = f"taxsleeve batch {place} --out {place.stem}-trades"
    screen.put_json(lambda: {"place": str(place), "accounts": accounts, "names": names, "next": following})
    screen.say(f"{place}: {counted(accounts, 'account')} in a market of {counted(names, 'name')}.")
    screen.say(f"Next: {following}")
