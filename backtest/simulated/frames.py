"""From a run to a market: places become names, arrays become frames."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.market import Market
from backtest.simulated.history import ALIVE, History
from backtest.simulated.sectors import SECTORS
from backtest.simulated.trading_days import TradingDays

__all__ = ["market_of_history"]

Floats = NDArray[np.float64]
_NOTES = (
    "Simulated by taxsleeve.SimulatedMarket: no company, price or date of an event is real; only the exchange's "
    "sessions are. Prices are adjusted for splits (none is simulated), dividends are paid in cash."
)


def market_of_history(history: History, days: TradingDays, name: str) -> Market:
    """Make the frames of `Market`.

    Parameters
    ----------
    history : History
    days : TradingDays
    name : str
        Of the market.
    """
    T, A = len(days.dates), len(history.places)
    assets = pd.Index([f"S{number + 1:05d}" for number in range(A)], name="asset", dtype=object)
    gone = sorted(asset for asset in history.delisting_returns if history.last_days[asset] < T - 1)
    last = [T - 1 if day == ALIVE else min(day, T - 1) for day in history.last_days]
    returns = _by_asset(history.returns, history, last, 1)
    for asset in gone:
        returns[asset, last[asset] + 1] = history.delisting_returns[asset]
    prices = _by_asset(history.prices, history, last, 0)
    dividends = np.zeros((A, T))
    for asset_of, day_of, cash in history.payments:
        dividends[asset_of, day_of] = cash
    month_ends = days.dates[np.concatenate([[0], days.month_starts[1:] - 1])]
    return Market(
        name=name,
        prices=_frame(prices, days.dates, assets),
        returns=_frame(returns, days.dates, assets),
        caps=_frame(_monthly(history.caps, history, A), month_ends, assets),
        securities=_securities(history, assets),
        book_to_price=_frame(_monthly(np.exp(history.log_book_to_price), history, A), month_ends, assets),
        dividends=_frame(dividends, days.dates, assets),
        adv=_frame(_monthly(history.volumes, history, A), month_ends, assets),
        delistings=_delistings(history, assets, days, gone),
        notes=_NOTES,
    )


def _by_asset(values: Floats, history: History, last: list[int], skip: int) -> Floats:
    """Rows of names (A, T), NaN outside a name's life and on its first `skip` days."""
    by_place = np.ascontiguousarray(values.T)
    out = np.full((len(last), len(values)), np.nan)
    for asset, (place, first, end) in enumerate(zip(history.places, history.first_days, last, strict=True)):
        out[asset, first + skip : end + 1] = by_place[place, first + skip : end + 1]
    return out


def _monthly(values: Floats, history: History, A: int) -> Floats:
    out = np.full((A, len(values)), np.nan)
    months, places = np.nonzero(history.asset > ALIVE)
    out[history.asset[months, places], months] = values[months, places]
    return out


def _frame(by_asset: Floats, dates: pd.DatetimeIndex, assets: pd.Index[str]) -> pd.DataFrame:
    # Names in rows, transposed without a copy, is how pandas keeps columns itself.
    return pd.DataFrame(by_asset.T, index=dates, columns=assets, copy=False)


def _securities(history: History, assets: pd.Index[str]) -> pd.DataFrame:
    names = [f"Simulated company {number + 1}" for number in range(len(assets))]
    sectors = [SECTORS[sector].name for sector in history.sectors]
    return pd.DataFrame({"name": names, "sector": sectors, "group": assets.to_numpy()}, index=assets)


def _delistings(history: History, assets: pd.Index[str], days: TradingDays, gone: list[int]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "asset": assets[gone].to_numpy(dtype=object),
            "date": days.dates[[history.last_days[asset] + 1 for asset in gone]],
            "return": np.array([history.delisting_returns[asset] for asset in gone], dtype=np.float64),
        }
    )
