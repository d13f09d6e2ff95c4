"""Cells of a custodian's export as values: numbers, days, symbols and names, each fault with its remedy."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal

from taxsleeve.cells import FORMULA_STARTS, AccountType
from taxsleeve.custodian_map import CustodianMap
from taxsleeve.custodian_source import SourceRow
from taxsleeve.tables import Findings

__all__ = ["CellReader", "account_type_of", "day_of", "decimal_text", "number_of", "symbol_of"]

_SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9.\-/]{0,19}")
_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_TOO_MUCH = Decimal(10) ** 12
# As many digits as a float holds, so that what is read back is the nearest float to the exact quotient.
_EXACT = Context(prec=17)


def number_of(text: str, layouts: CustodianMap) -> Decimal | None:
    """Number in a cell: None for one of the map's words for a missing number.

    Raises
    ------
    ValueError
        It is neither.
    """
    rules = layouts.numbers
    if text.casefold() in {"", *(word.casefold() for word in rules.missing)}:
        return None
    body, negative = text, False
    if body.startswith("(") and body.endswith(")"):
        body, negative = body[1:-1], True
    sign = re.match(r"([+-]?)\s*\$?\s*([+-]?)", body)
    signs = "" if sign is None else sign[1] + sign[2]
    body = body[sign.end() if sign else 0 :]
    point, group = re.escape(rules.decimal), re.escape(rules.thousands)
    whole = rf"(\d{{1,3}}({group}\d{{3}})+|\d+)" if group else r"\d+"
    if len(signs) + negative > 1 or not re.fullmatch(rf"({whole}({point}\d*)?|{point}\d+)", body, re.ASCII):
        raise ValueError("a number, as 1234.5, $1,234.50 or (1,234.50)")
    plain = body.replace(rules.thousands, "") if rules.thousands else body
    number = Decimal(plain.replace(rules.decimal, "."))
    if number >= _TOO_MUCH:
        raise ValueError("a number below a million millions")
    return -number if negative or signs == "-" else number


def day_of(text: str, layouts: CustodianMap) -> dt.date:
    """Day in a cell.

    Raises
    ------
    ValueError
        It is in none of the map's formats, or not in the calendar.
    """
    rules = layouts.dates
    match = rules.text.fullmatch(text) if rules.text is not None else None
    wanted = text if match is None else match["date"] or text
    for form in rules.formats:
        try:
            day = dt.datetime.strptime(wanted, form).date()
        except ValueError:
            continue
        if _FIRST_YEAR <= day.year <= _LAST_YEAR:
            return day
    shown = " or ".join(dt.date(2024, 6, 28).strftime(form) for form in rules.formats)
    raise ValueError(f"a day, as {shown}")


def symbol_of(text: str, layouts: CustodianMap) -> str:
    """Symbol as the program spells it: `BRK/B`, `BRK B` and `BRK.B` are one.

    Raises
    ------
    ValueError
        It cannot be a symbol.
    """
    rules = layouts.symbols
    spelled = text.strip().upper()
    if rules.strip:
        spelled = spelled.rstrip(rules.strip)
    for separator in rules.separators:
        stem, found, share_class = spelled.partition(separator)
        if found and stem.isalnum() and share_class.isalpha() and len(share_class) <= 3:
            spelled = f"{stem}{rules.mark}{share_class}"
            break
    spelled = rules.renames.get(spelled, spelled)
    if not _SYMBOL.fullmatch(spelled):
        raise ValueError(
            "a symbol, as AAPL or BRK.B; of another kind of row (an option, a bond, cash) take it out or give a rule "
            "for it in a map of your own (--map)"
        )
    return spelled


def account_type_of(cells: Mapping[str, str], layouts: CustodianMap) -> AccountType:
    """Type of an account by what it is called; taxable where nothing says otherwise."""
    called = f"{cells.get('account_name', '')} {cells.get('account', '')}"
    rules = layouts.account_types
    if rules.roth is not None and rules.roth.search(called):
        return "roth"
    if rules.ira is not None and rules.ira.search(called):
        return "ira"
    if rules.spouse is not None and rules.spouse.search(called):
        return "spouse"
    return "taxable"


def decimal_text(number: Decimal) -> str:
    """Write a number plainly, with as many digits as a float holds."""
    rounded = _EXACT.plus(number).normalize()
    return f"{rounded:f}"


@dataclass(frozen=True)
class CellReader:
    """Reads the fields of one row; a cell that is not good is noted, and read as None."""

    row: SourceRow
    layouts: CustodianMap
    findings: Findings

    def fault(self, field: str, expected: str, value: object = None) -> None:
        """Note a fault of this row's field."""
        shown = self.row.cells.get(field) or "an empty cell" if value is None else value
        self.findings.fault(
            self.row.file, expected, row=self.row.line, column=self.row.columns.get(field, field), value=shown
        )

    def number(self, field: str, remedy: str | None = None) -> Decimal | None:
        """Number of a field; where it is missing that is a fault if there is a remedy to tell."""
        try:
            found = number_of(self.row.cells.get(field, ""), self.layouts)
        except ValueError as error:
            self.fault(field, str(error))
            return None
        if found is None and remedy is not None:
            self.fault(field, remedy)
        return found

    def day(self, field: str, remedy: str = "") -> dt.date | None:
        """Day of a field."""
        try:
            return day_of(self.row.cells.get(field, ""), self.layouts)
        except ValueError as error:
            self.fault(field, f"{error}{remedy}")
            return None

    def symbol(self) -> str | None:
        """Symbol, spelled as the program does."""
        try:
            return symbol_of(self.row.cells.get("symbol", ""), self.layouts)
        except ValueError as error:
            self.fault("symbol", str(error))
            return None

    def text(self, field: str) -> str:
        """Text that is carried over; one that a spreadsheet would run as a formula is a fault."""
        found = self.row.cells.get(field, "")
        if found.startswith(FORMULA_STARTS) or not found.isprintable() or len(found) > 200:
            self.fault(field, "plain text of at most 200 characters that no spreadsheet takes for a formula")
            return ""
        return found
