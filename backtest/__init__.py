"""What would have happened: markets, sleeves, strategies and studies of many vintages."""

from backtest.calendar_years import CalendarYear, full_years
from backtest.cap_bands import CapBands
from backtest.cash_dividends import cash_dividends
from backtest.coverage import coverage
from backtest.defects import defects
from backtest.delisting_returns import no_delistings, with_delisting_returns
from backtest.market import Market
from backtest.market_actions import ACTION_COLUMNS, ActionKind, action_faults
from backtest.mended_prices import mended_prices
from backtest.name_turnover import name_turnover
from backtest.reconstitution import ANNUAL, QUARTERLY, reconstitution_closes
from backtest.sleeve import CapSegment, MemberRule, MembershipList, Sleeve
from backtest.sleeve_index import SleeveIndex, sleeve_index, sleeve_indices
from backtest.standard_sleeves import listed_sleeves, standard_sleeves
from backtest.style import Style, value_share
from backtest.total_returns import total_returns

__all__ = [
    "ACTION_COLUMNS",
    "ANNUAL",
    "QUARTERLY",
    "ActionKind",
    "CalendarYear",
    "CapBands",
    "CapSegment",
    "Market",
    "MemberRule",
    "MembershipList",
    "Sleeve",
    "SleeveIndex",
    "Style",
    "action_faults",
    "cash_dividends",
    "coverage",
    "defects",
    "full_years",
    "listed_sleeves",
    "mended_prices",
    "name_turnover",
    "no_delistings",
    "reconstitution_closes",
    "sleeve_index",
    "sleeve_indices",
    "standard_sleeves",
    "total_returns",
    "value_share",
    "with_delisting_returns",
]
