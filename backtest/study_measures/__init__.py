"""What a study's runs come to: measures of each, tables over all, intervals that know that vintages overlap."""

from backtest.study_measures.bands import BANDS, Band, bands
from backtest.study_measures.bootstrap import Resampling
from backtest.study_measures.contributions import run_contributions
from backtest.study_measures.differences import difference, differences
from backtest.study_measures.distributions import cause_means, distribution, year_means
from backtest.study_measures.exhibit_5 import cause_totals, exhibit_5
from backtest.study_measures.frontier import frontier
from backtest.study_measures.measures import MEASURES, POOLED, Measure, measure
from backtest.study_measures.no_outside_gains import WithoutOutsideGains, without_outside_gains
from backtest.study_measures.pooled import independent_periods, paired_difference, pooled_means
from backtest.study_measures.prepared import Prepared, prepare
from backtest.study_measures.published import PUBLISHED, Published, published
from backtest.study_measures.record import RunName, RunRecord
from backtest.study_measures.returns import Returns, returns_of
from backtest.study_measures.runs import Choices, MeasuredRuns, measured_runs, ranked_settings, ranked_strategies
from backtest.study_measures.summary import run_summary
from backtest.study_measures.sweep import sweep
from backtest.study_measures.tables import StudyTables, study_tables
from backtest.study_measures.terms import Terms, tax_effects
from backtest.study_measures.timeline import Timeline, timeline
from backtest.study_measures.years import run_years

__all__ = [
    "BANDS",
    "MEASURES",
    "POOLED",
    "PUBLISHED",
    "Band",
    "Choices",
    "Measure",
    "MeasuredRuns",
    "Prepared",
    "Published",
    "Resampling",
    "Returns",
    "RunName",
    "RunRecord",
    "StudyTables",
    "Terms",
    "Timeline",
    "WithoutOutsideGains",
    "bands",
    "cause_means",
    "cause_totals",
    "difference",
    "differences",
    "distribution",
    "exhibit_5",
    "frontier",
    "independent_periods",
    "measure",
    "measured_runs",
    "paired_difference",
    "pooled_means",
    "prepare",
    "published",
    "ranked_settings",
    "ranked_strategies",
    "returns_of",
    "run_contributions",
    "run_summary",
    "run_years",
    "study_tables",
    "sweep",
    "tax_effects",
    "timeline",
    "without_outside_gains",
    "year_means",
]
