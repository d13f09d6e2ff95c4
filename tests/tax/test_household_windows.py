"""What a ledger says of the days ahead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from tax import (
    Account,
    AccountKind,
    Buy,
    Dividend,
    GiftIn,
    Ledger,
    Sell,
    StockMerger,
    household_locks,
    last_prices,
    turning_lots,
)

MINE, IRA = Account("A"), Account("I", AccountKind.IRA)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.fixture
def ledger() -> Callable[..., Ledger]:
    def make(*trades: tuple[str, str, str, Account, float, float]) -> Ledger:
        made = Ledger()
        for number, (date, side, symbol, account, shares, price) in enumerate(trades):
            kind = Buy if side == "BUY" else Sell
            made.apply(
                kind(
                    date=day(date),
                    event_id=f"T{number}",
                    symbol=symbol,
                    account=account,
                    shares=shares,
                    price=price,
                    group="G" if symbol.startswith("G") else None,
                )
            )
        return made

    return make


def test_an_empty_ledger_locks_nothing() -> None:
    empty = Ledger()
    locks = household_locks(empty, empty.statement())
    assert not locks.buys
    assert not locks.loss_sales
    assert turning_lots(empty.statement(), {}) == ()


@pytest.mark.parametrize(("today", "locked"), [("2025-05-01", True), ("2025-05-31", True), ("2025-06-01", False)])
def test_a_loss_locks_its_group_for_thirty_days(ledger: Callable[..., Ledger], today: str, locked: bool) -> None:
    made = ledger(
        ("2024-01-02", "BUY", "GOOG", MINE, 10, 100),
        ("2024-01-02", "BUY", "Z", MINE, 10, 1),
        ("2025-05-01", "SELL", "GOOG", MINE, 10, 90),
        (today, "BUY", "Z", MINE, 1, 1),
    )
    locks = household_locks(made, made.statement())
    assert ("G" in locks.buys) is locked
    if locked:
        assert locks.buys["G"].until == day("2025-05-31")
        assert "GOOG sold at a loss of 100.00" in locks.buys["G"].why


def test_a_purchase_in_the_ira_locks_loss_sales_and_a_loss_there_locks_nothing(ledger: Callable[..., Ledger]) -> None:
    made = ledger(
        ("2024-01-02", "BUY", "X", MINE, 10, 100),
        ("2025-05-01", "BUY", "X", IRA, 5, 90),
        ("2025-05-02", "SELL", "X", IRA, 5, 80),
    )
    locks = household_locks(made, made.statement())
    assert "X" not in locks.buys
    assert locks.loss_sales["X"].until == day("2025-05-31")
    assert locks.loss_sales["X"].except_lot is None


def test_the_only_recent_lot_may_go(ledger: Callable[..., Ledger]) -> None:
    made = ledger(("2024-01-02", "BUY", "X", MINE, 10, 100), ("2025-05-01", "BUY", "X", MINE, 5, 90))
    assert household_locks(made, made.statement()).loss_sales["X"].except_lot == "T1"


def test_a_lot_beside_a_purchase_of_its_day_that_was_sold_again_may_not(ledger: Callable[..., Ledger]) -> None:
    fills = [("2025-05-01", "BUY", "X", MINE, 5, 90), ("2025-05-01", "BUY", "X", MINE, 5, 90)]
    made = ledger(("2024-01-02", "BUY", "Y", MINE, 10, 100), *fills, ("2025-05-02", "SELL", "X", MINE, 5, 95))
    assert household_locks(made, made.statement()).loss_sales["X"].except_lot is None


def test_a_purchase_that_a_merger_has_turned_into_another_company_still_locks_its_group(
    ledger: Callable[..., Ledger],
) -> None:
    made = ledger(("2024-01-02", "BUY", "GOOG", MINE, 10, 100), ("2025-05-01", "BUY", "GX", MINE, 5, 90))
    made.apply(StockMerger(date=day("2025-05-05"), event_id="M", symbol="GX", new_symbol="N", ratio=1, new_group="N"))
    assert household_locks(made, made.statement()).loss_sales["G"].until == day("2025-05-31")


def test_what_was_never_traded_has_no_price() -> None:
    made = Ledger()
    made.apply(
        GiftIn(
            date=day("2024-06-10"), event_id="F", symbol="X", account=MINE, shares=1, donor_basis=5,
            donor_start=day("2020-01-02"), fair_value=8,
        )
    )  # fmt: skip
    assert last_prices(made.events) == {"X": 0.0}


def test_lots_about_to_turn_are_counted_down_at_the_last_price(ledger: Callable[..., Ledger]) -> None:
    made = ledger(("2024-06-10", "BUY", "X", MINE, 10, 100), ("2025-05-31", "BUY", "X", MINE, 1, 90))
    prices = last_prices(made.events)
    assert prices == {"X": 90.0}
    (turning,) = turning_lots(made.statement(), prices)
    assert (turning.lot_id, turning.days_left, turning.unrealized_gain) == ("T0", 11, -100.0)


def test_a_dividend_is_no_price(ledger: Callable[..., Ledger]) -> None:
    made = ledger(("2024-06-10", "BUY", "X", MINE, 10, 100))
    made.apply(Dividend(date=day("2024-07-01"), event_id="D", symbol="X", per_share=2))
    assert last_prices(made.events) == {"X": 100.0}
