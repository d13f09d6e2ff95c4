"""Sleeves of a few lots and lists of a few rows, of which every share and dollar can be counted by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from audit import (
    AuditedAccount,
    AuditedHousehold,
    AuditedMandate,
    AuditedSleeve,
    AuditedTaxes,
    HouseholdAudit,
    HouseholdLists,
    OpenLot,
    Security,
    audit_household,
)
from risk import FactorRisk
from tax import TaxRates

TODAY = dt.date(2025, 6, 16)
LONG_AGO = dt.date(2020, 1, 2)
RISK = FactorRisk(("X", "Y", "Z"), ("M",), np.ones((3, 1)), np.array([[0.04]]), np.full(3, 0.01))
PRICE = {"X": 8.0, "Y": 5.0, "Z": 20.0}
SECURITIES = {asset: Security(asset, price, group=asset) for asset, price in PRICE.items()}
TAXES = AuditedTaxes(TaxRates(0.4, 0.2))


def lot(lot_id: str, asset: str, shares: float, cost: float, acquired: dt.date = LONG_AGO) -> OpenLot:
    return OpenLot(lot_id, asset, shares, cost, acquired, acquired)


def sleeve(name: str, *lots: OpenLot, kind: str = "taxable", **more: Any) -> AuditedSleeve:
    weights = more.pop("benchmark", {"X": 0.5, "Y": 0.25, "Z": 0.25})
    mandate = more.pop("mandate", AuditedMandate(fractional=True, spread_bps=0.0))
    taxes, owner = more.pop("taxes", TAXES), more.pop("owner", "client")
    own = tuple(replace(one, account=name, account_type=kind) for one in lots)
    account = AuditedAccount(TODAY, 1000.0, own, SECURITIES, weights, named=(name, kind), **more)
    return AuditedSleeve(name, account, mandate, taxes, owner)


def sell(lot_id: str, asset: str, shares: float) -> dict[str, Any]:
    return {"asset": asset, "side": "SELL", "lot_id": lot_id, "shares": shares, "price": PRICE[asset]}


def buy(asset: str, shares: float) -> dict[str, Any]:
    return {"asset": asset, "side": "BUY", "lot_id": "", "shares": shares, "price": PRICE[asset]}


def move(source: str, target: str, lot_id: str, asset: str, shares: float, **more: Any) -> dict[str, Any]:
    amount = shares * PRICE[asset]
    return {
        "kind": "lot", "from_sleeve": source, "to_sleeve": target, "asset": asset, "lot_id": lot_id, "shares": shares,
        "amount": amount, **more,
    }  # fmt: skip


def cash(source: str, target: str, amount: float) -> dict[str, Any]:
    return {"kind": "cash", "from_sleeve": source, "to_sleeve": target, "amount": amount}


def lists(trades: dict[str, list[dict[str, Any]]], *transfers: dict[str, Any], **more: Any) -> HouseholdLists:
    columns = ["asset", "side", "lot_id", "shares", "price"]
    moves = ["kind", "from_sleeve", "to_sleeve", "asset", "lot_id", "shares", "amount", "new_lot_id"]
    return HouseholdLists(
        {name: pd.DataFrame(rows, columns=columns) for name, rows in trades.items()},
        pd.DataFrame(list(transfers), columns=moves) if transfers else None,
        **more,
    )


def audit(sleeves: tuple[AuditedSleeve, ...], given: HouseholdLists, **limits: Any) -> HouseholdAudit:
    return audit_household(AuditedHousehold(sleeves, **limits), RISK, given)


def codes(found: HouseholdAudit) -> list[tuple[str, str]]:
    return [(finding.account, finding.code) for finding in found.findings]


ONE = sleeve("one", lot("L1", "X", 100, 10.0), lot("L2", "Z", 50, 10.0))
TWO = sleeve("two", lot("L1", "Y", 100, 4.0), lot("L2", "X", 40, 6.0))
