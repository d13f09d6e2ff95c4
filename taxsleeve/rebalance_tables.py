"""The tables of a rebalance as columns: what is written as CSV, or as part of a night's Parquet tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer import Rebalance, TradeColumns
from optimizer.lots_after import lot_columns
from optimizer.table_columns import Columns, plain_cells
from optimizer.trade_list import order_columns
from taxsleeve.account_folder import AccountFolder

__all__ = ["RebalanceTables", "rebalance_tables"]


@dataclass(frozen=True, eq=False)
class RebalanceTables:
    """The trade list, orders and lots after trading."""

    trades: TradeColumns
    orders: Columns
    lots_after: Columns


def rebalance_tables(folder: AccountFolder, result: Rebalance) -> RebalanceTables:
    """Make the tables that are written of a rebalance."""
    return RebalanceTables(result.listed, order_columns(result.listed), _lots_after(folder, result))


def _lots_after(folder: AccountFolder, result: Rebalance) -> Columns:
    """Lots after trading, with those of other accounts and the columns that only the owner of lots.csv knows."""
    elsewhere = folder.lots_elsewhere
    columns = dict(lot_columns(result.account, result.mandate.costs, result.listed, [row.lot_id for row in elsewhere]))
    if elsewhere:
        for name, own in columns.items():
            others = [_cell(row, name) for row in elsewhere]
            numbers = isinstance(own, np.ndarray)
            columns[name] = np.concatenate([own, np.array(others)]) if numbers else [*plain_cells(own), *others]
    if elsewhere or folder.account_type != "taxable":
        types = {row.lot_id: row.account_type for row in elsewhere}
        columns["account_type"] = [types.get(lot_id, folder.account_type) for lot_id in plain_cells(columns["lot_id"])]
    extra = folder.extra_lot_columns
    if extra.shape[1]:
        known = extra.reindex(plain_cells(columns["lot_id"]))
        columns |= {str(name): known[name].tolist() for name in extra.columns}
    return columns


def _cell(row: Any, name: str) -> Any:
    if name == "holding_start":
        return np.datetime64(row.holding_start or row.acquired, "D")
    value = getattr(row, name)
    return np.datetime64(value, "D") if name == "acquired" else value
