"""study.toml: every setting and seed of a study, enough to run it again."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from taxsleeve.study_terms import Terms
from taxsleeve.tables import Findings
from taxsleeve.toml_file import read_toml
from taxsleeve_errors import Fault, InputError

__all__ = ["RiskSettings", "SimulationSettings", "StudySettings", "read_study_settings", "study_text"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SimulationSettings(_Frozen):
    """The simulated market."""

    names: Annotated[int, Field(ge=20, le=20_000)]
    start: Annotated[dt.date, Field(ge=dt.date(1886, 1, 1), le=dt.date(2199, 12, 31))]
    years: Annotated[int, Field(ge=1, le=100)]
    seed: Annotated[int, Field(ge=0)]


class RiskSettings(_Frozen):
    """The risk model, with its estimator's defaults."""

    model: Literal["fundamental", "statistical"] = "fundamental"
    days: Annotated[int, Field(ge=2, le=100_000)] = 504


class StudySettings(_Frozen):
    """A study.

    Attributes
    ----------
    program, code : str
        Version that runs it, and a digest of its code (`backtest.study.program_digest`); "" where not said.
    market, content : str or None
        Market folder, and a hash of what was in it; None for the simulated market.
    simulation : SimulationSettings or None
    sleeves, strategies : tuple of str
    start_years : tuple of int
        First full calendar years of the vintages; they are funded at the close before.
    years : int
    base : bool
        Whether the terms as they stand are run too, beside what is swept.
    terms : Terms
    sweeps : mapping of str to tuple of str
        Values, as typed, by what is swept; one thing differs from the terms at a time.
    risk : RiskSettings
    """

    program: str = version("taxsleeve")
    code: str = ""
    market: str | None = None
    content: str | None = None
    simulation: SimulationSettings | None = None
    sleeves: tuple[str, ...]
    start_years: tuple[Annotated[int, Field(ge=1886, le=2199)], ...]
    years: Annotated[int, Field(ge=1, le=100)]
    strategies: tuple[str, ...]
    base: bool = True
    terms: Terms = Terms()
    sweeps: Mapping[str, tuple[str, ...]] = {}
    risk: RiskSettings = RiskSettings()


def study_text(settings: StudySettings) -> str:
    """study.toml of a study; keys without a value are left out."""
    given = settings.model_dump(mode="json")
    plain = {key: value for key, value in given.items() if not isinstance(value, dict)}
    lines = [f"{key} = {_toml(value)}" for key, value in plain.items() if value is not None]
    for name, table in given.items():
        if isinstance(table, dict) and table:
            lines += ["", f"[{name}]"]
            # No limit must be said where the default is a limit.
            lines += [f"{key} = {_toml('none' if value is None else value)}" for key, value in table.items()]
    return "\n".join(lines) + "\n"


def read_study_settings(path: Path) -> StudySettings:
    """Read a study.toml.

    Raises
    ------
    InputError
        It cannot be read or is not good; every fault is listed.
    """
    findings = Findings()
    given = read_toml(path, findings)
    if given is None:
        raise InputError(findings.faults)
    terms = given.get("terms", {})
    if isinstance(terms, dict):
        given["terms"] = {key: None if value == "none" else value for key, value in terms.items()}
    try:
        return StudySettings.model_validate(given)
    except ValidationError as error:
        raise InputError(
            Fault(
                path.name,
                str(item["msg"]).removeprefix("Value error, "),
                column=".".join(map(str, item["loc"])),
                value=None if item["type"] == "missing" else str(item["input"]),
            )
            for item in error.errors()
        ) from error


def _toml(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_toml(one) for one in value)}]"
    # A basic string of TOML is escaped as one of JSON is.
    return json.dumps(value, ensure_ascii=False)
