"""summary.json: the outcome of a rebalance for machines, as FORMATS describes it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from optimizer import Check, Frontier, Readings, Rebalance, dollars, realised, valuation
from taxsleeve.account_folder import AccountFolder
from taxsleeve.explanation import explanation, frontier_entry
from taxsleeve_errors import OptimizerError

__all__ = ["brief_summary", "dollars", "failed_summary", "rebalance_summary"]

# A limit counts as binding when it is within a thousandth of itself: whole shares never hit one exactly.
_NEAR = 1e-3


def rebalance_summary(
    result: Rebalance, check: Check, seconds: Mapping[str, float], frontier: Frontier | None = None
) -> dict[str, Any]:
    """Summarise a rebalance; dollars, and fractions of NAV for limits.

    Parameters
    ----------
    result : Rebalance
    check : Check
        Of the trade list as it is written.
    seconds : mapping of str to float
        CPU seconds by phase.
    frontier : Frontier, optional

    Returns
    -------
    dict
        The keys of FORMATS, those of `explanation`, and `frontier` (null, or `frontier_entry`). `price` of a limit is
        dollars of value for each unit (1.0) by which it is relaxed, and an entry stands for its family: the member
        nearest to its limit is named in `where`, `binding_count` says how many bind.
    """
    return {
        **brief_summary(result, check),
        **explanation(result),
        "frontier": frontier_entry(frontier),
        "seconds": dict(seconds),
    }


def brief_summary(result: Rebalance, check: Check) -> dict[str, Any]:
    """Summarise a rebalance without explaining it; the keys of FORMATS but for times."""
    outcome, certificate = check.outcome, result.certificate
    worth = valuation(result.mandate, outcome, check.readings)
    te_limit = next((limit for limit in result.mandate.limits if limit.name == "tracking_error"), None)
    return {
        "status": "optimal",
        "engine": result.engine,
        "as_of": result.account.as_of.isoformat(),
        "nav": outcome.nav,
        "tracking_error": {
            "before": outcome.tracking_error_before,
            "after": outcome.tracking_error_after,
            "limit": getattr(te_limit, "limit", None),
        },
        **realised(result.listed, result.mandate, result.account),
        "tax_value": worth.tax,
        "deferral_value": worth.deferral,
        "alpha_value": worth.alpha,
        "cost": outcome.cost,
        "market_impact": float(outcome.market_impact.sum()),
        "risk_penalty": worth.risk,
        "soft_penalty": worth.soft,
        "turnover": outcome.turnover,
        "cash_after": outcome.cash_after,
        "orders": int(((outcome.bought + outcome.sold) > 0).sum()),
        "objective": certificate.value,
        "bound": certificate.bound,
        "gap": certificate.gap,
        "bound_is": certificate.covers,
        "rounding_cost": certificate.rounding,
        "limits": limit_entries(check.readings, result.prices),
        "frozen": sorted(result.frozen),
        "frozen_weight": float(sum(result.frozen.values())),
        "unrated_benchmark": [{"asset": asset, "weight": weight} for asset, weight in sorted(result.missing.items())],
        "unsold_exclusions": _unsold_exclusions(result, check),
        "violations": list(check.violations),
        "worst_excess": check.worst_excess,
        "losses_are": str(result.mandate.losses),
    }


def limit_entries(readings: Readings, prices: Mapping[str, float]) -> list[dict[str, Any]]:
    """One entry a limit: its member nearest to the end of its band, how many bind, and what relaxing it is worth."""
    binds = readings.excess >= -np.maximum(1e-6, _NEAR * np.abs(readings.limit))
    entries = []
    for name, places in readings.families.items():
        worst = readings[places[int(np.argmax(readings.excess[places]))]]
        count = int(np.count_nonzero(binds[places]))
        price = prices.get(name, 0.0)
        # An interior point's price of a slack limit is dust, not zero.
        price = price if price * 1e-4 >= 0.005 else 0.0
        entries.append(
            {
                "name": name,
                "where": worst.where,
                "value": worst.value,
                "limit": worst.limit if math.isfinite(worst.limit) else None,
                "unit": worst.unit,
                "excess": worst.excess,
                "binding": count > 0 or price > 0,
                "binding_count": max(count, int(price > 0)),
                "price": price,
                "soft_price": worst.price,
            }
        )
    return entries


def _unsold_exclusions(result: Rebalance, check: Check) -> list[str]:
    outcome = check.outcome
    excluded = result.account.rules("exclude")
    if not excluded:
        return []
    return [a for a, shares in zip(outcome.assets, outcome.shares_after, strict=True) if a in excluded and shares > 0]


def failed_summary(folder: AccountFolder, error: OptimizerError, seconds: Mapping[str, float]) -> dict[str, Any]:
    """Summarise a rebalance whose engine or check failed."""
    return {
        "status": "failed",
        "as_of": folder.account.as_of.isoformat(),
        "nav": folder.account.nav,
        "message": f"{type(error).__name__}: {error}",
        "violations": [str(error)],
        "seconds": dict(seconds),
    }
