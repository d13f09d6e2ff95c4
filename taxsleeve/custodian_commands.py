"""`taxsleeve import`: a custodian's lot exports become an account folder's tables."""

from __future__ import annotations

from pathlib import Path

import click

from taxsleeve.exit_codes import errors_become_exit_codes
from taxsleeve.screen import Screen, json_and_quiet

__all__ = ["import_lots"]

_PATH = click.Path(path_type=Path)
_CUSTODIANS = click.Choice(["fidelity", "ibkr", "pershing", "schwab"])


def _show_map(context: click.Context, _: click.Parameter, name: str | None) -> None:
    if name is not None:
        from taxsleeve.custodian_map_file import map_text

        click.echo(map_text(name), nl=False)
        context.exit()


@click.command(name="import")
@click.argument("files", nargs=-1, required=True, type=_PATH, metavar="FILE...")
@click.option(
    "--from", "custodian", type=_CUSTODIANS, help="Whose exports they are, where their headers do not tell it."
)
@click.option("--map", "own_map", type=_PATH, help="A column map of your own (TOML), instead of --from.")
@click.option("--out", required=True, type=_PATH, metavar="FOLDER", help="Account folder to write into.")
@click.option("--account", "accounts", multiple=True, help="Take this account (number or name) only; may be repeated.")
@click.option("--as", "one_name", metavar="NAME", help="What to call the taxable account, whatever the files call it.")
@click.option(
    "--show-map",
    type=_CUSTODIANS,
    is_eager=True,
    expose_value=False,
    callback=_show_map,
    help="Print a column map, to begin your own with, and end.",
)
@click.option("--skeleton", is_flag=True, help="Also begin an account.toml, where there is none.")
@json_and_quiet("what was taken over", instead_of="sentences")
@errors_become_exit_codes
def import_lots(
    files: tuple[Path, ...],
    custodian: str | None,
    own_map: Path | None,
    out: Path,
    accounts: tuple[str, ...],
    one_name: str | None,
    skeleton: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Turn a custodian's exports into lots.csv, and trades.csv where they hold trades.

    Give everything at once: lots, positions (which the lots must add up to, and which hold cash) and the trades of
    the last 61 days or more. Whose they are, their headers say; --from says it where they do not. A row that is not
    understood is an error, and nothing is written.

    \b
    taxsleeve import lots.csv positions.csv history.csv --out my-account
    taxsleeve import flex.xml --out my-account --account U1234567 --skeleton
    taxsleeve import lots.csv --from fidelity --out my-account
    taxsleeve import --show-map pershing > my-custodian.toml
    taxsleeve import export.csv --map my-custodian.toml --out my-account
    """  # noqa: D301 - click wants the character \b before lines that it must not wrap
    from taxsleeve.custodian_console import import_summary, show_import
    from taxsleeve.custodian_files import write_import
    from taxsleeve.custodian_import import import_exports
    from taxsleeve.custodian_map_file import read_custodian_map, shipped_map
    from taxsleeve.custodian_recognition import recognised_custodian

    if custodian is not None and own_map is not None:
        raise click.UsageError("Give either --from, or --map with a map of your own.")
    screen = Screen.of(as_json=as_json, quiet=quiet)
    if own_map is not None:
        layouts = read_custodian_map(own_map)
    else:
        layouts = shipped_map(custodian or recognised_custodian(files))
    if custodian is None and own_map is None:
        screen.say(f"Exports of {layouts.title}, by their headers.")
    read = import_exports(files, layouts, accounts, one_name)
    written = write_import(read, out, skeleton=skeleton)
    screen.put_json(lambda: import_summary(read, out, written))
    show_import(screen.answer, read, out, written)
