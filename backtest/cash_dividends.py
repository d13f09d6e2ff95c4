"""Cash that a share paid out."""

from __future__ import annotations

import numpy as np
import pandas as pd

from backtest.market import Market

__all__ = ["cash_dividends"]

# Below a hundredth of a basis point of the price the difference of two returns is rounding, not cash.
_LEAST_YIELD = 1e-6


def cash_dividends(market: Market) -> pd.DataFrame:
    """Cash per (split-adjusted) share by ex-day and asset, zero where none was paid.

    As the market's own table says; without one, total return less price return times the price before, where both
    are known on consecutive days. Prices that include dividends pay none out.

    Returns
    -------
    DataFrame (T, N)
    """
    if market.prices_include_dividends:
        return pd.DataFrame(0.0, index=market.calendar, columns=market.assets)
    if market.dividends is not None:
        return market.dividends.reindex(index=market.calendar).fillna(0.0)
    prices = market.prices.to_numpy(dtype=float)
    paid = np.zeros(prices.shape)
    more = market.returns.to_numpy(dtype=float)[1:] - (prices[1:] / prices[:-1] - 1)
    paid[1:] = np.where(more > _LEAST_YIELD, more, 0.0) * np.nan_to_num(prices[:-1])
    return pd.DataFrame(paid, index=market.calendar, columns=market.assets)
