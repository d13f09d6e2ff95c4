"""The lists of a household as an audit takes them: transfers.csv, a folder a sleeve, and what is told beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from audit import HouseholdLists, Stated
from taxsleeve.audited_list import AuditedList, is_number, list_cells, read_audited_list, summary_file
from taxsleeve.shelf import has_table
from taxsleeve.tables import Findings, find_table
from taxsleeve_errors import InputError

__all__ = ["read_audited_household_lists"]


def read_audited_household_lists(folder: Path, labels: Mapping[str, str]) -> HouseholdLists:
    """Read the lists of a household.

    Parameters
    ----------
    folder : Path
        As `taxsleeve household` writes it: a folder a sleeve, of its name, each as `read_audited_list` takes it, and
        beside them transfers.csv (or .parquet) and summary.json where they are there.
    labels : mapping of str to str
        By sleeve, what its files call its account.

    Raises
    ------
    InputError
        A sleeve has no list, or a file cannot be read: with every such fault. Cells that cannot be read are findings.
    """
    if not folder.is_dir():
        expected = "a folder with transfers.csv and a folder a sleeve, as taxsleeve household writes it"
        raise InputError.of(str(folder), expected, value="a file" if folder.exists() else "no such folder")
    findings = Findings()
    lists = {name: _sleeve(folder, name, findings) for name in labels}
    table = find_table(folder, "transfers", findings, required=False)
    transfers = None if table is None else list_cells(table, findings)
    summary = summary_file(folder / "summary.json", findings)
    if findings.faults:
        raise InputError(findings.faults)
    known = {name: one for name, one in lists.items() if one is not None}
    return HouseholdLists(
        trades={name: one.trades for name, one in known.items()},
        transfers=transfers,
        stated={name: _of_sleeve(one.stated, name, labels[name]) for name, one in known.items()},
        figures=dict(_leaves(summary)),
        others=tuple(_others(folder, labels)),
    )


def _sleeve(folder: Path, name: str, findings: Findings) -> AuditedList | None:
    """Read the list of a sleeve; None, with its faults noted under its folder, where it has none that can be read."""
    place = folder / name
    if not place.is_dir():
        what = "a file" if place.exists() else "no such folder"
        findings.fault(f"{name}/trades.csv", f"the trade list of sleeve {name}", value=what)
        return None
    try:
        return read_audited_list(place)
    except InputError as error:
        findings.faults += [replace(fault, file=f"{name}/{fault.file}") for fault in error.faults]
        return None


def _of_sleeve(stated: Stated, name: str, label: str) -> Stated:
    """What is told, with the sleeve's name where its lots have that of its own account."""
    if stated.lots_after is None:
        return stated
    lots = tuple((line, replace(lot, account=name) if lot.account == label else lot) for line, lot in stated.lots_after)
    return replace(stated, lots_after=lots)


def _leaves(value: Any, at: str = "") -> Iterator[tuple[str, float | str | None]]:
    """Numbers, words and nulls of a summary by their keys, joined with "/"; lists are left out."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{at}/{key}" if at else str(key))
    elif is_number(value):
        yield at, float(value)
    elif value is None or isinstance(value, str):
        yield at, value


def _others(folder: Path, labels: Mapping[str, str]) -> Iterator[str]:
    """Trade lists in folders that are no sleeve's."""
    for place in sorted(path for path in folder.iterdir() if path.is_dir() and path.name not in labels):
        if has_table(place, "trades"):
            yield f"{place.name}/trades.csv"
