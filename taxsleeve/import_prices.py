"""A CSV of prices, wide or long, becomes a market folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from backtest import total_returns
from taxsleeve.cells import label_fault
from taxsleeve.long_file import LongTable, is_long, read_long_table
from taxsleeve.market_writer import MarketTables
from taxsleeve.panel_file import POSITIVE, read_panel
from taxsleeve.tables import Findings, raw_table
from taxsleeve_errors import InputError

__all__ = ["market_from_prices"]

_FREQUENCIES = ((4, "daily"), (9, "weekly"), (33, "monthly"))


def market_from_prices(
    path: Path, *, caps: Path | None, securities: Path | None, name: str, include_dividends: bool
) -> MarketTables:
    """Make a market of a file of prices.

    Parameters
    ----------
    path : Path
        Wide (dates down, assets across) or long (`date, asset, price` with `market_cap` or `shares` and, where they
        are there, `dividend`, `volume`, `book_to_price`); CSV or Parquet.
    caps : Path or None
        Capitalisation, wide, in dollars; needed where the file has none.
    securities : Path or None
        `asset, name, sector`; without it every sector is Unknown.
    name : str
    include_dividends : bool
        The prices are adjusted for dividends as well as splits.

    Raises
    ------
    InputError
        With every fault of the files.
    """
    findings = Findings()
    if not path.is_file():
        raise InputError.of(str(path), "a file of prices", value="a folder" if path.is_dir() else "no such file")
    long = is_long(path, findings)
    if findings.faults:
        raise InputError(findings.faults)
    panels = _of_long(read_long_table(path, findings)) if long else _of_wide(path, findings)
    if caps is not None:
        own = read_panel(caps, POSITIVE, findings) if caps.is_file() else None
        if own is not None:
            panels["caps"] = own
        elif not findings.faults:
            findings.fault(str(caps), "a file of capitalisation", value="no such file")
    if "caps" not in panels and not findings.faults:
        expected = "capitalisation: a column market_cap or shares, or a file given as --caps"
        findings.fault(path.name, expected, value="neither")
    if not include_dividends and "dividends" not in panels and not findings.faults:
        expected = "a column dividend, or --prices-include-dividends where prices are adjusted for dividends"
        findings.fault(path.name, expected, value="neither")
    if findings.faults:
        raise InputError(findings.faults)
    if include_dividends:
        panels.pop("dividends", None)
    else:
        panels["returns"] = total_returns(panels["prices"], _frequency(panels["prices"]), panels["dividends"])
    assets = pd.Series(panels["prices"].columns, dtype=str)
    return MarketTables(
        name=name,
        notes=f"Imported from {path.name}.",
        panels=panels,
        securities=_securities(securities, assets),
        prices_include_dividends=include_dividends,
        frequency=_frequency(panels["prices"]),
        warnings=tuple(findings.warnings),
    )


def _of_wide(path: Path, findings: Findings) -> dict[str, pd.DataFrame]:
    prices = read_panel(path, POSITIVE, findings, least_dates=2)
    return {} if prices is None else {"prices": prices}


def _of_long(table: LongTable | None) -> dict[str, pd.DataFrame]:
    if table is None:
        return {}
    panels = {"prices": table.panel("price")}
    if "market_cap" in table.columns:
        panels["caps"] = table.panel("market_cap")
    elif "shares" in table.columns:
        # Counts are reported now and then; in between the capitalisation moves with the price.
        panels["caps"] = (
            table.panel("shares").reindex(panels["prices"].index, method="ffill").ffill() * panels["prices"]
        )
    if "book_to_price" in table.columns:
        panels["book_to_price"] = table.panel("book_to_price")
    if "dividend" in table.columns:
        given = table.panel("dividend").reindex(columns=panels["prices"].columns).fillna(0.0)
        none = pd.DataFrame(0.0, panels["prices"].index[:1], panels["prices"].columns)
        panels["dividends"] = given[(given != 0).any(axis=1)] if (given != 0).any(axis=None) else none
    if "volume" in table.columns:
        panels["adv"] = (table.panel("volume") * panels["prices"]).rolling(21, min_periods=1).mean()
    return panels


def _frequency(prices: pd.DataFrame) -> str:
    if len(prices) < 2:
        return "daily"
    days = float(np.median(np.diff(prices.index.to_numpy()) / np.timedelta64(1, "D")))
    return next((name for most, name in _FREQUENCIES if days <= most), "monthly")


def _securities(path: Path | None, assets: pd.Series) -> pd.DataFrame:
    if path is None:
        return pd.DataFrame({"asset": assets, "name": assets, "sector": "Unknown"})
    findings = Findings()
    raw = raw_table(path, findings)
    if raw is not None:
        for line, cells in raw[1]:
            if "asset" in cells and (expected := label_fault(cells["asset"])):
                findings.fault(path.name, expected, row=line, column="asset", value=cells["asset"])
    if raw is None or findings.faults:
        raise InputError(findings.faults)
    header, rows = raw
    return pd.DataFrame([[cells.get(name, "") for name in header] for _, cells in rows], columns=header, dtype=str)
