"""What the tax law says: lots, holding periods, rates and wash-sale windows.

Nothing here knows of risk models or optimizers; nothing of tax law stands anywhere else.
"""

from tax.accounts import Account, AccountKind
from tax.batch_washes import BatchWash, batch_washes, recent_purchases
from tax.brackets import Brackets, federal_brackets
from tax.coded_text import CodedText, RowWords, Vocabulary
from tax.corporate_actions import (
    CashAndStockMerger,
    CashInLieu,
    CashMerger,
    ReturnOfCapital,
    SpinOff,
    Split,
    StockMerger,
    TaxableStockMerger,
)
from tax.deadlines import TurningLot, turning_long_term
from tax.events import Buy, Dividend, Event, GiftIn, ReinvestedDividend, Sell, TransferInKind
from tax.federal_tax import FederalTax, capital_gain_tax, federal_income_tax, net_investment_income_tax, ordinary_tax
from tax.form_8949 import Form8949, Form8949Row, RealizedSale, fill_form_8949
from tax.holding_period import is_long_term, long_term_from
from tax.household_windows import household_locks, last_prices, turning_lots
from tax.ledger import Ledger
from tax.lock_flags import LockFlags, Purchases, lock_flags
from tax.loss_use import LossUse, rates_of
from tax.lot_arrays import LotArrays, LotBookSales
from tax.lot_book import LotBook
from tax.lot_relief import (
    FirstInFirstOut,
    HighestBasisFirst,
    LastInFirstOut,
    LeastTax,
    LossHarvest,
    LotRelief,
    LowestBasisFirst,
    SpecificIdentification,
)
from tax.lots import Lots
from tax.money import cents
from tax.netting import NetGains, YearGains, capital_loss_limit, carry_forward, net_gains
from tax.partly_washed import unpriced_washes
from tax.qualified_dividends import DividendLot, DividendSplit, days_in_window, is_qualified, split_dividend
from tax.rates import TaxRates
from tax.replayed_washes import replayed_washes
from tax.schedule_d import ScheduleD, fill_schedule_d
from tax.statement import DividendRow, LedgerLot, LedgerSale, PendingWash, Statement, WashSale
from tax.trade_history import TradeHistory
from tax.wash_locks import WASH_DAYS, BuyLock, LossSaleLock, WashLocks, wash_locks
from tax.wash_pairs import washed_pairs
from tax.wash_policy import WashPolicy

__all__ = [
    "WASH_DAYS",
    "Account",
    "AccountKind",
    "BatchWash",
    "Brackets",
    "Buy",
    "BuyLock",
    "CashAndStockMerger",
    "CashInLieu",
    "CashMerger",
    "CodedText",
    "Dividend",
    "DividendLot",
    "DividendRow",
    "DividendSplit",
    "Event",
    "FederalTax",
    "FirstInFirstOut",
    "Form8949",
    "Form8949Row",
    "GiftIn",
    "HighestBasisFirst",
    "LastInFirstOut",
    "LeastTax",
    "Ledger",
    "LedgerLot",
    "LedgerSale",
    "LockFlags",
    "LossHarvest",
    "LossSaleLock",
    "LossUse",
    "LotArrays",
    "LotBook",
    "LotBookSales",
    "LotRelief",
    "Lots",
    "LowestBasisFirst",
    "NetGains",
    "PendingWash",
    "Purchases",
    "RealizedSale",
    "ReinvestedDividend",
    "ReturnOfCapital",
    "RowWords",
    "ScheduleD",
    "Sell",
    "SpecificIdentification",
    "SpinOff",
    "Split",
    "Statement",
    "StockMerger",
    "TaxRates",
    "TaxableStockMerger",
    "TradeHistory",
    "TransferInKind",
    "TurningLot",
    "Vocabulary",
    "WashLocks",
    "WashPolicy",
    "WashSale",
    "YearGains",
    "batch_washes",
    "capital_gain_tax",
    "capital_loss_limit",
    "carry_forward",
    "cents",
    "days_in_window",
    "federal_brackets",
    "federal_income_tax",
    "fill_form_8949",
    "fill_schedule_d",
    "household_locks",
    "is_long_term",
    "is_qualified",
    "last_prices",
    "lock_flags",
    "long_term_from",
    "net_gains",
    "net_investment_income_tax",
    "ordinary_tax",
    "rates_of",
    "recent_purchases",
    "replayed_washes",
    "split_dividend",
    "turning_long_term",
    "turning_lots",
    "unpriced_washes",
    "wash_locks",
    "washed_pairs",
]
