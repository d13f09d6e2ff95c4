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
from optimizer.mandate import Mandate
from optimizer.netting import Region, regions
from optimizer.outcome import Outcome
from optimizer.problem import Problem
from optimizer.rebalance import Certificate, Rebalance, rebalance
from optimizer.trade_list import TRADE_COLUMNS, lots_after, orders
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
    "Costs",
    "Deferral",
    "End",
    "FactorActiveLimit",
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
    "Problem",
    "Reading",
    "RealizedGainLimit",
    "RealizedLongGainLimit",
    "RealizedShortGainLimit",
    "Rebalance",
    "Region",
    "Restriction",
    "Rows",
    "SectorActiveLimit",
    "Securities",
    "SoftLimit",
    "SoftLinearLimit",
    "TrackingErrorLimit",
    "TurnoverLimit",
    "Valuation",
    "Variables",
    "YearToDate",
    "alpha_value",
    "check_trades",
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
