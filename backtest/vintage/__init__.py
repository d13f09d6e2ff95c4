"""One account through history: funded in cash, rebalanced every month, every lot and every dollar accounted for."""

from backtest.vintage.optimized import OptimizedHarvest
from backtest.vintage.passive import PassiveReplication
from backtest.vintage.result import Held, VintageResult
from backtest.vintage.risk_source import FittedRisk, RiskSource, fundamental, statistical
from backtest.vintage.run import run_vintage
from backtest.vintage.sales import CAUSES
from backtest.vintage.settings import TaxSettlement, VintageSettings
from backtest.vintage.strategy import Decision, Situation, Strategy
from backtest.vintage.tape import Tape
from backtest.vintage.threshold import ThresholdHarvest

__all__ = [
    "CAUSES",
    "Decision",
    "FittedRisk",
    "Held",
    "OptimizedHarvest",
    "PassiveReplication",
    "RiskSource",
    "Situation",
    "Strategy",
    "Tape",
    "TaxSettlement",
    "ThresholdHarvest",
    "VintageResult",
    "VintageSettings",
    "fundamental",
    "run_vintage",
    "statistical",
]
