"""All runs of a study, measured one by one, and what of them is compared with what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from backtest.study_measures.bootstrap import Resampling
from backtest.study_measures.contributions import run_contributions
from backtest.study_measures.prepared import prepare
from backtest.study_measures.record import KEY, RunRecord
from backtest.study_measures.summary import run_summary
from backtest.study_measures.years import run_years
from taxsleeve_errors import InputError, TaxsleeveError

__all__ = ["Choices", "Group", "MeasuredRuns", "measured_runs", "ranked_settings", "ranked_strategies"]

Group = tuple[str, str, str]
"""Sleeve, strategy, setting."""

FACTS = {
    "te_limit": "te_limit",
    "frequency": "frequency",
    "wash_rule": "wash_rule",
    "losses": "losses_are",
    "taxes": "taxes",
    "short_term": "short_term",
    "long_term": "long_term",
    "capital": "initial_capital",
    "spread_bps": "spread_bps",
    "flows": "flows",
    "relief": "relief",
    "loss_per_name": "loss_per_name",
    "turnover_limit": "turnover_limit",
    "gain_budget": "gain_budget",
    "harvest_threshold": "harvest_threshold",
    "threshold": "threshold",
    "leavers": "leavers",
}
"""Facts that the tables show beside the measures, with the columns that they get there."""


@dataclass(frozen=True)
class Choices:
    """What is compared with what.

    Parameters
    ----------
    references : tuple of str
        Sleeves that the others are held against.
    passive : str
        Name of the strategy that harvests nothing.
    main : str or None
        Strategy that answers the study's question; by default the first that is neither passive nor a bound.
    base : str or None
        Setting that the others are held against; by default "base", or the first.
    resampling : Resampling
    """

    references: tuple[str, ...] = ("large", "all")
    passive: str = "passive"
    main: str | None = None
    base: str | None = None
    resampling: Resampling = field(default_factory=Resampling)


@dataclass(frozen=True, eq=False)
class MeasuredRuns:
    """Every run, measured.

    Parameters
    ----------
    summary : DataFrame
        One row a run: `sleeve, funded, strategy, setting`, some facts, and `run_summary`.
    years : DataFrame
        One row a run and year since inception: the key, and `run_years`.
    contributions : dict of Group to DataFrame
        `funded` and `run_contributions` of all vintages of a group.
    choices : Choices
    main, base : str
        As chosen.
    """

    summary: pd.DataFrame
    years: pd.DataFrame
    contributions: dict[Group, pd.DataFrame]
    choices: Choices
    main: str
    base: str

    @property
    def sleeves(self) -> list[str]:
        """In order of first mention."""
        return list(dict.fromkeys(group[0] for group in self.contributions))

    def of(self, group: Group) -> pd.DataFrame:
        """Rows of the summary of one group, by vintage."""
        frame = self.summary
        sleeve, strategy, setting = group
        own = (frame["sleeve"] == sleeve) & (frame["strategy"] == strategy) & (frame["setting"] == setting)
        return frame[own].set_index("funded").sort_index()


def measured_runs(records: Sequence[RunRecord], choices: Choices | None = None) -> MeasuredRuns:
    """Measure every run.

    Raises
    ------
    InputError
        There is no run, none of the strategy or setting chosen, or one is not good; it says which.
    """
    if not records:
        raise InputError.of("runs", "at least one finished run", value=0)
    choices = choices or Choices()
    summaries, years, parts = [], [], dict[Group, list[pd.DataFrame]]()
    for record in records:
        key = record.key
        funded = pd.Timestamp(key.funded)
        name: dict[str, Any] = {"sleeve": key.sleeve, "funded": funded}
        name |= {"strategy": key.strategy, "setting": key.setting}
        try:
            run = prepare(record.months, record.facts)
        except TaxsleeveError as error:
            where = f"run {key.sleeve}, {key.funded}, {key.strategy}, {key.setting}"
            raise InputError.of(where, str(error)) from error
        shown = {column: record.facts[fact] for fact, column in FACTS.items() if fact in record.facts}
        summaries.append(name | shown | run_summary(run))
        years.append(run_years(run).assign(**name))
        group = (key.sleeve, key.strategy, key.setting)
        parts.setdefault(group, []).append(run_contributions(run).assign(funded=funded))
    yearly = pd.concat(years, ignore_index=True)
    yearly = yearly[[*KEY, *(column for column in yearly.columns if column not in KEY)]]
    return MeasuredRuns(
        summary=pd.DataFrame(summaries),
        years=yearly,
        contributions={group: pd.concat(own, ignore_index=True) for group, own in parts.items()},
        choices=choices,
        main=_chosen(choices.main, ranked_strategies(_each(parts, 1), choices.passive), "main"),
        base=_chosen(choices.base, ranked_settings(_each(parts, 2)), "base"),
    )


def ranked_strategies(names: Sequence[str], passive: str) -> list[str]:
    """Order strategies by how well they answer a study's question: an optimizer first, what harvests nothing last."""
    harvesting = [name for name in names if name != passive]
    # A bound that no account can reach answers nothing.
    real = [name for name in harvesting if "perfect" not in name]
    optimised = [name for name in real if name.startswith("optimi")]
    return list(dict.fromkeys([*optimised, *real, *harvesting, *names]))


def ranked_settings(names: Sequence[str]) -> list[str]:
    """Order settings: the base first."""
    return ["base", *(name for name in names if name != "base")] if "base" in names else list(names)


def _each(parts: dict[Group, list[pd.DataFrame]], place: int) -> list[str]:
    return list(dict.fromkeys(group[place] for group in parts))


def _chosen(wanted: str | None, names: list[str], what: str) -> str:
    if wanted is None:
        return names[0]
    if wanted not in names:
        raise InputError.of(what, f"one of {', '.join(names)}", value=wanted)
    return wanted
