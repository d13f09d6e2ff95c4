"""Cash that a share paid out."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.market import Market

__all__ = ["cash_dividends", "dividend_cells"]

Floats = NDArray[np.float64]
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
    return pd.DataFrame(dividend_cells(market), index=market.calendar, columns=market.assets)


def dividend_cells(market: Market, days: slice = slice(None), columns: NDArray[np.intp] | None = None) -> Floats:
    """Cut some days and assets out of `cash_dividends`, without working out the rest.

    Parameters
    ----------
    market : Market
    days : slice
        Rows of the calendar, from one to another without a step; all by default.
    columns : array of int, optional
        Assets by position; all by default.

    Returns
    -------
    array (D, N)
    """
    names = np.arange(len(market.assets)) if columns is None else columns
    start, end, _ = days.indices(len(market.calendar))
    if market.prices_include_dividends or end <= start:
        return np.zeros((end - start, len(names)))
    if market.dividends is not None:
        return _listed(market.dividends, market.calendar[start:end], names)
    before = max(start - 1, 0)
    prices = market.prices.to_numpy(dtype=float)[before:end][:, names]
    returns = market.returns.to_numpy(dtype=float)[before:end][:, names]
    paid = np.zeros(prices.shape)
    more = returns[1:] - (prices[1:] / prices[:-1] - 1)
    paid[1:] = np.where(more > _LEAST_YIELD, more, 0.0) * np.nan_to_num(prices[:-1])
    return np.where(_acting(market, start, end)[:, names], 0.0, paid[start - before :])


def _listed(dividends: pd.DataFrame, days: pd.DatetimeIndex, names: NDArray[np.intp]) -> Floats:
    """Cut a table of dividends, shape (D, N), zero where it says nothing."""
    row = dividends.index.get_indexer(days)
    by_name = dividends.to_numpy(dtype=float).T
    whole = row[0] >= 0 and (np.diff(row) == 1).all()
    paid = by_name[names, row[0] : row[-1] + 1] if whole else by_name[np.ix_(names, row)]
    paid[np.isnan(paid) | (row < 0)] = 0.0
    # Each name's days together, as pandas lays tables out: the order in which sums are added up depends on it.
    return np.asarray(paid.T, order="F")


def _acting(market: Market, start: int, end: int) -> NDArray[np.bool_]:
    """Cells (D, N) of corporate actions, whose returns are no dividends."""
    cells = np.zeros((end - start, len(market.assets)), dtype=bool)
    if market.actions is not None:
        day = market.calendar.searchsorted(pd.DatetimeIndex(market.actions["date"])) - start
        inside = (day >= 0) & (day < end - start)
        name = market.assets.get_indexer(pd.Index(market.actions["asset"], dtype=object))
        cells[day[inside], name[inside]] = True
    return cells
