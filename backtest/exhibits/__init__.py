"""The exhibits: what large, mid and small caps, value and growth offer to who harvests losses.

Functions of sleeve indices, or of index returns; each gives a tidy frame by year and sleeve.
"""

from backtest.exhibits.asset_years import asset_years
from backtest.exhibits.concentration import concentration
from backtest.exhibits.opportunity_left import opportunity_left
from backtest.exhibits.performance import calendar_year_returns, index_returns, ten_year_periods
from backtest.exhibits.shares_down import shares_down
from backtest.exhibits.style_cycles import style_cycles, style_pairs
from backtest.exhibits.volatility import volatility

__all__ = [
    "asset_years",
    "calendar_year_returns",
    "concentration",
    "index_returns",
    "opportunity_left",
    "shares_down",
    "style_cycles",
    "style_pairs",
    "ten_year_periods",
    "volatility",
]
