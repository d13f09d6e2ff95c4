"""What `taxsleeve rebalance` writes, checked as it stands in the files."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from optimizer import Check, Frontier, Rebalance, check_trades
from optimizer.table_columns import Column, Columns, plain_cells
from taxsleeve.account_folder import AccountFolder
from taxsleeve.csv_file import csv_of_rows
from taxsleeve.rebalance_tables import rebalance_tables
from taxsleeve.report import rebalance_report
from taxsleeve.summary import rebalance_summary
from taxsleeve_errors import CheckFailedError

__all__ = [
    "GOOD_FILES",
    "RebalanceFiles",
    "TableTexts",
    "csv_text",
    "rebalance_files",
    "table_texts",
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
class TableTexts:
    """The tables of a rebalance by the name of their file, as text, and the check of trades.csv."""

    texts: dict[str, str]
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
    tables = table_texts(folder, result)
    check, chosen = tables.check, folder.chosen_risk
    summary = rebalance_summary(result, check, seconds, frontier)
    summary["risk_model"] = {"name": chosen.model, "why": chosen.why, "factors": list(result.risk.factors)}
    contents = {**tables.texts, "report.html": rebalance_report(result, summary, check, frontier)}
    if frontier is not None:
        contents["frontier.csv"] = csv_text(frontier.table.rename(columns={"limit": "tracking_error_limit"}))
    return RebalanceFiles(contents, summary, check)


def table_texts(folder: AccountFolder, result: Rebalance) -> TableTexts:
    """Write the tables of a rebalance as text, and check the trades as they stand in trades.csv.

    Raises
    ------
    CheckFailedError
        trades.csv, read back from its own text, does not pass the independent check.
    """
    tables = rebalance_tables(folder, result)
    text = csv_text(tables.trades.columns)
    # The check looks at nothing but the list: where the file holds the very list checked, that check is of the file.
    check = result.check
    if not _holds(text, tables.trades.columns):
        check = check_trades(result.account, result.mandate, result.risk, trades_read_back(text))
    if not check.passed:
        raise CheckFailedError("trades.csv breaks limits when read back: " + "; ".join(check.violations[:5]))
    texts = {
        "trades.csv": text,
        "orders.csv": csv_text(tables.orders),
        "lots_after.csv": csv_text(tables.lots_after),
    }
    return TableTexts(texts, check)


def csv_text(table: pd.DataFrame | Columns) -> str:
    """Write a table as CSV, an empty cell where there is no number."""
    if isinstance(table, pd.DataFrame):
        table = {str(name): table[name].tolist() for name in table.columns}
    cells = [_cells(plain_cells(column)) for column in table.values()]
    return csv_of_rows(list(table), zip(*cells, strict=True))


def _cells(cells: list[Any]) -> list[Any]:
    if set(map(type, cells)) <= {str}:
        return cells
    missing = pd.isna(np.array(cells, dtype=object))
    return (
        ["" if gone else cell for cell, gone in zip(cells, missing.tolist(), strict=True)] if missing.any() else cells
    )


def _holds(text: str, columns: Columns) -> bool:
    """Whether CSV text, read back, has the same cells as a table, number by number to the last bit."""
    header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    size = len(next(iter(columns.values())))
    if header != list(columns) or len(rows) != size or any(len(row) != len(header) for row in rows):
        return False
    written = zip(*rows, strict=True) if rows else [()] * len(header)
    return all(_same(cells, columns[name]) for name, cells in zip(header, written, strict=True))


def _same(written: Sequence[str], made: Column) -> bool:
    if not isinstance(made, np.ndarray) or made.dtype.kind != "f":
        return list(written) == plain_cells(made)
    numbers = np.array([float(cell) if cell else np.nan for cell in written])
    return np.array_equal(numbers, made, equal_nan=True)


def trades_read_back(text: str) -> pd.DataFrame:
    """Read trades.csv from its text."""
    words = dict.fromkeys(("asset", "side", "lot_id", "term", "reason"), str)
    numbers = dict.fromkeys(("shares", "price", "amount", "gain", "disallowed"), float)
    return pd.read_csv(
        io.StringIO(text), dtype={**words, **numbers}, keep_default_na=False, na_values={c: [""] for c in numbers}
    )
