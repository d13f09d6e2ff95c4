"""Wash sales by the ledger on accounts of a few lots, where every dollar can be counted by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from audit import Audit, AuditedAccount, AuditedMandate, OpenLot, PastTrade, Security, audit_trades
from risk import FactorRisk
from taxsleeve_errors import InputError

TODAY = dt.date(2025, 6, 16)
OLD = OpenLot("OLD", "X", 100, 10.0, dt.date(2020, 1, 2), dt.date(2020, 1, 2))
RISK = FactorRisk(("X", "Y", "Z"), ("M",), np.ones((3, 1)), np.array([[0.04]]), np.full(3, 0.01))
SECURITIES = {"X": Security("X", 8.0, group="G"), "Y": Security("Y", 5.0, group="G"), "Z": Security("Z", 20.0)}


def days_ago(days: int) -> dt.date:
    return TODAY - dt.timedelta(days=days)


def account(*lots: OpenLot, past: tuple[PastTrade, ...] = (), elsewhere: tuple[OpenLot, ...] = ()) -> AuditedAccount:
    weights = {"X": 0.5, "Y": 0.25, "Z": 0.25}
    return AuditedAccount(TODAY, 1000.0, lots, SECURITIES, weights, past=past, elsewhere=elsewhere)


def sell(lot: OpenLot, shares: float, **more: Any) -> dict[str, Any]:
    price = SECURITIES[lot.asset].price
    return {"asset": lot.asset, "side": "SELL", "lot_id": lot.lot_id, "shares": shares, "price": price, **more}


def buy(asset: str, shares: float) -> dict[str, Any]:
    return {"asset": asset, "side": "BUY", "lot_id": "", "shares": shares, "price": SECURITIES[asset].price}


def audit(held: AuditedAccount, *rows: dict[str, Any], priced: bool = False) -> Audit:
    table = pd.DataFrame(list(rows), columns=["asset", "side", "lot_id", "shares", "price", "disallowed"])
    mandate = AuditedMandate(fractional=True, priced_washes=priced)
    return audit_trades(held, mandate, RISK, table if priced else table.drop(columns="disallowed"))


def codes(found: Audit) -> list[str]:
    return [finding.code for finding in found.findings]


@pytest.mark.parametrize(("age", "washed"), [(0, True), (30, True), (31, False)])
def test_the_thirtieth_day_is_inside(age: int, washed: bool) -> None:
    new = OpenLot("NEW", "X", 10, 9.0, days_ago(age), days_ago(age))
    found = audit(account(OLD, new), sell(OLD, 40))
    assert codes(found) == (["wash-sale-recent-buy"] if washed else [])
    # Two dollars a share on the ten that were bought.
    assert [wash.amount for wash in found.washes] == ([20.0] if washed else [])
    assert found.after.realised(long=True, losses=True) == (60.0 if washed else 80.0)


def test_a_loss_of_cents_is_washed_too() -> None:
    new = OpenLot("NEW", "X", 10, 9.0, days_ago(5), days_ago(5))
    found = audit(account(OLD, new), sell(OLD, 0.25))
    assert [(finding.code, finding.value) for finding in found.findings] == [("wash-sale-recent-buy", 0.5)]


def test_what_is_left_of_the_recent_lot_replaces_nothing() -> None:
    new = OpenLot("NEW", "X", 10, 9.0, days_ago(5), days_ago(5))
    assert codes(audit(account(OLD, new), sell(new, 4))) == []


def test_a_position_sold_whole_has_nothing_left_to_replace_it() -> None:
    new = OpenLot("NEW", "X", 10, 9.0, days_ago(5), days_ago(5))
    assert codes(audit(account(OLD, new), sell(OLD, 100), sell(new, 10))) == []
    # Unless a retirement account of the household bought too.
    ira = PastTrade(days_ago(3), "BUY", "X", "G", 2, 8.5, account="ira", account_type="ira")
    found = audit(account(OLD, new, past=(ira,)), sell(OLD, 100), sell(new, 10))
    assert codes(found) == ["wash-sale-household-ira", "window-loss-sale"]
    assert [(float(wash.match.shares), wash.match.is_permanent) for wash in found.washes] == [(2.0, True)]


@pytest.mark.parametrize("kept", [0.5, 0.001])
def test_part_of_a_share_that_stays_replaces_as_much(kept: float) -> None:
    new = OpenLot("NEW", "X", 10, 9.0, days_ago(5), days_ago(5))
    found = audit(account(OLD, new), sell(OLD, 100), sell(new, 10 - kept))
    assert [wash.amount for wash in found.washes] == [pytest.approx(2.0 * kept)]


def test_what_rounding_leaves_of_a_lot_replaces_nothing() -> None:
    new = OpenLot("NEW", "X", 10.123456789012345, 9.0, days_ago(5), days_ago(5))
    assert codes(audit(account(OLD, new), sell(OLD, 100), sell(new, 10.123456789))) == []
    tenths = OpenLot("TENTHS", "X", 0.3, 9.0, days_ago(400), days_ago(400))
    found = audit(account(OLD, tenths), sell(tenths, 0.1), sell(tenths, 0.2))
    assert codes(found) == ["duplicate-row"]


def test_a_purchase_washes_one_loss_once() -> None:
    spouse = PastTrade(days_ago(3), "BUY", "Y", "G", 10, 5.0, account="his", account_type="spouse")
    earlier = PastTrade(days_ago(8), "SELL", "X", "G", 7, 8.0, gain=-14.0)
    found = audit(account(OLD, past=(earlier, spouse)), sell(OLD, 100))
    # Seven of the spouse's ten shares have replaced those sold before.
    assert codes(found) == ["wash-sale-household"]
    assert [float(wash.match.shares) for wash in found.washes] == [3.0]


@pytest.mark.parametrize("shares", [40, 1, 0.25])
def test_a_lot_whose_holding_period_was_moved_back_has_replaced_shares_already(shares: float) -> None:
    used = OpenLot("USED", "X", 10, 9.0, days_ago(5), days_ago(200))
    found = audit(account(OLD, used), sell(OLD, shares))
    assert found.washes == ()
    # The law disallows nothing; the promise by days is broken all the same.
    assert codes(found) == ["window-loss-sale"]


def test_a_purchase_washes_what_an_earlier_loss_has_left() -> None:
    earlier = PastTrade(days_ago(30), "SELL", "Z", "Z", 6, 18.0, gain=-12.0)
    found = audit(account(OLD, past=(earlier,)), buy("Z", 10))
    assert codes(found) == ["wash-sale-earlier-loss"]
    assert [(float(wash.match.shares), wash.amount) for wash in found.washes] == [(6.0, 12.0)]
    assert codes(audit(account(OLD, past=(replace(earlier, date=days_ago(31)),)), buy("Z", 10))) == []
    assert codes(audit(account(OLD, past=(replace(earlier, gain=3.0),)), buy("Z", 10))) == []
    assert codes(audit(account(OLD, past=(replace(earlier, account_type="roth"),)), buy("Z", 10))) == []
    assert codes(audit(account(OLD, past=(replace(earlier, gain=None),)), buy("Z", 10))) == ["wash-sale-earlier-loss"]


def test_a_loss_and_a_sister_class_in_one_list() -> None:
    found = audit(account(OLD), sell(OLD, 10), buy("Y", 4))
    assert codes(found) == ["group-sold-and-bought"]
    assert found.findings[0].value == 8.0
    assert codes(audit(account(OLD), sell(OLD, 10), buy("X", 4))) == ["round-trip", "wash-sale-within-list"]
    assert codes(audit(account(OLD), sell(OLD, 10), buy("Z", 4))) == []


def test_a_past_trade_in_a_group_of_its_own_telling() -> None:
    other = PastTrade(days_ago(3), "BUY", "X", "ANOTHER", 10, 5.0, account="his", account_type="spouse")
    assert codes(audit(account(OLD, past=(other,)), sell(OLD, 10))) == []


def test_a_priced_wash_is_good_where_it_is_told_and_right() -> None:
    new = OpenLot("NEW", "X", 10, 7.0, days_ago(5), days_ago(5))
    held = account(OLD, new)
    assert codes(audit(held, sell(OLD, 40, disallowed=20.0), priced=True)) == []
    assert codes(audit(held, sell(OLD, 40, disallowed=19.0), priced=True)) == ["disallowed-misstated"]
    assert codes(audit(held, sell(OLD, 40), priced=True)) == ["disallowed-misstated"]


def test_a_wash_has_no_price_where_an_earlier_loss_may_have_used_the_purchase() -> None:
    new = OpenLot("NEW", "X", 10, 7.0, days_ago(5), days_ago(5))
    earlier = PastTrade(days_ago(40), "SELL", "X", "G", 1, 8.0, gain=-2.0)
    found = audit(account(OLD, new, past=(earlier,)), sell(OLD, 40, disallowed=20.0), priced=True)
    assert codes(found) == ["wash-sale-recent-buy"]


def test_what_the_ledger_refuses_is_a_finding() -> None:
    nothing = PastTrade(days_ago(3), "BUY", "X", "G", 0.0, 5.0, account="his", account_type="spouse")
    found = audit(account(OLD, past=(nothing,)), sell(OLD, 10))
    assert codes(found) == ["ledger-refused", "window-loss-sale"]


def test_a_limit_that_nobody_knows_is_not_passed_over() -> None:
    with pytest.raises(InputError, match="one of tracking_error"):
        AuditedMandate(limits={"esg_score": 3.0})
    with pytest.raises(InputError, match="a price of everything held"):
        account(OpenLot("L", "NOSUCH", 1, 1.0, days_ago(9), days_ago(9)))


@pytest.mark.parametrize("bought_first", [True, False])
@pytest.mark.parametrize(("asset", "code"), [("X", "wash-sale-within-list"), ("Y", "group-sold-and-bought")])
def test_a_purchase_is_named_wherever_in_the_list_it_stands(asset: str, code: str, bought_first: bool) -> None:
    """Rows of a table that no file has are counted from none."""
    rows = [buy(asset, 10), sell(OLD, 10)] if bought_first else [sell(OLD, 10), buy(asset, 10)]
    found = audit(account(OLD), *rows)
    assert found.findings[-1].code == code
    assert found.findings[-1].words.endswith(f"BUY {asset} in row {0 if bought_first else 1}")


def test_lots_of_two_other_accounts_may_bear_one_id() -> None:
    hers = OpenLot("L1", "X", 10, 9.0, days_ago(5), days_ago(5), "hers", "spouse")
    his = OpenLot("L1", "X", 15, 9.0, days_ago(6), days_ago(6), "his", "ira")
    found = audit(account(OLD, elsewhere=(hers, his)), sell(OLD, 40))
    assert codes(found) == ["wash-sale-household-ira", "wash-sale-household"]
    assert [finding.value for finding in found.findings] == [30.0, 20.0]


def test_a_purchase_that_a_lot_of_another_account_stands_for_counts_once() -> None:
    hers = OpenLot("L1", "X", 10, 9.0, days_ago(5), days_ago(5), "hers", "spouse")
    past = PastTrade(days_ago(5), "BUY", "X", "G", 10, 9.0, account="hers", account_type="spouse")
    found = audit(account(OLD, past=(past,), elsewhere=(hers,)), sell(OLD, 40))
    assert [(finding.code, finding.value) for finding in found.findings] == [("wash-sale-household", 20.0)]


@pytest.mark.parametrize("group", ["Z", "A"])
def test_an_earlier_loss_is_of_the_group_that_its_own_row_tells(group: str) -> None:
    """Not of the one that the name has in securities.csv, which is traded too."""
    past = PastTrade(days_ago(5), "SELL", "X", group, 4, 8.0, gain=-12.0)
    held = account(OLD, past=(past,))
    named = {**SECURITIES, "Z": replace(SECURITIES["Z"], group=group)}
    found = audit(replace(held, securities=named), sell(OLD, 10), buy("Z", 6))
    assert [(finding.code, finding.value) for finding in found.findings] == [("wash-sale-earlier-loss", 12.0)]
    assert found.findings[0].words.startswith("BUY Z: washes $12.00 of loss on 4 shares of X")


@pytest.mark.parametrize("shares", [0.5, 1.0, 10.0])
def test_a_lot_however_small_stands_for_its_own_purchase_and_has_its_price(shares: float) -> None:
    new = OpenLot("NEW", "X", shares, 9.0, days_ago(5), days_ago(5))
    past = PastTrade(days_ago(5), "BUY", "X", "G", shares, 9.0)
    held = account(OLD, new, past=(past,))
    assert codes(audit(held, sell(OLD, 40, disallowed=2.0 * shares), priced=True)) == []
    assert codes(audit(held, sell(OLD, 40, disallowed=0.0), priced=True)) == ["disallowed-misstated"]
