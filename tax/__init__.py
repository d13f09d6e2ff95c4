"""What the tax law says: lots, holding periods, rates and wash-sale windows.

Nothing here knows of risk models or optimizers; nothing of tax law stands anywhere else.
"""

from tax.brackets import Brackets, federal_brackets
from tax.holding_period import is_long_term, long_term_from
from tax.lots import Lots
from tax.rates import TaxRates
from tax.trade_history import TradeHistory
from tax.wash_locks import WASH_DAYS, BuyLock, LossSaleLock, WashLocks, wash_locks

__all__ = [
    "WASH_DAYS",
    "Brackets",
    "BuyLock",
    "LossSaleLock",
    "Lots",
    "TaxRates",
    "TradeHistory",
    "WashLocks",
    "federal_brackets",
    "is_long_term",
    "long_term_from",
    "wash_locks",
]
