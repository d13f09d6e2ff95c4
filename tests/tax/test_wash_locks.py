"""Wash-sale locks seen from a date: both edges, groups, the household, and PEER_SCENARIOS A and B.

Scenarios that speak of executions at a broker (7: order states, option rows) have no counterpart here: the history
holds executed trades of shares alone. 16's "account outside the owner's pattern": the history is the household's, so
an account that does not belong to it is left out by whoever writes `trades.csv`.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import numpy as np
import pytest

from tax import WASH_DAYS, LossSaleLock, Lots, TradeHistory, WashLocks, wash_locks

TODAY = dt.date(2024, 7, 31)


class Trade(NamedTuple):
    day: dt.date
    side: str
    asset: str
    gain: float = np.nan
    account_type: str = "taxable"
    account: str = "main"
    shares: float = 100
    group: str = ""


class Lot(NamedTuple):
    lot_id: str
    asset: str
    acquired: dt.date
    shares: float = 100
    basis: float = 100
    account: str = "main"
    group: str = ""


def ago(days: int, today: dt.date = TODAY) -> dt.date:
    return today - dt.timedelta(days=days)


def lots_of(*lots: Lot) -> Lots:
    columns: dict[str, Any] = {name: [getattr(lot, name) for lot in lots] for name in Lot._fields}
    return Lots.build(**columns | {"group": [lot.group or lot.asset for lot in lots]})


def locks(*rows: Trade | Lot, today: dt.date = TODAY) -> WashLocks:
    trades = [row for row in rows if isinstance(row, Trade)]
    history = TradeHistory.build(
        date=[t.day for t in trades],
        side=[t.side for t in trades],
        asset=[t.asset for t in trades],
        shares=[t.shares for t in trades],
        group=[t.group or t.asset for t in trades],
        realized_gain=[t.gain for t in trades],
        account=[t.account for t in trades],
        account_type=[t.account_type for t in trades],
    )
    return wash_locks(history, lots_of(*[row for row in rows if isinstance(row, Lot)]), today)


def free_lots(found: WashLocks, *lots: Lot) -> list[bool]:
    return found.may_sell_at_loss(lots_of(*lots)).tolist()


@pytest.mark.parametrize(("days", "locked"), [(0, True), (1, True), (29, True), (30, True), (31, False), (60, False)])
def test_buying_back_day_30_is_inside_and_day_31_outside(days: int, locked: bool) -> None:
    found = locks(Trade(ago(days), "SELL", "A", -500.0))
    assert found.may_buy("A") is not locked
    assert ("A" in found.buys) is locked


@pytest.mark.parametrize(("days", "locked"), [(0, True), (1, True), (29, True), (30, True), (31, False), (60, False)])
def test_selling_after_buying_day_30_is_inside_and_day_31_outside(days: int, locked: bool) -> None:
    old = Lot("old", "A", dt.date(2020, 1, 2))
    found = locks(Trade(ago(days), "BUY", "A", account="other"), old)
    assert free_lots(found, old) == [not locked]


def test_the_lock_names_its_last_day_and_its_reason() -> None:
    found = locks(Trade(ago(3), "SELL", "A", -1234.5), Trade(ago(5), "BUY", "B", account="spouse's"))
    assert found.buys["A"].until == ago(3) + dt.timedelta(days=WASH_DAYS)
    assert found.buys["A"].why == "A sold at a loss of 1,234.50 on 2024-07-28 in account main"
    assert found.loss_sales["B"].until == ago(5) + dt.timedelta(days=WASH_DAYS)
    assert found.loss_sales["B"].why == "B bought on 2024-07-26 in account spouse's"


def test_the_latest_of_several_trades_decides_how_long_a_lock_lasts() -> None:
    found = locks(*(Trade(ago(d), side, "A", -1.0) for side in ("SELL", "BUY") for d in (4, 20, 9)))
    assert found.buys["A"].until == found.loss_sales["A"].until == ago(4) + dt.timedelta(days=30)


def test_a_lot_acquired_after_the_day_does_not_lock() -> None:
    old, later = Lot("old", "A", dt.date(2020, 1, 2)), Lot("later", "A", ago(-1))
    assert not locks(old, later).loss_sales


def test_part_of_a_share_that_is_still_held_stands_for_its_purchase() -> None:
    part = Lot("part", "A", ago(3), shares=0.5)
    found = locks(Trade(ago(3), "BUY", "A", shares=0.5), part)
    assert found.loss_sales["A"].except_lot == "part"


def test_trades_after_the_day_do_not_lock() -> None:
    found = locks(Trade(ago(-1), "SELL", "A", -1.0), Trade(ago(-1), "BUY", "B"))
    assert found.may_buy("A")
    assert not found.loss_sales


def test_a_group_is_locked_as_one() -> None:
    old = Lot("old", "GOOGL", dt.date(2020, 1, 2), group="ALPHABET")
    found = locks(
        Trade(ago(2), "SELL", "GOOG", -1.0, group="ALPHABET"), Trade(ago(2), "BUY", "GOOG", group="ALPHABET"), old
    )
    assert not found.may_buy("ALPHABET")
    assert free_lots(found, old, Lot("x", "MSFT", dt.date(2020, 1, 2))) == [False, True]


@pytest.mark.parametrize("account_type", ["ira", "roth"])
def test_a_purchase_in_an_ira_locks_and_a_loss_in_an_ira_does_not(account_type: str) -> None:
    old = Lot("old", "A", dt.date(2020, 1, 2))
    found = locks(Trade(ago(2), "BUY", "A", account_type=account_type, account="retirement"), old)
    assert free_lots(found, old) == [False]
    assert locks(Trade(ago(2), "SELL", "A", -1.0, account_type)).may_buy("A")


def test_a_spouses_trades_lock_both_ways() -> None:
    old = Lot("old", "A", dt.date(2020, 1, 2))
    assert free_lots(locks(Trade(ago(2), "BUY", "A", account_type="spouse", account="hers"), old), old) == [False]
    assert not locks(Trade(ago(2), "SELL", "A", -1.0, "spouse")).may_buy("A")


def test_the_only_recent_purchase_may_itself_go_at_a_loss() -> None:
    old, new = Lot("old", "A", dt.date(2020, 1, 2)), Lot("new", "A", ago(5))
    for trades in ([], [Trade(ago(5), "BUY", "A")]):  # with and without its row in the history
        found = locks(*trades, old, new)
        assert found.loss_sales["A"].except_lot == "new"
        assert free_lots(found, old, new) == [False, True]


@pytest.mark.parametrize(
    "second",
    [
        Lot("newer", "A", ago(3)),
        Lot("same day", "A", ago(5)),
        Trade(ago(3), "BUY", "A"),  # bought and sold again since: no lot is left of it
        Trade(ago(5), "BUY", "A", account="other"),
        Trade(ago(9), "BUY", "A", account_type="ira", account="ira"),
        Lot("class B", "A.B", ago(3), group="A"),
    ],
    ids=str,
)
def test_with_a_second_recent_purchase_no_lot_may_go_at_a_loss(second: Trade | Lot) -> None:
    old, new = Lot("old", "A", dt.date(2020, 1, 2)), Lot("new", "A", ago(5))
    found = locks(Trade(ago(5), "BUY", "A"), old, new, second)
    assert found.loss_sales["A"].except_lot is None
    assert free_lots(found, old, new) == [False, False]


def test_two_fills_of_one_order_are_one_lot() -> None:
    new = Lot("new", "A", ago(5), shares=100)
    fills = [Trade(ago(5), "BUY", "A", shares=40), Trade(ago(5), "BUY", "A", shares=60)]
    assert locks(*fills, new).loss_sales["A"].except_lot == "new"


def test_a_fill_beyond_what_the_lot_holds_is_a_second_purchase() -> None:
    new = Lot("new", "A", ago(5), shares=100)
    fills = [Trade(ago(5), "BUY", "A", shares=100), Trade(ago(5), "BUY", "A", shares=0.5)]
    found = locks(*fills, new)
    assert found.loss_sales["A"].except_lot is None
    assert not found.may_liquidate("A")


def test_a_lock_of_which_no_more_is_known_keeps_every_lot() -> None:
    lock = LossSaleLock("A", TODAY, "bought")
    found = WashLocks(buys={}, loss_sales={"A": lock})
    assert not found.may_liquidate("A")
    assert free_lots(found, Lot("new", "A", ago(5))) == [False]


def test_what_was_sold_of_a_recent_lot_does_not_make_it_a_second_purchase() -> None:
    left = Lot("new", "A", ago(5), shares=30)
    found = locks(Trade(ago(5), "BUY", "A", shares=100), Trade(ago(2), "SELL", "A", 10.0, shares=70), left)
    assert found.loss_sales["A"].except_lot == "new"


def test_a_recent_lot_without_a_trade_row_locks_all_the_same() -> None:
    old, new = Lot("old", "A", dt.date(2020, 1, 2)), Lot("new", "A", ago(30))
    assert free_lots(locks(old, new), old) == [False]
    assert free_lots(locks(old, new._replace(acquired=ago(31))), old) == [True]


def test_the_purchase_date_counts_and_not_the_tacked_start() -> None:
    lots = Lots.build(
        lot_id=["old", "new"], asset=["A", "A"], shares=[1, 1], basis=[9, 9],
        acquired=[dt.date(2020, 1, 2), ago(5)], holding_start=[dt.date(2020, 1, 2), dt.date(2021, 1, 4)],
    )  # fmt: skip
    found = wash_locks(TradeHistory.build(), lots, TODAY)
    assert found.may_sell_at_loss(lots).tolist() == [False, True]


def test_a_sale_at_a_gain_or_at_cost_locks_nothing() -> None:
    assert locks(Trade(ago(2), "SELL", "A", 1000.0), Trade(ago(2), "SELL", "B", 0.0)).buys == {}


def test_a_sale_whose_gain_is_not_known_counts_as_a_loss() -> None:
    found = locks(Trade(ago(2), "SELL", "A"))
    assert "at a gain or loss not known" in found.buys["A"].why


# PEER_SCENARIOS, A: sell at a loss, then buy.
SOLD = dt.date(2024, 1, 2)


def test_peer_a1_the_day_after_a_loss_the_name_is_locked_and_another_is_not() -> None:
    found = locks(Trade(SOLD, "SELL", "A", -1000.0), today=dt.date(2024, 1, 3))
    assert (found.may_buy("A"), found.may_buy("B")) == (False, True)


def test_peer_a2_29_days_later_it_is_still_locked() -> None:
    assert not locks(Trade(SOLD, "SELL", "A", -1000.0), today=dt.date(2024, 1, 31)).may_buy("A")


def test_peer_a3_30_days_later_it_is_locked_whatever_the_peers_test_says_and_free_after_31() -> None:
    assert not locks(Trade(SOLD, "SELL", "A", -1000.0), today=dt.date(2024, 2, 1)).may_buy("A")
    assert locks(Trade(SOLD, "SELL", "A", -1000.0), today=dt.date(2024, 2, 2)).may_buy("A")


def test_peer_a4_a_sale_at_a_gain_locks_no_purchase() -> None:
    assert locks(Trade(SOLD, "SELL", "A", 1000.0), today=dt.date(2024, 1, 3)).may_buy("A")


def test_peer_a5_a_loss_on_june_1_locks_june_15_and_frees_july_5() -> None:
    sale = Trade(dt.date(2024, 6, 1), "SELL", "A", -10.0)
    found = [locks(sale, today=day).may_buy("A") for day in (dt.date(2024, 6, 15), dt.date(2024, 7, 5))]
    assert found == [False, True]


# PEER_SCENARIOS, B: sell at a loss after a recent purchase.
FIRST, SECOND = Lot("lot1", "A", dt.date(2024, 1, 1)), Lot("lot2", "A", dt.date(2024, 1, 2), shares=50)


def test_peer_b9_with_two_recent_lots_both_are_locked() -> None:
    found = locks(FIRST, SECOND, today=dt.date(2024, 1, 3))
    assert free_lots(found, FIRST, SECOND, Lot("z", "Z", dt.date(2023, 1, 2))) == [False, False, True]


def test_peer_b10_31_days_after_the_second_purchase_both_are_free_and_a_day_before_the_older_is_not() -> None:
    assert free_lots(locks(FIRST, SECOND, today=dt.date(2024, 2, 2)), FIRST, SECOND) == [True, True]
    # The second lot is then the only recent purchase, and may itself go (Rev. Rul. 56-602).
    assert free_lots(locks(FIRST, SECOND, today=dt.date(2024, 2, 1)), FIRST, SECOND) == [False, True]


def test_peer_b15_a_locked_name_is_reported_with_its_reason() -> None:
    found = locks(Lot("x", "A", dt.date(2023, 12, 20)), today=dt.date(2024, 1, 1))
    assert found.loss_sales["A"].why == "A bought on 2023-12-20 in account main"


def test_peer_b16_a_substantially_identical_purchase_elsewhere_locks_and_is_named() -> None:
    held = Lot("bnct", "BNCT", dt.date(2020, 1, 2), group="BNCT/ORNG")
    found = locks(Trade(ago(10), "BUY", "ORNG", account="other", group="BNCT/ORNG"), held)
    assert free_lots(found, held) == [False]
    assert "ORNG bought" in found.loss_sales["BNCT/ORNG"].why


def test_peer_b17_bought_15_days_before_is_a_violation_and_no_trades_are_none() -> None:
    old = Lot("old", "A", dt.date(2020, 1, 2))
    assert free_lots(locks(Trade(ago(15), "BUY", "A"), old), old) == [False]
    assert free_lots(locks(old), old) == [True]


def test_the_whole_position_may_go_where_every_recent_purchase_is_one_of_its_lots() -> None:
    old, new, newer = (Lot(f"l{d}", "A", ago(d)) for d in (400, 10, 5))
    found = locks(old, new, newer, Trade(ago(10), "BUY", "A"))
    assert found.loss_sales["A"].whole_position
    assert found.may_liquidate("A")
    assert found.may_liquidate("B")  # not locked at all
    assert free_lots(found, old, new, newer) == [False, False, False]


@pytest.mark.parametrize(
    "purchase",
    [
        Trade(ago(3), "BUY", "A", account="spouse"),
        Trade(ago(30), "BUY", "A", account="ira", account_type="ira"),
        Trade(ago(20), "BUY", "A"),  # sold again since: no open lot stands for it
        Trade(ago(3), "BUY", "A2", account="spouse", group="A"),
    ],
)
def test_a_purchase_that_is_no_open_lot_keeps_the_whole_position_too(purchase: Trade) -> None:
    for lots in ([Lot("old", "A", ago(400)), Lot("new", "A", ago(5))], [Lot("old", "A", ago(400))]):
        found = locks(*lots, purchase)
        assert not found.may_liquidate("A")
        assert not found.loss_sales["A"].whole_position
