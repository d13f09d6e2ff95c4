"""audit.json, audit.csv and audit_limits.csv: what an audit found, for machines and for a spreadsheet."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from audit import TOLERANCE, Audit, Finding, HouseholdAudit, LimitReading, tracking_error
from taxsleeve.csv_file import csv_of_rows

__all__ = ["audit_json", "audit_summary", "findings_csv", "household_audit_summary", "limits_csv", "written_audit"]


def audit_summary(audit: Audit, *, account: str, trades: str, risk_model: str) -> dict[str, Any]:
    """Summarise an audit.

    Parameters
    ----------
    audit : Audit
    account, trades : str
        What was read.
    risk_model : str

    Returns
    -------
    dict
        `verdict` ("clean" or "faults"), counts, what was read, `figures` as recomputed, `findings` and `limits`.
    """
    after = audit.after
    return {
        **_verdict(audit, account, trades),
        "as_of": after.account.as_of.isoformat(),
        "rows": len(after.rows),
        "risk_model": risk_model,
        "tolerance": TOLERANCE,
        "figures": _figures(audit),
        "findings": [_finding(finding) for finding in audit.findings],
        "limits": [_limit(reading) for reading in audit.readings],
    }


_TERMS = (("short", False), ("long", True))


def _verdict(audit: Audit | HouseholdAudit, account: str, trades: str) -> dict[str, Any]:
    return {
        "verdict": "clean" if audit.is_clean else "faults",
        "faults": len(audit.faults),
        "warnings": len(audit.findings) - len(audit.faults),
        "account": account,
        "trades": trades,
    }


def _figures(audit: Audit) -> dict[str, Any]:
    after = audit.after
    return {
        "nav": after.before.nav,
        "cash_after": after.cash,
        "cost": after.cost,
        "turnover": after.turnover,
        "orders": len(after.orders),
        "tracking_error": {
            "before": tracking_error(after.risk, after.active_before),
            "after": tracking_error(after.risk, after.active),
        },
        "losses": {term: after.realised(long=long, losses=True) for term, long in _TERMS},
        "gains": {term: after.realised(long=long, losses=False) for term, long in _TERMS},
        "disallowed": math.fsum(sale.disallowed for sale in after.sales),
    }


def household_audit_summary(audit: HouseholdAudit, *, account: str, trades: str, risk_model: str) -> dict[str, Any]:
    """Summarise the audit of a household.

    Parameters
    ----------
    audit : HouseholdAudit
    account, trades : str
        What was read.
    risk_model : str

    Returns
    -------
    dict
        As of a single list; `figures` are of all sleeves together, `sleeves` has those of each, `account` of a finding
        or limit is its sleeve ("" of all together).
    """
    after = audit.after
    return {
        **_verdict(audit, account, trades),
        "as_of": after.household.as_of.isoformat(),
        "rows": sum(len(part.rows) for part in after.parts.values()),
        "transfers": audit.moved,
        "risk_model": risk_model,
        "tolerance": TOLERANCE,
        "figures": {
            "nav": after.household.nav,
            "cost": after.cost,
            "tracking_error": {"before": after.tracking_error_before, "after": after.tracking_error},
            "harvested": {term: after.harvested(long=long) for term, long in _TERMS},
            "gains": {term: after.gains(long=long) for term, long in _TERMS},
            "tax_saved": after.tax_saved,
        },
        "sleeves": {name: _figures(one) for name, one in audit.sleeves.items()},
        "findings": [{"account": finding.account, **_finding(finding)} for finding in audit.findings],
        "limits": [{"account": reading.account, **_limit(reading)} for reading in audit.readings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "file": finding.file,
        "row": finding.row,
        "name": finding.name,
        "value": finding.value,
        "limit": finding.limit,
        "excess": finding.excess,
        "words": finding.words,
    }


def _limit(reading: LimitReading) -> dict[str, Any]:
    return {
        "name": reading.name,
        "where": reading.where,
        "value": reading.value,
        "limit": reading.limit,
        "slack": reading.slack,
        "unit": reading.unit,
        "kept": reading.kept,
        "soft_price": reading.soft,
    }


def audit_json(summary: dict[str, Any]) -> str:
    """Write a summary as JSON; numbers to twelve significant digits, null for one that is not finite."""
    return json.dumps(_plain(summary), indent=2, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.12g}") if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def written_audit(summary: dict[str, Any]) -> dict[str, str]:
    """Text of audit.json, audit.csv and audit_limits.csv, by file."""
    return {
        "audit.json": audit_json(summary),
        "audit.csv": findings_csv(summary),
        "audit_limits.csv": limits_csv(summary),
    }


def findings_csv(summary: dict[str, Any]) -> str:
    """Write the findings of a summary as CSV, a row each; of a household with the account first."""
    columns = ("code", "severity", "file", "row", "name", "value", "limit", "excess", "words")
    return _csv((*_account(summary), *columns), summary["findings"])


def limits_csv(summary: dict[str, Any]) -> str:
    """Write every entry of every limit of a summary as CSV; of a household with the account first."""
    columns = ("name", "where", "value", "limit", "slack", "unit", "kept", "soft_price")
    return _csv((*_account(summary), *columns), summary["limits"])


def _account(summary: dict[str, Any]) -> tuple[str, ...]:
    return ("account",) if "sleeves" in summary else ()


def _csv(columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> str:
    return csv_of_rows(columns, ([_plain(row[name]) for name in columns] for row in rows))
