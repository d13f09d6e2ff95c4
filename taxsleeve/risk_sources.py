"""What a risk model is fitted on: a market folder or an account folder, as of a day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from risk import simple_returns
from risk.evaluate import Window, repair_returns
from taxsleeve.account_settings import read_settings
from taxsleeve.account_tables import SecurityRow
from taxsleeve.counting import counted
from taxsleeve.market_files import is_market_folder, read_market_folder
from taxsleeve.price_file import read_prices
from taxsleeve.risk_choice import carried_back
from taxsleeve.tables import Findings, find_table, read_table
from taxsleeve_errors import InputError

__all__ = ["RiskSource", "read_risk_source"]


@dataclass(frozen=True, eq=False)
class RiskSource:
    """A trailing window and what its owner should know of it.

    Parameters
    ----------
    window : Window
    repairs : DataFrame
        Returns of the window taken out as implausible: `date`, `asset`, `value`, `why`.
    notes : str
        Known defects that the folder tells of.
    warnings : tuple of str
    """

    window: Window
    repairs: pd.DataFrame
    notes: str
    warnings: tuple[str, ...]


def read_risk_source(folder: Path, as_of: dt.date | None, days: int, names: int) -> RiskSource:
    """Read the window that a model of a folder is fitted on.

    Parameters
    ----------
    folder : Path
        A market folder (the `names` largest names of the day) or an account folder (every name of securities.csv).
    as_of : date or None
        Day of a market folder, by default its last; an account's own day is in account.toml.
    days : int
        Trailing returns, at most.
    names : int

    Raises
    ------
    InputError
        With every fault of every file read, or the day is not one of the folder's.
    """
    if is_market_folder(folder):
        return _of_market(folder, as_of, days, names)
    if not (folder / "account.toml").is_file():
        found = "neither" if folder.is_dir() else "a file" if folder.exists() else "no such folder"
        raise InputError.of(str(folder), "a market folder (market.toml) or account folder (account.toml)", value=found)
    if as_of is not None:
        raise InputError.of("--as-of", "no day for an account folder: account.toml has it", value=as_of)
    return _of_account(folder, days)


def _of_market(folder: Path, as_of: dt.date | None, days: int, names: int) -> RiskSource:
    market = read_market_folder(folder)
    history = market.history()
    dates = pd.DatetimeIndex(history.returns.index)
    first, last = dates[0].date(), dates[-1].date()
    if as_of is not None and not first <= as_of <= last:
        raise InputError.of("--as-of", f"a day from {first} to {last}", value=as_of)
    day = dates[dates <= pd.Timestamp(as_of or last)][-1]
    window = history.window(day, days, names)
    repairs = history.repairs
    inside = repairs["date"].between(window.returns.index[0], day) & repairs["asset"].isin(window.returns.columns)
    return RiskSource(window, repairs[inside].reset_index(drop=True), market.notes, market.warnings)


def _of_account(folder: Path, days: int) -> RiskSource:
    findings = Findings()
    settings = read_settings(folder / "account.toml", findings)
    day = settings.as_of if settings else None
    path = find_table(folder, "securities", findings, required=True)
    rows = [] if path is None else read_table(path, SecurityRow, findings).rows
    prices_path = find_table(folder, "prices", findings, required=True)
    prices = None if prices_path is None else read_prices(prices_path, day, findings)
    if findings.faults or prices is None:
        raise InputError(findings.faults)
    wanted = [row for row in rows if row.asset in prices.columns]
    if not wanted or len(prices) < 2:
        found = f"{counted(len(prices), 'date')} up to {day}, {counted(len(wanted), 'asset')} of securities.csv"
        raise InputError.of("prices.parquet", "two dates and an asset of securities.csv", value=found)
    assets = [row.asset for row in wanted]
    returns, repairs = repair_returns(simple_returns(prices[assets]).iloc[-days:])
    today = np.array([np.nan if row.market_cap is None else row.market_cap for row in wanted])
    caps = carried_back(prices[assets], pd.Series(today, index=assets)).loc[returns.index]
    window = Window(
        as_of=pd.Timestamp(returns.index[-1]).date(),
        returns=returns,
        caps=caps,
        sectors=pd.Series([row.sector or "Unknown" for row in wanted], index=assets),
    )
    return RiskSource(window, repairs, "", tuple(findings.warnings))
