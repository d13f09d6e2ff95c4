"""`taxsleeve import-market prices | yahoo | french`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from taxsleeve.exit_codes import errors_become_exit_codes

if TYPE_CHECKING:
    from taxsleeve.market_writer import MarketTables

__all__ = ["import_market"]

_PATH = click.Path(path_type=Path)
_DAY = click.DateTime(["%Y-%m-%d"])


@click.group(name="import-market")
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
@errors_become_exit_codes
def prices(
    file: Path, out: Path, caps: Path | None, securities: Path | None, name: str, prices_include_dividends: bool
) -> None:
    """Import a wide or long CSV (or Parquet) of prices adjusted for splits.

    Wide: dates down, assets across. Long: date, asset, price, with market_cap or shares and, where there are,
    dividend, volume, book_to_price.
    """
    from taxsleeve.import_prices import market_from_prices

    made = market_from_prices(
        file, caps=caps, securities=securities, name=name, include_dividends=prices_include_dividends
    )
    _write(made, out, file)


@import_market.command()
@click.argument("tickers", nargs=-1, required=True)
@click.option("--start", type=_DAY, required=True, help="First day (YYYY-MM-DD).")
@click.option("--end", type=_DAY, help="Last day; by default yesterday.")
@click.option("--out", required=True, type=_PATH, help="Market folder to write.")
@click.option("--name", default="Yahoo", show_default=True, help="Name of the market.")
@click.option("--backfill-shares", is_flag=True, help="Use first share counts before they were known: looks ahead.")
@errors_become_exit_codes
def yahoo(
    tickers: tuple[str, ...], start: dt.datetime, end: dt.datetime | None, out: Path, name: str, backfill_shares: bool
) -> None:
    """Download TICKERS from Yahoo (needs the network, and `pip install taxsleeve[yahoo]`)."""
    from taxsleeve.import_yahoo import market_from_yahoo
    from taxsleeve.yahoo import YFinanceClient

    last = end.date() if end else dt.datetime.now(tz=dt.UTC).date() - dt.timedelta(days=1)
    client = YFinanceClient()
    made = market_from_yahoo(client, list(tickers), start.date(), last, name, backfill=backfill_shares)
    _write(made, out, None)


@import_market.command()
@click.argument("file", type=_PATH)
@click.option("--out", required=True, type=_PATH, help="Market folder to write.")
@click.option("--name", default="Ken French portfolios", show_default=True, help="Name of the market.")
@errors_become_exit_codes
def french(file: Path, out: Path, name: str) -> None:
    """Import a monthly portfolio file (CSV, unzipped) of Kenneth French's data library: index-level history."""
    from taxsleeve.import_french import market_from_french

    _write(market_from_french(file, name), out, file)


def _write(tables: MarketTables, out: Path, source: Path | None) -> None:
    from taxsleeve.market_writer import write_market_folder
    from taxsleeve.messages import show_warnings
    from taxsleeve.output_folder import prepare_output

    prepare_output(out, unlike=source)
    read = write_market_folder(tables, out)
    show_warnings(Console(stderr=True), (*tables.warnings, *read.warnings))
    days = read.market.calendar
    words = f"{out}: {len(read.market.assets)} {read.market.constituents}, {days[0].date()} to {days[-1].date()}."
    console = Console()
    for line in (words, f"Next: taxsleeve survey --market {out} --out {out.name}-survey"):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
