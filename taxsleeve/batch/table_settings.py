"""Settings of an account from rows of tables: a column a key of account.toml, as `limits.tracking_error`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from taxsleeve.account_settings import AccountSettings, checked_settings
from taxsleeve.batch.stores import ACCOUNT
from taxsleeve.input_limits import parsed_json
from taxsleeve.tables import Findings

__all__ = ["MANDATE", "nested_values", "settings_of"]

MANDATE = "mandate"
_TRUTHS = ("limits.strict", "shares.fractional", "objective.transition")


def settings_of(
    account: Mapping[str, Any], mandate: Mapping[str, Any] | None, findings: Findings
) -> AccountSettings | None:
    """Put together the settings of an account; None, with every fault noted, where they are not good.

    Parameters
    ----------
    account : mapping of str to object
        A row of `accounts`; what stands in it comes before what stands in the mandate.
    mandate : mapping of str to object, optional
        `nested_values` of the row of `mandates` that it names.
    findings : Findings
    """
    return checked_settings("accounts", nested_values(account, mandate or {}), findings)


def nested_values(row: Mapping[str, Any], below: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
    """Values of a row section by section, over those of another."""
    values = dict(below)
    for key, cell in row.items():
        if key not in (ACCOUNT, MANDATE) and cell is not None and cell != "":
            _put(values, key, _value(key, cell))
    return values


def _put(values: dict[str, Any], key: str, value: Any) -> None:
    *sections, last = key.split(".")
    for section in sections:
        below = values.get(section, {})
        if not isinstance(below, dict):
            return  # a column `limits` beside `limits.turnover`: the check of the former says what is wrong
        # Other accounts have the mandate's section as it is.
        values[section] = values = dict(below)
    values[last] = value


def _value(key: str, cell: Any) -> Any:
    """A cell as TOML would have it: databases know no lists, some no dates and no truth values."""
    if key in _TRUTHS and type(cell) is int and cell in (0, 1):
        return bool(cell)
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date()
    if not isinstance(cell, str):
        return cell
    if key == "as_of":
        try:
            return dt.date.fromisoformat(cell)
        except ValueError:
            return cell
    if cell[0] in "[{":
        try:
            return parsed_json(cell)
        except ValueError:
            return cell
    return cell
