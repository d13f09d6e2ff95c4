"""The embedded market: seeded, calibrated, and there on a machine without any data."""

from __future__ import annotations

from backtest.market import Market
from backtest.simulated.frames import market_of_history
from backtest.simulated.history import run
from backtest.simulated.simulated_market import SimulatedMarket
from backtest.simulated.trading_days import trading_days

__all__ = ["simulate"]


def simulate(market: SimulatedMarket) -> Market:
    """Draw a market; the same one gives the same bytes, on any number of threads.

    Parameters
    ----------
    market : SimulatedMarket

    Returns
    -------
    Market
        Daily prices, total returns and dividends on the sessions of the New York Stock Exchange; capitalisations,
        book-to-price and average volumes at month ends; sectors and delistings.
    """
    days = trading_days(market.start, market.years)
    return market_of_history(run(market, days), days, f"simulated, seed {market.seed}")
