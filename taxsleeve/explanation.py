"""The part of summary.json that explains a rebalance."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pandas as pd

from optimizer import Frontier, Rebalance
from optimizer.explain import (
    LockedName,
    left_on_table,
    limit_worths,
    locked_names,
    no_worths_because,
    risk_by_factor,
    risk_by_name,
    turning_long_term,
)

__all__ = ["explanation", "frontier_entry"]

_NAMES = 20


def explanation(result: Rebalance) -> dict[str, Any]:
    """Explain a rebalance for machines; dollars, and fractions of NAV.

    Returns
    -------
    dict
        - `worths`: what a natural `step` of each binding limit would add to the value (`gain`, dollars), with `name`,
          `where`, `unit` and `sentence`, the most valuable first; `no_worths_because` says why there are none, else "".
        - `risk_by_factor`: `name`, exposure and contribution to annual tracking error `before` and `after`;
          `risk_by_name`: the same of the twenty names that contribute most or hedge most, with active weights.
        - `locked`: `asset`, `until` (last day), `why`, the `loss` that may not be realised meanwhile, the `tax` that it
          would save, and for a lock on buying the weight that the account is short of, `underweight`.
        - `turning_long_term`: lots that become long-term within 60 days, with `gain`, `tax_now`, `tax_then` and
          `waiting_saves`.
        - `left_on_table`: `harvestable` less `harvested` is `left`, by reason (`by_reason`) and lot by lot (`lots`).
    """
    left = left_on_table(result)
    return {
        "worths": [{**asdict(worth), "sentence": worth.sentence} for worth in limit_worths(result)],
        "no_worths_because": no_worths_because(result),
        "risk_by_factor": _rows(risk_by_factor(result)),
        "risk_by_name": _rows(_most(risk_by_name(result))),
        "locked": [_locked(name) for name in locked_names(result)],
        "turning_long_term": _rows(turning_long_term(result)),
        "left_on_table": {
            "harvestable": left.harvestable,
            "harvested": left.harvested,
            **({"disallowed": left.disallowed} if left.disallowed else {}),
            "left": float(left.lots["loss"].sum()),
            "by_reason": _rows(left.by_reason),
            "lots": _rows(left.lots),
        },
    }


def frontier_entry(frontier: Frontier | None) -> dict[str, Any] | None:
    """Return `today` (the mandate's limit) and `points` (null where no trades were found); None without a frontier."""
    return None if frontier is None else {"today": frontier.today, "points": _rows(frontier.table)}


def _most(table: pd.DataFrame) -> pd.DataFrame:
    size = table[["before", "after"]].abs().max(axis=1)
    return table.loc[sorted(size.sort_values(ascending=False, kind="stable").index[:_NAMES])]


def _locked(name: LockedName) -> dict[str, Any]:
    return {
        "asset": name.asset,
        "until": name.until.isoformat(),
        "why": f"do not {'buy' if name.buying else 'sell at a loss'}: {name.why}",
        "loss": name.loss,
        "tax": name.tax,
        "underweight": name.underweight,
    }


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows for JSON: what is not a number becomes null."""
    rows: list[dict[str, Any]] = [
        {str(key): None if value != value else value for key, value in row.items()}
        for row in table.astype(object).to_dict("records")
    ]
    return rows
