"""What `taxsleeve rebalance` writes, checked as it stands in the files."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from optimizer import Check, Frontier, Rebalance, check_trades, lots_after, orders
from taxsleeve.account_folder import AccountFolder
from taxsleeve.report import rebalance_report
from taxsleeve.summary import rebalance_summary
from taxsleeve_errors import CheckFailedError

__all__ = ["GOOD_FILES", "RebalanceFiles", "csv_text", "rebalance_files", "trades_read_back"]

GOOD_FILES = ("trades.csv", "orders.csv", "lots_after.csv", "report.html", "frontier.csv")


@dataclass(frozen=True, eq=False)
class RebalanceFiles:
    """The text of `GOOD_FILES` (frontier.csv only where asked for), the summary, and the check of trades.csv."""

    contents: dict[str, str]
    summary: dict[str, Any]
    check: Check


def rebalance_files(
    folder: AccountFolder, result: Rebalance, seconds: Mapping[str, float], frontier: Frontier | None = None
) -> RebalanceFiles:
    """Make every output file but summary.json.

    Raises
    ------
    CheckFailedError
        trades.csv, read back from its own text, does not pass the independent check.
    """
    trades_text = csv_text(result.trades)
    check = check_trades(result.account, result.mandate, result.risk, trades_read_back(trades_text))
    if not check.passed:
        raise CheckFailedError("trades.csv breaks limits when read back: " + "; ".join(check.violations[:5]))
    chosen = folder.chosen_risk
    summary = rebalance_summary(result, check, seconds, frontier)
    summary["risk_model"] = {"name": chosen.model, "why": chosen.why, "factors": list(result.risk.factors)}
    contents = {
        "trades.csv": trades_text,
        "orders.csv": csv_text(orders(result.trades)),
        "lots_after.csv": csv_text(_lots_after(folder, result)),
        "report.html": rebalance_report(result, summary, check, frontier),
    }
    if frontier is not None:
        contents["frontier.csv"] = csv_text(frontier.table.rename(columns={"limit": "tracking_error_limit"}))
    return RebalanceFiles(contents, summary, check)


def csv_text(table: pd.DataFrame) -> str:
    """Write a table as CSV, the same bytes on every machine."""
    text: str = table.to_csv(index=False, lineterminator="\n")
    return text


def trades_read_back(text: str) -> pd.DataFrame:
    """Read trades.csv from its text."""
    words = dict.fromkeys(("asset", "side", "lot_id", "term", "reason"), str)
    numbers = dict.fromkeys(("shares", "price", "amount", "gain"), float)
    return pd.read_csv(
        io.StringIO(text), dtype={**words, **numbers}, keep_default_na=False, na_values={c: [""] for c in numbers}
    )


def _lots_after(folder: AccountFolder, result: Rebalance) -> pd.DataFrame:
    """Lots after trading, with those of other accounts and the columns that only the owner of lots.csv knows."""
    elsewhere_ids = [row.lot_id for row in folder.lots_elsewhere]
    table = lots_after(result.account, result.mandate.costs, result.trades, elsewhere_ids)
    if folder.lots_elsewhere:
        elsewhere = pd.DataFrame(
            [{**row.model_dump(), "holding_start": row.holding_start or row.acquired} for row in folder.lots_elsewhere]
        )
        table = pd.concat([table, elsewhere[list(table.columns)]], ignore_index=True)
    if folder.lots_elsewhere or folder.account_type != "taxable":
        types = {row.lot_id: row.account_type for row in folder.lots_elsewhere}
        table["account_type"] = [types.get(lot_id, folder.account_type) for lot_id in table["lot_id"]]
    extra = folder.extra_lot_columns
    if extra.shape[1]:
        table = table.join(extra, on="lot_id")
    return table
