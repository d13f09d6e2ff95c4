"""A run ready to be measured: its clock, terms and returns worked out once for all measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from backtest.study_measures.returns import Returns, returns_of
from backtest.study_measures.terms import Terms, tax_effects
from backtest.study_measures.timeline import Timeline, timeline

__all__ = ["Prepared", "prepare"]


@dataclass(frozen=True, eq=False)
class Prepared:
    """A run ready to be measured.

    Parameters
    ----------
    months : DataFrame
        As `VintageResult.months`.
    terms : Terms
    clock : Timeline
    returns : Returns
    effects : DataFrame
        As from `tax_effects`.
    """

    months: pd.DataFrame
    terms: Terms
    clock: Timeline
    returns: Returns
    effects: pd.DataFrame


def prepare(months: pd.DataFrame, facts: Mapping[str, float | str]) -> Prepared:
    """Prepare a run.

    Raises
    ------
    InputError
        A column or a fact is missing, or the run is shorter than a month.
    TaxError
        Values make no sense, or more is withdrawn than is there.
    """
    terms, clock = Terms.of(facts), timeline(months)
    return Prepared(months, terms, clock, returns_of(months, terms, clock), tax_effects(months, terms))
