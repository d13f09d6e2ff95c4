"""What a command asks for, and the settings it comes to on a market."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from backtest.study import possible_start_years
from taxsleeve.spelling import one_of
from taxsleeve.study_plan import STRATEGIES
from taxsleeve.study_settings import SimulationSettings, StudySettings
from taxsleeve_errors import InputError

__all__ = ["StudyRequest", "settings_on", "simulation_for"]

_LISTED_FIRST = ("large", "mid", "small", "all", "all value", "all growth")
# The last year simulated where nothing else is asked for: 22 ten-year vintages then start in 1993 to 2014.
_LAST_YEAR = 2023
# Of daily returns before the first vintage, for its first risk model.
_RISK_YEARS = 2


@dataclass(frozen=True)
class StudyRequest:
    """A study as it is asked for.

    Parameters
    ----------
    settings : StudySettings
        Its sleeves and start years may be empty: the market decides.
    vintages : int
        How many start years there are to be, the latest that fit, where none are given.
    names, seed : int
        Of the simulated market.
    sim_years : int or None
        Years that it has; None is as many as are needed.
    """

    settings: StudySettings
    vintages: int
    names: int
    seed: int
    sim_years: int | None = None


def simulation_for(request: StudyRequest) -> SimulationSettings:
    """The simulated market that a study needs, two years for its first risk model included.

    Raises
    ------
    InputError
        More years would be needed than can be simulated.
    """
    asked = request.settings
    years = asked.start_years or _latest(_LAST_YEAR - asked.years + 1, request.vintages)
    last = years[-1] + asked.years - 1
    needed = last - years[0] + 1 + _RISK_YEARS
    length = needed if request.sim_years is None else request.sim_years
    if length > 100:
        raise InputError.of("--vintages, --years", "at most 100 simulated years in all", value=length)
    return SimulationSettings(
        names=request.names, start=dt.date(last - length + 1, 1, 1), years=length, seed=request.seed
    )


def settings_on(
    request: StudyRequest,
    calendar: pd.DatetimeIndex,
    sleeves: Collection[str],
    market: Path | None,
    content: str | None,
) -> StudySettings:
    """Settings of a study on a market, nothing left open.

    Raises
    ------
    InputError
        A sleeve or strategy is asked for that is not there.
    """
    asked = request.settings
    wanted = asked.sleeves or tuple(name for name in _LISTED_FIRST if name in sleeves) or tuple(sleeves)
    unknown = [name for name in wanted if name not in sleeves]
    if unknown:
        raise InputError.of("--sleeves", one_of(unknown[0], sleeves, some=True), value=unknown[0])
    strangers = [name for name in asked.strategies if name not in STRATEGIES]
    if strangers:
        raise InputError.of("--strategies", one_of(strangers[0], STRATEGIES, some=True), value=strangers[0])
    simulation = simulation_for(request) if market is None else None
    return asked.model_copy(
        update={
            "sleeves": wanted,
            "start_years": asked.start_years or _start_years(request, calendar, market is not None),
            "market": None if market is None else str(market.resolve()),
            "content": content,
            "simulation": simulation,
        }
    )


def _start_years(request: StudyRequest, calendar: pd.DatetimeIndex, real: bool) -> tuple[int, ...]:
    years = request.settings.years
    if not real:
        return _latest(_LAST_YEAR - years + 1, request.vintages)
    possible = possible_start_years(calendar, years, _RISK_YEARS)
    if not possible:
        span = f"{calendar[0].date()} to {calendar[-1].date()}"
        expected = f"a market with {_RISK_YEARS} years before a vintage of {years}, or other --years or --start-years"
        raise InputError.of("prices.parquet", expected, value=span)
    return possible[-request.vintages :]


def _latest(last: int, count: int) -> tuple[int, ...]:
    return tuple(range(last - count + 1, last + 1))
