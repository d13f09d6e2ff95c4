"""One account through history: funded, rebalanced, every lot and every dollar accounted for."""

from backtest.vintage.allocation import Relief
from backtest.vintage.flows import Flows
from backtest.vintage.frequency import Frequency
from backtest.vintage.leavers import LeaverTolerance
from backtest.vintage.optimized import OptimizedHarvest
from backtest.vintage.passive import PassiveReplication
from backtest.vintage.perfect import PerfectHarvest
from backtest.vintage.result import Held, VintageResult
from backtest.vintage.risk_source import FittedRisk, RiskSource, TrailingUniverse, fundamental, statistical
from backtest.vintage.run import run_tape, run_vintage
from backtest.vintage.sales import CAUSES
from backtest.vintage.settings import TaxSettlement, VintageSettings
from backtest.vintage.strategy import Decision, Situation, Strategy
from backtest.vintage.tape import Tape, vintage_tape
from backtest.vintage.threshold import ThresholdHarvest

__all__ = [
    "CAUSES",
    "Decision",
    "FittedRisk",
    "Flows",
    "Frequency",
    "Held",
    "LeaverTolerance",
    "OptimizedHarvest",
    "PassiveReplication",
    "PerfectHarvest",
    "Relief",
    "RiskSource",
    "Situation",
    "Strategy",
    "Tape",
    "TaxSettlement",
    "ThresholdHarvest",
    "TrailingUniverse",
    "VintageResult",
    "VintageSettings",
    "fundamental",
    "run_tape",
    "run_vintage",
    "statistical",
    "vintage_tape",
]
