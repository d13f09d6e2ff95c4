"""One run of `taxsleeve audit` on a household: read folder and lists, recompute, write where asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit import HouseholdAudit, audit_household
from taxsleeve.audit_household_files import AuditedHouseholdFolder, read_audited_household
from taxsleeve.audit_household_settings import HOUSEHOLD_FILE
from taxsleeve.audit_summary import household_audit_summary, written_audit
from taxsleeve.audited_household_lists import read_audited_household_lists
from taxsleeve.output_folder import prepare_output, write_files
from taxsleeve.progress import Step, no_step

__all__ = ["HouseholdAuditRun", "is_household", "run_household_audit"]


@dataclass(frozen=True, eq=False)
class HouseholdAuditRun:
    """What the audit of a household read and found."""

    folder: AuditedHouseholdFolder
    audit: HouseholdAudit
    summary: dict[str, Any]


def is_household(source: Path) -> bool:
    """Whether a folder is a household's: it has household.toml."""
    return (source / HOUSEHOLD_FILE).exists()


def run_household_audit(
    source: Path, lists: Path, out: Path | None = None, *, normalize: bool = False, step: Step = no_step
) -> HouseholdAuditRun:
    """Audit the lists of a household against its folder.

    Parameters
    ----------
    source : Path
        Household folder.
    lists : Path
        Folder with transfers.csv and a folder a sleeve.
    out : Path, optional
        Folder for audit.json, audit.csv and audit_limits.csv.
    normalize : bool
        Scale every benchmark's weights to sum to one.
    step : callable
        Told each of `taxsleeve.audit_run.STEPS` as it begins.

    Returns
    -------
    HouseholdAuditRun

    Raises
    ------
    InputError
        Household or lists cannot be read; nothing is written.
    """
    if out is not None:
        prepare_output(out, unlike=source, inside=False)
    step("reading account and list")
    folder = read_audited_household(source, normalize=normalize)
    if out is not None:
        for sleeve in folder.places.values():
            prepare_output(out, unlike=sleeve, inside=False)
    listed = read_audited_household_lists(lists, folder.labels)
    step("auditing")
    audit = audit_household(folder.household, folder.risk, listed)
    summary = household_audit_summary(audit, account=source.name, trades=lists.name, risk_model=folder.risk_model)
    if out is not None:
        write_files(out, written_audit(summary))
    return HouseholdAuditRun(folder, audit, summary)
