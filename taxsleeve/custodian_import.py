"""One run of `taxsleeve import`: a custodian's exports become lots, trades and cash, or nothing at all."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from taxsleeve.cells import FORMULA_STARTS
from taxsleeve.counting import counted
from taxsleeve.custodian_accounts import account_notes, name_accounts, names_of_accounts
from taxsleeve.custodian_cells import day_of
from taxsleeve.custodian_checks import check_export, term_notes, trade_notes
from taxsleeve.custodian_map import CustodianMap
from taxsleeve.custodian_records import Export, ImportedLot, ImportedTrade, read_records
from taxsleeve.custodian_source import Skipped, Source, read_csv_export
from taxsleeve.custodian_xml import is_xml, read_xml_export
from taxsleeve.tables import Findings
from taxsleeve_errors import InputError

__all__ = ["CustodianImport", "import_exports"]


@dataclass(frozen=True)
class CustodianImport:
    """What the exports say.

    Parameters
    ----------
    custodian : str
        Title of the map that they were read by.
    lots : tuple of ImportedLot
        By account, symbol and day.
    lot_ids : tuple of str
        Of each lot: the custodian's, or made of symbol, day and a number.
    trades : tuple of ImportedTrade
        By day.
    cash : Decimal or None
        In dollars, of the taxable accounts taken (of all where none is taxable); None where no file has it.
    as_of : date or None
        Latest day that a file names.
    positions : int
        Positions of the files that the lots add up to.
    skipped : tuple of Skipped
        Rows that were not taken over, on purpose.
    notes : tuple of str
        What is to be known.
    """

    custodian: str
    lots: tuple[ImportedLot, ...]
    lot_ids: tuple[str, ...]
    trades: tuple[ImportedTrade, ...]
    cash: Decimal | None
    as_of: dt.date | None
    positions: int
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]

    @property
    def assets(self) -> tuple[str, ...]:
        """Names held, sorted."""
        return tuple(sorted({lot.symbol for lot in self.lots}))


def import_exports(
    paths: Sequence[Path], layouts: CustodianMap, accounts: Sequence[str] = (), one_name: str | None = None
) -> CustodianImport:
    """Read exports.

    Parameters
    ----------
    paths : sequence of Path
        CSV or Flex XML.
    layouts : CustodianMap
    accounts : sequence of str
        Numbers or names of the accounts to take; all where there is none.
    one_name : str, optional
        What to call every taxable account taken, where the files call one account by several names.

    Raises
    ------
    InputError
        With every fault of every file: a row that is not understood is one.
    """
    findings = Findings()
    source = _sources(paths, layouts, findings)
    wanted = frozenset(accounts)
    export = read_records(source.rows, layouts, names_of_accounts(wanted, source.rows), findings)
    if one_name is not None and (not one_name.isprintable() or one_name.startswith(FORMULA_STARTS) or not one_name):
        findings.fault("--as", "a name that no spreadsheet takes for a formula", value=one_name)
    name_accounts(export, source.rows, one_name)
    days = _days(source, layouts, findings)
    if not findings.faults:
        check_export(export, wanted, findings)
    if not findings.faults and not export.lots:
        files = ", ".join(path.name for path in paths)
        findings.fault(files, f"lots: export them too (tables of {layouts.title} with lots: {_lot_tables(layouts)})")
    if findings.faults:
        raise InputError(findings.faults)
    lots = tuple(sorted(export.lots, key=_lot_order))
    trades = tuple(sorted(export.trades, key=lambda trade: (trade.date, trade.symbol, trade.side, trade.place)))
    as_of = max(days, default=None)
    cash, elsewhere = _cash(export)
    notes = [*account_notes(export), *term_notes(lots, as_of), *trade_notes(trades, as_of), *_own_notes(lots, days)]
    notes += elsewhere
    if not export.positions:
        notes.append("no positions were given: whether the lots of some name are missing is not seen")
    return CustodianImport(
        custodian=layouts.title,
        lots=lots,
        lot_ids=_lot_ids(lots),
        trades=trades,
        cash=cash,
        as_of=as_of,
        positions=len(export.positions),
        skipped=tuple(sorted([*source.skipped, *export.skipped], key=lambda row: (row.file, row.line))),
        notes=tuple(notes),
    )


def _sources(paths: Sequence[Path], layouts: CustodianMap, findings: Findings) -> Source:
    whole, names = Source(), Counter(path.name for path in paths)
    seen: set[Path] = set()
    for path in paths:
        label = path.name if names[path.name] == 1 else str(path)
        if not path.is_file():
            findings.fault(label, "a file exported by the custodian", value="a folder" if path.is_dir() else "no file")
            continue
        if path.resolve() in seen:
            findings.fault(label, "each file once", value="twice")
            continue
        seen.add(path.resolve())
        read = read_xml_export if is_xml(path) else read_csv_export
        part = read(path, label, layouts, findings)
        whole.rows += part.rows
        whole.skipped += part.skipped
        whole.as_of += part.as_of
    return whole


def _days(source: Source, layouts: CustodianMap, findings: Findings) -> set[dt.date]:
    texts = [*source.as_of, *((row.file, row.line, row.cells.get("as_of", "")) for row in source.rows)]
    days = set()
    for file, line, text in texts:
        if text:
            try:
                days.add(day_of(text, layouts))
            except ValueError as error:
                findings.fault(file, str(error), row=line, column="as_of", value=text)
    return days


def _cash(export: Export) -> tuple[Decimal | None, list[str]]:
    """Cash to invest, and what to say of cash that is not: a rebalance trades the taxable account."""
    taxable = any(lot.place.account_type == "taxable" for lot in export.lots)
    mine = [entry.amount for entry in export.cash if not taxable or entry.place.account_type == "taxable"]
    other = len(export.cash) - len(mine)
    notes = [f"cash of accounts that are not taxable ({counted(other, 'row')}) is not counted"] if other else []
    return (sum(mine, Decimal(0)) if mine else None), notes


def _lot_tables(layouts: CustodianMap) -> str:
    return "; ".join(table.name for table in layouts.tables if table.rows == "lot")


def _lot_order(lot: ImportedLot) -> tuple[object, ...]:
    place = lot.place
    return place.account, lot.symbol, lot.acquired, lot.cost_per_share, lot.shares, lot.lot_id, place.file, place.line


def _lot_ids(lots: Sequence[ImportedLot]) -> tuple[str, ...]:
    """The custodian's ids, numbered on where it gives one to several lots, and made ones where it gives none."""
    made: list[str] = []
    taken = {lot.lot_id for lot in lots if lot.lot_id}
    used: set[str] = set()
    for lot in lots:
        stem = lot.lot_id or f"{lot.symbol}-{lot.acquired}"
        number, name = 1, lot.lot_id or f"{stem}-1"
        while name in used or (name in taken and name != lot.lot_id):
            number += 1
            name = f"{stem}-{number}"
        used.add(name)
        made.append(name)
    return tuple(made)


def _own_notes(lots: Sequence[ImportedLot], days: set[dt.date]) -> list[str]:
    notes = []
    if len(days) > 1:
        notes.append(f"the files are of different days, {min(days)} to {max(days)}")
    parts = sum(lot.shares != lot.shares.to_integral_value() for lot in lots)
    if parts:
        notes.append(f"{counted(parts, 'lot has', 'lots have')} a fraction of a share")
    return notes
