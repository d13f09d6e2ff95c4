"""Many vintages: sleeves x start years x strategies x settings, in parallel, stored and resumed."""

from backtest.study.executors import Executor, LocalExecutor
from backtest.study.plan import BASE, StudyPlan, StudySetting
from backtest.study.risk_recipe import RiskRecipe
from backtest.study.run_key import RunKey
from backtest.study.run_study import RiskModels, run_study
from backtest.study.sources import program_digest
from backtest.study.store import MemoryStore, RunStore
from backtest.study.stored_run import StoredRun, stored_run
from backtest.study.study import MarketFacts, Study
from backtest.study.vintage_dates import possible_start_years, vintage_end, vintage_starts

__all__ = [
    "BASE",
    "Executor",
    "LocalExecutor",
    "MarketFacts",
    "MemoryStore",
    "RiskModels",
    "RiskRecipe",
    "RunKey",
    "RunStore",
    "StoredRun",
    "Study",
    "StudyPlan",
    "StudySetting",
    "possible_start_years",
    "program_digest",
    "run_study",
    "stored_run",
    "vintage_end",
    "vintage_starts",
]
