"""What stands beside the list of an account of a few lots: every order, lot and figure counted by hand."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from audit import (
    AuditedAccount,
    AuditedMandate,
    Finding,
    OpenLot,
    OrderRow,
    Security,
    Stated,
    StatedLimit,
    audit_trades,
)
from risk import FactorRisk

TODAY = dt.date(2025, 6, 16)
LONG_AGO, LATER, SPRING = dt.date(2020, 1, 2), dt.date(2021, 1, 4), dt.date(2025, 3, 3)
PRICE = {"X": 8.0, "Y": 5.0, "Z": 20.0}
SECURITIES = {asset: Security(asset, price) for asset, price in PRICE.items()}
RISK = FactorRisk(("X", "Y", "Z"), ("M",), np.ones((3, 1)), np.array([[0.04]]), np.full(3, 0.01))
COLUMNS = ["asset", "side", "lot_id", "shares", "price"]


def lot(lot_id: str, asset: str, shares: float, cost: float, acquired: dt.date) -> OpenLot:
    return OpenLot(lot_id, asset, shares, cost, acquired, acquired)


LOTS = (
    lot("OLD", "X", 100, 10.0, LONG_AGO),
    lot("LATER", "X", 10, 9.0, LATER),
    lot("SPRING", "X", 10, 9.0, SPRING),
    lot("YOUNG", "Z", 10, 12.0, SPRING),
    lot("CHEAP", "Z", 4, 10.0, LONG_AGO),
)
# Losses of 100 and 5, both long, and of 4, short; gains of 40, short, and of 20, long.
ROWS = [
    ("X", "SELL", "OLD", 50, 8.0),
    ("X", "SELL", "LATER", 5, 8.0),
    ("X", "SELL", "SPRING", 4, 8.0),
    ("Z", "SELL", "YOUNG", 5, 20.0),
    ("Z", "SELL", "CHEAP", 2, 20.0),
    ("Y", "BUY", "", 20, 5.0),
]
# 960 of X, 280 of Z, 1100 of cash less 100 that are withdrawn; orders of 472, 140 and 100 dollars.
NAV = 2240.0


def found(stated: Stated, elsewhere: tuple[OpenLot, ...] = (), **mandate: Any) -> list[Finding]:
    weights = {"X": 0.5, "Y": 0.25, "Z": 0.25}
    account = AuditedAccount(TODAY, 1100.0, LOTS, SECURITIES, weights, cash_flow=-100.0, elsewhere=elsewhere)
    given = AuditedMandate(**{"commission": 1.0, "spread_bps": 10.0, **mandate})
    table = pd.DataFrame(ROWS, columns=COLUMNS)
    table.index += 2
    return list(audit_trades(account, given, RISK, table, stated).findings)


def tracking_error(*active: float) -> float:
    return math.sqrt(0.04 * math.fsum(active) ** 2 + 0.01 * math.fsum(weight**2 for weight in active))


COST = 3 + 0.001 * 712
# Figure, code, and what a millionth is taken of.
FIGURES = {
    "nav": (NAV, "nav", NAV),
    "cash": (1000 + 472 + 140 - 100 - COST, "cash", NAV),
    "cost": (COST, "cost", NAV),
    "turnover": (712 / NAV, "turnover", 1.0),
    "tracking_error_before": (tracking_error(960 / NAV - 0.5, -0.25, 280 / NAV - 0.25), "te", 1.0),
    "tracking_error_after": (tracking_error(488 / NAV - 0.5, 100 / NAV - 0.25, 140 / NAV - 0.25), "te", 1.0),
    "orders": (3.0, "order-count", 1.0),
    "gains_short": (40.0, "gains", NAV),
    "gains_long": (20.0, "gains", NAV),
    "losses_short": (4.0, "losses", NAV),
    "losses_long": (105.0, "losses", NAV),
}
RIGHT = {name: value for name, (value, *_) in FIGURES.items()}


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_that_is_off_by_more_than_a_millionth_is_found(name: str, sign: int) -> None:
    right, code, unit = FIGURES[name]
    assert found(Stated(figures={**RIGHT, name: right + 0.99e-6 * sign * unit})) == []
    wrong = right + 1.01e-6 * sign * unit
    (only,) = found(Stated(figures={**RIGHT, name: wrong}))
    assert (only.code, only.file, only.name, only.value) == (f"{code}-misstated", "summary.json", name, wrong)
    assert only.limit == pytest.approx(right, rel=1e-12)
    assert only.excess == pytest.approx(1.01e-6 * unit, rel=1e-3)
    assert only.words.startswith(name.replace("_", " "))


@pytest.mark.parametrize("name", FIGURES)
def test_figures_that_are_not_told_are_no_fault_and_one_that_is_no_number_is(name: str) -> None:
    assert found(Stated(figures={key: value for key, value in RIGHT.items() if key != name})) == []
    assert [one.name for one in found(Stated(figures={**RIGHT, name: math.nan}))] == [name]


ORDERS = (OrderRow(2, "X", "SELL", 50.0), OrderRow(3, "X", "SELL", 9.0), OrderRow(4, "Z", "SELL", 7.0),
          OrderRow(5, "Y", "BUY", 20.0))  # fmt: skip


def test_orders_are_the_rows_of_each_name_together() -> None:
    assert found(Stated(orders=ORDERS)) == []
    assert found(Stated(orders=(OrderRow(2, "X", "SELL", 59.0), *ORDERS[2:]))) == []


@pytest.mark.parametrize(("off", "times"), [(0.99e-9, 0), (-0.99e-9, 0), (1.01e-9, 1), (-1.01e-9, 1), (0.5, 1)])
def test_shares_of_an_order_agree_to_a_billionth(off: float, times: int) -> None:
    told = found(Stated(orders=(*ORDERS[:2], replace(ORDERS[2], shares=7.0 * (1 + off)), ORDERS[3])))
    assert [(one.code, one.file, one.name, one.value, one.limit) for one in told] == [
        ("order-shares", "orders.csv", "Z", 7.0 * (1 + off), 7.0)
    ] * times
    assert [one.excess for one in told] == [pytest.approx(7.0 * abs(off), rel=1e-5)] * times


def test_orders_left_out_and_orders_of_nothing() -> None:
    missing = found(Stated(orders=ORDERS[:3]))
    assert [(one.code, one.words, one.file, one.row, one.name) for one in missing] == [
        ("order-missing", "BUY Y: 20 shares in trades.csv", "orders.csv", None, "Y")
    ]
    for other in (OrderRow(9, "Z", "BUY", 7.0), OrderRow(9, "Y", "SELL", 20.0)):
        unexpected = found(Stated(orders=(*ORDERS, other)))
        assert [(one.code, one.words, one.row, one.name) for one in unexpected] == [
            ("order-unexpected", f"{other.side} {other.asset}: not in trades.csv", 9, other.asset)
        ]
    assert [one.code for one in found(Stated(orders=()))] == ["order-missing"] * 3


# A purchase has its commission in its basis.
LEFT = (
    lot("OLD", "X", 50, 10.0, LONG_AGO),
    lot("LATER", "X", 5, 9.0, LATER),
    lot("SPRING", "X", 6, 9.0, SPRING),
    lot("YOUNG", "Z", 5, 12.0, SPRING),
    lot("CHEAP", "Z", 2, 10.0, LONG_AGO),
    lot("NEW", "Y", 20, 5.05, TODAY),
)


DAYS = "X bought 2020-01-02, held since 2020-01-02, in account taxable"


def left(*lots: OpenLot) -> list[Finding]:
    return found(Stated(lots_after=tuple(enumerate(lots, 2))))


def test_lots_after_may_be_named_and_split_otherwise() -> None:
    assert left(*LEFT) == []
    assert left(replace(LEFT[0], lot_id="other", shares=20.0), *LEFT[1:], replace(LEFT[0], shares=30.0)) == []


@pytest.mark.parametrize("lot_id", ["HERS", "OLD", "CHEAP"])
def test_lots_of_another_account_are_left_whole_whatever_they_are_called(lot_id: str) -> None:
    hers = replace(lot(lot_id, "X", 55, 10.0, LONG_AGO), account="hers", account_type="spouse")
    for shares, codes in ((55, []), (5, ["lot-after-shares"])):
        rows = (*LEFT, replace(hers, shares=shares))
        told = found(Stated(lots_after=tuple(enumerate(rows, 2))), elsewhere=(hers,))
        assert [one.code for one in told] == codes


@pytest.mark.parametrize("at", range(len(LEFT)))
def test_a_lot_that_is_not_told_is_missing(at: int) -> None:
    one = LEFT[at]
    (only,) = left(*LEFT[:at], *LEFT[at + 1 :])
    assert (only.code, only.file, only.row, only.name) == ("lot-after-missing", "lots_after.csv", None, one.asset)
    assert only.limit == one.shares
    assert only.words == (
        f"{one.asset} bought {one.acquired}, held since {one.acquired}, in account taxable: "
        f"{one.shares:.12g} shares are left, and no row has them"
    )


@pytest.mark.parametrize(
    "change", [{"account": "spouse"}, {"asset": "Z"}, {"acquired": SPRING}, {"holding_start": LONG_AGO}]
)
def test_a_lot_of_another_account_name_or_day_is_not_expected(change: dict[str, Any]) -> None:
    told = left(LEFT[0], replace(LEFT[1], **change), *LEFT[2:])
    assert {(one.code, one.row, one.name) for one in told if one.row is not None} <= {
        ("lot-after-unexpected", 3, change.get("asset", "X")),
        ("lot-after-shares", 4, "X"),
    }
    assert ("lot-after-missing", "X", 5) in [(one.code, one.name, one.limit) for one in told]
    assert len(told) == 2


@pytest.mark.parametrize(("off", "times"), [(0.99e-9, 0), (-0.99e-9, 0), (1.01e-9, 1), (-1.01e-9, 1)])
def test_shares_left_agree_to_a_billionth(off: float, times: int) -> None:
    shares = 50 * (1 + off)
    told = left(replace(LEFT[0], shares=shares), *LEFT[1:])
    assert [(one.code, one.row, one.name, one.value, one.limit) for one in told] == [
        ("lot-after-shares", 2, "X", shares, 50.0)
    ] * times
    assert [one.excess for one in told] == [pytest.approx(50 * abs(off), rel=1e-5)] * times
    words = f"{DAYS}: {shares:.12g} shares, the trades leave 50"
    assert [one.words for one in told] == [words] * times


@pytest.mark.parametrize(("off", "times"), [(0.0049, 0), (-0.0049, 0), (0.0051, 1), (-0.0051, 1)])
def test_a_basis_left_agrees_to_half_a_cent(off: float, times: int) -> None:
    told = left(*LEFT[:3], replace(LEFT[3], cost_per_share=12.0 + off / 5), *LEFT[4:])
    assert [(one.code, one.row, one.name) for one in told] == [("lot-after-basis", 5, "Z")] * times
    assert [(one.value, one.limit) for one in told] == [(pytest.approx(60.0 + off), 60.0)] * times
    assert [one.excess for one in told] == [pytest.approx(abs(off), rel=1e-6)] * times
    assert all(one.words.endswith(f": basis ${60 + off:,.2f}, lots and trades give $60.00") for one in told)


READ = tracking_error(488 / NAV - 0.5, 100 / NAV - 0.25, 140 / NAV - 0.25)


@pytest.mark.parametrize(
    ("name", "where", "value", "limit", "mandate"),
    [
        ("tracking_error", "", READ, 0.5, {"limits": {"tracking_error": 0.5}}),
        ("soft_tracking_error", "", READ, 0.5, {"limits": {"tracking_error": 0.5}, "soft": {"tracking_error": 1.0}}),
        ("active_weight", "Y", 100 / NAV - 0.25, -0.5, {"limits": {"active_weight": 0.5}}),
    ],
)
def test_a_limit_is_told_as_it_is(name: str, where: str, value: float, limit: float, mandate: dict[str, Any]) -> None:
    right = StatedLimit(name, where, value, limit)
    assert found(Stated(limits=(right, replace(right, limit=None))), **mandate) == []
    for off, times in ((0.99e-6, 0), (-0.99e-6, 0), (1.01e-6, 1), (-1.01e-6, 1)):
        of_value = found(Stated(limits=(replace(right, value=value + off),)), **mandate)
        of_limit = found(Stated(limits=(replace(right, limit=limit + off),)), **mandate)
        for told, correct in ((of_value, value), (of_limit, limit)):
            assert [(one.code, one.file, one.name) for one in told] == [
                ("limit-misstated", "summary.json", name)
            ] * times
            assert [(one.value, one.limit) for one in told] == [
                (pytest.approx(correct + off), pytest.approx(correct))
            ] * times
            assert [one.excess for one in told] == [pytest.approx(abs(off), rel=1e-6)] * times
            assert all(one.words.startswith(f"{name} {where}".strip() + ":") for one in told)


@pytest.mark.parametrize(
    ("name", "where"), [("turnover", ""), ("soft_tracking_error", ""), ("tracking_error", "X"), ("te", "")]
)
def test_a_limit_that_the_account_does_not_have_is_found_and_those_after_it_are_read(name: str, where: str) -> None:
    told = (StatedLimit(name, where, 0.1, None), StatedLimit("tracking_error", "", 0.1, None))
    first, second = found(Stated(limits=told), limits={"tracking_error": 0.5})
    assert (first.code, first.name, first.value, first.limit) == ("limit-misstated", name, 0.1, None)
    assert "account.toml has no such limit" in first.words
    assert (second.name, second.limit) == ("tracking_error", pytest.approx(READ))


def washed(sold: float) -> tuple[AuditedAccount, pd.DataFrame]:
    """Shares of a lot sold at a loss of two dollars, ten bought five days before, one of which the ledger washes."""
    five_ago = TODAY - dt.timedelta(days=5)
    held = (lot("OLD", "X", 100, 10.0, LONG_AGO), lot("NEW", "X", 10, 9.0, five_ago))
    account = AuditedAccount(TODAY, 1000.0, held, SECURITIES, {"X": 0.5, "Y": 0.25, "Z": 0.25})
    disallowed = 2.0 * min(sold, 10)
    return account, pd.DataFrame([("X", "SELL", "OLD", sold, 8.0, disallowed)], columns=[*COLUMNS, "disallowed"])


@pytest.mark.parametrize("sold", [4, 10, 40])
def test_the_shares_that_replace_others_take_their_loss_and_their_holding_period(sold: float) -> None:
    account, table = washed(sold)
    new, taken = account.lots[1], min(sold, 10)
    tacked = replace(new, shares=taken, cost_per_share=11.0, holding_start=new.acquired - (TODAY - LONG_AGO))
    rest = (replace(new, shares=10 - taken),) if taken < 10 else ()
    lots = (replace(account.lots[0], shares=100 - sold), tacked, *rest)
    mandate = AuditedMandate(priced_washes=True, spread_bps=0.0)
    for told, expected in ((lots, 0), ((lots[0], replace(tacked, cost_per_share=11.01), *rest), 1)):
        stated = Stated(lots_after=tuple(enumerate(told, 2)))
        codes = [one.code for one in audit_trades(account, mandate, RISK, table, stated).findings]
        assert codes == ["lot-after-basis"] * expected
