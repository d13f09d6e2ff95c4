"""Differences between groups of runs, paired by vintage: sleeves, strategies, settings."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from backtest.study_measures.measures import POOLED
from backtest.study_measures.pooled import paired_difference, pooled_means
from backtest.study_measures.runs import Group, MeasuredRuns

__all__ = ["difference", "differences"]

Pair = tuple[str, Group, Group]


def differences(runs: MeasuredRuns) -> pd.DataFrame:
    """Compare each sleeve with the reference sleeves, each strategy with the passive one, each setting with the base.

    Returns
    -------
    DataFrame
        `comparison` ("sleeve", "strategy" or "setting"), `sleeve, strategy, setting, against` (the sleeve, strategy or
        setting that is taken off), `measure, mean, low, high, vintages, independent, ahead` (share of vintages above
        zero).
    """
    parts = []
    for comparison, ours, theirs in _pairs(runs):
        table = difference(runs, ours, theirs)
        if table is None:
            continue
        named = dict(zip(("sleeve", "strategy", "setting"), ours, strict=True))
        against = next(their for our, their in zip(ours, theirs, strict=True) if our != their)
        parts.append(table.reset_index().assign(comparison=comparison, **named, against=against))
    first = ["comparison", "sleeve", "strategy", "setting", "against", "measure"]
    columns = [*first, "mean", "low", "high", "vintages", "independent", "ahead"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def difference(runs: MeasuredRuns, ours: Group, theirs: Group) -> pd.DataFrame | None:
    """Mean difference of every pooled measure over the vintages that both groups have, with intervals.

    Returns
    -------
    DataFrame or None
        By measure: `mean, low, high, vintages, independent, ahead`; None without a vintage in common.
    """
    left, right = runs.of(ours), runs.of(theirs)
    shared = left.index.intersection(right.index)
    if shared.empty:
        return None
    names = list(POOLED)
    each = left.loc[shared, names] - right.loc[shared, names]
    added = paired_difference(runs.contributions[ours], runs.contributions[theirs])
    return pooled_means(added, names, runs.choices.resampling, each.mean()).assign(ahead=(each > 0).mean())


def _pairs(runs: MeasuredRuns) -> Iterator[Pair]:
    groups = runs.contributions
    for sleeve, strategy, setting in groups:
        own = (sleeve, strategy, setting)
        for reference in runs.choices.references:
            if sleeve != reference and (reference, strategy, setting) in groups:
                yield "sleeve", own, (reference, strategy, setting)
        passive = runs.choices.passive
        if strategy != passive and (sleeve, passive, setting) in groups:
            yield "strategy", own, (sleeve, passive, setting)
        if setting != runs.base and (sleeve, strategy, runs.base) in groups:
            yield "setting", own, (sleeve, strategy, runs.base)
