"""What `taxsleeve rebalance` writes, checked as it stands in the files."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from optimizer import Check, Frontier, Rebalance, check_trades, lots_after, orders
from taxsleeve.account_folder import AccountFolder
from taxsleeve.csv_file import csv_of_rows
from taxsleeve.report import rebalance_report
from taxsleeve.summary import rebalance_summary
from taxsleeve_errors import CheckFailedError

__all__ = [
    "GOOD_FILES",
    "RebalanceFiles",
    "TradeTables",
    "csv_text",
    "rebalance_files",
    "trade_tables",
    "trades_read_back",
]

GOOD_FILES = ("trades.csv", "orders.csv", "lots_after.csv", "report.html", "frontier.csv")


@dataclass(frozen=True, eq=False)
class RebalanceFiles:
    """The text of `GOOD_FILES` (frontier.csv only where asked for), the summary, and the check of trades.csv."""

    contents: dict[str, str]
    summary: dict[str, Any]
    check: Check


@dataclass(frozen=True, eq=False)
class TradeTables:
    """The tables of a rebalance, trades.csv as text, and the check of that text."""

    trades: pd.DataFrame
    orders: pd.DataFrame
    lots_after: pd.DataFrame
    trades_text: str
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
    tables = trade_tables(folder, result)
    check, chosen = tables.check, folder.chosen_risk
    summary = rebalance_summary(result, check, seconds, frontier)
    summary["risk_model"] = {"name": chosen.model, "why": chosen.why, "factors": list(result.risk.factors)}
    contents = {
        "trades.csv": tables.trades_text,
        "orders.csv": csv_text(tables.orders),
        "lots_after.csv": csv_text(tables.lots_after),
        "report.html": rebalance_report(result, summary, check, frontier),
    }
    if frontier is not None:
        contents["frontier.csv"] = csv_text(frontier.table.rename(columns={"limit": "tracking_error_limit"}))
    return RebalanceFiles(contents, summary, check)


def trade_tables(folder: AccountFolder, result: Rebalance) -> TradeTables:
    """Make the tables that are written of a rebalance, and check the trades as they stand in trades.csv.

    Raises
    ------
    CheckFailedError
        trades.csv, read back from its own text, does not pass the independent check.
    """
    text = csv_text(result.trades)
    # The check looks at nothing but the table: where the file holds the very table checked, that check is of the file.
    check = result.check
    if not _holds(text, result.trades):
        check = check_trades(result.account, result.mandate, result.risk, trades_read_back(text))
    if not check.passed:
        raise CheckFailedError("trades.csv breaks limits when read back: " + "; ".join(check.violations[:5]))
    return TradeTables(result.trades, orders(result.trades), _lots_after(folder, result), text, check)


def csv_text(table: pd.DataFrame) -> str:
    """Write a table as CSV, an empty cell where there is no number."""
    columns = [_cells(table[name]) for name in table.columns]
    return csv_of_rows(table.columns.tolist(), zip(*columns, strict=True))


def _cells(column: pd.Series) -> list[object]:
    cells = column.tolist()
    if set(map(type, cells)) <= {str}:
        return cells
    missing = column.isna()
    if not missing.any():
        return cells
    return ["" if gone else cell for cell, gone in zip(cells, missing.tolist(), strict=True)]


def _holds(text: str, table: pd.DataFrame) -> bool:
    """Whether CSV text, read back, has the same cells as a table, number by number to the last bit."""
    header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    if header != table.columns.tolist() or len(rows) != len(table) or any(len(row) != len(header) for row in rows):
        return False
    written = zip(*rows, strict=True) if rows else [()] * len(header)
    return all(_same(cells, table[name]) for name, cells in zip(header, written, strict=True))


def _same(written: Sequence[str], made: pd.Series) -> bool:
    if made.dtype.kind != "f":
        return list(written) == made.tolist()
    numbers = np.array([float(cell) if cell else np.nan for cell in written])
    return np.array_equal(numbers, made.to_numpy(dtype=float), equal_nan=True)


def trades_read_back(text: str) -> pd.DataFrame:
    """Read trades.csv from its text."""
    words = dict.fromkeys(("asset", "side", "lot_id", "term", "reason"), str)
    numbers = dict.fromkeys(("shares", "price", "amount", "gain", "disallowed"), float)
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
