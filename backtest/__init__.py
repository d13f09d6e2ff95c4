"""What would have happened: markets, sleeves, strategies and studies of many vintages."""

from backtest.delisting_returns import with_delisting_returns
from backtest.market import Market

__all__ = ["Market", "with_delisting_returns"]
