"""How a measure is spread over vintages, by group, by year since inception and by cause."""

from __future__ import annotations

import pandas as pd

from backtest.study_measures.measures import MEASURES, POOLED
from backtest.study_measures.pooled import pooled_means
from backtest.study_measures.runs import Group, MeasuredRuns

__all__ = ["cause_means", "distribution", "year_means"]

GROUP = ["sleeve", "strategy", "setting"]
_OF_YEARS = ("tax_savings", "saved_on_losses", "tax_on_gains", "losses", "gains", "net_losses")
# Of a sum over the run that is divided by its years, the part of one year is multiplied by them again.
_A_YEAR = ("tax_savings", "saved_on_losses", "tax_on_gains")
# A last year cut short by more than a month says nothing of a year.
_WHOLE = 11 / 12 - 1e-9


def distribution(runs: MeasuredRuns) -> pd.DataFrame:
    """Spread of every measure over the vintages of each group.

    Returns
    -------
    DataFrame
        `sleeve, strategy, setting, measure, mean, low, high, vintages, independent, p10, median, p90, min, max`. Means,
        with their bootstrap intervals, are given for pooled measures only; NaN elsewhere.
    """
    parts = []
    for group, added in runs.contributions.items():
        own = runs.of(group)[[one.name for one in MEASURES]]
        means = pooled_means(added, POOLED, runs.choices.resampling, own[list(POOLED)].mean(), floor=True)
        spread = own.quantile([0.1, 0.5, 0.9]).T.set_axis(["p10", "median", "p90"], axis=1)
        table = means.reindex(own.columns).join(spread).assign(min=own.min(), max=own.max())
        table["vintages"], table["independent"] = len(own), int(means["independent"].iloc[0])
        parts.append(_named(table.rename_axis("measure").reset_index(), group))
    return pd.concat(parts, ignore_index=True)


def year_means(runs: MeasuredRuns) -> pd.DataFrame:
    """Mean over vintages by year since inception, with intervals.

    Returns
    -------
    DataFrame
        `sleeve, strategy, setting, year, measure, mean, low, high, vintages, independent`; measures `losses, gains,
        net_losses` (over the initial capital) and `tax_savings, saved_on_losses, tax_on_gains` (over the value at the
        year's start).
    """
    parts = []
    for group, added in runs.contributions.items():
        own = runs.years
        inside = (own["sleeve"] == group[0]) & (own["strategy"] == group[1]) & (own["setting"] == group[2])
        lived = own[inside & (own["length"] >= _WHOLE)].groupby("year")["funded"].nunique()
        years = lived.index[lived == added["funded"].nunique()]
        length = runs.of(group)["years"]
        scale = added["funded"].map(length).to_numpy(dtype=float)
        wide = {
            (name, year): added[name] * (added["year"] == year) * (scale if name in _A_YEAR else 1.0)
            for year in years
            for name in _OF_YEARS
        }
        labels = {key: f"{key[0]}|{key[1]}" for key in wide}
        clock = added[["funded", "month", "age", "year"]]
        columns = pd.DataFrame({labels[key]: value for key, value in wide.items()}, index=added.index)
        if columns.empty:
            continue
        means = pooled_means(
            pd.concat([clock, columns], axis=1), list(labels.values()), runs.choices.resampling, floor=True
        )
        split = means.index.to_series().str.split("|", expand=True)
        table = means.reset_index(drop=True).assign(measure=split[0].to_numpy(), year=split[1].astype(int).to_numpy())
        parts.append(_named(table, group, "year"))
    columns_kept = [*GROUP, "year", "measure", "mean", "low", "high", "vintages", "independent"]
    return pd.concat(parts, ignore_index=True)[columns_kept] if parts else pd.DataFrame(columns=columns_kept)


def cause_means(runs: MeasuredRuns) -> pd.DataFrame:
    """Mean over vintages of whole-run losses, gains and net losses by cause, with intervals.

    Returns
    -------
    DataFrame
        `sleeve, strategy, setting, cause, measure` (losses, gains, net_losses), `mean, low, high, vintages,
        independent`, over the initial capital.
    """
    kinds = {"loss": "losses", "gain": "gains", "net": "net_losses"}
    parts = []
    for group, added in runs.contributions.items():
        names = [str(name) for name in added.columns if str(name).split(" ")[0] in kinds and " " in str(name)]
        means = pooled_means(added, names, runs.choices.resampling, floor=True).reset_index()
        split = means["measure"].str.split(" ", n=1, expand=True)
        table = means.assign(measure=split[0].map(kinds), cause=split[1])
        parts.append(_named(table, group, "cause"))
    return pd.concat(parts, ignore_index=True)


def _named(table: pd.DataFrame, group: Group, *more: str) -> pd.DataFrame:
    named = table.assign(**dict(zip(GROUP, group, strict=True)))
    first = [*GROUP, *more, "measure"]
    return named[[*first, *(column for column in named.columns if column not in first)]]
