"""One run of `taxsleeve audit`: read account and list, recompute, write where asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit import Audit, audit_trades
from taxsleeve.audit_files import AuditedFolder, read_audited_folder
from taxsleeve.audit_summary import audit_summary, written_audit
from taxsleeve.audited_list import read_audited_list
from taxsleeve.output_folder import prepare_output, write_files
from taxsleeve.progress import Step, no_step

__all__ = ["STEPS", "AuditRun", "run_audit"]

# What an audit goes through, with the share of the time that each took on an account of 500 names.
STEPS = {"reading account and list": 0.5, "auditing": 0.5}


@dataclass(frozen=True, eq=False)
class AuditRun:
    """What an audit read and found."""

    folder: AuditedFolder
    audit: Audit
    summary: dict[str, Any]


def run_audit(
    source: Path, trades: Path, out: Path | None = None, *, normalize: bool = False, step: Step = no_step
) -> AuditRun:
    """Audit a trade list against an account folder.

    Parameters
    ----------
    source : Path
        Account folder.
    trades : Path
        Folder with the trade list, or the list itself.
    out : Path, optional
        Folder for audit.json, audit.csv and audit_limits.csv.
    normalize : bool
        Scale the benchmark's weights to sum to one.
    step : callable
        Told each of `STEPS` as it begins.

    Returns
    -------
    AuditRun

    Raises
    ------
    InputError
        Account or list cannot be read; nothing is written.
    """
    if out is not None:
        prepare_output(out, unlike=source)
    step("reading account and list")
    folder = read_audited_folder(source, normalize=normalize)
    listed = read_audited_list(trades)
    step("auditing")
    audit = audit_trades(folder.account, folder.mandate, folder.risk, listed.trades, listed.stated)
    summary = audit_summary(audit, account=source.name, trades=trades.name, risk_model=folder.risk_model)
    if out is not None:
        write_files(out, written_audit(summary))
    return AuditRun(folder, audit, summary)
