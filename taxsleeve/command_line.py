"""The command line: `taxsleeve example`, `rebalance` and `ledger`; other commands have modules of their own."""

from __future__ import annotations

from pathlib import Path

import click

from taxsleeve.allocate_commands import allocate
from taxsleeve.audit_commands import audit
from taxsleeve.batch_commands import batch, write_accounts
from taxsleeve.command_group import SuggestingGroup
from taxsleeve.completion_commands import completion
from taxsleeve.counting import counted
from taxsleeve.custodian_commands import import_lots
from taxsleeve.exit_codes import NO_TRADE_LIST, errors_become_exit_codes
from taxsleeve.household_commands import household
from taxsleeve.import_commands import import_market
from taxsleeve.risk_commands import risk
from taxsleeve.screen import Screen, json_and_quiet
from taxsleeve.study_commands import compare, frontier
from taxsleeve.survey_commands import survey

__all__ = ["main"]


@click.group(cls=SuggestingGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="taxsleeve")
def main() -> None:
    """Tax-smart separately managed accounts: harvest losses lot by lot under hard limits.

    \b
    Start here:
      taxsleeve example my-account
      taxsleeve rebalance my-account --out my-trades

    Exit status: 0 done, 2 the input is not good, 3 no trade list can meet the limits, 1 anything else.
    """  # noqa: D301 - click wants the character \b before lines that it must not wrap


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--names",
    type=click.IntRange(1, 20_000),
    help="Names in the benchmark (500), or in each segment of a household (60).",
)
@click.option("--lots", default=5, show_default=True, type=click.IntRange(1, 200), help="Purchases of each name.")
@click.option("--seed", default=7, show_default=True, type=click.IntRange(min=0), help="Seed of the simulation.")
@click.option("--accounts", type=click.IntRange(1, 10_000_000), help="Write so many accounts for `taxsleeve batch`.")
@click.option(
    "--as",
    "form",
    type=click.Choice(["folders", "parquet", "sqlite", "duckdb"]),
    default="folders",
    show_default=True,
    help="How many accounts are written: a folder each, or tables of all.",
)
@click.option("--household", "many", is_flag=True, help="A household of three sleeves and an IRA.")
@json_and_quiet("what was written", instead_of="sentences")
@errors_become_exit_codes
def example(
    folder: Path,
    names: int | None,
    lots: int,
    seed: int,
    accounts: int | None,
    form: str,
    many: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write a complete example account into FOLDER: lots, benchmark, recent trades, two years of simulated prices.

    \b
    taxsleeve example my-account
    taxsleeve example small --names 100 --lots 5 --seed 7
    taxsleeve example my-accounts --accounts 200 --names 100
    taxsleeve example my-accounts.db --accounts 2000 --names 30 --as sqlite
    taxsleeve example my-household --household
    """  # noqa: D301 - click wants the character \b before lines that it must not wrap
    screen = Screen.of(as_json=as_json, quiet=quiet)
    if accounts is not None:
        write_accounts(screen, folder, names or 500, lots, seed, accounts, form)
        return
    from taxsleeve.example_account import write_example
    from taxsleeve.example_household import write_example_household

    names = names or (60 if many else 500)
    write, command = (write_example_household, "household") if many else (write_example, "rebalance")
    written = write(folder, names=names, lots=lots, seed=seed)
    following = f"taxsleeve {command} {folder} --out {folder.name}-trades"
    screen.put_json(
        lambda: {
            "folder": str(folder),
            "names": names,
            "lots": written.lots,
            "nav": float(written.nav),
            "as_of": str(written.as_of),
            "next": following,
        }
    )
    screen.say(
        f"{folder}: {counted(names, 'name')}{' a segment' if many else ''}, {counted(written.lots, 'lot')}, "
        f"NAV ${written.nav:,.0f}, as of {written.as_of}."
    )
    screen.say(f"Next: {following}")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for the files written.")
@click.option("--normalize", is_flag=True, help="Scale the benchmark's weights to sum to one.")
@click.option(
    "--frontier", "frontier_range", metavar="FROM..TO", help="Also solve for limits on tracking error, as 0.25%..3%."
)
@click.option(
    "--engine",
    type=click.Choice(["newton", "cvxpy-clarabel", "osqp", "highs"]),
    default="newton",
    show_default=True,
    help="What solves it; highs proves whole shares best on accounts of up to 60 names.",
)
@json_and_quiet("summary.json")
@errors_become_exit_codes
def rebalance(
    folder: Path, out: Path, normalize: bool, frontier_range: str | None, engine: str, as_json: bool, quiet: bool
) -> None:
    """Make today's trade list for the account in FOLDER.

    \b
    taxsleeve rebalance my-account --out my-trades
    taxsleeve rebalance my-account --out my-trades --json
    taxsleeve rebalance my-account --out my-trades --frontier 0.25%..3%
    """  # noqa: D301 - click wants the character \b before lines that it must not wrap
    from taxsleeve.console import show_infeasible, show_rebalance, wait_for_kernels
    from taxsleeve.messages import show_warnings
    from taxsleeve.progress import step_progress
    from taxsleeve.rebalance_run import STEPS, run_rebalance

    screen = Screen.of(as_json=as_json, quiet=quiet)
    steps = {name: share for name, share in STEPS.items() if name != "frontier" or frontier_range is not None}
    with step_progress(screen.progress, steps) as step:
        run = run_rebalance(
            folder,
            out,
            normalize=normalize,
            frontier_range=frontier_range,
            engine=engine,
            prepare=lambda: wait_for_kernels(step),
            step=step,
        )
    show_warnings(screen.asides, run.folder.warnings)
    screen.put_json(lambda: run.summary)
    if run.failure is not None:
        show_infeasible(screen.asides, run.summary, out / "summary.json")
        raise SystemExit(NO_TRADE_LIST)
    show_rebalance(screen.answer, run.summary, out)


@main.command()
@click.argument("history", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for the files written.")
@click.option("--policy", "settings", multiple=True, metavar="NAME=VALUE", help="A switch of the wash-sale policy.")
@json_and_quiet("summary.json")
@errors_become_exit_codes
def ledger(history: Path, out: Path, settings: tuple[str, ...], as_json: bool, quiet: bool) -> None:
    """Keep the tax ledger of HISTORY: realised sales with wash sales, open lots, Form 8949.

    \b
    taxsleeve ledger history.csv --out my-ledger
    taxsleeve ledger history.csv --out my-ledger --policy same_day_batch=False --policy group_map=ticker
    """  # noqa: D301 - click wants the character \b before lines that it must not wrap
    from taxsleeve.ledger_console import show_ledger
    from taxsleeve.ledger_run import STEPS, run_ledger
    from taxsleeve.messages import show_warnings
    from taxsleeve.progress import step_progress

    screen = Screen.of(as_json=as_json, quiet=quiet)
    with step_progress(screen.progress, STEPS) as step:
        run = run_ledger(history, out, settings, step)
    show_warnings(screen.asides, run.warnings)
    screen.put_json(lambda: run.summary)
    show_ledger(screen.answer, run.summary, out)


main.add_command(allocate)
main.add_command(audit)
main.add_command(compare)
main.add_command(frontier)
main.add_command(batch)
main.add_command(completion)
main.add_command(household)
main.add_command(import_lots)
main.add_command(import_market)
main.add_command(risk)
main.add_command(survey)
