"""The tables and the risk source of an account folder, as they are read for a rebalance and for an audit alike."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd

from risk import FactorRisk
from taxsleeve.account_tables import AccountTables, BenchmarkRow, LotRow, RestrictionRow, SecurityRow, TradeRow
from taxsleeve.needed_folder import require_folder
from taxsleeve.price_file import read_prices
from taxsleeve.shelf import FolderShelf, Shared, has_table
from taxsleeve.tables import Findings, Table, find_table, no_rows, read_table
from taxsleeve.vendor_risk import read_vendor_risk
from taxsleeve_errors import InputError, RiskModelError

__all__ = ["check_overlap", "read_folder_tables", "read_risk_source", "require_account_folder", "unfit"]


def require_account_folder(folder: Path) -> None:
    """Refuse what is no folder."""
    require_folder(folder, "an account folder", "`taxsleeve example NAME` writes one to begin with")


def read_folder_tables(folder: Path, benchmark: str | None, shelf: FolderShelf, findings: Findings) -> AccountTables:
    """Read the tables of a folder; benchmark and securities from the shelf where they are named and not there."""

    def read(stem: str, model: type, *, required: bool) -> Table:  # type: ignore[type-arg]
        path = find_table(folder, stem, findings, required=required)
        return no_rows(f"{stem}.csv") if path is None else read_table(path, model, findings)

    def own_or_shared(stem: str, model: type) -> Table:  # type: ignore[type-arg]
        if benchmark is None or has_table(folder, stem):
            return read(stem, model, required=True)
        shared: Shared[Any] = shelf.benchmark(benchmark) if stem == "benchmark" else shelf.securities()
        noted: Table[Any] = shared.noted(findings)
        return noted

    return AccountTables(
        lots=read("lots", LotRow, required=True),
        benchmark=own_or_shared("benchmark", BenchmarkRow),
        securities=own_or_shared("securities", SecurityRow),
        trades=read("trades", TradeRow, required=False),
        restrictions=read("restrictions", RestrictionRow, required=False),
    )


def read_risk_source(
    folder: Path,
    model: str | None,
    as_of: dt.date | None,
    shelf: FolderShelf,
    findings: Findings,
    *,
    required: bool = True,
) -> tuple[FactorRisk | None, pd.DataFrame | None]:
    """Read the vendor's model, the shelf's of that name, or the price history that one can be fitted on."""
    vendor = folder / "risk"
    if vendor.is_dir():
        return read_vendor_risk(vendor, as_of, findings), None
    if vendor.exists():
        findings.fault("risk", "a folder with a vendor's model, or nothing", value="a file")
        return None, None
    if model is not None and not has_table(folder, "prices"):
        return shelf.risk(model).noted(findings), None
    path = find_table(folder, "prices", findings, required=False)
    if path is None:
        if required and not any(fault.file.startswith("prices") for fault in findings.faults):
            findings.fault("prices.parquet", "a price history, or a vendor's model in risk/", value="no such file")
        return None, None
    return None, read_prices(path, as_of, findings)


def unfit(error: RiskModelError) -> InputError:
    """Say that no model can be fitted on the price history."""
    return InputError.of("prices.parquet", "a history that a risk model can be fitted on", value=error)


def check_overlap(risk: FactorRisk, securities: Table[SecurityRow]) -> None:
    """Refuse a model that rates nothing here: every name would be frozen and tracking error read as zero."""
    if not any(row.asset in risk for row in securities.rows):
        found = ", ".join(risk.assets[:3]) or "no asset at all"
        raise InputError.of("risk/loadings", f"assets of {securities.file}", column="asset", value=found)
