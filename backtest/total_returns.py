"""Total returns of total-return closes, as a holder had them."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["GAP_PERIODS", "total_returns"]

# A stock without a price for so many periods in a row is no longer there: an index drops it, and a later price under
# the same name is a new beginning.
GAP_PERIODS = {"daily": 5, "weekly": 2, "monthly": 1}


def total_returns(
    closes: pd.DataFrame, frequency: str = "daily", dividends: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Simple returns from one close to the next that there is.

    Unlike `risk.simple_returns`, where a gap is no observation, the return over a short gap stands on the day of the
    next price: whoever held the stock earned it. With D the dividends since the price before,
    r(t) = (P(t) + D) / P(before) - 1.

    Parameters
    ----------
    closes : DataFrame (T, N)
        Closes, NaN where there is none; total-return closes where `dividends` is left out.
    frequency : str
        Sets how many periods without a price end a name's history (`GAP_PERIODS`).
    dividends : DataFrame, optional
        Cash per share by day and asset.

    Returns
    -------
    DataFrame (T, N)
        NaN on days without a price, on a name's first day and on the first day after a longer gap.
    """
    values = closes.to_numpy(dtype=float, na_value=np.nan)
    paid = np.zeros(values.shape)
    if dividends is not None:
        paid = dividends.reindex(index=closes.index, columns=closes.columns).fillna(0.0).to_numpy(dtype=float)
    returns = np.full(values.shape, np.nan)
    held = np.zeros(values.shape[1])
    last = np.full(values.shape[1], np.nan)
    missing = np.zeros(values.shape[1], dtype=int)
    for row, today in enumerate(values):
        priced = np.isfinite(today)
        held += paid[row]
        returns[row] = (today + held) / last - 1
        missing = np.where(priced, 0, missing + 1)
        held = np.where(priced, 0.0, held)
        last = np.where(priced, today, np.where(missing >= GAP_PERIODS[frequency], np.nan, last))
    return pd.DataFrame(returns, index=closes.index, columns=closes.columns)
