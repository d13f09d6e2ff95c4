"""The small tables of a market folder: securities, membership lists, delistings, corporate actions."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, create_model

from backtest import ACTION_COLUMNS, ActionKind, action_faults, no_delistings
from taxsleeve.cells import Day, Label, NotNegative, Number, Positive, Share, one_of
from taxsleeve.counting import counted
from taxsleeve.tables import Findings, Table, find_table, read_table

__all__ = ["read_actions", "read_delistings", "read_membership", "read_securities"]


class _SecurityRow(BaseModel):
    """A row of a market's securities.csv."""

    model_config = ConfigDict(frozen=True)

    asset: Label
    name: str = ""
    sector: Label = "Unknown"
    group: Label | None = None


class _MembershipRow(BaseModel):
    """A row of membership.csv: a spell of one asset in one index; no `end` means still."""

    model_config = ConfigDict(frozen=True)

    index: Label
    asset: Label
    start: Day
    end: Day | None = None
    weight: Positive | None = None


class _ActionRow(BaseModel):
    """A row of actions.csv: what becomes of each share on a day."""

    model_config = ConfigDict(frozen=True)

    date: Day
    asset: Label
    action: Annotated[str, BeforeValidator(one_of(*ActionKind))]
    into: Label | None = None
    ratio: Positive
    cash: NotNegative | None = None
    basis_share: Share | None = None


# "return" is a word of Python and can be no attribute of a class statement.
_columns: dict[str, Any] = {"asset": (Label, ...), "date": (Day, ...), "return": (Number, ...)}
_DelistingRow = create_model("_DelistingRow", __config__=ConfigDict(frozen=True), **_columns)


def read_securities(folder: Path, assets: Iterable[str], findings: Findings) -> pd.DataFrame:
    """Read securities.csv: `name`, `sector`, `group` by asset; a warning for assets of `assets` without a row."""
    columns = ["name", "sector", "group"]
    path = find_table(folder, "securities", findings, required=True)
    if path is None:
        return pd.DataFrame(columns=columns)
    rows: dict[str, tuple[str, str, str]] = {}
    before = len(findings.faults)
    for line, row in read_table(path, _SecurityRow, findings):
        if row.asset in rows:
            findings.fault(path.name, "each asset once", row=line, column="asset", value=row.asset)
        rows[row.asset] = row.name or row.asset, row.sector, row.group or row.asset
    without = [asset for asset in assets if asset not in rows]
    if without and len(findings.faults) == before:
        findings.warnings.append(
            f"{path.name}: of sector Unknown, for want of a row: {counted(len(without), 'priced asset')}, "
            f"for example {', '.join(without[:3])}"
        )
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def read_membership(folder: Path, assets: set[str], findings: Findings) -> pd.DataFrame | None:
    """Read membership.csv; None where there is none.

    Faults: no rows, weights for some rows of an index and not for others, an end that is not after its start, two
    spells of one asset in one index that overlap, and an index with no asset that is priced.
    """
    path = find_table(folder, "membership", findings, required=False)
    if path is None:
        return None
    before = len(findings.faults)
    table = read_table(path, _MembershipRow, findings)
    if not table.rows and len(findings.faults) == before:
        findings.fault(path.name, "a row for every member, or no such file", value="no rows")
    _check_weights(path.name, table, findings)
    _check_spells(path.name, table, findings)
    frame = pd.DataFrame([row.model_dump() for row in table.rows], columns=list(_MembershipRow.model_fields))
    for index in dict.fromkeys(frame["index"]):
        _check_priced(path.name, str(index), frame.loc[frame["index"] == index, "asset"], assets, findings)
    for column in ("start", "end"):
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[ns]")
    return frame.assign(weight=frame["weight"].astype(float))


def _check_weights(file: str, table: Table[_MembershipRow], findings: Findings) -> None:
    weighted = {row.index for row in table.rows if row.weight is not None}
    blank: dict[str, int] = {}
    for line, row in table:
        if row.index in weighted and row.weight is None:
            blank.setdefault(row.index, line)
    for index, line in blank.items():
        expected = f"a weight in every row of {index}, or in none: its member would be left out"
        findings.fault(file, expected, row=line, column="weight", value="an empty cell")


def _check_spells(file: str, table: Table[_MembershipRow], findings: Findings) -> None:
    spells: dict[tuple[str, str], list[tuple[Any, Any, int]]] = {}
    for line, row in table:
        if row.end is not None and row.end <= row.start:
            findings.fault(file, f"a date after the start, {row.start}", row=line, column="end", value=row.end)
        spells.setdefault((row.index, row.asset), []).append((row.start, row.end, line))
    for (index, asset), own in spells.items():
        own.sort(key=lambda spell: spell[0])
        for (_, end, _), (start, _, line) in pairwise(own):
            if end is None or start < end:
                expected = f"a start after {asset} has left {index} ({end or 'it never leaves'})"
                findings.fault(file, expected, row=line, column="start", value=start)


def _check_priced(file: str, index: str, members: pd.Series, assets: set[str], findings: Findings) -> None:
    lost = members[~members.isin(assets)]
    if len(lost) == len(members):
        findings.fault(file, "assets of prices.parquet", column="asset", value=f"none in the index {index}")
    elif len(lost):
        findings.warnings.append(
            f"{file}: left out, as without prices: {counted(lost.nunique(), 'member')} of {index}, "
            f"for example {', '.join(lost.head(3))}"
        )


def read_delistings(folder: Path, prices: pd.DataFrame | None, findings: Findings) -> pd.DataFrame:
    """Read delistings.csv: `asset, date, return`; empty where there is none.

    Faults: an asset twice, a return under -1, and a price after the delisting.
    """
    empty = no_delistings()
    path = find_table(folder, "delistings", findings, required=False)
    if path is None:
        return empty
    seen: set[str] = set()
    records = []
    for line, row in read_table(path, _DelistingRow, findings):
        asset, date, paid = (getattr(row, column) for column in empty.columns)
        if asset in seen:
            findings.fault(path.name, "each asset once", row=line, column="asset", value=asset)
        seen.add(asset)
        if paid < -1:
            expected = "a simple return of at least -1 (-0.3 is a loss of 30%)"
            findings.fault(path.name, expected, row=line, column="return", value=paid)
        if prices is not None and asset in prices.columns:
            last = prices[asset].last_valid_index()
            if last is not None and last > pd.Timestamp(date):
                expected = f"a date not before its last price, of {last.date()}"
                findings.fault(path.name, expected, row=line, column="date", value=date)
        records.append((asset, pd.Timestamp(date), paid))
    if not records:
        return empty
    frame = pd.DataFrame(records, columns=empty.columns)
    return frame.assign(date=frame["date"].astype("datetime64[ns]"))


def read_actions(folder: Path, prices: pd.DataFrame | None, findings: Findings) -> pd.DataFrame | None:
    """Read actions.csv: mergers for stock, spin-offs and splits; None where there is none.

    Faults: an asset that has no prices, two actions of one on a day, a cell that its action needs or has no use for,
    and shares that turn into something that is not priced that day.
    """
    path = find_table(folder, "actions", findings, required=False)
    if path is None:
        return None
    before = len(findings.faults)
    table = read_table(path, _ActionRow, findings)
    rows = [row.model_dump() for row in table.rows]
    frame = pd.DataFrame(rows, columns=list(ACTION_COLUMNS))
    frame = frame.assign(date=pd.to_datetime(frame["date"]).astype("datetime64[ns]"))
    # A merger without cash is the common one; every other empty cell says what it means.
    plain = (frame["action"] == ActionKind.STOCK_MERGER) & frame["cash"].isna()
    frame = frame.assign(cash=frame["cash"].astype(float).mask(plain, 0.0), ratio=frame["ratio"].astype(float))
    frame = frame.assign(basis_share=frame["basis_share"].astype(float))
    if prices is not None and len(findings.faults) == before:
        lines = [line for line, _ in table]
        for fault in action_faults(frame, prices):
            row = None if fault.row is None else lines[fault.row - 2]
            findings.fault(path.name, fault.expected, row=row, column=fault.column, value=fault.value)
    return frame
