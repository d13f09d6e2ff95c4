"""A market as arrays that a vintage is carried along."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.cash_dividends import cash_dividends
from backtest.market import Market

__all__ = ["Tape", "month_ends"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Tape:
    """Arrays (T, N) of a market; every row is what was known at that close.

    Parameters
    ----------
    market : Market
    last_price : array
        Last close there was; NaN before the first.
    dividends : array
        Cash a share on the ex-day.
    payout : array
        Cash a share to holders of a name that has left at this close: the last price with its delisting return, where
        one is known.
    """

    market: Market
    last_price: Floats
    dividends: Floats
    payout: Floats

    @classmethod
    def of(cls, market: Market) -> Tape:
        """Lay out a market; may be shared by all its vintages."""
        prices = market.prices
        last = prices.ffill().to_numpy(dtype=float)
        earned = np.where(prices.isna(), market.returns.to_numpy(dtype=float, na_value=np.nan), np.nan)
        payout = last * (1 + np.nan_to_num(earned))
        return cls(market, last, cash_dividends(market).to_numpy(dtype=float), payout)

    def positions(self, names: list[str]) -> NDArray[np.intp]:
        """Columns of these names."""
        columns: NDArray[np.intp] = self.market.assets.get_indexer(pd.Index(names, dtype=object))
        return columns


def month_ends(calendar: pd.DatetimeIndex) -> NDArray[np.intp]:
    """Rows of the last trading day of each month that another month follows."""
    months = calendar.to_period("M")
    return np.flatnonzero(months[1:] != months[:-1])
