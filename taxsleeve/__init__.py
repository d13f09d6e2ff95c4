"""taxsleeve: tax-smart separately managed accounts.

The names that a user needs first; each room (`risk`, `tax`, `optimizer`, `backtest`) has more.
"""

from optimizer import Account, Mandate, Rebalance, Restriction, Securities, check_trades, rebalance
from risk import FactorRisk, StatisticalRiskModel, simple_returns
from tax import Lots, TaxRates, TradeHistory
from taxsleeve.account_folder import AccountFolder, read_account_folder
from taxsleeve_errors import InfeasibleError, InputError, TaxsleeveError

__all__ = [
    "Account",
    "AccountFolder",
    "FactorRisk",
    "InfeasibleError",
    "InputError",
    "Lots",
    "Mandate",
    "Rebalance",
    "Restriction",
    "Securities",
    "StatisticalRiskModel",
    "TaxRates",
    "TaxsleeveError",
    "TradeHistory",
    "check_trades",
    "read_account_folder",
    "rebalance",
    "simple_returns",
]
