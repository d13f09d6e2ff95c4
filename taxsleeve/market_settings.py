"""market.toml: what a market folder says about itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, StrictBool, ValidationError

from taxsleeve.cells import Label, one_of
from taxsleeve.tables import Findings
from taxsleeve.toml_file import read_toml

__all__ = ["MarketSettings", "read_market_settings"]

_FREQUENCIES = "daily", "weekly", "monthly"
_CONSTITUENTS = "stocks", "portfolios"


class MarketSettings(BaseModel):
    """The keys of market.toml; `constituents` is "portfolios" where the assets are indices, not stocks."""

    model_config = ConfigDict(frozen=True)

    name: Label
    frequency: Annotated[Literal["daily", "weekly", "monthly"], BeforeValidator(one_of(*_FREQUENCIES))] = "daily"
    currency: Label = "USD"
    constituents: Annotated[Literal["stocks", "portfolios"], BeforeValidator(one_of(*_CONSTITUENTS))] = "stocks"
    prices_include_dividends: StrictBool
    notes: str = ""


def read_market_settings(path: Path, findings: Findings) -> MarketSettings | None:
    """Read market.toml; None, with every fault noted, where it is not good."""
    if not path.is_file():
        findings.fault(path.name, "the file market.toml in the market folder", value="no such file")
        return None
    given = read_toml(path, findings)
    if given is None:
        return None
    try:
        unknown = [key for key in given if key not in MarketSettings.model_fields]
        if unknown:
            findings.warnings.append(f"{path.name}: keys not used: {', '.join(unknown)}")
        return MarketSettings.model_validate(given)
    except ValidationError as error:
        for item in error.errors():
            missing = item["type"] == "missing"
            expected = "a value" if missing else str(item["msg"]).removeprefix("Value error, ")
            column = ".".join(str(part) for part in item["loc"])
            findings.fault(path.name, expected, column=column, value="nothing" if missing else item["input"])
    return None
