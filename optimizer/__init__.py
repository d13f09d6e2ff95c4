"""What to trade now: an account, a mandate and a risk model in, a checked trade list out."""

from optimizer.account import Account, Restriction, Securities
from optimizer.check import TOLERANCE, Check, check_trades
from optimizer.costs import Costs
from optimizer.limits import (
    ActiveWeightLimit,
    BetaActiveLimit,
    CashLimit,
    End,
    FactorActiveLimit,
    Inequality,
    Limit,
    LinearLimit,
    LiquidityLimit,
    LossPerNameLimit,
    NetGainLimit,
    NetLongGainLimit,
    NetShortGainLimit,
    Reading,
    RealizedGainLimit,
    RealizedLongGainLimit,
    RealizedShortGainLimit,
    Rows,
    SectorActiveLimit,
    TrackingErrorLimit,
    TurnoverLimit,
    Variables,
)
from optimizer.mandate import Mandate
from optimizer.outcome import Outcome
from optimizer.problem import Problem
from optimizer.rebalance import Certificate, Rebalance, rebalance
from optimizer.trade_list import TRADE_COLUMNS, lots_after, orders
from optimizer.valuation import Valuation, alpha_value, realised, risk_penalty, tax_value, valuation

__all__ = [
    "TOLERANCE",
    "TRADE_COLUMNS",
    "Account",
    "ActiveWeightLimit",
    "BetaActiveLimit",
    "CashLimit",
    "Certificate",
    "Check",
    "Costs",
    "End",
    "FactorActiveLimit",
    "Inequality",
    "Limit",
    "LinearLimit",
    "LiquidityLimit",
    "LossPerNameLimit",
    "Mandate",
    "NetGainLimit",
    "NetLongGainLimit",
    "NetShortGainLimit",
    "Outcome",
    "Problem",
    "Reading",
    "RealizedGainLimit",
    "RealizedLongGainLimit",
    "RealizedShortGainLimit",
    "Rebalance",
    "Restriction",
    "Rows",
    "SectorActiveLimit",
    "Securities",
    "TrackingErrorLimit",
    "TurnoverLimit",
    "Valuation",
    "Variables",
    "alpha_value",
    "check_trades",
    "lots_after",
    "orders",
    "realised",
    "rebalance",
    "risk_penalty",
    "tax_value",
    "valuation",
]
