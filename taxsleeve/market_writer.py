"""Writing a market folder: built beside its place, read back as any market folder, and only then put there."""

from __future__ import annotations

import io
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from taxsleeve.csv_file import csv_of_frame
from taxsleeve.market_files import MarketFolder, read_market_folder
from taxsleeve.output_folder import write_files
from taxsleeve_errors import InputError

__all__ = ["MarketTables", "write_market_folder"]

_OPTIONAL = tuple(f"{stem}.parquet" for stem in ("returns", "book_to_price", "dividends", "adv"))
_OTHERS = ("membership.csv", "delistings.csv", "actions.csv")


@dataclass(frozen=True, eq=False)
class MarketTables:
    """What an importer has made of its source.

    Parameters
    ----------
    name, notes : str
        The notes say where the figures come from and what is known to be wrong with them.
    panels : dict of str to DataFrame
        `prices`, `caps` and others by the stem of their file.
    securities : DataFrame
        `asset, name, sector`.
    prices_include_dividends : bool
    membership : DataFrame or None
        `index, asset, start`.
    frequency, constituents, currency : str
    warnings : tuple of str
        What the user should know of the import itself.
    """

    name: str
    notes: str
    panels: dict[str, pd.DataFrame]
    securities: pd.DataFrame
    prices_include_dividends: bool
    membership: pd.DataFrame | None = None
    frequency: str = "daily"
    constituents: str = "stocks"
    currency: str = "USD"
    warnings: tuple[str, ...] = field(default=())


def write_market_folder(tables: MarketTables, out: Path) -> MarketFolder:
    """Write a market folder, after it has been read back and found good.

    Files that an earlier import left and that this one has not are removed.

    Raises
    ------
    InputError
        What was imported makes no good market, every fault named; nothing is written.
    """
    contents: dict[str, str | bytes] = {f"{stem}.parquet": _parquet(panel) for stem, panel in tables.panels.items()}
    contents["securities.csv"] = csv_of_frame(tables.securities)
    if tables.membership is not None:
        contents["membership.csv"] = csv_of_frame(tables.membership)
    contents["market.toml"] = _settings(tables)
    with tempfile.TemporaryDirectory(prefix="taxsleeve-") as beside:
        trial = Path(beside) / "market"
        write_files(trial, contents)
        read = read_market_folder(trial)
    csv_twins = tuple(Path(name).with_suffix(".csv").name for name in contents if name.endswith(".parquet"))
    stale = [name for name in (*_OPTIONAL, *_OTHERS) if name not in contents]
    write_files(out, contents, remove=(*stale, *csv_twins))
    return read


def _parquet(panel: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame = panel.rename_axis(index="date", columns=None)
    try:
        frame.to_parquet(buffer)
    except ValueError as error:
        raise InputError.of("the imported table", "columns and dates that Parquet can hold", value=error) from error
    return buffer.getvalue()


def _settings(tables: MarketTables) -> str:
    texts = {
        "name": tables.name,
        "frequency": tables.frequency,
        "currency": tables.currency,
        "constituents": tables.constituents,
        "notes": tables.notes,
    }
    lines = [f"{key} = {_toml(text)}" for key, text in texts.items()]
    lines.insert(4, f"prices_include_dividends = {str(tables.prices_include_dividends).lower()}")
    return "\n".join(lines) + "\n"


def _toml(text: str) -> str:
    """A basic string of TOML: quotes, backslashes and control characters escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04X}" for c in escaped) + '"'
