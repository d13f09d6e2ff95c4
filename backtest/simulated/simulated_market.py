"""The embedded market: seeded, calibrated, and there on a machine without any data."""

from __future__ import annotations

from dataclasses import dataclass

from backtest.market import Market
from backtest.simulated.frames import market_of_history
from backtest.simulated.history import run
from backtest.simulated.specification import MarketSpecification
from backtest.simulated.trading_days import trading_days

__all__ = ["SimulatedMarket"]


@dataclass(frozen=True)
class SimulatedMarket(MarketSpecification):
    """A market of US-like large, mid and small companies, drawn from a seed; its fields are `MarketSpecification`'s."""

    def simulate(self) -> Market:
        """Draw the market; the same fields give the same bytes, on any number of threads.

        Returns
        -------
        Market
            Daily prices, total returns and dividends on the sessions of the New York Stock Exchange;
            capitalisations, book-to-price and average volumes at month ends; sectors and delistings.
        """
        days = trading_days(self.start, self.years)
        return market_of_history(run(self, days), days, f"simulated, seed {self.seed}")
