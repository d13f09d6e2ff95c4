"""Reading column maps: those that come with the program, and a user's own."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from pydantic import ValidationError

from taxsleeve.custodian_map import CustodianMap
from taxsleeve.input_limits import MOST_SETTINGS_BYTES
from taxsleeve.tables import Findings, read_text
from taxsleeve.toml_file import parsed_toml
from taxsleeve_errors import Fault, InputError

__all__ = ["known_custodians", "map_text", "read_custodian_map", "shipped_map"]


def known_custodians() -> tuple[str, ...]:
    """Names of the maps that come with the program."""
    return tuple(sorted(entry.name[:-5] for entry in _shipped().iterdir() if entry.name.endswith(".toml")))


def shipped_map(name: str) -> CustodianMap:
    """Map of one of `known_custodians`."""
    return _checked(f"{name}.toml", map_text(name))


def map_text(name: str) -> str:
    """Text of the map of one of `known_custodians`, to begin one's own with."""
    return (_shipped() / f"{name}.toml").read_text(encoding="utf-8")


def read_custodian_map(path: Path) -> CustodianMap:
    """Read a user's own map.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    findings = Findings()
    if not path.is_file():
        raise InputError.of(str(path), "a column map in TOML", value="a folder" if path.is_dir() else "no such file")
    text = read_text(path, findings, most=MOST_SETTINGS_BYTES)
    if text is None:
        raise InputError(findings.faults)
    return _checked(path.name, text)


def _shipped() -> Traversable:
    return files("taxsleeve") / "custodians"


def _checked(file: str, text: str) -> CustodianMap:
    findings = Findings()
    values = parsed_toml(file, text, findings)
    if values is None:
        raise InputError(findings.faults)
    try:
        return CustodianMap.model_validate(values)
    except ValidationError as error:
        raise InputError(_faults(file, error)) from None


def _faults(file: str, error: ValidationError) -> list[Fault]:
    findings = Findings()
    for item in error.errors():
        if item["type"] == "too_short" and len(error.errors()) > 1 and item["loc"] == ("tables",):
            continue  # its tables are there, but for the faults that are told
        missing = item["type"] == "missing"
        expected = "a value" if missing else item["msg"].removeprefix("Value error, ")
        value = None if missing or isinstance(item["input"], (dict, tuple, list)) else item["input"]
        findings.fault(file, expected, column=".".join(str(part) for part in item["loc"]), value=value)
    return findings.faults
