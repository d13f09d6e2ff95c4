"""Reading a ledger's history: rows of a table become events."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from tax import (
    Account,
    AccountKind,
    Buy,
    CashAndStockMerger,
    CashInLieu,
    CashMerger,
    Dividend,
    Event,
    GiftIn,
    ReinvestedDividend,
    ReturnOfCapital,
    Sell,
    SpecificIdentification,
    SpinOff,
    Split,
    StockMerger,
    TaxableStockMerger,
    TransferInKind,
)
from taxsleeve.cells import NUMBER, AccountType, Day, Label, one_of
from taxsleeve.tables import Findings, read_table
from taxsleeve_errors import InputError, LedgerError, TaxError

__all__ = ["HistoryRow", "read_history"]

_SIDES = (
    "BUY",
    "SELL",
    "REINVEST",
    "SPLIT",
    "CASH_IN_LIEU",
    "DIVIDEND",
    "RETURN_OF_CAPITAL",
    "SPINOFF",
    "CASH_MERGER",
    "STOCK_MERGER",
    "CASH_STOCK_MERGER",
    "TAXABLE_MERGER",
    "TRANSFER",
    "GIFT",
)

_LONGEST, _MOST_DIGITS, _MOST_PLACES = 100, 15, 60


def _decimal(value: Any) -> Decimal:
    # Never by way of a binary float: the ledger is exact.
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        raise ValueError("a number")
    text = str(value)
    if len(text) > _LONGEST or not NUMBER.fullmatch(text):
        raise ValueError("a number")
    number = Decimal(text)
    # As a fraction, 1e999999999 has a billion digits.
    exponent = number.as_tuple().exponent
    if number.adjusted() >= _MOST_DIGITS or not isinstance(exponent, int) or exponent < -_MOST_PLACES:
        raise ValueError(f"a number below 1e{_MOST_DIGITS}, of at most {_MOST_PLACES} decimals")
    return number


def _whole(value: Any) -> int:
    number = _decimal(value)
    if number != int(number):
        raise ValueError("a whole number")
    return int(number)


def _lots_named(value: Any) -> str:
    try:
        for part in filter(None, (part.strip() for part in str(value).split(";"))):
            _decimal(part.rpartition(":")[2].strip())
    except ValueError:
        raise ValueError("LOT:SHARES;LOT:SHARES") from None
    return str(value)


Exact = Annotated[Decimal, BeforeValidator(_decimal)]
Side = Annotated[str, BeforeValidator(one_of(*_SIDES))]


class HistoryRow(BaseModel):
    """A row of HISTORY.csv. Columns beyond FORMATS' list are optional, and needed by the sides named.

    ``ratio`` (new shares an old one) and ``new_symbol``: SPINOFF and the mergers; ``new_group``: their group;
    ``basis_fraction``: SPINOFF; ``cash`` (dollars an old share): CASH_STOCK_MERGER and, optional, TAXABLE_MERGER;
    ``destination``, ``destination_type``: the receiving account of a TRANSFER; ``donor_basis`` (dollars a share),
    ``donor_start`` (date): GIFT; ``currency``: any, USD where blank.

    ``price`` is the ratio of a SPLIT; dollars a share of DIVIDEND, RETURN_OF_CAPITAL, CASH_MERGER and CASH_IN_LIEU;
    the value of a new share of CASH_STOCK_MERGER and TAXABLE_MERGER, of a share on the day of a GIFT. `DIVIDEND`
    without an account falls on all; `REINVEST` is the purchase of a reinvested dividend. Corporate actions fall on
    every account whatever `account` says.
    """

    model_config = ConfigDict(frozen=True)

    seq: Annotated[int, BeforeValidator(_whole)]
    trade_id: Label | None = None
    trade_date: Day
    side: Side
    symbol: Label
    account: Label | None = None
    account_type: AccountType = "taxable"
    si_group: Label | None = None
    qty: Exact | None = None
    price: Exact | None = None
    fees: Exact = Decimal(0)
    spec_lots: Annotated[str, BeforeValidator(_lots_named)] = ""
    ratio: Exact | None = None
    new_symbol: Label | None = None
    new_group: Label | None = None
    basis_fraction: Exact | None = None
    cash: Exact | None = None
    destination: Label | None = None
    destination_type: AccountType = "taxable"
    donor_basis: Exact | None = None
    donor_start: Day | None = None
    currency: Literal["USD"] | Label = "USD"


_NEEDED: dict[str, tuple[str, ...]] = {
    "BUY": ("trade_id", "account", "qty", "price"),
    "SELL": ("trade_id", "account", "qty", "price"),
    "REINVEST": ("trade_id", "account", "qty", "price"),
    "SPLIT": ("price",),
    "CASH_IN_LIEU": ("trade_id", "account", "qty", "price"),
    "DIVIDEND": ("price",),
    "RETURN_OF_CAPITAL": ("price",),
    "SPINOFF": ("ratio", "new_symbol", "basis_fraction"),
    "CASH_MERGER": ("price",),
    "STOCK_MERGER": ("ratio", "new_symbol"),
    "CASH_STOCK_MERGER": ("ratio", "new_symbol", "price", "cash"),
    "TAXABLE_MERGER": ("ratio", "new_symbol", "price"),
    "TRANSFER": ("trade_id", "account", "qty", "destination"),
    "GIFT": ("trade_id", "account", "qty", "price", "donor_basis", "donor_start"),
}


def read_history(path: Path, findings: Findings) -> list[tuple[int, Event]]:
    """Read a history's events with their lines, in the order of the file.

    Raises
    ------
    InputError
        The table, or what an event says by itself, is not good; every fault found.
    """
    table = read_table(path, HistoryRow, findings)
    events: list[tuple[int, Event]] = []
    for line, row in table:
        missing = [name for name in _NEEDED[row.side] if getattr(row, name) is None]
        for name in missing:
            findings.fault(path.name, f"a value: a {row.side} needs it", row=line, column=name, value="an empty cell")
        if missing:
            continue
        try:
            events.append((line, _MAKERS[row.side](row)))
        except LedgerError as error:
            findings.fault(path.name, f"an event that can be: {error}", row=line)
        except TaxError as error:
            findings.fault(
                path.name, f"LOT:SHARES;LOT:SHARES ({error})", row=line, column="spec_lots", value=row.spec_lots
            )
    if findings.faults:
        raise InputError(findings.faults)
    return events


def _fields(row: HistoryRow, *, account: bool = True, **columns: str) -> dict[str, Any]:
    """What every event has, and the columns that the event takes under other names."""
    fields: dict[str, Any] = {
        "date": row.trade_date,
        # A corporate action may go without a name; a trade may not.
        "event_id": row.trade_id or f"{row.side}@{row.seq}",
        "symbol": row.symbol,
        "seq": row.seq,
        "currency": row.currency,
    }
    if account:
        fields["account"] = Account(row.account or "", AccountKind(row.account_type))
    return fields | {name: getattr(row, column) for name, column in columns.items()}


def _relief(row: HistoryRow) -> dict[str, Any]:
    return {"relief": SpecificIdentification.parse(row.spec_lots) if row.spec_lots else None}


def _trade(row: HistoryRow) -> dict[str, Any]:
    return _fields(row, shares="qty", price="price", fees="fees", group="si_group")


def _merger(row: HistoryRow, **columns: str) -> dict[str, Any]:
    return _fields(row, account=False, ratio="ratio", new_symbol="new_symbol", new_group="new_group", **columns)


def _cash_in_lieu(row: HistoryRow) -> Event:
    amount = (row.qty or 0) * (row.price or 0) - row.fees
    return CashInLieu(**_fields(row, shares="qty"), amount=amount, **_relief(row))


def _dividend(row: HistoryRow) -> Event:
    return Dividend(**_fields(row, account=row.account is not None, per_share="price"))


def _taxable_merger(row: HistoryRow) -> Event:
    return TaxableStockMerger(**_merger(row, price="price"), cash=row.cash or Decimal(0))


def _transfer(row: HistoryRow) -> Event:
    destination = Account(row.destination or "", AccountKind(row.destination_type))
    return TransferInKind(**_fields(row, shares="qty"), destination=destination, **_relief(row))


def _gift(row: HistoryRow) -> Event:
    donor: dict[str, Any] = {"donor_basis": row.donor_basis, "donor_start": row.donor_start}
    return GiftIn(**_fields(row, shares="qty", fair_value="price", group="si_group"), **donor)


_MAKERS: dict[str, Callable[[HistoryRow], Event]] = {
    "BUY": lambda row: Buy(**_trade(row)),
    "SELL": lambda row: Sell(**_trade(row), **_relief(row)),
    "REINVEST": lambda row: ReinvestedDividend(**_trade(row)),
    "SPLIT": lambda row: Split(**_fields(row, account=False, ratio="price")),
    "CASH_IN_LIEU": _cash_in_lieu,
    "DIVIDEND": _dividend,
    "RETURN_OF_CAPITAL": lambda row: ReturnOfCapital(**_fields(row, account=False, per_share="price")),
    "SPINOFF": lambda row: SpinOff(**_merger(row, basis_fraction="basis_fraction")),
    "CASH_MERGER": lambda row: CashMerger(**_fields(row, account=False, cash="price")),
    "STOCK_MERGER": lambda row: StockMerger(**_merger(row)),
    "CASH_STOCK_MERGER": lambda row: CashAndStockMerger(**_merger(row, cash="cash", price="price")),
    "TAXABLE_MERGER": _taxable_merger,
    "TRANSFER": _transfer,
    "GIFT": _gift,
}
