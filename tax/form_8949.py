"""Form 8949: one row per realised sale, wash-sale code and adjustment included."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from tax.money import Money, cents, exact
from taxsleeve_errors import TaxError

__all__ = ["FORM_8949_COLUMNS", "Form8949", "Form8949Row", "Form8949Total", "RealizedSale", "fill_form_8949"]

FORM_8949_COLUMNS = (
    "part",
    "description",
    "date_acquired",
    "date_sold",
    "proceeds",
    "basis",
    "code",
    "adjustment",
    "gain_loss",
)
"""Names of the form's columns (part, then a to h), the keys of `Form8949Row.cells`."""

_RETIREMENT_ACCOUNTS = frozenset({"ira", "roth"})
_ZERO = Decimal("0.00")


@dataclass(frozen=True)
class RealizedSale:
    """What one sale of shares of one lot realised, exact and not rounded.

    Parameters
    ----------
    asset : str
        The security sold.
    qty : number
        Shares, more than zero.
    acquired : date or "VARIOUS"
        Trade date of the purchase, or "VARIOUS" where the row sums up several.
    sale_date : date
        Trade date of the sale; the row belongs to the return of this year even where a purchase in January washed it.
    proceeds, adjusted_basis : number
        Dollars; the basis with earlier wash-sale adjustments.
    term : "ST" or "LT"
        By the (tacked) holding period, which column b does not show.
    disallowed_loss : number
        Zero, or the part of the loss that the wash-sale rule disallows, positive.
    account_type : str
        taxable, spouse, ira or roth; retirement accounts report nothing.

    Raises
    ------
    TaxError
        A number is not sensible, the sale is before the purchase, or more is disallowed than was lost.
    """

    asset: str
    qty: Money
    acquired: dt.date | Literal["VARIOUS"]
    sale_date: dt.date
    proceeds: Money
    adjusted_basis: Money
    term: Literal["ST", "LT"]
    disallowed_loss: Money = 0
    account_type: str = "taxable"

    def __post_init__(self) -> None:
        where = f"sale of {self.asset} on {self.sale_date}"
        faults = list(_faults(self, where))
        if faults:
            raise TaxError(f"{where}: " + "; ".join(faults))


@dataclass(frozen=True)
class Form8949Row:
    """One row of the form, money in whole cents.

    Parameters
    ----------
    part : "I" or "II"
        Part I is short-term, Part II long-term.
    description : str
        Column a, "100 sh XYZ".
    date_acquired : date or "VARIOUS"
        Column b.
    date_sold : date
        Column c.
    proceeds, basis : Decimal
        Columns d and e.
    code : str
        Column f, "W" for a wash sale or "".
    adjustment : Decimal
        Column g, the disallowed loss, positive.
    """

    part: Literal["I", "II"]
    description: str
    date_acquired: dt.date | Literal["VARIOUS"]
    date_sold: dt.date
    proceeds: Decimal
    basis: Decimal
    code: Literal["", "W"]
    adjustment: Decimal

    @property
    def gain_loss(self) -> Decimal:
        """Column h = d - e + g."""
        return self.proceeds - self.basis + self.adjustment

    def cells(self) -> dict[str, str]:
        """The row as text under `FORM_8949_COLUMNS`; dates ISO, no adjustment where there is no code."""
        values: dict[str, object] = {name: getattr(self, name) for name in FORM_8949_COLUMNS}
        if not self.code:
            values["adjustment"] = ""
        return {name: str(value) for name, value in values.items()}


@dataclass(frozen=True)
class Form8949Total:
    """Totals of one part (the form's line 2): columns d, e, g and h, in whole cents."""

    proceeds: Decimal
    basis: Decimal
    adjustment: Decimal
    gain_loss: Decimal


@dataclass(frozen=True)
class Form8949:
    """The rows of a form.

    Parameters
    ----------
    rows : tuple of Form8949Row
        Part I first, each part by date of sale, then in the order given.
    """

    rows: tuple[Form8949Row, ...]

    def part(self, part: Literal["I", "II"]) -> tuple[Form8949Row, ...]:
        """Rows of Part I (short-term) or Part II (long-term)."""
        return tuple(row for row in self.rows if row.part == part)

    def total(self, part: Literal["I", "II"]) -> Form8949Total:
        """Totals of Part I or Part II, the sums of the rounded rows."""
        rows = self.part(part)
        return Form8949Total(
            proceeds=sum((row.proceeds for row in rows), _ZERO),
            basis=sum((row.basis for row in rows), _ZERO),
            adjustment=sum((row.adjustment for row in rows), _ZERO),
            gain_loss=sum((row.gain_loss for row in rows), _ZERO),
        )


def fill_form_8949(sales: Iterable[RealizedSale], year: int | None = None) -> Form8949:
    """Make the rows of Form 8949.

    Columns d, e and g are rounded to cents, and h is computed from the rounded ones, so that every row and the totals
    foot. The rounded adjustment never exceeds the rounded loss: a wholly disallowed loss shows 0.00 in column h.

    Parameters
    ----------
    sales : iterable of RealizedSale
        Sales in IRA and Roth accounts are left out.
    year : int, optional
        Only the sales of this calendar year.
    """
    rows = [
        _row(sale)
        for sale in sales
        if sale.account_type.lower() not in _RETIREMENT_ACCOUNTS and year in (None, sale.sale_date.year)
    ]
    return Form8949(tuple(sorted(rows, key=lambda row: (row.part, row.date_sold))))


def _row(sale: RealizedSale) -> Form8949Row:
    proceeds, basis = cents(sale.proceeds), cents(sale.adjusted_basis)
    adjustment = min(cents(sale.disallowed_loss), max(_ZERO, basis - proceeds))
    return Form8949Row(
        part="II" if sale.term == "LT" else "I",
        description=f"{_shares(exact(sale.qty, 'qty'))} sh {sale.asset}",
        date_acquired=sale.acquired,
        date_sold=sale.sale_date,
        proceeds=proceeds,
        basis=basis,
        code="W" if adjustment else "",
        adjustment=adjustment,
    )


def _shares(qty: Fraction) -> str:
    millionths = round(qty * 1_000_000)
    return f"{Decimal(millionths).scaleb(-6):f}".rstrip("0").rstrip(".") if millionths else "<0.000001"


def _faults(sale: RealizedSale, where: str) -> Iterable[str]:
    qty, basis = exact(sale.qty, f"{where}, qty"), exact(sale.adjusted_basis, f"{where}, adjusted_basis")
    loss = max(Fraction(0), basis - exact(sale.proceeds, f"{where}, proceeds"))
    if sale.term not in ("ST", "LT"):
        yield f"term: found {sale.term!r}, expected ST or LT"
    if qty <= 0:
        yield f"qty: found {sale.qty}, expected more than zero shares"
    if sale.acquired != "VARIOUS" and not (isinstance(sale.acquired, dt.date) and sale.acquired <= sale.sale_date):
        yield f"acquired: found {sale.acquired}, expected a date not after the sale, or VARIOUS"
    if basis < 0:
        yield f"adjusted_basis: found {sale.adjusted_basis}, expected zero or more"
    if not 0 <= exact(sale.disallowed_loss, f"{where}, disallowed_loss") <= loss:
        yield f"disallowed_loss: found {sale.disallowed_loss}, expected from zero to the loss of {loss}"
