"""The folder risk/: a vendor's factor model as three tables."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from risk import FactorRisk
from taxsleeve.account_tables import VarianceRow
from taxsleeve.cells import Number
from taxsleeve.tables import Findings, find_table, raw_table, read_table
from taxsleeve_errors import RiskModelError

__all__ = ["read_vendor_risk"]

Floats = NDArray[np.float64]
_NUMBER: TypeAdapter[float] = TypeAdapter(Number)


def read_vendor_risk(folder: Path, as_of: dt.date | None, findings: Findings) -> FactorRisk | None:
    """Read loadings, factor covariance and specific variance (annual); None, with the faults noted, where not good.

    The assets are those that have both loadings and a specific variance; a name with only one is noted as a fault.
    """
    before = len(findings.faults)
    loadings = _read_matrix(folder, "loadings", "asset", findings)
    covariance = _read_matrix(folder, "factor_covariance", "factor", findings)
    path = find_table(folder, "specific_variance", findings, required=True)
    if path is None or loadings is None or covariance is None:
        return None
    table = read_table(path, VarianceRow, findings)
    variances: dict[str, float] = {}
    for line, row in table:
        if row.asset in variances:
            findings.fault(f"risk/{path.name}", "each asset named once", row=line, column="asset", value=row.asset)
        variances[row.asset] = row.variance
    assets, factors, B = loadings
    order = _factor_order(factors, covariance, findings)
    for asset in sorted(set(assets) ^ set(variances)):
        lacks = path.name if asset in assets else "loadings"
        findings.fault(
            f"risk/{lacks}", "every asset in loadings and specific_variance both", column="asset", value=asset
        )
    if len(findings.faults) > before or order is None:
        return None
    try:
        return FactorRisk(
            assets=tuple(assets),
            factors=tuple(factors),
            loadings=B,
            factor_covariance=covariance[2][np.ix_(order[0], order[1])],
            specific_variance=np.array([variances[a] for a in assets]),
            as_of=as_of,
        )
    except RiskModelError as error:
        findings.fault("risk/", "a valid factor model", value=error)
        return None


def _factor_order(
    factors: list[str], covariance: tuple[list[str], list[str], Floats], findings: Findings
) -> tuple[list[int], list[int]] | None:
    """Where the loadings' factors stand in the rows and columns of the covariance."""
    for axis, names in (("row", covariance[0]), ("column", covariance[1])):
        for factor in sorted(set(factors) ^ set(names)):
            findings.fault(
                "risk/factor_covariance", f"one {axis} for each factor of loadings", column=factor, value=factor
            )
    if set(factors) != set(covariance[0]) or set(factors) != set(covariance[1]):
        return None
    return [covariance[0].index(f) for f in factors], [covariance[1].index(f) for f in factors]


def _read_matrix(folder: Path, stem: str, label: str, findings: Findings) -> tuple[list[str], list[str], Floats] | None:
    """Row names, column names and numbers of a table whose first column names its rows."""
    path = find_table(folder, stem, findings, required=True)
    raw = None if path is None else raw_table(path, findings)
    if path is None or raw is None:
        return None
    header, rows = raw
    file = f"risk/{path.name}"
    if len(header) < 2 or len(set(header)) < len(header):
        findings.fault(file, f"a column of {label} names, then a column a factor, each once", value=", ".join(header))
        return None
    names: dict[str, None] = {}
    numbers = np.empty((len(rows), len(header) - 1))
    for i, (line, cells) in enumerate(rows):
        name = str(cells.get(header[0], ""))
        if not name or name in names:
            findings.fault(file, f"each {label} named once", row=line, column=header[0], value=name or "nothing")
        names[name] = None
        for j, column in enumerate(header[1:]):
            numbers[i, j] = _number(cells.get(column))
            if not np.isfinite(numbers[i, j]):
                findings.fault(file, "a number", row=line, column=column, value=cells.get(column, "an empty cell"))
    return list(names), header[1:], numbers


def _number(cell: object) -> float:
    try:
        return _NUMBER.validate_python(cell)
    except ValidationError:
        return np.nan
