"""The market of a study: a folder, mended where no price can have moved so, or the simulated one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from backtest import QUARTERLY, Market, Sleeve, coverage, mended_prices
from backtest.simulated import SP500_FROM, SP500_SINCE, SimulatedMarket
from risk.evaluate import History
from taxsleeve.market_files import MarketFolder, read_market_folder
from taxsleeve.market_sleeves import market_bands, market_sleeves
from taxsleeve.study_settings import SimulationSettings

__all__ = ["StudyMarket", "folder_market", "market_content", "simulated_study_market"]

_PANELS = ("prices", "returns", "caps", "book_to_price", "dividends", "adv")


@dataclass(frozen=True, eq=False)
class StudyMarket:
    """A market ready to be studied.

    Parameters
    ----------
    market : Market
        Implausible returns taken out of its prices.
    history : History or None
        What risk models are fitted on; None where the market is not daily.
    repairs : DataFrame
        Returns taken out: `date, asset, value, why`.
    sleeves : dict of str to Sleeve
        All that it has, by name.
    content : str or None
        Hash of what was read; None for the simulated market.
    warnings : tuple of str
    """

    market: Market
    history: History | None
    repairs: pd.DataFrame
    sleeves: Mapping[str, Sleeve]
    content: str | None
    warnings: tuple[str, ...]


def folder_market(path: Path) -> StudyMarket:
    """Read a market folder and take out returns that no price can have made.

    Raises
    ------
    InputError
        The folder is not good.
    """
    folder = read_market_folder(path)
    content = market_content(folder.market)
    warnings = list(folder.warnings)
    if folder.market.frequency != "daily":
        warnings.append(f"the market is {folder.market.frequency}: risk models need daily returns, there are none")
        return _studied(folder, None, content, warnings)
    history = folder.history()
    return _studied(folder, history, content, warnings)


def simulated_study_market(simulation: SimulationSettings) -> StudyMarket:
    """Draw the simulated market; large caps return what they did, as far as that is known, single stocks are drawn."""
    folder = MarketFolder(_specified(simulation).simulate(), ())
    return _studied(folder, folder.history(), None, [])


def market_content(market: Market) -> str:
    """Hash of every number and name of a market."""
    digest = hashlib.sha256("\0".join(map(str, market.assets)).encode())
    for name in _PANELS:
        frame = getattr(market, name)
        if frame is not None:
            digest.update(f"\0{name} {frame.shape}\0".encode())
            digest.update(np.asarray(frame.index, dtype="datetime64[ns]").tobytes())
            digest.update(np.ascontiguousarray(frame.to_numpy(dtype=float)).tobytes())
    for table in (market.securities, market.delistings, market.membership):
        digest.update(b"\0" if table is None else table.to_csv(lineterminator="\n").encode())
    return digest.hexdigest()


def _specified(simulation: SimulationSettings) -> SimulatedMarket:
    known = SP500_SINCE[simulation.start.year - SP500_FROM :] if simulation.start.year >= SP500_FROM else ()
    return SimulatedMarket(
        names=simulation.names,
        years=simulation.years,
        start=simulation.start,
        seed=simulation.seed,
        annual_returns=known[: simulation.years],
    )


def _studied(folder: MarketFolder, history: History | None, content: str | None, warnings: list[str]) -> StudyMarket:
    market = folder.market
    repairs = pd.DataFrame(columns=["date", "asset", "value", "why"])
    # A simulated price is whole as it is, however far it moved.
    if history is not None and content is not None:
        repairs = history.repairs
        market = mended_prices(market, repairs)
    bands, notes = market_bands(market, coverage(market))
    sleeves = {sleeve.name: sleeve for sleeve in market_sleeves(market, bands, QUARTERLY)}
    return StudyMarket(market, history, repairs, sleeves, content, (*warnings, *notes))
