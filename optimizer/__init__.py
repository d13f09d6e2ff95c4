"""What to trade now: an account, a mandate and a risk model in, a checked trade list out."""

from optimizer.account import Account, Restriction, Securities
from optimizer.check import TOLERANCE, Check, check_trades
from optimizer.costs import Costs
from optimizer.frontier import Frontier, FrontierPoint, frontier
from optimizer.infeasible import Diagnosis, Relaxation, Setting, ShareAdvice, diagnose
from optimizer.limit_words import dollars, limit_amount, limit_reading, limit_title, limit_value
from optimizer.limits import (
    ActiveWeightLimit,
    BetaActiveLimit,
    CashLimit,
    Coefficients,
    End,
    FactorActiveLimit,
    HarvestOffsetsLimit,
    Inequality,
    Limit,
    LinearLimit,
    LiquidityLimit,
    LossPerNameLimit,
    NetGainLimit,
    NetLongGainLimit,
    NetShortGainLimit,
    Reading,
    Readings,
    RealizedGainLimit,
    RealizedLongGainLimit,
    RealizedShortGainLimit,
    Rows,
    SectorActiveLimit,
    SoftLimit,
    SoftLinearLimit,
    TrackingErrorLimit,
    TurnoverLimit,
    Variables,
    soft,
)
from optimizer.lots_after import lots_after
from optimizer.mandate import Mandate, PartlyWashed
from optimizer.netting import Region, regions
from optimizer.outcome import Outcome, allowed_gains
from optimizer.problem import Problem
from optimizer.rebalance import Certificate, Rebalance, rebalance
from optimizer.trade_columns import TRADE_COLUMNS, TradeColumns
from optimizer.trade_list import orders
from optimizer.transition import TRANSITION_RISK_AVERSION, transition
from optimizer.valuation import Valuation, alpha_value, realised, risk_penalty, tax_value, valuation
from optimizer.year_to_date import Deferral, YearToDate

__all__ = [
    "TOLERANCE",
    "TRADE_COLUMNS",
    "TRANSITION_RISK_AVERSION",
    "Account",
    "ActiveWeightLimit",
    "BetaActiveLimit",
    "CashLimit",
    "Certificate",
    "Check",
    "Coefficients",
    "Costs",
    "Deferral",
    "Diagnosis",
    "End",
    "FactorActiveLimit",
    "Frontier",
    "FrontierPoint",
    "HarvestOffsetsLimit",
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
    "PartlyWashed",
    "Problem",
    "Reading",
    "Readings",
    "RealizedGainLimit",
    "RealizedLongGainLimit",
    "RealizedShortGainLimit",
    "Rebalance",
    "Region",
    "Relaxation",
    "Restriction",
    "Rows",
    "SectorActiveLimit",
    "Securities",
    "Setting",
    "ShareAdvice",
    "SoftLimit",
    "SoftLinearLimit",
    "TrackingErrorLimit",
    "TradeColumns",
    "TurnoverLimit",
    "Valuation",
    "Variables",
    "YearToDate",
    "allowed_gains",
    "alpha_value",
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
    "regions",
    "risk_penalty",
    "soft",
    "tax_value",
    "transition",
    "valuation",
]
