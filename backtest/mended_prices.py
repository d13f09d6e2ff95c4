"""Returns that no price can have made, taken out of prices."""

from __future__ import annotations

from dataclasses import replace

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
    returns = market.returns.copy()
    scale = pd.DataFrame(1.0, index=market.calendar, columns=market.assets)
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        taken = returns.iloc[row, column] if row >= 0 and column >= 0 else float("nan")
        if taken > -1:
            scale.iloc[:row, column] *= 1 + taken
            returns.iloc[row, column] = 0.0
    dividends = market.dividends
    return replace(
        market,
        prices=market.prices * scale,
        returns=returns,
        dividends=None if dividends is None else dividends * scale.reindex(dividends.index, method="bfill"),
    )
