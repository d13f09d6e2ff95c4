"""Settings of a sweep, side by side with the base setting."""

from __future__ import annotations

import numpy as np
import pandas as pd

from backtest.study_measures.runs import FACTS, Group, MeasuredRuns

__all__ = ["sweep"]

_SHOWN = ("tax_savings", "tax_alpha", "losses", "gains", "net_losses", "realised_te", "turnover")
_CHANGED = ("tax_savings", "tax_alpha")
_ENDS = {"": "mean", "_low": "low", "_high": "high"}
_RATIOS = ("tax_savings", "tax_alpha", "losses")


def sweep(runs: MeasuredRuns, spread: pd.DataFrame, less: pd.DataFrame) -> pd.DataFrame:
    """Lay the settings of each sleeve and strategy side by side.

    Parameters
    ----------
    runs : MeasuredRuns
    spread, less : DataFrame
        `distribution` and `differences` of the same runs.

    Returns
    -------
    DataFrame
        `sleeve, strategy, setting, differs` (the facts in which it differs from the base, in words), `vintages`,
        `independent`, `<measure>, <measure>_low, <measure>_high`; `tax_savings_change` and `tax_alpha_change` from the
        base with `_low` and `_high`, paired by vintage; `tax_savings_ratio`, `tax_alpha_ratio` and `losses_ratio`:
        means over those of the base, of the vintages that both have. Empty where there is one setting.
    """
    rows = []
    several = len({group[2] for group in runs.contributions}) > 1
    for group in runs.contributions if several else ():
        sleeve, strategy, setting = group
        own = (spread["sleeve"] == sleeve) & (spread["strategy"] == strategy) & (spread["setting"] == setting)
        table = spread[own].set_index("measure").to_dict("index")
        base = (sleeve, strategy, runs.base)
        row: dict[str, object] = {"sleeve": sleeve, "strategy": strategy, "setting": setting}
        row |= {"differs": _differs(runs, group, base)}
        row |= {count: table[_SHOWN[0]][count] for count in ("vintages", "independent")}
        row |= {f"{name}{end}": table[name][column] for name in _SHOWN for end, column in _ENDS.items()}
        if setting != runs.base and base in runs.contributions:
            row |= _changes(less, group) | _ratios(runs, group, base)
        rows.append(row)
    shown = [f"{name}{end}" for name in _SHOWN for end in ("", "_low", "_high")]
    changes = [f"{name}_change{end}" for name in _CHANGED for end in ("", "_low", "_high")]
    first = ["sleeve", "strategy", "setting", "differs", "vintages", "independent"]
    return pd.DataFrame(rows, columns=[*first, *shown, *changes, *(f"{name}_ratio" for name in _RATIOS)])


def _differs(runs: MeasuredRuns, group: Group, base: Group) -> str:
    if group == base or base not in runs.contributions:
        return ""
    ours, theirs = runs.of(group).iloc[0], runs.of(base).iloc[0]
    facts = [fact for fact in FACTS.values() if fact in runs.summary and not _same(ours[fact], theirs[fact])]
    return "; ".join(f"{fact.replace('_', ' ')} {_said(ours[fact])} for {_said(theirs[fact])}" for fact in facts)


def _same(one: object, other: object) -> bool:
    return bool(one == other or (pd.isna(one) and pd.isna(other)))  # type: ignore[call-overload]


def _said(value: object) -> str:
    if pd.isna(value):  # type: ignore[call-overload]
        return "none"
    return f"{value:g}" if isinstance(value, int | float | np.number) else str(value)


def _changes(less: pd.DataFrame, group: Group) -> dict[str, float]:
    sleeve, strategy, setting = group
    own = (less["comparison"] == "setting") & (less["sleeve"] == sleeve)
    table = less[own & (less["strategy"] == strategy) & (less["setting"] == setting)].set_index("measure")
    if table.empty:
        return {}
    found = table.to_dict("index")
    return {f"{name}_change{end}": found[name][column] for name in _CHANGED for end, column in _ENDS.items()}


def _ratios(runs: MeasuredRuns, group: Group, base: Group) -> dict[str, float]:
    ours, theirs = runs.of(group), runs.of(base)
    shared = ours.index.intersection(theirs.index)
    means = {name: (ours.loc[shared, name].mean(), theirs.loc[shared, name].mean()) for name in _RATIOS}
    return {f"{name}_ratio": our / their if their else np.nan for name, (our, their) in means.items()}
