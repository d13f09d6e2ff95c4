"""What is to be known about a rebalance beyond its trades: pure functions of it, which print nothing."""

from optimizer.explain.left_on_table import LeftOnTable, left_on_table
from optimizer.explain.limit_worths import LimitWorth, limit_worths, no_worths_because
from optimizer.explain.locked_names import LockedName, locked_names
from optimizer.explain.risk_change import risk_by_factor, risk_by_name
from optimizer.explain.turning_long_term import turning_long_term

__all__ = [
    "LeftOnTable",
    "LimitWorth",
    "LockedName",
    "left_on_table",
    "limit_worths",
    "locked_names",
    "no_worths_because",
    "risk_by_factor",
    "risk_by_name",
    "turning_long_term",
]
