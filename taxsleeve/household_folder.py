"""A household folder: household.toml, an account folder a sleeve, and one risk source for all; every fault at once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from optimizer.household import Household, Sleeve
from risk import FactorRisk
from tax import AccountKind
from taxsleeve.account_folder import AccountFolder, read_account_folder
from taxsleeve.household_settings import HouseholdSettings, SleeveSettings, read_household_settings
from taxsleeve.needed_folder import require_folder
from taxsleeve.price_file import read_prices
from taxsleeve.risk_choice import ChosenRisk, fitted_risk
from taxsleeve.tables import Findings, find_table
from taxsleeve.vendor_risk import read_vendor_risk
from taxsleeve_errors import Fault, InputError, RiskModelError

__all__ = ["HouseholdFolder", "read_household_folder"]


@dataclass(frozen=True, eq=False)
class HouseholdFolder:
    """Everything that a household folder says.

    Parameters
    ----------
    household : Household
    folders : dict of str to AccountFolder
        By sleeve.
    chosen_risk : ChosenRisk
        The vendor's model in risk/, or one fitted on prices.parquet beside household.toml, or on those of the sleeves.
    places : dict of str to Path
        Where the account folder of each sleeve is.
    warnings : tuple of str
    """

    household: Household
    folders: dict[str, AccountFolder]
    chosen_risk: ChosenRisk
    places: dict[str, Path]
    warnings: tuple[str, ...] = field(default=())


def read_household_folder(folder: Path, *, normalize: bool = False) -> HouseholdFolder:
    """Read a household folder.

    Parameters
    ----------
    folder : Path
    normalize : bool
        Scale every benchmark's weights to sum to one.

    Returns
    -------
    HouseholdFolder

    Raises
    ------
    InputError
        With every fault of every file; files of a sleeve are named with their folder.
    """
    require_folder(folder, "a household folder", "`taxsleeve example NAME --household` writes one to begin with")
    if (folder / "account.toml").is_file() and not (folder / "household.toml").exists():
        expected = "a household folder (household.toml); `taxsleeve rebalance` is for one account"
        raise InputError.of(str(folder), expected, value="an account folder")
    findings = Findings()
    settings = read_household_settings(folder, findings)
    if settings is None or findings.faults:
        raise InputError(findings.faults)
    folders = _read_sleeves(folder, settings, findings, normalize=normalize)
    as_of = next((one.account.as_of for one in folders.values()), None)
    model, prices = _read_risk(folder, as_of, findings)
    if findings.faults:
        raise InputError(findings.faults)
    household = _household(settings, folders)
    chosen = _chosen_risk(model, prices, folders)
    warnings = [*findings.warnings]
    warnings += [f"{name}/{words}" for name, one in folders.items() for words in one.warnings]
    places = {sleeve.name: folder / sleeve.place for sleeve in settings.sleeve}
    return HouseholdFolder(household, folders, chosen, places, tuple(warnings))


def _read_sleeves(
    folder: Path, settings: HouseholdSettings, findings: Findings, *, normalize: bool
) -> dict[str, AccountFolder]:
    folders = {}
    for sleeve in settings.sleeve:
        try:
            one = read_account_folder(folder / sleeve.place, normalize=normalize, sleeve=True)
        except InputError as error:
            findings.faults += [replace(fault, file=f"{sleeve.place}/{fault.file}") for fault in error.faults]
            continue
        if one.account_type not in ("taxable", sleeve.type):
            findings.fault(
                f"{sleeve.place}/lots.csv", f"lots of the type that household.toml gives the sleeve, {sleeve.type}",
                column="account_type", value=one.account_type,
            )  # fmt: skip
        folders[sleeve.name] = one
    return folders


def _household(settings: HouseholdSettings, folders: dict[str, AccountFolder]) -> Household:
    sleeves = tuple(_sleeve(sleeve, folders[sleeve.name]) for sleeve in settings.sleeve)
    try:
        return Household(
            sleeves,
            tracking_error=settings.limits.tracking_error,
            realized_gain=settings.limits.realized_gain,
            weights=settings.weights,
            transfers=settings.transfers,
        )
    except InputError as error:
        places = {sleeve.name: sleeve.place for sleeve in settings.sleeve}
        raise InputError([_placed(fault, places) for fault in error.faults]) from None


def _sleeve(settings: SleeveSettings, folder: AccountFolder) -> Sleeve:
    return Sleeve(settings.name, folder.account, folder.mandate, settings.owner, AccountKind(settings.type))


def _placed(fault: Fault, places: dict[str, str]) -> Fault:
    """Say which file a fault of a sleeve is in."""
    if fault.file not in places:
        return replace(fault, file="household.toml")
    column = fault.column or ""
    if column.startswith("securities."):
        return replace(fault, file=f"{places[fault.file]}/securities.csv", column=column.removeprefix("securities."))
    return replace(fault, file=f"{places[fault.file]}/account.toml")


def _read_risk(
    folder: Path, as_of: dt.date | None, findings: Findings
) -> tuple[FactorRisk | None, pd.DataFrame | None]:
    if (folder / "risk").is_dir():
        return read_vendor_risk(folder / "risk", as_of, findings), None
    path = find_table(folder, "prices", findings, required=False)
    return None, None if path is None else read_prices(path, as_of, findings)


def _chosen_risk(
    model: FactorRisk | None, prices: pd.DataFrame | None, folders: dict[str, AccountFolder]
) -> ChosenRisk:
    if model is not None:
        return ChosenRisk(model, "vendor", "read from risk/")
    if prices is None:
        prices = _sleeves_prices(folders)
    rows = {row.asset: row for one in folders.values() for row in one.security_rows}
    try:
        return fitted_risk(prices, list(rows.values()))
    except RiskModelError as error:
        raise InputError.of("prices.parquet", "a history that a risk model can be fitted on", value=error) from error


def _sleeves_prices(folders: dict[str, AccountFolder]) -> pd.DataFrame:
    """Histories of all sleeves side by side; a name that several have is taken from the first."""
    found = [one.prices for one in folders.values() if one.prices is not None]
    if not found:
        raise InputError.of(
            "prices.parquet", "a price history beside household.toml or in every sleeve, or a vendor's model in risk/",
            value="no such file",
        )  # fmt: skip
    joined = pd.concat(found, axis=1)
    return joined.loc[:, ~joined.columns.duplicated()].sort_index()
