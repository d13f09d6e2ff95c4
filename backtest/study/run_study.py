"""Run what a study lacks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from backtest.market import Market
from backtest.sleeve import Sleeve
from backtest.sleeve_index import SleeveIndex, sleeve_index
from backtest.study.capitalisation import capitalisation_facts
from backtest.study.executors import Executor, LocalExecutor
from backtest.study.perform import Failure, RunTask, lost_run, perform
from backtest.study.plan import StudyPlan
from backtest.study.rated_names import rated_names
from backtest.study.risk_cache import RiskCache
from backtest.study.risk_models import DatedModels, ModelPlan, fit_models
from backtest.study.risk_recipe import RiskRecipe
from backtest.study.run_key import RunKey
from backtest.study.store import RunStore
from backtest.study.study import MarketFacts, Study
from backtest.study.vintage_dates import model_dates
from backtest.vintage.frequency import Frequency
from backtest.vintage.settings import VintageSettings
from backtest.vintage.tape import Tape, vintage_tape
from risk.evaluate import History
from taxsleeve_errors import InputError, TaxsleeveError

__all__ = ["RiskModels", "run_study"]

Progress = Callable[[str, int, int], None]
RUNNING = "vintages"


@dataclass(frozen=True, eq=False)
class RiskModels:
    """Where a study's risk models come from.

    Parameters
    ----------
    history : History
        What they are fitted on.
    cache : Path
        Folder in which they are kept, for this study and any other.
    recipe : RiskRecipe
    """

    history: History
    cache: Path
    recipe: RiskRecipe = field(default_factory=RiskRecipe)


def run_study(
    market: Market,
    sleeves: Mapping[str, Sleeve],
    plan: StudyPlan,
    store: RunStore,
    risk: RiskModels | None = None,
    *,
    executor: Executor | None = None,
    on_progress: Progress | None = None,
) -> Study:
    """Run every run of a plan that the store has not, each stored as it is finished.

    The same plan gives the same runs, to the last bit, on any number of workers and whatever of it was there before.
    What goes wrong in one run stops no other.

    Parameters
    ----------
    market : Market
    sleeves : mapping of str to Sleeve
        The plan's, by name; runs of a sleeve that is not there fail.
    plan : StudyPlan
    store : RunStore
    risk : RiskModels, optional
        Needed where a strategy needs risk models: they are fitted at month ends on names that were in any of the
        sleeves within a vintage's length before.
    executor : Executor, optional
        By default this process.
    on_progress : callable
        Told the phase, how much of it is done, and of how much; perhaps from another thread.

    Raises
    ------
    InputError
        A strategy needs risk models and there are none.
    """
    executor, on_progress = executor or LocalExecutor(), on_progress or _untold
    if plan.needs_risk and risk is None:
        raise InputError.of("risk", "risk models: a strategy of the study needs them", value=None)
    runs = {key: run for key in plan.run_keys() if (run := store.load(key)) is not None}
    missing = [key for key in plan.run_keys() if key not in runs]
    failed: dict[RunKey, str] = {}
    models = None
    if missing:
        indices, faults = _indices(market, sleeves, plan.sleeves)
        failed = {key: faults[key.sleeve] for key in missing if key.sleeve in faults}
        missing = [key for key in missing if key not in failed]
        if risk is not None and plan.needs_risk and missing:
            models = _models(market, indices, plan, missing, risk, executor, on_progress)
        tasks = _Tasks(market, indices, plan, models)
        for outcome in executor.outcomes(perform, tasks.of(missing, failed), lost_run):
            if isinstance(outcome, Failure):
                failed[outcome.key] = outcome.message
            else:
                store.keep(outcome)
                runs[outcome.key] = outcome
            on_progress(RUNNING, len(runs) + len(failed), len(plan.run_keys()))
    return Study(
        plan=plan,
        market=MarketFacts.of(market),
        runs={key: runs[key] for key in plan.run_keys() if key in runs},
        failed={key: failed[key] for key in plan.run_keys() if key in failed},
        unfitted={} if models is None else dict(sorted(models.failed.items())),
    )


def _untold(phase: str, done: int, total: int) -> None:
    pass


def _indices(
    market: Market, sleeves: Mapping[str, Sleeve], wanted: Iterable[str]
) -> tuple[dict[str, SleeveIndex], dict[str, str]]:
    indices, faults = {}, {}
    for name in wanted:
        try:
            if name not in sleeves:
                raise InputError.of("sleeve", f"one of {', '.join(sleeves)}", value=name)
            indices[name] = sleeve_index(market, sleeves[name])
        except TaxsleeveError as error:
            faults[name] = str(error)
    return indices, faults


def _models(
    market: Market,
    indices: Mapping[str, SleeveIndex],
    plan: StudyPlan,
    keys: Sequence[RunKey],
    risk: RiskModels,
    executor: Executor,
    on_progress: Progress,
) -> DatedModels:
    wanted: set[pd.Timestamp] = set()
    for vintage in {key.funded: key for key in keys}.values():
        terms = plan.terms(vintage, market.calendar)
        wanted |= {*model_dates(market.calendar, terms.funded, terms.until)}
    model_plan = ModelPlan(
        risk.history,
        risk.recipe,
        lambda date: rated_names(indices.values(), date, plan.years),
        RiskCache(risk.cache),
    )
    return fit_models(model_plan, sorted(wanted), executor, on_progress)


class _Tasks:
    """Makes the tasks of runs, one tape for all that share a vintage of a sleeve."""

    def __init__(
        self, market: Market, indices: Mapping[str, SleeveIndex], plan: StudyPlan, models: DatedModels | None
    ) -> None:
        self._market, self._indices, self._plan, self._models = market, indices, plan, models
        self._cut: tuple[tuple[str, dt.date, Frequency], Tape] | None = None

    def of(self, keys: Sequence[RunKey], failed: dict[RunKey, str]) -> Iterator[RunTask]:
        """Tasks of runs; those that cannot even begin are put with what failed."""
        for key in keys:
            try:
                yield self._task(key)
            except TaxsleeveError as error:
                failed[key] = str(error)

    def _task(self, key: RunKey) -> RunTask:
        plan = self._plan
        terms = plan.terms(key, self._market.calendar)
        models = None if self._models is None else self._models.between(_before(terms), terms.until)
        strategy, facts = plan.strategy(key), plan.settings[key.setting].facts.get(key.strategy, {})
        worth = capitalisation_facts(self._indices[key.sleeve], pd.Timestamp(key.funded))
        return RunTask(key, self._tape(key, terms), strategy, terms, plan.years, models, {**facts, **worth})

    def _tape(self, key: RunKey, terms: VintageSettings) -> Tape:
        wanted = (key.sleeve, key.funded, terms.frequency)
        if self._cut is None or self._cut[0] != wanted:
            self._cut = None
            self._cut = wanted, vintage_tape(self._indices[key.sleeve], terms)
        return self._cut[1]


def _before(terms: VintageSettings) -> dt.date:
    # A month end up to funding may lie a month back.
    return (pd.Timestamp(terms.funded) - pd.DateOffset(months=1)).date()
