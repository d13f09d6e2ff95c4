"""Column maps: how a custodian's export is laid out, as data that a user can write too."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from taxsleeve.account_tables import LotRow
from taxsleeve.cells import Label

__all__ = ["CustodianMap", "RowKind", "RowRule", "TableLayout", "folded"]

RowKind = Literal["lot", "trade", "position", "cash", "skip"]

_FIELDS = (
    *("symbol", "shares", "acquired", "cost_per_share", "total_cost", "holding_start", "term", "lot_id"),
    *("account", "account_name", "currency", "date", "side", "price", "realized_gain", "amount", "as_of"),
)
_NEEDED: dict[str, tuple[str, ...]] = {
    "lot": ("symbol", "shares", "acquired"),
    "trade": ("symbol", "shares", "date", "side", "price"),
    "position": ("symbol", "shares"),
    "cash": ("amount",),
}
_TITLED = ("symbol", "account", "account_name", "as_of")

_SOME_DAY = dt.datetime(2024, 6, 28, 16, 30)


def _pattern(value: Any) -> re.Pattern[str]:
    if isinstance(value, re.Pattern):
        return value
    if not isinstance(value, str) or not value:
        raise ValueError("a regular expression in quotes")
    try:
        return re.compile(value, re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"a regular expression ({error})") from None


def _names(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Pattern = Annotated[re.Pattern[str], BeforeValidator(_pattern)]
Names = Annotated[tuple[Label, ...], BeforeValidator(_names), Field(min_length=1)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class _Numbers(_Section):
    """How numbers are written; `missing` are words for a number that the custodian does not know."""

    thousands: Literal[",", ".", " ", "'", ""] = ","
    decimal: Literal[".", ","] = "."
    missing: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _can_be_told_apart(self) -> Self:
        if self.thousands == self.decimal:
            raise ValueError("another mark for thousands than for decimals")
        return self


class _Dates(_Section):
    """Formats of dates; `text`, where given, finds the date in a cell that holds more, as its group `date`."""

    formats: Names
    text: Pattern | None = None

    @model_validator(mode="after")
    def _say_a_day(self) -> Self:
        for form in self.formats:
            try:
                said = _SOME_DAY.strftime(form)
                # Python 3.13 warns of reading a day without a year.
                tells_years = said != _SOME_DAY.replace(year=_SOME_DAY.year + 1).strftime(form)
                again = dt.datetime.strptime(said, form) if tells_years else None
            except (ValueError, re.error):
                again = None
            if again is None or again.date() != _SOME_DAY.date():
                raise ValueError(f"formats with year, month and day, as %m/%d/%Y (found {form})")
        return self

    @model_validator(mode="after")
    def _finds_a_date(self) -> Self:
        if self.text is not None and "date" not in self.text.groupindex:
            raise ValueError("a group (?P<date>...) in text")
        return self


class _Symbols(_Section):
    """Spelling of symbols: what separates a share class (put as `mark`), marks at the end, and whole names."""

    separators: tuple[str, ...] = ("/", " ", ".")
    mark: Literal[".", "-", "/"] = "."
    strip: str = ""
    renames: dict[str, Label] = Field(default_factory=dict)


class _AccountTypes(_Section):
    """What an account is called that is not the taxable one; asked in this order."""

    roth: Pattern | None = None
    ira: Pattern | None = None
    spouse: Pattern | None = None


class _Terms(_Section):
    long: Pattern
    short: Pattern


class _Sides(_Section):
    BUY: Pattern
    SELL: Pattern


class RowRule(_Section):
    """Rows of another kind than their table's: all cells named in `when` match whole, in any case."""

    reason: Label
    when: Annotated[dict[str, Pattern], Field(min_length=1)]
    kind: RowKind = "skip"

    def covers(self, cells: Mapping[str, str]) -> bool:
        """Whether a row is of this kind."""
        return all(pattern.fullmatch(cells.get(name, "")) for name, pattern in self.when.items())


class TableLayout(_Section):
    """One table of an export: the columns it is known by, and what each holds."""

    name: Label
    rows: RowKind
    header: tuple[Label, ...] = ()
    element: Label | None = None
    columns: dict[str, Names]
    keep: tuple[str, ...] = ()
    sides: _Sides | None = None
    rules: tuple[RowRule, ...] = ()

    @model_validator(mode="after")
    def _is_known_by_something(self) -> Self:
        if not self.header and self.element is None:
            raise ValueError('header = [...], or element = "..." where the file is XML')
        if self.rows == "trade" and self.sides is None:
            raise ValueError("sides = { BUY = ..., SELL = ... } where rows are trades")
        return self

    @model_validator(mode="after")
    def _knows_its_fields(self) -> Self:
        if taken := sorted(set(self.keep) & {*LotRow.model_fields}):
            raise ValueError(f"no field in keep that lots.csv has anyway (found {', '.join(taken)})")
        asked = {name for rule in self.rules for name in rule.when} | set(self.keep)
        if strange := sorted(name for name in self.columns if not name.isidentifier()):
            raise ValueError(f"fields of letters, digits and _ (found {', '.join(strange)})")
        if strange := sorted(set(self.columns) - set(_FIELDS) - asked):
            raise ValueError(f"fields used in rules or keep, or of {', '.join(_FIELDS)} (found {', '.join(strange)})")
        if strange := sorted(asked - set(self.columns)):
            raise ValueError(f"a column for each field of rules and keep (none for {', '.join(strange)})")
        return self

    @cached_property
    def known_by(self) -> frozenset[str]:
        """Column names that tell the table, folded."""
        return frozenset(folded(name) for name in self.header)

    def lacking(self, known: Iterable[str]) -> list[str]:
        """Fields that rows of this kind need and that neither a column nor a line over the table gives."""
        there = set(known)
        missing = [name for name in _NEEDED.get(self.rows, ()) if name not in there]
        if self.rows == "lot" and not there & {"cost_per_share", "total_cost"}:
            missing.append("total_cost")
        return missing


class CustodianMap(_Section):
    """A custodian's exports: tables, and how cells are written.

    Parameters
    ----------
    title : str
    tables : tuple of TableLayout
    dates : section
    numbers, symbols, account_types : section, optional
    terms : section, optional
        Words for long-term and short-term.
    titles : tuple of pattern
        Lines over a table; groups `symbol`, `account`, `account_name` and `as_of` hold for what follows.
    ignore : tuple of pattern
        Lines that say nothing, cells joined by commas.
    """

    title: Label
    tables: Annotated[tuple[TableLayout, ...], Field(min_length=1)]
    dates: _Dates
    numbers: _Numbers = Field(default_factory=_Numbers)
    symbols: _Symbols = Field(default_factory=_Symbols)
    account_types: _AccountTypes = Field(default_factory=_AccountTypes)
    terms: _Terms | None = None
    titles: tuple[Pattern, ...] = ()
    ignore: tuple[Pattern, ...] = ()

    @model_validator(mode="after")
    def _titles_name_what_is_known(self) -> Self:
        groups = {name for pattern in self.titles for name in pattern.groupindex}
        if strange := sorted(groups - {*_TITLED}):
            raise ValueError(f"groups of titles among {', '.join(_TITLED)} (found {', '.join(strange)})")
        return self


def folded(name: str) -> str:
    """A column name as names are compared: without case or doubled spaces."""
    return " ".join(name.split()).casefold()
