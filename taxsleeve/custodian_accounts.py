"""One name for each account: exports of one custodian call it by its number, its name, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from taxsleeve.cells import AccountType
from taxsleeve.counting import counted
from taxsleeve.custodian_records import UNNAMED, Cash, Export, ImportedLot, ImportedTrade, Place, Position
from taxsleeve.custodian_source import SourceRow

__all__ = ["account_notes", "name_accounts", "names_of_accounts"]

Record = TypeVar("Record", ImportedLot, ImportedTrade, Position, Cash)


def names_of_accounts(wanted: Iterable[str], rows: Iterable[SourceRow]) -> frozenset[str]:
    """Accounts asked for, by whatever the files call them: a number also by its name, a name also by its number."""
    asked, numbers = set(wanted), _numbers(rows)
    by_name = {number for name, number in numbers.items() if name in asked}
    return frozenset(asked | by_name | {name for name, number in numbers.items() if number in asked | by_name})


def name_accounts(export: Export, rows: Iterable[SourceRow], one_name: str | None) -> None:
    """Give all records of an account one name and one type.

    A purchase of `trades.csv` is known for that of a lot by its account, so the names must agree. An account that some
    row calls by number and name goes by its number. Records of no account are of the only taxable one that has lots,
    if there is but one. `one_name`, where given, is what every taxable account is called.
    """
    numbers = _numbers(rows)
    _rename(export, lambda place: replace(place, account=numbers.get(place.account, place.account)))
    types = _types(export)
    _rename(export, lambda place: replace(place, account_type=types.get(place.account, place.account_type)))
    mine = _taxable(export)
    if len(mine) == 1:
        _rename(export, lambda place: replace(place, account=mine[0]) if place.account == UNNAMED else place)
    if one_name is not None:
        _rename(export, lambda place: replace(place, account=one_name) if place.account_type == "taxable" else place)


def account_notes(export: Export) -> list[str]:
    """What is to be known of accounts: several that a rebalance does not take, trades that name none of them."""
    mine = _taxable(export)
    notes = []
    if len(mine) > 1:
        notes.append(
            f"taxable lots of {len(mine)} accounts ({', '.join(mine)}): rebalance takes one, so import each into a "
            "folder of its own with --account, or say with --as that they are one"
        )
    elsewhere = sum(
        trade.place.account_type == "taxable" and trade.place.account not in mine for trade in export.trades
    )
    if elsewhere:
        notes.append(
            f"{counted(elsewhere, 'trade is', 'trades are')} of no account that has lots here: purchases count as "
            "those of another; if it is the same one, give it a name with --as"
        )
    return notes


def _numbers(rows: Iterable[SourceRow]) -> dict[str, str]:
    """Number of each account name that goes with one number only."""
    found: dict[str, set[str]] = {}
    for row in rows:
        name, number = row.cells.get("account_name", ""), row.cells.get("account", "")
        if name and number:
            found.setdefault(name, set()).add(number)
    return {name: next(iter(numbers)) for name, numbers in found.items() if len(numbers) == 1}


def _types(export: Export) -> dict[str, AccountType]:
    """Type of each account that some record calls by a name that is not a taxable one's."""
    places = [
        *(lot.place for lot in export.lots),
        *(trade.place for trade in export.trades),
        *(position.place for position in export.positions),
        *(entry.place for entry in export.cash),
    ]
    return {place.account: place.account_type for place in places if _says_more(place)}


def _says_more(place: Place) -> bool:
    return place.account != UNNAMED and place.account_type != "taxable"


def _taxable(export: Export) -> list[str]:
    return sorted({lot.place.account for lot in export.lots if lot.place.account_type == "taxable"})


def _rename(export: Export, renamed: Callable[[Place], Place]) -> None:
    def each(records: list[Record]) -> list[Record]:
        return [replace(record, place=renamed(record.place)) for record in records]

    export.lots, export.trades = each(export.lots), each(export.trades)
    export.positions, export.cash = each(export.positions), each(export.cash)
