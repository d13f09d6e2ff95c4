"""`taxsleeve import-market prices | yahoo | french`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from taxsleeve.command_group import SuggestingGroup
from taxsleeve.counting import counted
from taxsleeve.exit_codes import errors_become_exit_codes
from taxsleeve.screen import Screen, json_and_quiet

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from taxsleeve.market_files import MarketFolder
    from taxsleeve.market_writer import MarketTables
    from taxsleeve.progress import Step

__all__ = ["import_market"]

_PATH = click.Path(path_type=Path)
_DAY = click.DateTime(["%Y-%m-%d"])
_READING, _WRITING = "reading", "writing and reading back"
_SAYS = json_and_quiet("what was imported", instead_of="sentences")


@click.group(name="import-market", cls=SuggestingGroup)
def import_market() -> None:
    """Make a market folder of what you have: a CSV of prices, a download, Ken French's portfolios.

    \b
    taxsleeve import-market prices closes.csv --caps caps.csv --out my-market --prices-include-dividends
    taxsleeve import-market yahoo AAPL MSFT JNJ --start 2010-01-01 --out my-market
    taxsleeve import-market french 25_Portfolios_5x5.csv --out french
    """  # noqa: D301 - click wants the character \b before lines that it must not wrap


@import_market.command()
@click.argument("file", type=_PATH)
@click.option("--out", required=True, type=_PATH, help="Market folder to write.")
@click.option("--caps", type=_PATH, help="Capitalisation in dollars, dates x assets.")
@click.option("--securities", type=_PATH, help="asset, name, sector.")
@click.option("--name", default="Imported prices", show_default=True, help="Name of the market.")
@click.option("--prices-include-dividends", is_flag=True, help="The prices are adjusted for dividends too.")
@_SAYS
@errors_become_exit_codes
def prices(
    file: Path,
    out: Path,
    caps: Path | None,
    securities: Path | None,
    name: str,
    prices_include_dividends: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Import a wide or long CSV (or Parquet) of prices adjusted for splits.

    Wide: dates down, assets across. Long: date, asset, price, with market_cap or shares and, where there are,
    dividend, volume, book_to_price.
    """
    from taxsleeve.import_prices import market_from_prices

    screen = Screen.of(as_json=as_json, quiet=quiet)
    with _steps(screen) as step:
        step(_READING)
        made = market_from_prices(
            file, caps=caps, securities=securities, name=name, include_dividends=prices_include_dividends
        )
        read = _written(made, out, file, step)
    _show(screen, made, read, out)


@import_market.command()
@click.argument("tickers", nargs=-1, required=True)
@click.option("--start", type=_DAY, required=True, help="First day (YYYY-MM-DD).")
@click.option("--end", type=_DAY, help="Last day; by default yesterday.")
@click.option("--out", required=True, type=_PATH, help="Market folder to write.")
@click.option("--name", default="Yahoo", show_default=True, help="Name of the market.")
@click.option("--backfill-shares", is_flag=True, help="Use first share counts before they were known: looks ahead.")
@_SAYS
@errors_become_exit_codes
def yahoo(
    tickers: tuple[str, ...],
    start: dt.datetime,
    end: dt.datetime | None,
    out: Path,
    name: str,
    backfill_shares: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Download TICKERS from Yahoo (needs the network, and `pip install taxsleeve[yahoo]`)."""
    from taxsleeve.import_yahoo import market_from_yahoo
    from taxsleeve.progress import phase_progress
    from taxsleeve.yahoo import CountingClient, YFinanceClient

    last = end.date() if end else dt.datetime.now(tz=dt.UTC).date() - dt.timedelta(days=1)
    screen = Screen.of(as_json=as_json, quiet=quiet)
    with phase_progress(screen.progress) as progress:
        client = CountingClient(YFinanceClient(), len(dict.fromkeys(tickers)), progress)
        made = market_from_yahoo(client, list(tickers), start.date(), last, name, backfill=backfill_shares)
    with _steps(screen) as step:
        read = _written(made, out, None, step)
    _show(screen, made, read, out)


@import_market.command()
@click.argument("file", type=_PATH)
@click.option("--out", required=True, type=_PATH, help="Market folder to write.")
@click.option("--name", default="Ken French portfolios", show_default=True, help="Name of the market.")
@_SAYS
@errors_become_exit_codes
def french(file: Path, out: Path, name: str, as_json: bool, quiet: bool) -> None:
    """Import a monthly portfolio file (CSV, unzipped) of Kenneth French's data library: index-level history."""
    from taxsleeve.import_french import market_from_french

    screen = Screen.of(as_json=as_json, quiet=quiet)
    with _steps(screen) as step:
        step(_READING)
        made = market_from_french(file, name)
        read = _written(made, out, file, step)
    _show(screen, made, read, out)


def _steps(screen: Screen) -> AbstractContextManager[Step]:
    from taxsleeve.progress import step_progress

    # Written files are read back, which takes about as long as reading the source.
    return step_progress(screen.progress, {_READING: 0.5, _WRITING: 0.5})


def _written(tables: MarketTables, out: Path, source: Path | None, step: Step) -> MarketFolder:
    from taxsleeve.market_writer import write_market_folder
    from taxsleeve.output_folder import prepare_output

    step(_WRITING)
    prepare_output(out, unlike=source)
    return write_market_folder(tables, out)


def _show(screen: Screen, tables: MarketTables, read: MarketFolder, out: Path) -> None:
    from taxsleeve.messages import show_warnings

    warnings, market = (*tables.warnings, *read.warnings), read.market
    show_warnings(screen.asides, warnings)
    first, last = market.calendar[0].date(), market.calendar[-1].date()
    following = f"taxsleeve survey --market {out} --out {out.name}-survey"
    screen.put_json(
        lambda: {
            "folder": str(out),
            "name": market.name,
            "assets": len(market.assets),
            "constituents": market.constituents,
            "frequency": market.frequency,
            "first": str(first),
            "last": str(last),
            "warnings": list(warnings),
            "next": following,
        }
    )
    screen.say(f"{out}: {counted(len(market.assets), market.constituents.removesuffix('s'))}, {first} to {last}.")
    screen.say(f"Next: {following}")
