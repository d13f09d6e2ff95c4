"""Wash-sale locks as arrays, held to the locks in words on random households."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tax import LockFlags, Lots, Purchases, TradeHistory, lock_flags, wash_locks

GROUPS = ("A", "B", "C")
ASSETS = ("A1", "A2", "B1", "C1")
GROUP_OF = np.array([0, 0, 1, 2])
TODAY = dt.date(2021, 6, 30)
DAYS = st.integers(-2, 35)
SHARES = st.integers(1, 5).map(float)
TRADES = st.lists(st.tuples(DAYS, st.booleans(), st.integers(0, 3), SHARES, st.sampled_from((-5.0, 0.0, 5.0))))
LOTS = st.lists(st.tuples(DAYS, st.integers(0, 3), SHARES))


def dates(ago):
    return [TODAY - dt.timedelta(days=days) for days in ago]


def in_words(trades, lots):
    history = TradeHistory.build(
        date=dates(t[0] for t in trades),
        side=["BUY" if t[1] else "SELL" for t in trades],
        asset=[ASSETS[t[2]] for t in trades],
        group=[GROUPS[GROUP_OF[t[2]]] for t in trades],
        shares=[t[3] for t in trades],
        realized_gain=[np.nan if t[1] else t[4] for t in trades],
    )
    held = Lots.build(
        lot_id=[f"L{i}" for i in range(len(lots))],
        asset=[ASSETS[x[1]] for x in lots],
        group=[GROUPS[GROUP_OF[x[1]]] for x in lots],
        shares=[x[2] for x in lots],
        basis=[1.0] * len(lots),
        acquired=dates(x[0] for x in lots),
    )
    return wash_locks(history, held, TODAY), held


def as_arrays(trades, lots):
    today = (TODAY - dt.date(1970, 1, 1)).days

    def purchases(asset, ago, shares):
        asset = np.array(asset, dtype=np.int64)
        return Purchases(asset, GROUP_OF[asset], today - np.array(ago, dtype=np.int64), np.array(shares, dtype=float))

    buys, sales = [t for t in trades if t[1]], [t for t in trades if not t[1] and t[4] < 0]
    lost = purchases([t[2] for t in sales], [t[0] for t in sales], [t[3] for t in sales])
    return lock_flags(
        len(GROUPS),
        today,
        purchases([x[1] for x in lots], [x[0] for x in lots], [x[2] for x in lots]),
        purchases([t[2] for t in buys], [t[0] for t in buys], [t[3] for t in buys]),
        lost.group,
        lost.day,
    )


@settings(max_examples=300, deadline=None)
@given(TRADES, LOTS)
def test_flags_say_what_the_locks_say(trades, lots):
    words, held = in_words(trades, lots)
    flags = as_arrays(trades, lots)
    group = np.array([GROUPS.index(g) for g in held.group.tolist()], dtype=np.int64)
    assert [not words.may_buy(g) for g in GROUPS] == flags.no_buy.tolist()
    assert [words.may_liquidate(g) for g in GROUPS] == (flags.whole | ~flags.no_loss).tolist()
    assert words.may_sell_at_loss(held).tolist() == flags.may_sell_at_loss(group).tolist()
    again = flags.in_words(GROUPS, held.lot_id)
    assert {g: lock.until for g, lock in again.buys.items()} == {g: lock.until for g, lock in words.buys.items()}
    for g, lock in words.loss_sales.items():
        same = again.loss_sales[g]
        assert (same.until, same.except_lot, same.whole_position) == (lock.until, lock.except_lot, lock.whole_position)
    assert again.loss_sales.keys() == words.loss_sales.keys()


@pytest.mark.parametrize(("ago", "locked"), [(0, True), (30, True), (31, False)])
def test_the_window_has_thirty_days(ago, locked):
    sold = as_arrays([(ago, False, 2, 1.0, -5.0)], [])
    assert sold.no_buy.tolist() == [False, locked, False]
    bought = as_arrays([(ago, True, 2, 1.0, 0.0)], [])
    assert bought.no_loss.tolist() == [False, locked, False]


@pytest.mark.parametrize("asset", range(len(ASSETS)))
@pytest.mark.parametrize("ago", [0, 15, 30])
def test_an_open_lot_stands_for_its_purchase(asset, ago):
    flags = as_arrays([(ago, True, asset, 2.0, 0.0)], [(ago, asset, 2.0)])
    group = GROUP_OF[asset]
    assert (flags.no_loss[group], flags.whole[group], flags.only_lot[group]) == (True, True, 0)


def test_a_lot_does_not_stand_for_another_class_or_day():
    for trade in ((30, True, 1, 2.0, 0.0), (29, True, 0, 2.0, 0.0), (0, True, 1, 2.0, 0.0)):
        flags = as_arrays([trade], [(0, 0, 2.0)])
        assert (flags.no_loss[0], flags.whole[0], flags.only_lot[0]) == (True, False, -1)


def test_without_the_rule_nothing_is_locked():
    flags = LockFlags.none(2)
    assert flags.may_sell_at_loss(np.array([0, 1, 1])).all()
    assert flags.whole.all()
    words = flags.in_words(("A", "B"), np.array(["L0", "L1", "L2"]))
    assert not words.buys
    assert not words.loss_sales


def test_no_lock_frees_every_group():
    free = LockFlags.none(2)
    assert not free.no_buy.any()
    assert not free.no_loss.any()
    assert free.whole.all()
    assert free.only_lot.tolist() == [-1, -1]


@pytest.mark.parametrize("today", [-5000, -10, 0, 5000])
def test_days_may_be_counted_from_any_day(today):
    nothing = Purchases(*(np.zeros(0, dtype=np.int64),) * 3, np.zeros(0))
    lots = Purchases(np.array([1]), np.array([1]), np.array([today - 5]), np.array([1.0]))
    flags = lock_flags(2, today, lots, nothing, np.array([0]), np.array([today - 3]))
    assert flags.no_buy.tolist() == [True, False]
    assert flags.no_loss.tolist() == [False, True]
    assert flags.only_lot.tolist() == [-1, 0]
    assert (flags.last_sale[0], flags.last_purchase[1]) == (today - 3, today - 5)
