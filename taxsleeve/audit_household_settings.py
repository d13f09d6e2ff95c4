"""household.toml as the auditor reads it, by itself: no key that it does not know goes unread."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from taxsleeve.cells import Label
from taxsleeve.tables import Findings
from taxsleeve.toml_file import read_toml

__all__ = ["HOUSEHOLD_FILE", "AuditedHouseholdSettings", "AuditedSleeveSettings", "read_audited_household_settings"]

HOUSEHOLD_FILE = "household.toml"
_SUM_TOLERANCE = 1e-6
_EXPECTED = {
    "missing": "a value",
    "too_short": "at least one [[sleeve]]",
    "extra_forbidden": "a key that the auditor knows, so that nothing goes unaudited",
}
Limit = Annotated[float, Field(ge=0, le=1)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class AuditedSleeveSettings(_Section):
    """One [[sleeve]]."""

    name: Label
    folder: Label | None = None
    owner: Label = "client"
    type: Literal["taxable", "spouse", "ira", "roth"] = "taxable"

    @property
    def place(self) -> str:
        """Folder relative to the household's."""
        return self.folder or self.name


class _Limits(_Section):
    tracking_error: Annotated[float, Field(gt=0, le=1)] | None = None
    realized_gain: Limit | None = None


class AuditedHouseholdSettings(_Section):
    """The content of household.toml, as `FORMATS` describes it."""

    sleeve: Annotated[list[AuditedSleeveSettings], Field(min_length=1)]
    limits: _Limits = Field(default_factory=_Limits)
    weights: dict[str, Limit] | None = None
    transfers: bool = True


def read_audited_household_settings(folder: Path, findings: Findings) -> AuditedHouseholdSettings | None:
    """Read household.toml of a folder; None, with every fault noted, where it is not good."""
    values = read_toml(folder / HOUSEHOLD_FILE, findings)
    if values is None:
        return None
    try:
        settings = AuditedHouseholdSettings.model_validate(values)
    except ValidationError as error:
        for item in error.errors():
            # A sleeve is counted from one, as its owner does.
            column = ".".join(str(part + 1) if isinstance(part, int) else str(part) for part in item["loc"])
            text = str(item["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
            found = None if isinstance(item["input"], dict | list) else item["input"]
            value = "nothing" if item["type"] == "missing" else found
            findings.fault(HOUSEHOLD_FILE, _EXPECTED.get(item["type"], text), column=column, value=value)
        return None
    _check(folder, settings, findings)
    return settings


def _check(folder: Path, settings: AuditedHouseholdSettings, findings: Findings) -> None:
    """Note names and folders that stand twice or cannot be one, and weights that are not those of the sleeves."""
    for column, values in (
        ("name", [sleeve.name for sleeve in settings.sleeve]),
        ("folder", [sleeve.place for sleeve in settings.sleeve]),
    ):
        for value in sorted({one for one in values if values.count(one) > 1}):
            findings.fault(HOUSEHOLD_FILE, f"each sleeve's {column} once", column=f"sleeve.{column}", value=value)
    for sleeve in settings.sleeve:
        if sleeve.name.startswith(".") or any(mark in sleeve.name for mark in "/\\:"):
            findings.fault(HOUSEHOLD_FILE, "a name that can be a folder's", column="sleeve.name", value=sleeve.name)
        if not (folder / sleeve.place).is_dir():
            expected = "an account folder beside household.toml"
            findings.fault(HOUSEHOLD_FILE, expected, column="sleeve.folder", value=sleeve.place)
    names, weights = sorted(sleeve.name for sleeve in settings.sleeve), settings.weights
    if weights is not None:
        wrong = sorted(weights) != names or abs(math.fsum(weights.values()) - 1) > _SUM_TOLERANCE
        if wrong:
            expected = f"a weight for each of {', '.join(names)}, sum 1"
            findings.fault(HOUSEHOLD_FILE, expected, column="weights", value=weights)
