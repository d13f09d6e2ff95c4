"""One run of `taxsleeve compare` or `frontier`: market, plan, runs, and the files of the study folder."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from backtest.study import Executor, LocalExecutor, RiskModels, RiskRecipe, Study, program_digest, run_study
from risk import FundamentalRiskModel, StatisticalRiskModel
from taxsleeve.counting import counted
from taxsleeve.output_folder import subfolder
from taxsleeve.run_store import RunFolder
from taxsleeve.study_folder import claim_study_folder
from taxsleeve.study_market import StudyMarket, folder_market, simulated_study_market
from taxsleeve.study_plan import study_plan
from taxsleeve.study_request import StudyRequest, settings_on, simulation_for
from taxsleeve.study_settings import StudySettings, read_study_settings
from taxsleeve_errors import InputError

__all__ = ["StudyRun", "Workforce", "rerun_study", "run_requested"]

Progress = Callable[[str, int, int], None]
# What study.toml calls what a plan calls otherwise.
_KEYS = {"funded": "start_years"}
_MODELS = {"fundamental": FundamentalRiskModel, "statistical": StatisticalRiskModel}


@dataclass(frozen=True)
class Workforce:
    """Who does the work, and where risk models are kept.

    Parameters
    ----------
    workers : int
        Processes of this machine.
    cluster : str or None
        Address of a Dask scheduler, whose workers do it instead.
    cache : Path or None
        None is the folder `models` of the study.
    """

    workers: int = 2
    cluster: str | None = None
    cache: Path | None = None

    def executor(self) -> Executor:
        """Make the executor.

        Raises
        ------
        InputError
            A cluster is asked for and Dask is not installed, or nobody answers at the address.
        """
        if self.cluster is None:
            return LocalExecutor(self.workers)
        try:
            from backtest.study.dask_executor import DaskExecutor
        except ImportError:
            raise InputError.of("--cluster", "Dask: pip install 'taxsleeve[dask]'", value=self.cluster) from None
        executor = DaskExecutor(self.cluster)
        executor.check()
        return executor


@dataclass(frozen=True, eq=False)
class StudyRun:
    """A study that has been run.

    Parameters
    ----------
    study : Study
    settings : StudySettings
    market : StudyMarket
    """

    study: Study
    settings: StudySettings
    market: StudyMarket

    @property
    def data_notes(self) -> tuple[str, ...]:
        """What reports must say of the data."""
        facts = self.study.market
        said = [facts.notes] if facts.notes else []
        if facts.prices_include_dividends:
            said.append("prices include dividends: none is paid out or taxed, and reinvesting them costs nothing")
        if len(self.market.repairs):
            count = counted(len(self.market.repairs), "return")
            said.append(f"taken out of prices: {count} that no price can have made; repairs.csv has all")
        return tuple(said)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What else its owner should know: sleeves cut to scale, risk models that could not be fitted."""
        unfitted = [f"no risk model of {date}: {why}" for date, why in self.study.unfitted.items()]
        return (*self.market.warnings, *unfitted)


def run_requested(
    request: StudyRequest, market: Path | None, out: Path, workforce: Workforce, on_progress: Progress
) -> StudyRun:
    """Run a study as it is asked for on a market folder, or on the simulated market.

    Raises
    ------
    InputError
        The request, the market or the output folder is not good; nothing has been run.
    """
    executor = workforce.executor()
    ready = simulated_study_market(simulation_for(request)) if market is None else folder_market(market)
    settings = settings_on(request, ready.market.calendar, tuple(ready.sleeves), market, ready.content)
    return _run(settings, ready, out, executor, workforce.cache, on_progress)


def rerun_study(file: Path, out: Path, workforce: Workforce, on_progress: Progress) -> StudyRun:
    """Run the study of a study.toml.

    Raises
    ------
    InputError
        The file is not good, its market is not what it was, or the output folder is another study's.
    """
    executor = workforce.executor()
    settings = read_study_settings(file)
    if settings.market is not None:
        ready = folder_market(Path(settings.market))
        if ready.content != settings.content:
            expected = "the market that the study was run on; run it anew with --market"
            raise InputError.of(file.name, expected, column="content", value=settings.content)
    elif settings.simulation is not None:
        ready = simulated_study_market(settings.simulation)
    else:
        raise InputError.of(file.name, "market, or a section [simulation]", column="market", value="neither")
    strangers = [sleeve for sleeve in settings.sleeves if sleeve not in ready.sleeves]
    if strangers:
        raise InputError.of(file.name, f"some of {', '.join(ready.sleeves)}", column="sleeves", value=strangers[0])
    try:
        study_plan(settings, ready.market.calendar)
    except InputError as error:
        keys = [one.column or _KEYS.get(one.file, one.file) for one in error.faults]
        faults = [replace(one, file=file.name, column=key) for one, key in zip(error.faults, keys, strict=True)]
        raise InputError(faults) from None
    return _run(settings, ready, out, executor, workforce.cache, on_progress)


def _run(
    settings: StudySettings,
    ready: StudyMarket,
    out: Path,
    executor: Executor,
    cache: Path | None,
    on_progress: Progress,
) -> StudyRun:
    # Whatever ran the study before, this program runs it now.
    settings = settings.model_copy(update={"program": version("taxsleeve"), "code": program_digest()})
    plan = study_plan(settings, ready.market.calendar)
    if plan.needs_risk and ready.history is None:
        raise InputError.of("market.toml", "daily: the optimizer needs risk models", column="frequency")
    claim_study_folder(out, settings, None if settings.market is None else Path(settings.market))
    risk = None
    if ready.history is not None:
        recipe = RiskRecipe(_MODELS[settings.risk.model](), settings.risk.days)
        risk = RiskModels(ready.history, cache or subfolder(out, "models"), recipe)
    store = RunFolder(subfolder(out, "runs"))
    with warnings.catch_warnings():
        # joblib replaces a process that has grown: nothing is lost, and nobody has to do anything about it.
        warnings.filterwarnings("ignore", "A worker stopped while some jobs were given", UserWarning)
        study = run_study(ready.market, ready.sleeves, plan, store, risk, executor=executor, on_progress=on_progress)
    return StudyRun(study, settings, ready)
