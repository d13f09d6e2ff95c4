"""A household folder as the auditor reads it: household.toml, an account folder a sleeve, one risk source for all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from audit import AuditedAccount, AuditedHousehold, AuditedSleeve, PastTrade
from risk import FactorRisk
from taxsleeve.account_tables import AccountTables, SecurityRow
from taxsleeve.audit_files import audited_account, check_factors, risk_of
from taxsleeve.audit_household_settings import (
    AuditedHouseholdSettings,
    AuditedSleeveSettings,
    read_audited_household_settings,
)
from taxsleeve.audit_settings import AuditSettings, read_audit_settings
from taxsleeve.cross_checks import cross_check
from taxsleeve.folder_tables import read_folder_tables
from taxsleeve.needed_folder import require_folder
from taxsleeve.price_file import read_prices
from taxsleeve.shelf import FolderShelf
from taxsleeve.tables import Findings, find_table
from taxsleeve.vendor_risk import read_vendor_risk
from taxsleeve_errors import Fault, InputError, TaxError

__all__ = ["AuditedHouseholdFolder", "read_audited_household"]

_DEFAULT = "taxable"


@dataclass(frozen=True, eq=False)
class AuditedHouseholdFolder:
    """What a household folder says, for an audit.

    Parameters
    ----------
    household : AuditedHousehold
    risk : FactorRisk
    risk_model : {"vendor", "fundamental", "statistical"}
    labels : dict of str to str
        What the files of each sleeve call its account.
    places : dict of str to Path
        Account folder of each sleeve.
    warnings : tuple of str
    """

    household: AuditedHousehold
    risk: FactorRisk
    risk_model: str
    labels: dict[str, str]
    places: dict[str, Path]
    warnings: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Read:
    sleeve: AuditedSleeve
    securities: list[SecurityRow]
    label: str
    prices: pd.DataFrame | None


def read_audited_household(folder: Path, *, normalize: bool = False) -> AuditedHouseholdFolder:
    """Read a household folder.

    Parameters
    ----------
    folder : Path
    normalize : bool
        Scale every benchmark's weights to sum to one.

    Raises
    ------
    InputError
        With every fault of every file; files of a sleeve are named with their folder.
    """
    require_folder(folder, "a household folder", "`taxsleeve example NAME --household` writes one to begin with")
    findings = Findings()
    settings = read_audited_household_settings(folder, findings)
    if settings is None or findings.faults:
        raise InputError(findings.faults)
    read = {one.name: _read_sleeve(folder, one, findings, normalize=normalize) for one in settings.sleeve}
    known = [one for one in read.values() if one is not None]
    as_of = known[0].sleeve.account.as_of if known else None
    vendor, prices = _risk_source(folder, as_of, findings)
    if findings.faults:
        raise InputError(findings.faults)
    rows = {row.asset: row for one in known for row in one.securities}
    if vendor is None and prices is None:
        prices = _side_by_side(one.prices for one in known)
    risk, model = risk_of(vendor, prices, list(rows.values()))
    for one in known:
        check_factors(one.sleeve.mandate, risk, f"{one.sleeve.name}/account.toml")
    return AuditedHouseholdFolder(
        _household(settings, [one.sleeve for one in known]),
        risk,
        model,
        {one.sleeve.name: one.label for one in known},
        {sleeve.name: folder / sleeve.place for sleeve in settings.sleeve},
        tuple(findings.warnings),
    )


def _household(settings: AuditedHouseholdSettings, sleeves: list[AuditedSleeve]) -> AuditedHousehold:
    return AuditedHousehold(
        tuple(sleeves),
        tracking_error=settings.limits.tracking_error,
        realized_gain=settings.limits.realized_gain,
        weights=settings.weights,
        transfers=settings.transfers,
    )


def _read_sleeve(folder: Path, sleeve: AuditedSleeveSettings, findings: Findings, *, normalize: bool) -> _Read | None:
    """Read one sleeve; None, with its faults noted under its folder, where it is not good."""
    place, own = folder / sleeve.place, Findings()
    settings = read_audit_settings(place / "account.toml", own) if (place / "account.toml").is_file() else None
    if settings is None and not own.faults:
        own.fault("account.toml", "the file account.toml in the account folder", value="no such file")
    named, as_of = (None, None) if settings is None else (settings.benchmark, settings.as_of)
    tables = read_folder_tables(place, named, FolderShelf(place.parent), own)
    weights = cross_check(tables, as_of, own, normalize=normalize, sleeve=True)
    path = None if (place / "risk").is_dir() else find_table(place, "prices", own, required=False)
    prices = None if path is None else read_prices(path, as_of, own)
    kinds = {row.account_type for row in tables.lots.rows} - {_DEFAULT, sleeve.type}
    if kinds:
        expected = f"lots of the type that household.toml gives the sleeve, {sleeve.type}"
        own.fault(tables.lots.file, expected, column="account_type", value=sorted(kinds)[0])
    read = None if own.faults or settings is None else _sleeve(sleeve, settings, tables, weights, prices, own)
    findings.faults += [_placed(fault, sleeve.place) for fault in own.faults]
    findings.warnings += [f"{sleeve.name}/{words}" for words in own.warnings]
    return read


def _placed(fault: Fault, place: str) -> Fault:
    return replace(fault, file=f"{place}/{fault.file}")


def _sleeve(
    sleeve: AuditedSleeveSettings,
    settings: AuditSettings,
    tables: AccountTables,
    weights: dict[str, float],
    prices: pd.DataFrame | None,
    findings: Findings,
) -> _Read | None:
    label = tables.lots.rows[0].account if tables.lots.rows else _DEFAULT
    try:
        account = _renamed(audited_account(settings, tables, weights, sleeve=True), sleeve, label)
        taxes = settings.audited_taxes()
    except TaxError as error:
        findings.fault("account.toml", "tax figures that the tables know", column="taxes", value=error)
        return None
    except InputError as error:
        findings.faults += error.faults
        return None
    audited = AuditedSleeve(sleeve.name, account, settings.mandate(), taxes, sleeve.owner)
    return _Read(audited, tables.securities.rows, label, prices)


def _renamed(account: AuditedAccount, sleeve: AuditedSleeveSettings, label: str) -> AuditedAccount:
    """Put the sleeve's name where its own account stands, so that no two sleeves' are taken for each other's."""
    name, kind = sleeve.name, sleeve.type
    return replace(
        account,
        lots=tuple(replace(lot, account=name, account_type=kind) for lot in account.lots),
        past=tuple(
            replace(trade, account=name, account_type=kind) if _is_own(trade, kind, label, account) else trade
            for trade in account.past
        ),
        named=(name, kind),
    )


def _is_own(trade: PastTrade, kind: str, label: str, account: AuditedAccount) -> bool:
    """Whether a past trade is of the sleeve's own account: of the account that its lots name, or of its type."""
    if account.lots:
        return trade.account == label
    return trade.account == _DEFAULT and trade.account_type == kind


def _risk_source(
    folder: Path, as_of: dt.date | None, findings: Findings
) -> tuple[FactorRisk | None, pd.DataFrame | None]:
    if (folder / "risk").is_dir():
        return read_vendor_risk(folder / "risk", as_of, findings), None
    path = find_table(folder, "prices", findings, required=False)
    return None, None if path is None else read_prices(path, as_of, findings)


def _side_by_side(histories: Iterable[pd.DataFrame | None]) -> pd.DataFrame:
    """Histories of all sleeves; a name that several have is taken from the first."""
    found = [history for history in histories if history is not None]
    if not found:
        expected = "a price history beside household.toml or in every sleeve, or a vendor's model in risk/"
        raise InputError.of("prices.parquet", expected, value="no such file")
    joined = pd.concat(found, axis=1)
    return joined.loc[:, ~joined.columns.duplicated()].sort_index()
