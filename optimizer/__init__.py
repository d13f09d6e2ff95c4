"""What to trade now: an account, a mandate and a risk model in, a checked trade list out."""

from optimizer.account import Account, Restriction, Securities
from optimizer.check import TOLERANCE, Check, check_trades
from optimizer.costs import Costs
from optimizer.frontier import Frontier, FrontierPoint, frontier
from optimizer.infeasible import Diagnosis, Relaxation, Setting, ShareAdvice, diagnose
from optimizer.limit_words import dollars, limit_amount, limit_reading, limit_title, limit_value
from optimizer.limits import (
    ActiveWeightLimit,
    CashLimit,
    End,
    FactorActiveLimit,
    Inequality,
    Limit,
    LinearLimit,
    LossPerNameLimit,
    Reading,
    RealizedGainLimit,
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
from optimizer.valuation import realised, risk_penalty, tax_value

__all__ = [
    "TOLERANCE",
    "TRADE_COLUMNS",
    "Account",
    "ActiveWeightLimit",
    "CashLimit",
    "Certificate",
    "Check",
    "Costs",
    "Diagnosis",
    "End",
    "FactorActiveLimit",
    "Frontier",
    "FrontierPoint",
    "Inequality",
    "Limit",
    "LinearLimit",
    "LossPerNameLimit",
    "Mandate",
    "Outcome",
    "Problem",
    "Reading",
    "RealizedGainLimit",
    "Rebalance",
    "Relaxation",
    "Restriction",
    "Rows",
    "SectorActiveLimit",
    "Securities",
    "Setting",
    "ShareAdvice",
    "TrackingErrorLimit",
    "TurnoverLimit",
    "Variables",
    "check_trades",
    "diagnose",
    "dollars",
    "frontier",
    "limit_amount",
    "limit_reading",
    "limit_title",
    "limit_value",
    "lots_after",
    "orders",
    "realised",
    "rebalance",
    "risk_penalty",
    "tax_value",
]
