"""Sales as a return takes them, from a ledger of a few trades: one row where everything is alike, and each its term."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tax import Account, AccountKind, Buy, Ledger, RealizedSale, Sell, SpecificIdentification, fill_form_8949

MAIN, IRA = Account("main"), Account("ira", AccountKind.IRA)


def named(date: dt.date, event_id: str, account: Account) -> dict[str, Any]:
    return {"date": date, "event_id": event_id, "symbol": "A", "account": account}


def sold(bought: dt.date, day: dt.date, account: Account = MAIN, price: int = 12) -> tuple[RealizedSale, ...]:
    """Ten shares bought at ten dollars, and sold."""
    ledger = Ledger()
    ledger.apply_all(
        [
            Buy(**named(bought, "B", account), shares=10, price=10),
            Sell(**named(day, "S", account), shares=10, price=price),
        ]
    )
    return ledger.realized_sales()


@pytest.mark.parametrize(
    ("day", "term", "part"),
    [
        (dt.date(2023, 3, 2), "ST", "I"),
        (dt.date(2024, 3, 1), "ST", "I"),
        (dt.date(2024, 3, 2), "LT", "II"),
        (dt.date(2025, 3, 1), "LT", "II"),
    ],
)
def test_a_sale_is_long_term_from_the_day_after_a_year(day: dt.date, term: str, part: str) -> None:
    (sale,) = sold(dt.date(2023, 3, 1), day)
    assert (sale.term, sale.acquired, sale.sale_date) == (term, dt.date(2023, 3, 1), day)
    assert (sale.qty, sale.proceeds, sale.adjusted_basis, sale.disallowed_loss) == (10, 120, 100, 0)
    assert [row.part for row in fill_form_8949([sale]).rows] == [part]


def test_what_a_retirement_account_sells_is_on_no_return() -> None:
    assert sold(dt.date(2023, 3, 1), dt.date(2024, 3, 2), IRA) == ()


def test_the_term_is_that_of_the_holding_period_a_wash_sale_moved_back() -> None:
    """The lot was bought in December and replaces shares that had been held for two years."""
    ledger = Ledger()
    ledger.apply_all(
        [
            Buy(**named(dt.date(2022, 1, 3), "OLD", MAIN), shares=10, price=10),
            Buy(**named(dt.date(2023, 12, 20), "NEW", MAIN), shares=10, price=8),
            Sell(**named(dt.date(2024, 1, 3), "S1", MAIN), shares=10, price=8, relief=of("OLD")),
            Sell(**named(dt.date(2024, 6, 3), "S2", MAIN), shares=10, price=9, relief=of("NEW")),
        ]
    )
    first, second = ledger.realized_sales()
    assert (first.term, first.disallowed_loss) == ("LT", 20)
    assert (second.term, second.acquired, second.adjusted_basis) == ("LT", dt.date(2023, 12, 20), 100)


def of(lot_id: str) -> SpecificIdentification:
    return SpecificIdentification.parse(f"{lot_id}:10")


def test_pieces_that_are_alike_are_one_row_and_losses_stand_apart_from_gains() -> None:
    """A wash sale gave four shares of the lot a basis above the price and left six below it, all held since one day."""
    ledger = Ledger()
    ledger.apply_all(
        [
            Buy(**named(dt.date(2024, 2, 1), "OLD", MAIN), shares=4, price=20),
            Sell(**named(dt.date(2024, 2, 1), "S1", MAIN), shares=4, price=10),
            Buy(**named(dt.date(2024, 2, 10), "NEW", MAIN), shares=10, price=10),
            Sell(**named(dt.date(2024, 6, 3), "S2", MAIN), shares=10, price=15),
        ]
    )
    rows = [(one.qty, one.proceeds, one.adjusted_basis, one.disallowed_loss) for one in ledger.realized_sales()]
    assert rows[0] == (4, 40, 80, 40)
    assert sorted(rows[1:]) == [(4, 60, 80, 0), (6, 90, 60, 0)]
