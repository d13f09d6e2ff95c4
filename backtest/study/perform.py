"""One run of a study, as a worker does it."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from backtest.study.risk_models import DatedModels
from backtest.study.run_key import RunKey
from backtest.study.stored_run import Fact, StoredRun, stored_run
from backtest.vintage.run import run_tape
from backtest.vintage.settings import VintageSettings
from backtest.vintage.strategy import Strategy
from backtest.vintage.tape import Tape
from taxsleeve_errors import TaxsleeveError

__all__ = ["Failure", "RunTask", "lost_run", "perform"]


@dataclass(frozen=True, eq=False)
class RunTask:
    """Everything that one run needs, and no market.

    Parameters
    ----------
    key : RunKey
    tape : Tape
    strategy : Strategy
    terms : VintageSettings
    years : int
    risk : DatedModels or None
    facts : mapping of str to float or str
        To be stored with the run.
    """

    key: RunKey
    tape: Tape
    strategy: Strategy
    terms: VintageSettings
    years: int
    risk: DatedModels | None
    facts: Mapping[str, Fact]


@dataclass(frozen=True)
class Failure:
    """A run that could not be finished.

    Parameters
    ----------
    key : RunKey
    message : str
    """

    key: RunKey
    message: str


def perform(task: RunTask) -> StoredRun | Failure:
    """Run a vintage; whatever goes wrong is this run's failure alone."""
    try:
        result = run_tape(task.tape, task.strategy, task.terms, task.risk)
        return stored_run(task.key, result, task.years, task.facts)
    except TaxsleeveError as error:
        return Failure(task.key, str(error))
    except Exception as error:  # noqa: BLE001 - a user's own strategy may raise anything
        return Failure(task.key, _described(error))


def lost_run(task: RunTask, why: str) -> Failure:
    """Failure of a run whose process died."""
    return Failure(task.key, why)


def _described(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{where}"
