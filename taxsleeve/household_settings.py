"""household.toml: which folder each sleeve is in, whose account it is, and the limits of all together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError

from taxsleeve.account_settings import Share
from taxsleeve.cells import AccountType, Label
from taxsleeve.tables import Findings
from taxsleeve.toml_file import read_toml

__all__ = ["HouseholdSettings", "SleeveSettings", "read_household_settings"]

_FILE = "household.toml"
# What is written of all sleeves together, beside a folder for each.
_TAKEN = ("report.html", "summary.json", "transfers.csv")
_WORDS = {
    "missing": "a value",
    "bool_type": "true or false",
    "too_short": "at least one [[sleeve]]",
    "extra_forbidden": "a key of household.toml (sleeve, limits, transfers; name, folder, owner, type)",
}


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SleeveSettings(_Section):
    """One [[sleeve]]: `folder` is an account folder, by default of the sleeve's name, beside household.toml."""

    name: Label
    folder: Label | None = None
    owner: Label = "client"
    type: AccountType = "taxable"

    @property
    def place(self) -> str:
        """Folder relative to the household's."""
        return self.folder or self.name


class _Limits(_Section):
    tracking_error: Annotated[Share, Field(gt=0)] | None = None
    realized_gain: Share | None = None


class HouseholdSettings(_Section):
    """The content of household.toml; `weights` of the sleeves' benchmarks, by default what the sleeves are worth."""

    sleeve: Annotated[list[SleeveSettings], Field(min_length=1)]
    limits: _Limits = Field(default_factory=_Limits)
    weights: dict[str, Share] | None = None
    transfers: StrictBool = True


def read_household_settings(folder: Path, findings: Findings) -> HouseholdSettings | None:
    """Read household.toml; None, with every fault noted, where it is not good."""
    path = folder / _FILE
    if not path.is_file():
        findings.fault(_FILE, "the file household.toml in the household folder", value="no such file")
        return None
    values = read_toml(path, findings)
    if values is None:
        return None
    try:
        settings = HouseholdSettings.model_validate(values)
    except ValidationError as error:
        for item in error.errors():
            _note(dict(item), findings)
        return None
    _check_sleeves(folder, settings, findings)
    return settings


def _note(item: dict[str, Any], findings: Findings) -> None:
    missing = item["type"] == "missing"
    value = "nothing" if missing else None if isinstance(item["input"], (dict, list)) else item["input"]
    expected = _WORDS.get(item["type"], str(item["msg"]).removeprefix("Value error, ").removeprefix("Input should be "))
    # A sleeve is counted from one, as its owner does.
    keys = [str(part + 1) if isinstance(part, int) else str(part) for part in item["loc"]]
    findings.fault(_FILE, expected, column=".".join(keys), value=value)


def _check_sleeves(folder: Path, settings: HouseholdSettings, findings: Findings) -> None:
    for column in ("name", "place"):
        values = [getattr(sleeve, column) for sleeve in settings.sleeve]
        for value in sorted({v for v in values if values.count(v) > 1}):
            shown = "folder" if column == "place" else column
            findings.fault(_FILE, f"each sleeve's {shown} once", column=f"sleeve.{shown}", value=value)
    names = [sleeve.name for sleeve in settings.sleeve]
    for sleeve in settings.sleeve:
        if any(mark in sleeve.name for mark in "/\\:") or sleeve.name.startswith(".") or sleeve.name in _TAKEN:
            findings.fault(_FILE, "a name that can be a folder's", column="sleeve.name", value=sleeve.name)
        if not (folder / sleeve.place).is_dir():
            findings.fault(_FILE, "an account folder beside household.toml", column="sleeve.folder", value=sleeve.place)
    if settings.weights is not None:
        total = sum(settings.weights.values())
        if sorted(settings.weights) != sorted(names) or abs(total - 1) > 1e-6:
            expected = f"a weight for each of {', '.join(names)}, sum 1"
            findings.fault(_FILE, expected, column="weights", value=f"{settings.weights}")
