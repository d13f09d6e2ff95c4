"""From prices to returns."""

from __future__ import annotations

import numpy as np
import pandas as pd

from taxsleeve_errors import RiskModelError

__all__ = ["simple_returns"]


def simple_returns(prices: pd.DataFrame) -> pd.DataFrame:
    """Simple returns of one period, r(t) = p(t) / p(t-1) - 1.

    Parameters
    ----------
    prices : DataFrame of shape (T, N)
        Total-return closes by date and asset; missing where an asset was not priced.

    Returns
    -------
    DataFrame of shape (T - 1, N)
        Missing wherever either price is: a gap is not a zero return.

    Raises
    ------
    RiskModelError
        Dates repeat or are not in order, or a price is not positive.
    """
    if not prices.index.is_monotonic_increasing or prices.index.has_duplicates:
        raise RiskModelError("prices: dates must rise and stand once each; sort them and drop the duplicates")
    values = prices.to_numpy(dtype=float, na_value=np.nan)
    bad = values <= 0
    if bad.any():
        row, column = map(int, np.argwhere(bad)[0])
        raise RiskModelError(
            f"prices of {prices.columns[column]} on {prices.index[row]}: {values[row, column]}, expected > 0"
        )
    returns = values[1:] / values[:-1] - 1
    return pd.DataFrame(returns, index=prices.index[1:], columns=prices.columns)
