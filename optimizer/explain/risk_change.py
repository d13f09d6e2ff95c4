"""Tracking error by factor and by name, before and after the trades."""

from __future__ import annotations

import pandas as pd

from optimizer.rebalance import Rebalance
from risk import attribution, attribution_by_name

__all__ = ["risk_by_factor", "risk_by_name"]


def risk_by_factor(result: Rebalance) -> pd.DataFrame:
    """Split tracking error over factors and all names' specific risk, before and after trading.

    Returns
    -------
    DataFrame
        A row a factor and one "specific": `name`; `exposure_before`, `exposure_after` in the factor's own units (not a
        number for "specific"); `before`, `after`: contribution to annual tracking error (each sums to it). Largest
        first, after trading.
    """
    sides = {}
    for side, active in _active(result).items():
        table = attribution(result.risk, active)
        factors = table[table["source"] == "factor"].set_index("name")
        specific = float(table.loc[table["source"] == "specific", "contribution"].sum())
        sides[side] = pd.concat([factors["contribution"], pd.Series({"specific": specific})])
        sides[f"exposure_{side}"] = factors["exposure"]
    table = pd.DataFrame(sides)
    return _largest_first(table)[["name", "exposure_before", "exposure_after", "before", "after"]]


def risk_by_name(result: Rebalance) -> pd.DataFrame:
    """Split tracking error over names (their factor and specific parts together), before and after trading.

    Returns
    -------
    DataFrame
        A row a name that is or was active: `name`; `active_before`, `active_after` (weights); `before`, `after`:
        contribution to annual tracking error (each sums to it). Largest first, after trading.
    """
    sides = {}
    for side, active in _active(result).items():
        table = attribution_by_name(result.risk, active).set_index("name")
        sides[side], sides[f"active_{side}"] = table["contribution"], table["active"]
    table = pd.DataFrame(sides).fillna(0.0)
    return _largest_first(table)[["name", "active_before", "active_after", "before", "after"]]


def _active(result: Rebalance) -> dict[str, pd.Series]:
    """Active weights in the risk model's order, zero for names that are neither held nor in the benchmark."""
    outcome = result.check.outcome
    sides = {"before": outcome.active_before, "after": outcome.active_after}
    return {
        side: pd.Series(active, index=list(outcome.assets)).reindex(list(result.risk.assets), fill_value=0.0)
        for side, active in sides.items()
    }


def _largest_first(table: pd.DataFrame) -> pd.DataFrame:
    table = table.sort_values("after", ascending=False, kind="stable")
    return table.rename_axis("name").reset_index()
