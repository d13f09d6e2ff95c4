"""summary.json of a household: figures of all sleeves together, and of each in short."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from optimizer import realised, valuation
from optimizer.household import HouseholdCheck, HouseholdRebalance, graduates
from taxsleeve.household_folder import HouseholdFolder
from taxsleeve_errors import OptimizerError

__all__ = ["failed_household_summary", "household_summary"]


def household_summary(
    folder: HouseholdFolder, result: HouseholdRebalance, check: HouseholdCheck, seconds: Mapping[str, float]
) -> dict[str, Any]:
    """Summarise a household's rebalance; dollars, and fractions of NAV for limits.

    Returns
    -------
    dict
        `how` is the way that was best ("in turn", "graduates first", "jointly"), `tried` what each was worth or why it
        has no lists. `bound` holds with transfers left open, `bound_as_moved` with those made. `transfers.carried_gain`
        is the gain of the lots moved, and `transfers.tax_if_sold` what it would have cost to sell them.
    """
    household, certificate = result.household, result.certificate
    sleeves = {s.name: _sleeve_entry(result, check, s.name) for s in household.sleeves}
    taxed = [sleeves[s.name] for s in household.sleeves if s.taxed]
    gross = sum(sum(entry["gains"].values()) for entry in taxed)
    return {
        "status": "optimal",
        "as_of": household.as_of.isoformat(),
        "nav": household.nav,
        "how": result.how,
        "tried": dict(result.tried),
        "tracking_error": {
            "before": check.tracking_error_before,
            "after": check.tracking_error_after,
            "limit": household.tracking_error,
        },
        "realized_gain": {"value": gross / household.nav, "limit": household.realized_gain},
        "harvested": {term: sum(entry["harvested"][term] for entry in taxed) for term in ("short", "long")},
        "gains": {term: sum(entry["gains"][term] for entry in taxed) for term in ("short", "long")},
        "tax_value": result.tax_value,
        "cost": sum(entry["cost"] for entry in sleeves.values()),
        "objective": certificate.value,
        "bound": certificate.bound if np.isfinite(certificate.bound) else None,
        "bound_as_moved": certificate.bound_as_moved if np.isfinite(certificate.bound_as_moved) else None,
        "gap": certificate.gap if np.isfinite(certificate.bound) else None,
        "bound_is": certificate.covers,
        "transfers": _transfers(result),
        "graduates": [
            {"asset": key.split("/", 1)[1], "sleeve": source, "to": list(takers)}
            for key, (source, takers) in graduates(household).items()
        ],
        "sleeves": sleeves,
        "risk_model": {
            "name": folder.chosen_risk.model,
            "why": folder.chosen_risk.why,
            "factors": list(result.risk.factors),
        },
        "violations": list(check.violations),
        "seconds": dict(seconds),
    }


def _sleeve_entry(result: HouseholdRebalance, check: HouseholdCheck, name: str) -> dict[str, Any]:
    sleeve, one, outcome = result.household.sleeve(name), result.sleeves[name], check.outcomes[name]
    limit = next((limit for limit in sleeve.mandate.limits if limit.name == "tracking_error"), None)
    figures = realised(one.trades, one.mandate, one.account)
    worth = valuation(one.mandate, one.check.outcome, one.check.readings)
    return {
        "owner": sleeve.owner,
        "type": sleeve.kind.value,
        "nav": outcome.nav,
        "share": result.household.shares[name],
        "tracking_error": {
            "before": outcome.tracking_error_before,
            "after": outcome.tracking_error_after,
            "limit": getattr(limit, "limit", None),
        },
        "harvested": figures["harvested"],
        "gains": figures["gains"],
        "tax_value": worth.tax,
        "cost": outcome.cost,
        "turnover": outcome.turnover,
        "cash_after": outcome.cash_after,
        "orders": int(((outcome.bought + outcome.sold) > 0).sum()),
        "received": float(result.transfers.loc[result.transfers["to_sleeve"] == name, "amount"].sum()),
    }


def _transfers(result: HouseholdRebalance) -> dict[str, Any]:
    lots = result.transfers[result.transfers["kind"] == "lot"]
    cash = result.transfers[result.transfers["kind"] == "cash"]
    gain = lots["amount"] - lots["shares"] * lots["cost_per_share"]
    return {
        "lots": len(lots),
        "names": int(lots["asset"].nunique()),
        "amount": float(lots["amount"].sum()),
        "cash": float(cash["amount"].sum()),
        "carried_gain": float(gain.clip(lower=0).sum()),
        "carried_loss": float((-gain).clip(lower=0).sum()),
        "tax_if_sold": _tax_if_sold(result, lots, gain),
    }


def _tax_if_sold(result: HouseholdRebalance, lots: pd.DataFrame, gain: pd.Series) -> float:
    """Tax on the gains of the lots moved at the rates of the sleeves that they left, losses left out."""
    total = 0.0
    for source, lot_id, amount in zip(lots["from_sleeve"], lots["lot_id"], gain.tolist(), strict=True):
        sleeve = result.household.sleeve(str(source))
        if amount <= 0 or not sleeve.taxed:
            continue
        at = int(np.flatnonzero(sleeve.account.lots.lot_id == lot_id)[0])
        long_term = bool(sleeve.account.lots.long_term(sleeve.account.as_of)[at])
        rates = sleeve.mandate.rates
        total += amount * (rates.long_term if long_term else rates.short_term)
    return total


def failed_household_summary(
    folder: HouseholdFolder, error: OptimizerError, seconds: Mapping[str, float]
) -> dict[str, Any]:
    """Summarise a household that has no lists, or whose engine or check failed.

    Returns
    -------
    dict
        `status` "infeasible" or "failed"; `message` names the sleeve or the household, `limits` what would be needed.
    """
    shortfalls = getattr(error, "shortfalls", None)
    household = folder.household
    return {
        "status": "failed" if shortfalls is None else "infeasible",
        "as_of": household.as_of.isoformat(),
        "nav": household.nav,
        "message": f"{type(error).__name__}: {error}" if shortfalls is None else getattr(error, "message", str(error)),
        "limits": [
            {"name": s.name, "where": s.where, "limit": s.limit, "needed": s.needed, "unit": s.unit}
            for s in shortfalls or ()
        ],
        "violations": [str(s) for s in shortfalls or ()] or [str(error)],
        "seconds": dict(seconds),
    }
