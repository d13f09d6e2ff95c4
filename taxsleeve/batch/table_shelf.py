"""Benchmarks, securities and risk models that stand in tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from risk import FactorRisk
from taxsleeve.account_tables import BenchmarkRow, SecurityRow
from taxsleeve.batch.stores import TableStore
from taxsleeve.shelf import Shared
from taxsleeve.tables import Findings, Table, checked_table, no_rows
from taxsleeve_errors import InputError, RiskModelError

__all__ = ["RISK_TABLES", "TableShelf", "cells_of"]

RISK_TABLES = ("loadings", "factor_covariance", "specific_variance")


@dataclass(frozen=True, eq=False)
class TableShelf:
    """What the accounts of a database share.

    Parameters
    ----------
    store : TableStore
        Tables `benchmarks` (with a column `benchmark`), `securities`, and `loadings`, `factor_covariance` and
        `specific_variance` (with a column `risk`).
    """

    store: TableStore
    _tables: dict[str, pa.Table | InputError] = field(default_factory=dict, repr=False)

    def benchmark(self, name: str) -> Shared[Table[BenchmarkRow]]:
        """Return the weights of a benchmark."""
        findings = Findings()
        rows = self._named("benchmarks", "benchmark", name, findings)
        if rows is None:
            return Shared(no_rows("benchmarks"), findings)
        return Shared(checked_table("benchmarks", BenchmarkRow, *cells_of(rows), findings), findings)

    def securities(self) -> Shared[Table[SecurityRow]]:
        """Return prices and facts of all securities."""
        return self._securities

    def risk(self, name: str) -> Shared[FactorRisk | None]:
        """Return a risk model."""
        findings = Findings()
        tables = [self._named(table, "risk", name, findings) for table in RISK_TABLES]
        if any(table is None for table in tables):
            return Shared(None, findings)
        try:
            return Shared(_model(*tables), findings)
        except (RiskModelError, InputError) as error:
            findings.fault("loadings", f"a valid factor model {name}", column="risk", value=error)
            return Shared(None, findings)

    @cached_property
    def _securities(self) -> Shared[Table[SecurityRow]]:
        findings = Findings()
        table = self._table("securities", findings)
        if table is None:
            return Shared(no_rows("securities"), findings)
        return Shared(checked_table("securities", SecurityRow, *cells_of(table), findings), findings)

    def _table(self, table: str, findings: Findings) -> pa.Table | None:
        if table not in self._tables:
            try:
                self._tables[table] = self.store.whole(table)
            except InputError as error:
                self._tables[table] = error
        found = self._tables[table]
        if isinstance(found, InputError):
            findings.faults += found.faults
            return None
        return found

    def _named(self, table: str, key: str, name: str, findings: Findings) -> pa.Table | None:
        """Rows of one name, without the column of names; None, with a fault, where there are none."""
        rows = self._table(table, findings)
        if rows is None:
            return None
        if key not in rows.column_names:
            findings.fault(table, f"a column {key}", column=key, value="no such column")
            return None
        names = rows.column(key).cast(pa.string())
        found = rows.filter(pc.equal(names, name)).drop_columns([key])
        if not found.num_rows:
            known = ", ".join(sorted(str(n) for n in names.unique().to_pylist())[:10])
            findings.fault("accounts", f"one of {known}, as in {table}", column=key, value=name)
            return None
        return found


def cells_of(rows: pa.Table) -> tuple[list[str], list[tuple[int, dict[str, Any]]]]:
    """Header and cells as `checked_table` takes them; rows are counted as if a header were above them."""
    cells = [
        (i + 2, {key: cell for key, cell in row.items() if cell is not None and cell != ""})
        for i, row in enumerate(rows.to_pylist())
    ]
    return list(rows.column_names), cells


def _model(loadings: pa.Table, covariance: pa.Table, variance: pa.Table) -> FactorRisk:
    for table, key in ((loadings, "asset"), (covariance, "factor"), (variance, "asset")):
        if key not in table.column_names:
            raise InputError.of("risk tables", f"a column {key}", value=", ".join(table.column_names))
    factors = covariance.column("factor").cast(pa.string()).to_pylist()
    assets = loadings.column("asset").cast(pa.string()).to_pylist()
    own = dict(zip(variance.column("asset").cast(pa.string()).to_pylist(), _numbers(variance, "variance"), strict=True))
    lacking = sorted(set(assets) ^ set(own))
    if lacking:
        raise InputError.of("specific_variance", "the assets of loadings", column="asset", value=lacking[0])
    return FactorRisk(
        assets=tuple(assets),
        factors=tuple(factors),
        loadings=np.column_stack([_numbers(loadings, factor) for factor in factors]),
        factor_covariance=np.column_stack([_numbers(covariance, factor) for factor in factors]),
        specific_variance=np.array([own[asset] for asset in assets]),
    )


def _numbers(table: pa.Table, column: str) -> NDArray[np.float64]:
    if column not in table.column_names:
        raise InputError.of("risk tables", f"a column {column}", value=", ".join(table.column_names))
    try:
        numbers: NDArray[np.float64] = table.column(column).cast(pa.float64()).to_numpy()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InputError.of("risk tables", "numbers", column=column, value=error) from error
    return numbers
