"""A market folder as FORMATS describes it: the history that risk models and studies are walked through."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from backtest import Market, total_returns, with_delisting_returns
from risk import simple_returns
from risk.evaluate import History
from taxsleeve.market_agreement import check_agreement
from taxsleeve.market_settings import MarketSettings, read_market_settings
from taxsleeve.market_tables import read_actions, read_delistings, read_membership, read_securities
from taxsleeve.needed_folder import require_folder
from taxsleeve.panel_file import ANY_NUMBER, NOT_NEGATIVE, POSITIVE, RETURNS, CellRule, read_panel
from taxsleeve.tables import Findings, find_table
from taxsleeve_errors import InputError

__all__ = ["MarketFolder", "is_market_folder", "read_market_folder"]

# Panels besides returns, which are only needed where prices do not include dividends.
_PANELS = {
    "prices": (POSITIVE, True),
    "caps": (POSITIVE, True),
    "book_to_price": (ANY_NUMBER, False),
    "adv": (NOT_NEGATIVE, False),
    "dividends": (NOT_NEGATIVE, False),
}


@dataclass(frozen=True, eq=False)
class MarketFolder:
    """A market read from a folder.

    Parameters
    ----------
    market : Market
    warnings : tuple of str
        What its owner should know; defects of the data are `survey`'s to list.
    """

    market: Market
    warnings: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name of the market."""
        return self.market.name

    @property
    def notes(self) -> str:
        """Known defects, to be printed with every result."""
        return self.market.notes

    def history(self) -> History:
        """Return the history for `risk.evaluate`, implausible returns taken out and listed.

        Raises
        ------
        InputError
            The market is not daily.
        """
        market = self.market
        if market.frequency != "daily":
            expected = "daily: risk models are of daily returns"
            raise InputError.of("market.toml", expected, column="frequency", value=market.frequency)
        returns = market.returns.iloc[1:]
        if market.prices_include_dividends:
            # To a risk model a gap is no observation; only who held the stock earned the return over it.
            own = simple_returns(market.prices)
            returns = with_delisting_returns(own, market.prices.iloc[1:], market.delistings)
        return History(returns, market.caps, market.securities["sector"], market.book_to_price, market.adv)


def is_market_folder(folder: Path) -> bool:
    """Tell a market folder (it has market.toml) from an account folder."""
    return (folder / "market.toml").is_file()


def read_market_folder(folder: Path) -> MarketFolder:
    """Read a market folder.

    Capitalisation, book-to-price and volume may be of any frequency; whoever uses them carries the last known value
    forward, never back. Delisting returns become part of total returns.

    Raises
    ------
    InputError
        With every fault of every file.
    """
    require_folder(folder, "a market folder", "`taxsleeve import-market` makes one of prices")
    findings = Findings()
    settings = read_market_settings(folder / "market.toml", findings)
    panels = _read_panels(folder, settings, findings)
    prices = panels.get("prices")
    assets = [] if prices is None else [str(asset) for asset in prices.columns]
    securities = read_securities(folder, assets, findings)
    membership = read_membership(folder, set(assets), findings) if prices is not None else None
    delistings = read_delistings(folder, prices, findings)
    actions = read_actions(folder, prices, findings)
    if settings is not None and "prices" in panels and "caps" in panels:
        check_agreement(panels, settings.frequency, findings)
    if findings.faults or settings is None or prices is None:
        raise InputError(findings.faults)
    market = Market(
        name=settings.name,
        prices=prices,
        returns=with_delisting_returns(_returns(panels, settings), prices, delistings),
        caps=panels["caps"],
        securities=securities,
        book_to_price=panels.get("book_to_price"),
        dividends=panels.get("dividends"),
        adv=panels.get("adv"),
        membership=membership,
        delistings=delistings,
        actions=actions,
        currency=settings.currency,
        prices_include_dividends=settings.prices_include_dividends,
        frequency=settings.frequency,
        constituents=settings.constituents,
        notes=settings.notes,
    )
    return MarketFolder(market, tuple(findings.warnings))


def _returns(panels: dict[str, pd.DataFrame], settings: MarketSettings) -> pd.DataFrame:
    prices = panels["prices"]
    if settings.prices_include_dividends:
        return total_returns(prices, settings.frequency)
    return panels["returns"].reindex(index=prices.index, columns=prices.columns)


def _read_panels(folder: Path, settings: MarketSettings | None, findings: Findings) -> dict[str, pd.DataFrame]:
    wanted = dict(_PANELS)
    if settings is not None and not settings.prices_include_dividends:
        wanted["returns"] = RETURNS, True
    if settings is not None and settings.prices_include_dividends:
        del wanted["dividends"]
        if any((folder / f"dividends.{ending}").exists() for ending in ("parquet", "csv")):
            findings.warnings.append(
                "dividends.parquet is not used: market.toml says that prices include dividends, so none is paid out"
            )
    panels = {}
    for stem, (rule, required) in wanted.items():
        least = 2 if stem in ("prices", "returns") else 1
        panel = _panel(folder, stem, rule, findings, required=required, least_dates=least)
        if panel is not None:
            panels[stem] = panel
    return panels


def _panel(
    folder: Path, stem: str, rule: CellRule, findings: Findings, *, required: bool, least_dates: int
) -> pd.DataFrame | None:
    both = [folder / f"{stem}.{ending}" for ending in ("parquet", "csv")]
    if required and not any(path.exists() for path in both):
        findings.fault(f"{stem}.parquet", "the file (or its CSV twin) in the market folder", value="no such file")
        return None
    path = find_table(folder, stem, findings, required=required)
    return None if path is None else read_panel(path, rule, findings, least_dates=least_dates)
