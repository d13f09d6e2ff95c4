"""Which risk model an account's price history is given, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from risk import FactorRisk, simple_returns
from taxsleeve.account_tables import SecurityRow
from taxsleeve.counting import counted

__all__ = ["ChosenRisk", "carried_back", "fitted_risk"]

_LEAST_NAMES, _LEAST_PERIODS, _NEARLY_ALL = 150, 252, 0.95


@dataclass(frozen=True, eq=False)
class ChosenRisk:
    """A risk model with its name.

    Parameters
    ----------
    risk : FactorRisk
    model : {"vendor", "fundamental", "statistical"}
    why : str
        In a few words, for the report.
    """

    risk: FactorRisk
    model: str
    why: str


def fitted_risk(prices: pd.DataFrame, securities: Sequence[SecurityRow]) -> ChosenRisk:
    """Fit the fundamental model where securities.csv has what it needs, else the statistical one.

    It needs capitalisation and sector of at least 95% of the priced names, 150 names and a year of returns: with fewer
    names each day's regression tells more of the names than of the factors. A name without a capitalisation is
    taken to be as large as the median name.

    Parameters
    ----------
    prices : DataFrame (T, N)
        Total-return closes.
    securities : sequence of SecurityRow

    Raises
    ------
    RiskModelError
        The history is not enough for either.
    """
    # scikit-learn takes a second to load, which an account with a vendor's model is spared.
    from risk import FundamentalRiskModel, StatisticalRiskModel

    rows = {row.asset: row for row in securities}
    wanted = [asset for asset in prices.columns if asset in rows]
    history = prices[wanted]
    lacking = _lacking([rows[asset] for asset in wanted], len(history) - 1)
    returns = simple_returns(history)
    if lacking:
        statistical: FactorRisk = StatisticalRiskModel().fit(returns).factor_risk_
        return ChosenRisk(statistical, "statistical", f"principal components of prices.parquet: {lacking}")
    caps = pd.Series({asset: rows[asset].market_cap for asset in wanted}, dtype=float)
    guessed = int(caps.isna().sum())
    sectors = pd.Series({asset: rows[asset].sector or None for asset in wanted}, dtype=object)
    fitted = FundamentalRiskModel().fit(
        returns, caps=carried_back(history, caps.fillna(caps.median())).loc[returns.index], sectors=sectors
    )
    risk: FactorRisk = fitted.factor_risk_
    why = "market, sectors and styles from prices.parquet and securities.csv"
    if guessed:
        why += f"; {counted(guessed, 'name')} without market_cap taken as of median size"
    return ChosenRisk(risk, "fundamental", why)


def carried_back(prices: pd.DataFrame, market_cap: pd.Series) -> pd.DataFrame:
    """Capitalisation by day (T, N): today's, taken back along the total-return price, as only today's is known."""
    held = prices.ffill()
    return held / held.iloc[-1] * market_cap


def _lacking(rows: Sequence[SecurityRow], periods: int) -> str:
    """What the fundamental model lacks; empty where nothing."""
    if len(rows) < _LEAST_NAMES:
        return f"{counted(len(rows), 'name')}, and the fundamental model needs {_LEAST_NAMES}"
    if periods < _LEAST_PERIODS:
        return f"{counted(periods, 'return')}, and the fundamental model needs {_LEAST_PERIODS}"
    known = float(np.mean([row.market_cap is not None and bool(row.sector) for row in rows]))
    if known < _NEARLY_ALL:
        return f"market_cap and sector stand for {known:.0%} of the names, and the fundamental model needs 95%"
    return ""
