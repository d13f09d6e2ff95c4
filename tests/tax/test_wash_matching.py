"""Which purchases of a group a loss is matched with, counted by hand on a few trades of one name."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tax import (
    Account,
    AccountKind,
    Buy,
    CashMerger,
    Event,
    Ledger,
    Sell,
    SpecificIdentification,
    TransferInKind,
    WashPolicy,
)

FIRST = dt.date(2024, 1, 2)
MAIN, OTHER, HERS = Account("main"), Account("other"), Account("hers", AccountKind.SPOUSE)


def named(day: int, event_id: str) -> dict[str, Any]:
    return {"date": FIRST + dt.timedelta(days=day), "event_id": event_id, "symbol": "A"}


def buy(day: int, event_id: str, shares: int, price: int, account: Account = MAIN) -> Buy:
    return Buy(**named(day, event_id), account=account, shares=shares, price=price)


def sell(day: int, event_id: str, lot_id: str, shares: int, price: int, account: Account = MAIN) -> Sell:
    relief = SpecificIdentification.parse(f"{lot_id}:{shares}")
    return Sell(**named(day, event_id), account=account, shares=shares, price=price, relief=relief)


def matches(*events: Event, **policy: bool) -> list[tuple[str, str, float]]:
    """Sale, purchase that replaces it, and shares."""
    ledger = Ledger(WashPolicy(**policy))
    ledger.apply_all(events)
    return [(one.sale_id, one.replacement_id, float(one.shares)) for one in ledger.statement().wash_sales]


def test_a_purchase_that_is_too_old_takes_none_of_the_younger_ones_with_it() -> None:
    """At the third purchase the first is out of every window; the second still replaces what is sold the next day."""
    events = (buy(-400, "OLD", 50, 20), buy(0, "B1", 10, 10), buy(25, "B2", 10, 10), buy(40, "B3", 10, 10))
    assert matches(*events, sell(41, "S", "OLD", 25, 10)) == [("S", "B2", 10), ("S", "B3", 10)]


@pytest.mark.parametrize(("day", "replaces"), [(29, True), (30, True), (31, False)])
def test_a_purchase_of_the_thirtieth_day_before_is_there_for_every_sale_of_the_day(day: int, replaces: bool) -> None:
    events = (buy(-400, "OLD", 50, 20), buy(0, "B1", 20, 10))
    sales = (sell(day, "S1", "OLD", 5, 10), sell(day, "S2", "OLD", 6, 10))
    expected = [("S1", "B1", 5), ("S2", "B1", 6)] if replaces else []
    for same_day_batch in (True, False):
        assert matches(*events, *sales, same_day_batch=same_day_batch) == expected


@pytest.mark.parametrize(("first", "second"), [("S1", "S2"), ("S2", "S1")])
def test_sale_by_sale_the_second_lot_replaces_the_first_whatever_the_sales_are_called(first: str, second: str) -> None:
    events = (buy(0, "B1", 10, 20), buy(5, "B2", 10, 20), sell(10, first, "B1", 10, 10), sell(10, second, "B2", 10, 10))
    assert matches(*events, same_day_batch=False) == [(first, "B2", 10)]
    assert matches(*events, same_day_batch=True) == []


def test_what_is_left_of_the_lot_sold_is_not_acquired_after_it() -> None:
    events = (buy(0, "B1", 10, 20), sell(10, "S", "B1", 4, 10))
    assert matches(*events, same_acquisition_exclusion=False) == [("S", "B1", 4)]
    assert matches(*events, same_acquisition_exclusion=False, require_candidate_after_sold_lot=True) == []
    assert matches(*events) == []


def test_a_loss_that_stays_in_the_spouses_own_account_is_not_lost() -> None:
    for account, other, lost in ((HERS, HERS, False), (MAIN, OTHER, False), (HERS, MAIN, True), (MAIN, HERS, True)):
        events = (buy(-400, "OLD", 10, 20, account), sell(0, "S", "OLD", 10, 10, account), buy(5, "B", 10, 10, other))
        ledger = Ledger(WashPolicy(spouse_basis_adjust=False))
        ledger.apply_all(events)
        assert [one.is_permanent for one in ledger.statement().wash_sales] == [lost]


def test_a_lot_that_moved_in_kind_keeps_its_place_among_the_purchases() -> None:
    """The earlier purchase replaces first, in whichever account its shares now are."""
    of_b1 = SpecificIdentification.parse("B1:10")
    events = (
        buy(-400, "OLD", 50, 20),
        buy(0, "B1", 10, 10),
        buy(5, "B2", 10, 10),
        TransferInKind(**named(8, "T"), account=MAIN, destination=OTHER, shares=10, relief=of_b1),
        sell(10, "S", "OLD", 12, 10),
    )
    assert [shares for *_, shares in matches(*events)] == [10, 2]
    assert matches(*events)[1] == ("S", "B2", 2)


@pytest.mark.parametrize(("merger", "sale"), [("M1", "S2"), ("S2", "M1")])
def test_sale_by_sale_what_a_merger_pays_out_is_a_sale_of_its_own(merger: str, sale: str) -> None:
    """What is still held of the group when cash is paid replaces it, though it is sold on the same day."""
    both = {"group": "G"}
    events = (
        Buy(**named(-400, "OLD"), account=MAIN, shares=10, price=20, **both),
        Buy(**named(5, "B1") | {"symbol": "A2"}, account=MAIN, shares=10, price=20, **both),
        CashMerger(**named(10, merger), cash=10),
        Sell(**named(10, sale) | {"symbol": "A2"}, account=MAIN, shares=10, price=20, **both),
    )
    assert matches(*events, same_day_batch=False) == [(merger, "B1", 10)]
    assert matches(*events, same_day_batch=True) == []
