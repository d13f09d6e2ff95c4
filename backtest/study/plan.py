"""What a study runs: sleeves x vintages x strategies x settings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from backtest.study.run_key import RunKey
from backtest.study.vintage_dates import vintage_end
from backtest.vintage.settings import VintageSettings
from backtest.vintage.strategy import Strategy
from taxsleeve_errors import Fault, InputError

__all__ = ["BASE", "StudyPlan", "StudySetting"]

BASE = "base"


@dataclass(frozen=True)
class StudySetting:
    """Terms under which accounts are kept, and what they change about strategies.

    Parameters
    ----------
    terms : VintageSettings
        Its dates are those of whatever vintage is run.
    instead : mapping of str to Strategy
        Strategies that stand in for the plan's of the same name.
    only : tuple of str or None
        Strategies that are run under these terms; None runs all.
    facts : mapping of str to mapping of str to float or str
        By strategy: stored with each run, for example the limit that a sweep has changed.
    """

    terms: VintageSettings
    instead: Mapping[str, Strategy] = field(default_factory=dict)
    only: tuple[str, ...] | None = None
    facts: Mapping[str, Mapping[str, float | str]] = field(default_factory=dict)


@dataclass(frozen=True)
class StudyPlan:
    """Every run of a study.

    Parameters
    ----------
    sleeves : tuple of str
    funded : tuple of date
        Days of the vintages' first rebalances, month ends.
    years : int
        Length of each vintage.
    strategies : mapping of str to Strategy
    settings : mapping of str to StudySetting

    Raises
    ------
    InputError
        Nothing to run, something twice, or a setting of strategies that the plan has not.
    """

    sleeves: tuple[str, ...]
    funded: tuple[dt.date, ...]
    years: int
    strategies: Mapping[str, Strategy]
    settings: Mapping[str, StudySetting]

    def __post_init__(self) -> None:
        faults = []
        for name in ("sleeves", "funded", "strategies", "settings"):
            values = list(getattr(self, name))
            if not values:
                faults.append(Fault(name, "at least one", value="none"))
            if len(set(values)) < len(values):
                faults.append(Fault(name, "each once", value=", ".join(map(str, values))))
        if not self.years >= 1:
            faults.append(Fault("years", "at least 1", value=str(self.years)))
        for name, setting in self.settings.items():
            strangers = sorted({*setting.instead, *(setting.only or ())} - set(self.strategies))
            if strangers:
                known = f"strategies of {', '.join(self.strategies)}"
                faults.append(Fault("settings", known, column=name, value=", ".join(strangers)))
        if faults:
            raise InputError(faults)

    def cases(self) -> Iterator[tuple[str, str]]:
        """Strategies and settings that go together, by name."""
        for setting, terms in self.settings.items():
            for strategy in self.strategies:
                if terms.only is None or strategy in terms.only:
                    yield strategy, setting

    def run_keys(self) -> tuple[RunKey, ...]:
        """Every run, those that share a vintage of a sleeve beside each other."""
        vintages = [(sleeve, funded) for funded in self.funded for sleeve in self.sleeves]
        cases = list(self.cases())
        return tuple(RunKey(*vintage, *case) for vintage in vintages for case in cases)

    def strategy(self, key: RunKey) -> Strategy:
        """Strategy of a run."""
        return self.settings[key.setting].instead.get(key.strategy, self.strategies[key.strategy])

    def terms(self, key: RunKey, calendar: pd.DatetimeIndex) -> VintageSettings:
        """Terms of a run, with the vintage's dates."""
        until = vintage_end(calendar, key.funded, self.years)
        return replace(self.settings[key.setting].terms, funded=key.funded, until=until)

    @property
    def needs_risk(self) -> bool:
        """Whether any run needs a risk model; if so, all runs are given one and record predicted tracking errors."""
        return any(self.strategy(key).needs_risk for key in self.run_keys())
