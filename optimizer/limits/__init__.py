"""Every limit that a mandate can have, each a small object of its own."""

from optimizer.limits.active_weight import ActiveWeightLimit
from optimizer.limits.base import End, Inequality, Limit, LinearLimit, Rows, Variables
from optimizer.limits.beta import BetaActiveLimit
from optimizer.limits.cash import CashLimit
from optimizer.limits.coefficients import Coefficients
from optimizer.limits.exposure import FactorActiveLimit, SectorActiveLimit
from optimizer.limits.liquidity import LiquidityLimit
from optimizer.limits.loss_per_name import LossPerNameLimit
from optimizer.limits.offsets import HarvestOffsetsLimit
from optimizer.limits.readings import Reading, Readings
from optimizer.limits.realized_gain import (
    NetGainLimit,
    NetLongGainLimit,
    NetShortGainLimit,
    RealizedGainLimit,
    RealizedLongGainLimit,
    RealizedShortGainLimit,
)
from optimizer.limits.soft import SoftLimit, SoftLinearLimit, soft
from optimizer.limits.tracking_error import TrackingErrorLimit
from optimizer.limits.turnover import TurnoverLimit

__all__ = [
    "ActiveWeightLimit",
    "BetaActiveLimit",
    "CashLimit",
    "Coefficients",
    "End",
    "FactorActiveLimit",
    "HarvestOffsetsLimit",
    "Inequality",
    "Limit",
    "LinearLimit",
    "LiquidityLimit",
    "LossPerNameLimit",
    "NetGainLimit",
    "NetLongGainLimit",
    "NetShortGainLimit",
    "Reading",
    "Readings",
    "RealizedGainLimit",
    "RealizedLongGainLimit",
    "RealizedShortGainLimit",
    "Rows",
    "SectorActiveLimit",
    "SoftLimit",
    "SoftLinearLimit",
    "TrackingErrorLimit",
    "TurnoverLimit",
    "Variables",
    "soft",
]
