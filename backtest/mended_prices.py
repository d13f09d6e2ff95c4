"""Returns that no price can have made, taken out of prices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from backtest.market import Market

__all__ = ["mended_prices"]


def mended_prices(market: Market, repairs: pd.DataFrame) -> Market:
    """Take returns out of a market: everything before such a day is rescaled, as for a split that was not booked.

    The day's return becomes zero; prices and dividends a share before it are multiplied by one plus the return.

    Parameters
    ----------
    market : Market
    repairs : DataFrame
        `date` and `asset` of each return, as `risk.evaluate.History.repairs`; days and names that the market has not
        are passed over, and so are days without a return.

    Returns
    -------
    Market
    """
    rows = market.calendar.get_indexer(pd.DatetimeIndex(repairs["date"]))
    columns = market.assets.get_indexer(pd.Index(repairs["asset"]))
    values = market.returns.to_numpy(dtype=float, na_value=np.nan, copy=True)
    scale = np.ones(values.shape)
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        taken = values[row, column] if row >= 0 and column >= 0 else np.nan
        if taken > -1:
            scale[:row, column] *= 1 + taken
            values[row, column] = 0.0
    dividends = market.dividends
    if dividends is not None:
        dividends = dividends * scale[market.calendar.get_indexer(dividends.index, "ffill")]
    return replace(
        market,
        prices=market.prices * scale,
        returns=pd.DataFrame(values, index=market.calendar, columns=market.assets),
        dividends=dividends,
    )
