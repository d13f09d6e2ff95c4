"""A market folder as FORMATS describes it: the history that risk models and studies are walked through."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, StrictBool, ValidationError

from risk import simple_returns
from risk.evaluate import History
from taxsleeve.cells import Label
from taxsleeve.panel_file import ANY_NUMBER, NOT_NEGATIVE, POSITIVE, RETURNS, CellRule, read_panel
from taxsleeve.tables import Findings, find_table, read_table, read_text
from taxsleeve_errors import InputError

__all__ = ["MarketFolder", "is_market_folder", "read_market_folder"]

# A daily return this large at the median can only be a price, or a return in per cent.
_LARGE_RETURN = 0.5


class _MarketSettings(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: Label
    frequency: Label = "daily"
    currency: Label = "USD"
    prices_include_dividends: StrictBool
    notes: str = ""


class _MarketSecurityRow(BaseModel):
    """A row of a market's securities.csv."""

    model_config = ConfigDict(frozen=True)

    asset: Label
    name: str = ""
    sector: Label = "Unknown"
    group: Label | None = None


@dataclass(frozen=True, eq=False)
class MarketFolder:
    """Everything that risk models ask of a market folder.

    Parameters
    ----------
    name, notes : str
        From market.toml; the notes are known defects, to be printed with every result.
    prices : DataFrame (T, N)
        Closes, NaN where not listed.
    returns : DataFrame (T, N)
        Total returns: of returns.parquet, or of the closes where those include dividends.
    caps : DataFrame
        Capitalisation in dollars, any frequency.
    sectors : Series
        By asset; "Unknown" where empty.
    book_to_price, adv : DataFrame or None
    warnings : tuple of str
    """

    name: str
    notes: str
    prices: pd.DataFrame
    returns: pd.DataFrame
    caps: pd.DataFrame
    sectors: pd.Series
    book_to_price: pd.DataFrame | None
    adv: pd.DataFrame | None
    warnings: tuple[str, ...]

    def history(self) -> History:
        """Return the history for `risk.evaluate`, implausible returns taken out and listed."""
        return History(self.returns, self.caps, self.sectors, self.book_to_price, self.adv)


def is_market_folder(folder: Path) -> bool:
    """Tell a market folder (it has market.toml) from an account folder."""
    return (folder / "market.toml").is_file()


def read_market_folder(folder: Path) -> MarketFolder:
    """Read a market folder.

    Capitalisation, book-to-price and volume may be of any frequency; whoever uses them carries the last known value
    forward, never back.

    Raises
    ------
    InputError
        With every fault of every file.
    """
    if not folder.is_dir():
        raise InputError.of(str(folder), "a market folder", value="a file" if folder.exists() else "no such folder")
    findings = Findings()
    settings = _read_settings(folder / "market.toml", findings)
    prices = _panel(folder, "prices", POSITIVE, findings, required=True, least_dates=2)
    caps = _panel(folder, "caps", POSITIVE, findings, required=True)
    book_to_price = _panel(folder, "book_to_price", ANY_NUMBER, findings, required=False)
    adv = _panel(folder, "adv", NOT_NEGATIVE, findings, required=False)
    own = settings is not None and not settings.prices_include_dividends
    returns = _panel(folder, "returns", RETURNS, findings, required=own, least_dates=2) if own else None
    sectors = _sectors(folder, prices, findings)
    if returns is not None:
        _check_returns(returns, prices, findings)
    if prices is not None and caps is not None:
        _check_names(prices, caps, findings)
    if findings.faults or settings is None or prices is None or caps is None:
        raise InputError(findings.faults)
    return MarketFolder(
        name=settings.name,
        notes=settings.notes,
        prices=prices,
        returns=simple_returns(prices) if returns is None else returns,
        caps=caps,
        sectors=sectors,
        book_to_price=book_to_price,
        adv=adv,
        warnings=tuple(findings.warnings),
    )


def _read_settings(path: Path, findings: Findings) -> _MarketSettings | None:
    if not path.is_file():
        findings.fault(path.name, "the file market.toml in the market folder", value="no such file")
        return None
    text = read_text(path, findings)
    if text is None:
        return None
    try:
        settings = _MarketSettings.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        findings.fault(path.name, "well-formed TOML", value=error)
        return None
    except ValidationError as error:
        for item in error.errors():
            missing = item["type"] == "missing"
            expected = "a value" if missing else str(item["msg"]).removeprefix("Value error, ")
            column = ".".join(str(part) for part in item["loc"])
            findings.fault(path.name, expected, column=column, value="nothing" if missing else item["input"])
        return None
    if settings.frequency != "daily":
        findings.fault(
            path.name, "daily: risk models are of daily returns", column="frequency", value=settings.frequency
        )
    return settings


def _panel(
    folder: Path, stem: str, rule: CellRule, findings: Findings, *, required: bool, least_dates: int = 1
) -> pd.DataFrame | None:
    both = [folder / f"{stem}.{ending}" for ending in ("parquet", "csv")]
    if required and not any(path.exists() for path in both):
        findings.fault(f"{stem}.parquet", "the file (or its CSV twin) in the market folder", value="no such file")
        return None
    path = find_table(folder, stem, findings, required=required)
    return None if path is None else read_panel(path, rule, findings, least_dates=least_dates)


def _sectors(folder: Path, prices: pd.DataFrame | None, findings: Findings) -> pd.Series:
    path = find_table(folder, "securities", findings, required=True)
    if path is None:
        return pd.Series(dtype=object)
    table = read_table(path, _MarketSecurityRow, findings)
    sectors: dict[str, str] = {}
    for line, row in table:
        if row.asset in sectors:
            findings.fault(path.name, "each asset once", row=line, column="asset", value=row.asset)
        sectors[row.asset] = row.sector
    if prices is not None and table.rows:
        without = [asset for asset in prices.columns if asset not in sectors]
        if without:
            findings.warnings.append(
                f"{path.name}: {len(without)} priced assets have no row and count as sector Unknown, "
                f"for example {', '.join(without[:3])}"
            )
    return pd.Series(sectors, dtype=object)


def _check_returns(returns: pd.DataFrame, prices: pd.DataFrame | None, findings: Findings) -> None:
    sizes = np.abs(returns.to_numpy(dtype=float))
    median = float(np.nanmedian(sizes)) if np.isfinite(sizes).any() else 0.0
    if median > _LARGE_RETURN:
        findings.fault(
            "returns.parquet", "simple returns such as 0.012; these look like prices or per cent",
            value=f"a median size of {median:.4g}",
        )  # fmt: skip
    if prices is not None:
        strangers = [asset for asset in returns.columns if asset not in set(prices.columns)]
        for asset in strangers[:5]:
            findings.fault("returns.parquet", "only assets of prices.parquet", column=asset, value=asset)


def _check_names(prices: pd.DataFrame, caps: pd.DataFrame, findings: Findings) -> None:
    common = prices.columns.intersection(caps.columns)
    if not len(common):
        findings.fault("caps.parquet", "the assets of prices.parquet", value=", ".join(map(str, caps.columns[:3])))
    elif len(common) < prices.shape[1]:
        findings.warnings.append(
            f"caps.parquet: {prices.shape[1] - len(common)} assets of prices.parquet have no capitalisation and are "
            "not used"
        )
    if caps.index[0] > prices.index[-1]:
        findings.fault(
            "caps.parquet", f"a date up to {prices.index[-1].date()}", column="date", value=caps.index[0].date()
        )
