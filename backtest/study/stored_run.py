"""What a study keeps of one finished vintage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from backtest.study.run_key import RunKey
from backtest.vintage.result import VintageResult

__all__ = ["Fact", "StoredRun", "stored_run"]

Fact = float | str
_TRADING_DAYS = 252


@dataclass(frozen=True, eq=False)
class StoredRun:
    """A finished run.

    Parameters
    ----------
    key : RunKey
    months : DataFrame
        As `VintageResult.months`, by date.
    facts : mapping of str to float or str
        `capital`, `short_term`, `long_term`, `qualified_dividends` (rates), `losses`, `taxes`, `frequency`,
        `wash_rule`, `spread_bps`, `funded`, `until`, `years`, `days` (of returns) and `realised_te` (annualised
        standard deviation of all daily active returns after the first rebalance), those of the setting, and where
        known the `capitalisation` of the sleeve at funding.
    """

    key: RunKey
    months: pd.DataFrame
    facts: Mapping[str, Fact]


def stored_run(key: RunKey, result: VintageResult, years: int, facts: Mapping[str, Fact]) -> StoredRun:
    """Keep months and facts of a result."""
    terms, days = result.settings, result.days
    active = days["account"] - days["benchmark"]
    own: dict[str, Fact] = {
        "capital": float(terms.capital),
        "short_term": terms.rates.short_term,
        "long_term": terms.rates.long_term,
        "qualified_dividends": terms.rates.qualified_dividends,
        "losses": str(terms.losses),
        "taxes": str(terms.taxes),
        "frequency": str(terms.frequency),
        "wash_rule": "on" if terms.wash_rule else "off",
        "spread_bps": terms.costs.spread_bps,
        "funded": terms.funded.isoformat(),
        "until": terms.until.isoformat(),
        "years": float(years),
        "days": float(len(days)),
        "realised_te": float(active.std() * np.sqrt(_TRADING_DAYS)),
    }
    return StoredRun(key, result.months.astype(float), {**own, **facts})
