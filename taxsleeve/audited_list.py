"""A trade list and what stands beside it, as an audit takes them: from a folder of results, or a table by itself."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict

from audit import OpenLot, OrderRow, Stated, StatedLimit
from taxsleeve.account_tables import LotRow
from taxsleeve.cells import Label, Number, Side
from taxsleeve.input_limits import parsed_json
from taxsleeve.tables import Findings, find_table, raw_table, read_table, read_text
from taxsleeve_errors import InputError

__all__ = ["AuditedList", "is_number", "list_cells", "read_audited_list", "summary_file"]

_PLAIN = {"nav": "nav", "cash": "cash_after", "cost": "cost", "turnover": "turnover", "orders": "orders"}


@dataclass(frozen=True, eq=False)
class AuditedList:
    """A trade list as it stands, its cells as text with the line of the file as index, and what is told beside it."""

    file: str
    trades: pd.DataFrame
    stated: Stated


class _OrderRow(BaseModel):
    model_config = ConfigDict(frozen=True)
    asset: Label
    side: Side
    shares: Number


def read_audited_list(path: Path) -> AuditedList:
    """Read a trade list.

    Parameters
    ----------
    path : Path
        A folder with trades.csv (or .parquet), and orders.csv, lots_after.csv and summary.json where they are there; or
        the table of trades itself.

    Raises
    ------
    InputError
        A file cannot be read. Cells of the trade list that cannot are findings of the audit, not errors.
    """
    findings = Findings()
    if not path.exists():
        raise InputError.of(str(path), "a folder with trades.csv, or a table of trades", value="no such file")
    folder = path if path.is_dir() else None
    table = find_table(folder, "trades", findings, required=True) if folder is not None else path
    frame = None if table is None else list_cells(table, findings)
    stated = Stated() if folder is None else _stated(folder, findings)
    if findings.faults or frame is None or table is None:
        raise InputError(findings.faults)
    return AuditedList(table.name, frame, stated)


def list_cells(table: Path, findings: Findings) -> pd.DataFrame | None:
    """Cells of a table as text, with the line of the file as index; None, with the fault noted, where it is none."""
    raw = raw_table(table, findings)
    if raw is None:
        return None
    header, rows = raw
    if len(set(header)) < len(header):
        findings.fault(table.name, "each column once", value=", ".join(header))
        return None
    cells = [[row.get(name) for name in header] for _, row in rows]
    return pd.DataFrame(cells, columns=header, index=[line for line, _ in rows], dtype=object)


def _stated(folder: Path, findings: Findings) -> Stated:
    orders = find_table(folder, "orders", findings, required=False)
    lots = find_table(folder, "lots_after", findings, required=False)
    summary = summary_file(folder / "summary.json", findings)
    return Stated(
        orders=None if orders is None else _orders(orders, findings),
        lots_after=None if lots is None else _lots(lots, findings),
        figures=_figures(summary),
        limits=_limits(summary),
    )


def _orders(path: Path, findings: Findings) -> tuple[OrderRow, ...]:
    table = read_table(path, _OrderRow, findings)
    return tuple(OrderRow(line, row.asset, row.side, row.shares) for line, row in table)


def _lots(path: Path, findings: Findings) -> tuple[tuple[int, OpenLot], ...]:
    # Columns of lots.csv that no program knows stand in lots_after.csv too, and are nobody's to audit.
    table = read_table(path, LotRow, Findings(findings.faults))
    return tuple(
        (
            line,
            OpenLot(
                lot_id=row.lot_id,
                asset=row.asset,
                shares=row.shares,
                cost_per_share=row.cost_per_share,
                acquired=row.acquired,
                holding_start=row.holding_start or row.acquired,
                account=row.account,
                account_type=row.account_type,
            ),
        )
        for line, row in table
    )


def summary_file(path: Path, findings: Findings) -> dict[str, Any]:
    """Return what summary.json says, nothing where it is not there or is no table of figures."""
    text = read_text(path, findings) if path.is_file() else None
    try:
        summary = None if text is None else parsed_json(text)
    except ValueError as error:
        findings.fault(path.name, "well-formed JSON", value=error)
        return {}
    return summary if isinstance(summary, dict) else {}


def _figures(summary: Mapping[str, Any]) -> dict[str, float]:
    """Figures of a summary by the names of `Stated`; those that it does not tell are left out."""
    told: dict[str, Any] = {name: summary.get(key) for name, key in _PLAIN.items()}
    for moment in ("before", "after"):
        told[f"tracking_error_{moment}"] = _inside(summary, "tracking_error", moment)
    for term in ("short", "long"):
        told[f"gains_{term}"] = _inside(summary, "gains", term)
        harvested, rest = (_inside(summary, part, term) for part in ("harvested", "uncredited"))
        told[f"losses_{term}"] = None if harvested is None else harvested + (rest or 0.0)
    return {name: float(value) for name, value in told.items() if is_number(value)}


def _limits(summary: Mapping[str, Any]) -> tuple[StatedLimit, ...]:
    entries = summary.get("limits")
    return tuple(
        StatedLimit(
            str(entry.get("name")),
            str(entry.get("where", "")),
            float(entry["value"]),
            float(entry["limit"]) if is_number(entry.get("limit")) else None,
        )
        for entry in (entries if isinstance(entries, list) else ())
        if isinstance(entry, dict) and is_number(entry.get("value"))
    )


def is_number(value: Any) -> bool:
    """Whether a value of a summary is a number that a float can hold."""
    whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) <= sys.float_info.max
    return whole or isinstance(value, float)


def _inside(summary: Mapping[str, Any], key: str, part: str) -> float | None:
    section = summary.get(key)
    value = section.get(part) if isinstance(section, dict) else None
    return float(value) if value is not None and is_number(value) else None
