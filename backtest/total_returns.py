"""Total returns of total-return closes, as a holder had them."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["GAP_PERIODS", "total_returns"]

# A stock without a price for so many periods in a row is no longer there: an index drops it, and a later price under
# the same name is a new beginning.
GAP_PERIODS = {"daily": 5, "weekly": 2, "monthly": 1}


def total_returns(closes: pd.DataFrame, frequency: str = "daily") -> pd.DataFrame:
    """Simple returns from one close to the next that there is.

    Unlike `risk.simple_returns`, where a gap is no observation, the return over a short gap stands on the day of the
    next price: whoever held the stock earned it.

    Parameters
    ----------
    closes : DataFrame (T, N)
        Total-return closes, NaN where there is none.
    frequency : str
        Sets how many periods without a price end a name's history (`GAP_PERIODS`).

    Returns
    -------
    DataFrame (T, N)
        NaN on days without a price, on a name's first day and on the first day after a longer gap.
    """
    values = closes.to_numpy(dtype=float, na_value=np.nan)
    returns = np.full(values.shape, np.nan)
    last = np.full(values.shape[1], np.nan)
    missing = np.zeros(values.shape[1], dtype=int)
    for row, today in enumerate(values):
        priced = np.isfinite(today)
        returns[row] = today / last - 1
        missing = np.where(priced, 0, missing + 1)
        last = np.where(priced, today, np.where(missing >= GAP_PERIODS[frequency], np.nan, last))
    return pd.DataFrame(returns, index=closes.index, columns=closes.columns)
