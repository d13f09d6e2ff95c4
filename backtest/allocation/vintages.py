"""Vintages that all sleeves of a mix have, gathered from a study's runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.allocation.sleeve_path import SleevePath, View, sleeve_path
from backtest.study_measures.prepared import Prepared, prepare
from backtest.study_measures.record import RunRecord
from backtest.study_measures.terms import Terms
from backtest.study_measures.timeline import Timeline, put_in_of
from taxsleeve_errors import InputError, TaxsleeveError

__all__ = ["Vintage", "gather_vintages"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Vintage:
    """One year of funding in every sleeve.

    Parameters
    ----------
    funded : date
    dates : DatetimeIndex (K + 1,)
    clock : Timeline
    terms : Terms
    spread : float
        Cost of a trade, a fraction of it.
    paths : mapping of View to mapping of str to SleevePath
        By sleeve.
    saved : mapping of str to array (K,)
        Tax that losses saved less tax on gains, per dollar at work at the start of each step.
    """

    funded: dt.date
    dates: pd.DatetimeIndex
    clock: Timeline
    terms: Terms
    spread: float
    paths: Mapping[View, Mapping[str, SleevePath]]
    saved: Mapping[str, Floats]


def gather_vintages(records: Sequence[RunRecord], sleeves: Sequence[str], strategy: str, setting: str) -> list[Vintage]:
    """Gather the vintages that every sleeve has, by date of funding.

    Raises
    ------
    InputError
        A sleeve has no run of the strategy under the setting, fewer than two vintages are common to all, or runs do
        not go together; it says which.
    """
    runs: dict[dt.date, dict[str, RunRecord]] = {}
    for record in records:
        key = record.key
        if (key.strategy, key.setting) == (strategy, setting):
            runs.setdefault(key.funded, {})[key.sleeve] = record
    there = {sleeve for own in runs.values() for sleeve in own}
    for sleeve in sleeves:
        if sleeve not in there:
            expected = f"a sleeve with runs of {strategy}, {setting}: {', '.join(sorted(there)) or 'none has any'}"
            raise InputError.of("sleeves", expected, value=sleeve)
    common = [funded for funded in sorted(runs) if all(sleeve in runs[funded] for sleeve in sleeves)]
    if len(common) < 2:
        expected = f"two or more that all of {', '.join(sleeves)} have: intervals are drawn over vintages"
        raise InputError.of("vintages", expected, value=len(common))
    vintages = [_vintage(funded, [runs[funded][sleeve] for sleeve in sleeves]) for funded in common]
    for vintage in vintages[1:]:
        _same_terms(vintages[0], vintage)
    return vintages


def _vintage(funded: dt.date, records: Sequence[RunRecord]) -> Vintage:
    prepared = {record.key.sleeve: _prepared(record) for record in records}
    first = next(iter(prepared.values()))
    for sleeve, run in prepared.items():
        if not run.months.index.equals(first.months.index):
            raise InputError.of(f"runs funded on {funded}", "the same dates in all sleeves", value=sleeve)
        if (run.terms.rates, run.terms.losses) != (first.terms.rates, first.terms.losses):
            raise InputError.of(f"runs funded on {funded}", "the same tax rates in all sleeves", value=sleeve)
    paths = {view: {sleeve: sleeve_path(run, view) for sleeve, run in prepared.items()} for view in View}
    dates, spread = pd.DatetimeIndex(first.months.index), float(records[0].facts.get("spread_bps", 0.0)) / 1e4
    saved = {sleeve: _saved(run) for sleeve, run in prepared.items()}
    return Vintage(funded, dates, first.clock, first.terms, spread, paths, saved)


def _prepared(record: RunRecord) -> Prepared:
    try:
        return prepare(record.months, record.facts)
    except TaxsleeveError as error:
        key = record.key
        raise InputError.of(f"run {key.sleeve}, {key.funded}, {key.strategy}, {key.setting}", str(error)) from error


def _saved(run: Prepared) -> Floats:
    saved: Floats = run.effects["net"].to_numpy(dtype=float)[1:] / put_in_of(run.months)[:-1]
    return saved


def _same_terms(first: Vintage, other: Vintage) -> None:
    ours, theirs = ((v.terms.rates, v.terms.losses, v.spread) for v in (first, other))
    if ours != theirs:
        expected = f"the tax rates, use of losses and costs of the run funded on {first.funded}"
        raise InputError.of(f"runs funded on {other.funded}", expected, value=theirs)
