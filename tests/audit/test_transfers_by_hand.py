"""A lot that moves from one sleeve to another: what is found where a cell of its row is in error, with the figures."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from audit import (
    AuditedAccount,
    AuditedHousehold,
    AuditedMandate,
    AuditedSleeve,
    AuditedTaxes,
    HouseholdAudit,
    HouseholdLists,
    NameRule,
    OpenLot,
    Security,
    audit_household,
)
from risk import FactorRisk
from tax import TaxRates

TODAY = dt.date(2025, 6, 16)
LONG_AGO = dt.date(2020, 1, 2)
RISK = FactorRisk(("X", "Y"), ("M",), np.ones((2, 1)), np.array([[0.04]]), np.full(2, 0.01))
SECURITIES = {"X": Security("X", 8.0), "Y": Security("Y", 5.0), "Z": Security("Z", 20.0)}
COLUMNS = ["asset", "side", "lot_id", "shares", "price"]
LOT: dict[str, Any] = {
    "kind": "lot", "from_sleeve": "one", "to_sleeve": "two", "asset": "X", "lot_id": "L1", "shares": 60, "price": 8.0,
    "amount": 480.0, "cost_per_share": 10.0, "acquired": "2020-01-02", "holding_start": "2020-01-02",
    "new_lot_id": "one:L1",
}  # fmt: skip
CASH: dict[str, Any] = {"kind": "cash", "from_sleeve": "two", "to_sleeve": "one", "amount": 480.0}


def sleeve(name: str, *lots: OpenLot, owner: str = "client", fractional: bool = False, **more: Any) -> AuditedSleeve:
    own = tuple(replace(lot, account=name) for lot in lots)
    weights = more.pop("benchmark", {"X": 0.5, "Y": 0.5})
    account = AuditedAccount(TODAY, more.pop("cash", 1e6), own, SECURITIES, weights, named=(name, "taxable"), **more)
    mandate = AuditedMandate(fractional=fractional, spread_bps=0.0)
    return AuditedSleeve(name, account, mandate, AuditedTaxes(TaxRates(0.4, 0.2)), owner)


def lot(lot_id: str, asset: str, shares: float, acquired: dt.date = LONG_AGO) -> OpenLot:
    return OpenLot(lot_id, asset, float(shares), 10.0, acquired, acquired)


LOTS = (lot("L1", "X", 100), lot("L2", "Y", 50), lot("L3", "Z", 50), lot("PART", "X", 0.25))
ONE, TWO = sleeve("one", *LOTS), sleeve("two", lot("L1", "Y", 100))


def audit(
    *rows: dict[str, Any],
    one: AuditedSleeve = ONE,
    two: AuditedSleeve = TWO,
    sales: tuple[tuple[Any, ...], ...] = (),
    **more: Any,
) -> HouseholdAudit:
    lists = {"one": pd.DataFrame(columns=COLUMNS), "two": pd.DataFrame(list(sales), columns=COLUMNS)}
    table = pd.DataFrame(list(rows), columns=list(LOT))
    return audit_household(AuditedHousehold((one, two), **more), RISK, HouseholdLists(lists, table))


def codes(found: HouseholdAudit) -> list[str]:
    return [finding.code for finding in found.findings]


def test_a_lot_that_is_told_as_it_is_moves() -> None:
    found = audit(LOT, CASH)
    assert codes(found) == []
    arrived = found.sleeves["two"].after.account.lot_of["one:L1"]
    assert arrived == OpenLot("one:L1", "X", 60.0, 10.0, LONG_AGO, LONG_AGO, "two", "taxable")
    left = found.sleeves["one"].after.account
    assert (left.lot_of["L1"].shares, left.cash, left.nav) == (40.0, 1e6 + 480.0, ONE.account.nav)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"kind": "share"}, ("transfer-unknown-kind", "share", None, None)),
        ({"to_sleeve": "none"}, ("transfer-unknown-sleeve", None, None, None)),
        ({"to_sleeve": "one"}, ("transfer-unknown-sleeve", None, None, None)),
        ({"lot_id": "L9"}, ("transfer-unknown-lot", None, None, None)),
        ({"lot_id": "L2"}, ("transfer-lot-of-other-name", "X", "Y", None)),
        ({"new_lot_id": "L1"}, ("transfer-lot-id", "L1", None, None)),
        ({"shares": 0}, ("transfer-shares", 0.0, None, None)),
        ({"shares": ""}, ("transfer-shares", None, None, None)),
        ({"shares": 59.5, "amount": 476.0}, ("transfer-shares", 59.5, None, None)),
        ({"shares": 101, "amount": 808.0}, ("transfer-lot-oversent", 101.0, 100.0, 1.0)),
        ({"price": 8.5}, ("transfer-price", 8.5, 8.0, 0.5)),
        ({"cost_per_share": 9.5}, ("transfer-basis", 9.5, 10.0, 0.5)),
        ({"acquired": "2020-01-03"}, ("transfer-acquired", "2020-01-03", "2020-01-02", None)),
        ({"holding_start": "2020-01-01"}, ("transfer-acquired", "2020-01-01", "2020-01-02", None)),
        ({"amount": 480.5}, ("transfer-amount", 480.5, 480.0, 0.5)),
        ({"amount": ""}, ("transfer-amount", None, 480.0, None)),
        ({"asset": "Z", "lot_id": "L3", "price": 20.0, "amount": 1200.0}, ("transfer-lot-oversent", 60.0, 50.0, 10.0)),
    ],
)
def test_a_cell_in_error_is_found_with_its_figures(change: dict[str, Any], expected: tuple[Any, ...]) -> None:
    first = audit({**LOT, **change}, CASH).findings[0]
    assert (first.code, first.value, first.limit, first.excess) == expected
    assert (first.row, first.name, first.account) == (0, change.get("asset", "X"), "one")
    assert first.file == "transfers.csv"


def test_a_row_of_no_known_kind_is_worth_nothing() -> None:
    assert codes(audit({**LOT, "kind": "share"})) == ["transfer-unknown-kind"]


@pytest.mark.parametrize(("off", "found"), [(0.0049, False), (-0.0049, False), (0.0051, True), (-0.0051, True)])
def test_a_rounded_cent_is_no_fault(off: float, found: bool) -> None:
    assert codes(audit({**LOT, "amount": 480.0 + off}, CASH)) == (["transfer-amount"] if found else [])


@pytest.mark.parametrize("column", ["price", "cost_per_share", "acquired", "holding_start", "new_lot_id"])
def test_an_empty_cell_tells_nothing(column: str) -> None:
    assert codes(audit({**LOT, column: ""}, CASH)) == []


@pytest.mark.parametrize(("shares", "whole_only", "found"), [(0.25, True, 0), (0.125, True, 1), (0.125, False, 0)])
def test_part_of_a_share_moves_with_the_whole_lot_or_where_the_mandate_lets_it(
    shares: float, whole_only: bool, found: int
) -> None:
    row = {**LOT, "lot_id": "PART", "shares": shares, "amount": 8.0 * shares, "new_lot_id": ""}
    moved = audit(row, {**CASH, "amount": 8.0 * shares}, one=sleeve("one", *LOTS, fractional=not whole_only))
    assert codes(moved) == ["transfer-shares"] * found
    assert moved.sleeves["two"].after.account.lots[-1].shares == shares


def test_what_rounding_leaves_of_a_lot_moves_with_it() -> None:
    tenths = lot("L1", "X", 10.123456789012345)
    row = {**LOT, "shares": 10.123456789, "amount": 8 * 10.123456789}
    found = audit(row, {**CASH, "amount": 8 * 10.123456789}, one=sleeve("one", tenths))
    assert codes(found) == []
    assert found.sleeves["two"].after.account.lot_of["one:L1"].shares == tenths.shares
    assert found.sleeves["one"].after.account.lots == ()


def test_a_lot_sent_in_two_rows() -> None:
    found = audit(
        {**LOT, "shares": 40, "amount": 320.0}, {**LOT, "shares": 61, "amount": 488.0, "new_lot_id": ""}, CASH
    )
    assert codes(found) == ["transfer-duplicate", "transfer-lot-oversent", "transfer-unsettled", "transfer-unsettled"]
    assert found.findings[0].words.endswith("the same as row 0")
    assert (found.findings[1].value, found.findings[1].row) == (101.0, 1)
    # No more moves than there is.
    assert "L1" not in found.sleeves["one"].after.account.lot_of


@pytest.mark.parametrize(("days", "recent"), [(0, True), (30, True), (31, False)])
def test_a_lot_of_the_last_thirty_days_stays(days: int, recent: bool) -> None:
    day = TODAY - dt.timedelta(days=days)
    row = {**LOT, "acquired": day.isoformat(), "holding_start": day.isoformat()}
    found = audit(row, CASH, one=sleeve("one", lot("L1", "X", 100, day)))
    assert codes(found) == (["transfer-recent-lot"] if recent else [])


@pytest.mark.parametrize(
    ("rule", "where"),
    [("no_buy", "two"), ("no_sell", "one"), ("no_trade", "one two"), ("exclude", "two")],
)
def test_restrictions_of_both_sleeves(rule: str, where: str) -> None:
    own = (NameRule("X", rule),)
    giving = audit(LOT, CASH, one=sleeve("one", *LOTS, rules=own))
    assert codes(giving) == (["transfer-restricted"] if "one" in where else [])
    receiving = audit(LOT, CASH, two=sleeve("two", lot("L1", "Y", 100), rules=own))
    assert codes(receiving) == (["transfer-restricted"] if "two" in where else [])


def test_what_the_household_or_the_owners_do_not_allow() -> None:
    assert codes(audit(LOT, CASH, transfers=False)) == ["transfer-not-allowed"]
    hers = replace(TWO, owner="partner")
    found = audit(LOT, CASH, two=hers)
    assert codes(found) == ["transfer-other-owner", "transfer-other-owner"]
    assert (found.findings[0].value, found.findings[0].limit) == ("client (taxable)", "partner (taxable)")


def test_names_outside_the_benchmark_and_without_rating() -> None:
    row = {**LOT, "asset": "Z", "lot_id": "L3", "shares": 24, "price": 20.0}
    assert codes(audit(row, CASH)) == ["transfer-outside-benchmark", "transfer-unrated"]


@pytest.mark.parametrize(("off", "found"), [(0.009, False), (0.011, True), (-0.011, True)])
def test_lots_and_cash_are_of_one_value(off: float, found: bool) -> None:
    audited = audit(LOT, {**CASH, "amount": 480.0 + off})
    expected = [("one", off), ("two", -off)] if found else []
    assert [(f.account, f.value) for f in audited.findings] == [(name, pytest.approx(by)) for name, by in expected]
    assert [f.excess for f in audited.findings] == [pytest.approx(abs(off))] * len(expected)
    assert {f.limit for f in audited.findings} <= {0.0}


@pytest.mark.parametrize(("off", "found"), [(0.9, []), (1.1, ["one", "two"])])
def test_in_great_sleeves_a_billionth_is_more_than_a_cent(off: float, found: list[str]) -> None:
    great = {"one": sleeve("one", *LOTS, cash=1e9), "two": sleeve("two", lot("L1", "Y", 100), cash=1e9)}
    assert [finding.account for finding in audit(LOT, {**CASH, "amount": 480.0 + off}, **great).findings] == found


@pytest.mark.parametrize("amount", [0.0, -480.0, "", "all"])
def test_cash_that_is_no_amount(amount: Any) -> None:
    found = audit({**CASH, "amount": amount})
    assert codes(found)[0] == "transfer-amount"
    assert found.findings[0].account == "two"


@pytest.mark.parametrize(
    ("lots", "theirs", "own"),
    [
        (("L1", "L2", "L3"), 3, 0),
        (("L1", "L2", "OWN"), 2, 1),
        (("L1", "OWN"), 0, 0),
        (("OWN",), 0, 0),
        (("L1", "none 1", "none 2"), 0, 0),
        (("L1", "L2", "L3", "PART", "none 1", "none 2", "none 3", "none 4"), 0, 0),
        # Both sleeves have a lot of that name.
        (("BOTH",), 0, 0),
    ],
)
def test_a_list_most_of_whose_sales_are_of_another_sleeves_lots(lots: tuple[str, ...], theirs: int, own: int) -> None:
    held = {"L1": "X", "L2": "Y", "L3": "Z", "OWN": "Y", "PART": "X", "BOTH": "Y"}
    names = [held.get(one, "X") for one in lots]
    sales = tuple((name, "SELL", one, 0.25, SECURITIES[name].price) for name, one in zip(names, lots, strict=True))
    back, both = {**CASH, "from_sleeve": "one", "to_sleeve": "two"}, lot("BOTH", "Y", 9)
    audited = audit(
        CASH, back, one=sleeve("one", *LOTS, both), two=sleeve("two", lot("OWN", "Y", 9), both), sales=sales
    )
    told = [finding.words for finding in audited.findings if finding.code == "list-of-other-sleeve"]
    words = f"{theirs} of {len(lots)} sales are of lots of sleeve one, and {own} of its own"
    assert told == ([words] if theirs else [])
