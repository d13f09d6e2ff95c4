"""Rows, restrictions and windows on an account of two lots: what is found, with its figures."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from audit import (
    Audit,
    AuditedAccount,
    AuditedMandate,
    Finding,
    NameRule,
    OpenLot,
    PastTrade,
    Security,
    audit_trades,
)
from risk import FactorRisk

TODAY = dt.date(2025, 6, 16)
LONG_AGO = dt.date(2020, 1, 2)
OLD = OpenLot("OLD", "X", 100, 10.0, LONG_AGO, LONG_AGO)
OTHER = OpenLot("OTHER", "Z", 10, 12.0, dt.date(2025, 3, 3), dt.date(2025, 3, 3))
SECURITIES = {
    "X": Security("X", 8.0, group="G"),
    "Y": Security("Y", 5.0, group="G"),
    "Z": Security("Z", 20.0),
    "W": Security("W", 2.0),
}
RISK = FactorRisk(("X", "Y", "Z"), ("M",), np.ones((3, 1)), np.array([[0.04]]), np.full(3, 0.01))
SALE: dict[str, Any] = {
    "asset": "X", "side": "SELL", "lot_id": "OLD", "shares": 50, "price": 8.0, "amount": 400.0, "term": "long",
    "gain": -100.0, "date": "2025-06-16",
}  # fmt: skip
PURCHASE: dict[str, Any] = {
    "asset": "Z", "side": "BUY", "lot_id": "", "shares": 5, "price": 20.0, "amount": 100.0, "term": "", "gain": None,
    "date": "2025-06-16",
}  # fmt: skip


def ago(days: int) -> dt.date:
    return TODAY - dt.timedelta(days=days)


def audit(*rows: dict[str, Any], cash: float = 1e6, lots: tuple[OpenLot, ...] = (OLD, OTHER), **more: Any) -> Audit:
    mandate = more.pop("mandate", AuditedMandate())
    account = AuditedAccount(TODAY, cash, lots, SECURITIES, {"X": 0.5, "Y": 0.25, "Z": 0.25}, **more)
    return audit_trades(account, mandate, RISK, pd.DataFrame(list(rows)))


def told(found: Audit) -> list[tuple[str, Any, Any, Any]]:
    return [(finding.code, finding.value, finding.limit, finding.excess) for finding in found.findings]


def codes(found: Audit) -> list[str]:
    return [finding.code for finding in found.findings]


def test_the_rows_as_they_are_have_no_fault() -> None:
    assert codes(audit(SALE, PURCHASE)) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"price": 8.5, "shares": 50}, ("price-differs", 8.5, 8.0, 0.5)),
        ({"price": ""}, ("price-unreadable", None, 8.0, None)),
        ({"price": "x"}, ("price-unreadable", None, 8.0, None)),
        ({"amount": 400.25}, ("amount-misstated", 400.25, 400.0, 0.25)),
        ({"amount": ""}, ("amount-misstated", None, 400.0, None)),
        ({"gain": -99.5}, ("gain-misstated", -99.5, -100.0, 0.5)),
        ({"gain": ""}, ("gain-missing", None, -100.0, None)),
        ({"gain": "x"}, ("gain-missing", None, -100.0, None)),
        ({"term": "short"}, ("term-misstated", "short", "long", None)),
        ({"term": ""}, ("term-misstated", "", "long", None)),
        ({"lot_id": ""}, ("lot-missing", None, None, None)),
        ({"lot_id": "OTHER"}, ("lot-of-other-name", "Z", "X", None)),
        ({"lot_id": "NONE"}, ("unknown-lot", "NONE", None, None)),
        ({"lot_id": "HERS"}, ("lot-of-other-account", "spouse", None, None)),
        ({"lot_id": "LEFT"}, ("lot-moved-and-sold", "LEFT", None, None)),
        ({"date": "2025-06-17"}, ("date-differs", "2025-06-17", "2025-06-16", None)),
        ({"shares": 50.25, "amount": 402.0, "gain": -100.5}, ("fractional-shares", 50.25, 50.0, 0.25)),
        ({"shares": 0, "amount": 0.0, "gain": 0.0}, ("zero-shares", 0.0, None, None)),
        ({"shares": "", "amount": 0.0, "gain": 0.0}, ("shares-unreadable", None, None, None)),
        ({"shares": 103, "amount": 824.0, "gain": -206.0}, ("lot-oversold", 103.0, 100, 3.0)),
    ],
)
def test_a_row_in_error_is_found_with_its_figures(change: dict[str, Any], expected: tuple[Any, ...]) -> None:
    hers = OpenLot("HERS", "X", 5, 1.0, LONG_AGO, LONG_AGO, "spouse", "spouse")
    found = audit({**SALE, **change}, elsewhere=(hers,), moved_out=frozenset({"LEFT"}))
    first = found.findings[0]
    assert told(found)[0] == expected
    assert (first.row, first.name) == (0, "X")
    assert set(codes(found)) <= {expected[0], "short-position"}


def test_shares_below_zero_and_a_position_below_zero() -> None:
    negative = audit({**SALE, "shares": -50, "amount": -400.0, "gain": 100.0})
    assert told(negative)[0] == ("negative-shares", -50.0, 0.0, 50.0)
    short = audit({**SALE, "shares": 101, "amount": 808.0, "gain": -202.0})
    assert told(short)[-1] == ("short-position", -1.0, 0.0, 1.0)


@pytest.mark.parametrize(("off", "found"), [(0.0049, False), (-0.0049, False), (0.0051, True), (-0.0051, True)])
@pytest.mark.parametrize("column", ["amount", "gain"])
def test_a_rounded_cent_is_no_fault(column: str, off: float, found: bool) -> None:
    assert codes(audit({**SALE, column: SALE[column] + off})) == ([f"{column}-misstated"] if found else [])


@pytest.mark.parametrize(("off", "found"), [(0.1, False), (0.2, True)])
def test_in_a_great_order_a_billionth_of_it_is_more_than_a_cent(off: float, found: bool) -> None:
    great = OpenLot("OLD", "X", 2e7, 10.0, LONG_AGO, LONG_AGO)
    row = {**SALE, "shares": 2e7, "amount": 1.6e8, "gain": -4e7 + off}
    assert codes(audit(row, lots=(great,))) == (["gain-misstated"] if found else [])


def test_a_lot_of_an_earlier_name_is_another_names_lot() -> None:
    row = {**SALE, "asset": "Z", "price": 20.0, "amount": 1000.0}
    assert told(audit(row)) == [("lot-of-other-name", "X", "Z", None), ("short-position", -40.0, 0.0, 40.0)]


@pytest.mark.parametrize(("off", "found"), [(0.0017, False), (0.0019, True)])
def test_in_a_small_account_a_millionth_of_it_is_less_than_a_cent(off: float, found: bool) -> None:
    # 800 of X, 200 of Z and 800 of cash.
    assert codes(audit({**SALE, "amount": 400.0 + off}, cash=800.0)) == (["amount-misstated"] if found else [])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"lot_id": "OTHER"}, ("lot-on-buy", "OTHER", None, None)),
        ({"term": "long"}, ("gain-on-buy", "long", None, None)),
        ({"gain": 0.0}, ("gain-on-buy", 0.0, None, None)),
        ({"side": "HOLD"}, ("unknown-side", "HOLD", None, None)),
        ({"asset": "NONE"}, ("unknown-asset", "NONE", None, None)),
    ],
)
def test_a_purchase_in_error_is_found(change: dict[str, Any], expected: tuple[Any, ...]) -> None:
    found = audit(SALE, {**PURCHASE, **change})
    assert told(found)[0] == expected
    assert found.findings[0].row == 1


def test_a_row_that_stands_twice_names_the_first() -> None:
    half = {**SALE, "shares": 10, "amount": 80.0, "gain": -20.0}
    (finding,) = audit(PURCHASE, half, half).findings
    assert finding.code == "duplicate-row"
    assert (finding.row, finding.words) == (2, "SELL X OLD: the same as row 1")


def test_a_lot_sold_whole_and_once_more() -> None:
    rows = [{**SALE, "shares": n, "amount": 8.0 * n, "gain": -2.0 * n} for n in (100, 5)]
    found = audit(*rows)
    assert told(found) == [
        ("duplicate-row", None, None, None),
        ("lot-oversold", 105.0, 100, 5.0),
        ("short-position", -5.0, 0.0, 5.0),
    ]


@pytest.mark.parametrize(
    ("rule", "on_sale", "on_purchase"),
    [
        ("no_buy", [], ["no-buy"]),
        ("no_sell", ["no-sell"], []),
        ("no_trade", ["no-trade"], ["no-trade"]),
        ("exclude", [], ["excluded-bought"]),
    ],
)
def test_a_restriction_holds_to_its_last_day(rule: str, on_sale: list[str], on_purchase: list[str]) -> None:
    for row, expected in ((SALE, on_sale), (PURCHASE, on_purchase)):
        name = row["asset"]
        assert codes(audit(row, rules=(NameRule(name, rule, TODAY),))) == expected
        assert codes(audit(row, rules=(NameRule(name, rule),))) == expected
        assert codes(audit(row, rules=(NameRule(name, rule, ago(1)), NameRule("Y", rule)))) == []


def test_names_without_rating_and_outside_the_benchmark_are_told_once() -> None:
    row = {**PURCHASE, "asset": "W", "price": 2.0, "amount": 10.0}
    found = audit(row, row)
    assert codes(found) == ["duplicate-row", "unrated-traded", "outside-benchmark"]
    assert [finding.row for finding in found.findings] == [1, 0, 0]


def test_sold_and_bought_is_a_warning() -> None:
    sale = {**SALE, "asset": "Z", "lot_id": "OTHER", "shares": 2, "price": 20.0, "amount": 40.0, "gain": 16.0}
    found = audit({**sale, "term": "short"}, PURCHASE)
    assert [(f.code, f.severity) for f in found.findings] == [("round-trip", "warning")]
    assert found.is_clean


# --- the promise by days


def test_a_sale_at_a_gain_of_late_is_no_purchase() -> None:
    assert codes(audit(SALE, past=(PastTrade(ago(5), "SELL", "X", "G", 5, 12.0, gain=5.0),))) == []


def window_findings(found: Audit) -> list[Finding]:
    return [finding for finding in found.findings if finding.code.startswith("window")]


@pytest.mark.parametrize(("days", "broken"), [(0, True), (30, True), (31, False)])
def test_a_purchase_that_was_sold_again_is_no_replacement_but_breaks_the_promise(days: int, broken: bool) -> None:
    bought = PastTrade(ago(days), "BUY", "Y", "G", 5, 5.0)
    found = audit(SALE, past=(bought,))
    assert found.washes == ()
    words = f"SELL X OLD: a loss within 30 days of Y bought on {bought.date} in account taxable"
    assert [(f.words, f.row, f.name, f.value) for f in found.findings] == ([(words, 0, "X", 100.0)] if broken else [])


@pytest.mark.parametrize(("days", "broken"), [(21, True), (30, True), (31, False)])
@pytest.mark.parametrize(("gain", "result"), [(-10.0, "at a loss"), (None, "at a result not known")])
def test_a_loss_that_a_purchase_has_used_up_still_keeps_its_group_from_being_bought(
    days: int, broken: bool, gain: float | None, result: str
) -> None:
    loss = PastTrade(ago(days), "SELL", "Z", "Z", 5, 18.0, gain=gain)
    used = PastTrade(ago(20), "BUY", "Z", "Z", 5, 19.0, account="his", account_type="spouse")
    found = audit(PURCHASE, past=(loss, used))
    assert found.washes == ()
    words = f"BUY Z: within 30 days of Z sold {result} on {loss.date} in account taxable"
    assert [(f.words, f.row, f.name) for f in window_findings(found)] == ([(words, 0, "Z")] if broken else [])


@pytest.mark.parametrize(("shares", "broken"), [(100, False), (99, True)])
def test_a_position_sold_whole_keeps_the_promise(shares: int, broken: bool) -> None:
    new = OpenLot("NEW", "X", 10, 7.0, ago(5), ago(5))
    rows = [{**SALE, "shares": shares, "amount": 8.0 * shares, "gain": -2.0 * shares}]
    rows.append({**SALE, "lot_id": "NEW", "shares": 10, "amount": 80.0, "gain": 10.0, "term": "short"})
    assert bool(window_findings(audit(*rows, lots=(OLD, new)))) is broken


def test_what_is_left_of_the_lot_sold_keeps_the_promise() -> None:
    new = OpenLot("NEW", "X", 10, 10.0, ago(5), ago(5))
    row = {**SALE, "lot_id": "NEW", "shares": 4, "amount": 32.0, "gain": -8.0, "term": "short"}
    assert codes(audit(row, lots=(new,))) == []


def test_a_second_loss_beside_a_purchase_that_the_first_has_used_up() -> None:
    older = OpenLot("OLDER", "X", 100, 9.0, ago(3000), ago(3000))
    sales = [{**SALE, "shares": 5, "amount": 40.0, "gain": -10.0}]
    sales.append({**SALE, "lot_id": "OLDER", "shares": 5, "amount": 40.0, "gain": -5.0})
    found = audit(*sales, {**PURCHASE, "asset": "Y", "price": 5.0, "amount": 25.0}, lots=(OLD, older))
    assert [(f.code, f.row, f.name, f.value) for f in found.findings] == [
        ("group-sold-and-bought", 1, "X", 5.0),
        ("group-sold-and-bought", 0, "X", 10.0),
    ]


# --- priced washes

NEW = OpenLot("NEW", "X", 10, 7.0, ago(30), ago(30))
WASHED = {**SALE, "disallowed": 20.0}


@pytest.mark.parametrize(
    ("lots", "past", "expected"),
    [
        ((OLD, NEW), (), []),
        # One of the ten shares has replaced the one sold thirty days before it was bought.
        (
            (OLD, NEW),
            (PastTrade(ago(60), "SELL", "X", "G", 1, 8.0, gain=-2.0),),
            ["wash-sale-recent-buy", "disallowed-misstated"],
        ),
        ((OLD, NEW), (PastTrade(ago(61), "SELL", "X", "G", 1, 8.0, gain=-2.0),), []),
        ((OLD, NEW), (PastTrade(ago(60), "SELL", "X", "G", 1, 8.0, gain=0.0),), []),
        ((OLD, NEW), (PastTrade(ago(60), "SELL", "Z", "Z", 1, 8.0, gain=-2.0),), []),
        ((OLD, NEW, OpenLot("Y", "Y", 1, 4.0, LONG_AGO, LONG_AGO)), (), ["wash-sale-recent-buy"]),
        ((OLD, NEW), (PastTrade(ago(30), "BUY", "X", "G", 10, 7.0),), []),
        ((OLD, NEW), (PastTrade(ago(30), "BUY", "X", "G", 10, 7.0),) * 2, ["wash-sale-recent-buy"]),
        ((OLD, NEW), (PastTrade(ago(31), "BUY", "X", "G", 10, 7.0),) * 2, []),
    ],
)
def test_where_a_washed_loss_has_a_price(
    lots: tuple[OpenLot, ...], past: tuple[PastTrade, ...], expected: list[str]
) -> None:
    found = audit(WASHED, lots=lots, past=past, mandate=AuditedMandate(priced_washes=True))
    assert [code for code in codes(found) if code != "window-loss-sale"] == expected


@pytest.mark.parametrize("cell", [0.0, "", None])
def test_where_nothing_is_washed_an_empty_cell_and_nothing_are_right(cell: Any) -> None:
    found = audit({**SALE, "disallowed": cell}, PURCHASE, mandate=AuditedMandate(priced_washes=True))
    assert codes(found) == []


@pytest.mark.parametrize(("off", "found"), [(0.0049, False), (0.0051, True)])
def test_a_disallowed_loss_is_told_to_the_cent(off: float, found: bool) -> None:
    audited = audit({**WASHED, "disallowed": 20.0 - off}, lots=(OLD, NEW), mandate=AuditedMandate(priced_washes=True))
    assert told(audited) == ([("disallowed-misstated", 20.0 - off, 20.0, pytest.approx(off))] if found else [])


@pytest.mark.parametrize(("gain", "may_be"), [(None, True), (-0.01, True), (0.0, False), (0.01, False)])
def test_a_past_sale_may_be_a_loss_by_a_cent_or_where_its_result_is_not_known(gain: float | None, may_be: bool) -> None:
    sale = PastTrade(TODAY, "SELL", "X", "G", 1.0, 10.0, gain)
    assert sale.may_be_loss == may_be
    assert not PastTrade(TODAY, "BUY", "X", "G", 1.0, 10.0, gain).may_be_loss
    assert not PastTrade(TODAY, "SELL", "X", "G", 1.0, 10.0, gain, "ira", "ira").may_be_loss


@pytest.mark.parametrize("side", ["", "HOLD", "SHORT", "SELLS", "Z", "BUYS", "A", "buy", "sell"])
def test_a_side_is_buy_or_sell_to_the_letter(side: str) -> None:
    found = audit(SALE, {**PURCHASE, "side": side})
    assert codes(found) == ["unknown-side"]
    # It moves nothing.
    assert found.after.orders == {"X": 400.0}
