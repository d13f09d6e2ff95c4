"""What `taxsleeve household` writes: each sleeve's files as `rebalance` writes them, and those of all together."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from optimizer import lots_after, orders
from optimizer.household import TRANSFER_COLUMNS, HouseholdCheck, HouseholdRebalance, check_household
from taxsleeve.account_folder import AccountFolder
from taxsleeve.household_folder import HouseholdFolder
from taxsleeve.household_report import household_report
from taxsleeve.household_summary import household_summary
from taxsleeve.rebalance_files import csv_text, trades_read_back
from taxsleeve.report import rebalance_report
from taxsleeve.summary import rebalance_summary
from taxsleeve.summary_text import summary_text
from taxsleeve_errors import CheckFailedError

__all__ = ["HOUSEHOLD_FILES", "SLEEVE_FILES", "HouseholdFiles", "household_files"]

HOUSEHOLD_FILES = ("transfers.csv", "report.html")
SLEEVE_FILES = ("trades.csv", "orders.csv", "lots_after.csv", "report.html", "summary.json")


@dataclass(frozen=True, eq=False)
class HouseholdFiles:
    """The text of `HOUSEHOLD_FILES`, of `SLEEVE_FILES` by sleeve, the summary, and the check of what is written."""

    contents: dict[str, str]
    sleeves: dict[str, dict[str, str]]
    summary: dict[str, Any]
    check: HouseholdCheck


def household_files(
    folder: HouseholdFolder, result: HouseholdRebalance, seconds: Mapping[str, float]
) -> HouseholdFiles:
    """Make every output file but the household's summary.json.

    Raises
    ------
    CheckFailedError
        The lists, read back from their own text, do not pass the household's check.
    """
    transfers = csv_text(result.transfers)
    trades = {name: csv_text(one.trades) for name, one in result.sleeves.items()}
    read_back = {name: trades_read_back(text) for name, text in trades.items()}
    check = check_household(result.household, result.risk, transfers_read_back(transfers), read_back)
    if not check.passed:
        raise CheckFailedError("the lists break limits when read back: " + "; ".join(check.violations[:5]))
    summary = household_summary(folder, result, check, seconds)
    sleeves = {name: _sleeve_files(folder, result, name, trades[name]) for name in result.sleeves}
    contents = {"transfers.csv": transfers, "report.html": household_report(result, summary)}
    return HouseholdFiles(contents, sleeves, summary, check)


def transfers_read_back(text: str) -> pd.DataFrame:
    """Read transfers.csv from its text."""
    numbers = ("shares", "price", "amount", "cost_per_share")
    kinds = {name: float if name in numbers else str for name in TRANSFER_COLUMNS}
    return pd.read_csv(
        io.StringIO(text), dtype=kinds, keep_default_na=False, na_values={name: [""] for name in numbers}
    )


def _sleeve_files(folder: HouseholdFolder, result: HouseholdRebalance, name: str, trades: str) -> dict[str, str]:
    one, own = result.sleeves[name], folder.folders[name]
    summary = rebalance_summary(one, one.check, one.seconds)
    summary["risk_model"] = {
        "name": folder.chosen_risk.model,
        "why": folder.chosen_risk.why,
        "factors": list(result.risk.factors),
    }
    return {
        "trades.csv": trades,
        "orders.csv": csv_text(orders(one.trades)),
        "lots_after.csv": csv_text(_lots_after(own, result, name)),
        "report.html": rebalance_report(one, summary, one.check),
        "summary.json": summary_text(summary),
    }


def _lots_after(own: AccountFolder, result: HouseholdRebalance, name: str) -> pd.DataFrame:
    """Lots after transfers and trades, with their true basis in a tax-free sleeve too, and the owner's own columns."""
    sleeve = result.moved.sleeve(name)
    table = lots_after(sleeve.account, sleeve.mandate.costs, result.sleeves[name].trades)
    labels = own.account.lots.account
    table["account"] = str(labels[0]) if len(labels) else "taxable"
    if sleeve.kind.value != "taxable":
        table["account_type"] = sleeve.kind.value
    if own.extra_lot_columns.shape[1]:
        table = table.join(own.extra_lot_columns, on="lot_id").fillna(dict.fromkeys(own.extra_lot_columns.columns, ""))
    return table
