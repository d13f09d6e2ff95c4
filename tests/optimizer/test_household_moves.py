"""Moves in kind by themselves: which graduates go and how much of them, what they are called, and shared history."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from household_cases import LONG_AGO, PRICE, RISK, account, graduate_household, mandate

from optimizer import Restriction
from optimizer.household import Household, Sleeve
from optimizer.household.graduation import graduate_moves
from optimizer.household.shared_history import all_trades
from optimizer.household.transfers import LotMove, after_transfers, transfer_table
from tax import TradeHistory


def test_a_graduate_stays_where_the_sleeve_that_wants_it_may_not_buy_it() -> None:
    household = graduate_household()
    small, mid = household.sleeves
    assert {move.lot_id for move in graduate_moves(household, RISK)} == {"L2", "L1"}
    barred = replace(mid, account=replace(mid.account, restrictions=[Restriction("C", "no_buy")]))
    (move,) = graduate_moves(replace(household, sleeves=(small, barred)), RISK)
    assert (move.source, move.target, move.lot_id) == ("mid", "small", "L1")


@pytest.mark.parametrize(("fractional", "expected"), [(True, [33.3, 66.7]), (False, [33.3, 66.0])])
def test_graduates_fill_the_benchmark_weight_in_fractions_where_both_mandates_trade_them(
    fractional: bool, expected: list[float]
) -> None:
    """Of C the taker wants 100 shares; the lot of the larger gain a share goes first, and whole, fraction and all."""
    giver = account(PRICE, [("A", 100, 90, LONG_AGO), ("C", 80.25, 40, LONG_AGO), ("C", 33.3, 20, LONG_AGO)])
    taker = account(PRICE, [("B", 200, 90, LONG_AGO)])
    household = Household(
        (
            Sleeve("giver", giver, mandate({"A": 1.0}, fractional=fractional)),
            Sleeve("taker", taker, mandate({"B": 0.5, "C": 0.5}, fractional=fractional)),
        )
    )
    moves = graduate_moves(household, RISK)
    assert [move.lot_id for move in moves] == ["L2", "L1"]
    assert [move.shares for move in moves] == pytest.approx(expected, abs=1e-9)


def test_a_lot_that_arrives_again_gets_a_name_of_its_own() -> None:
    """A lot that came by an earlier transfer is still there under the name that this one would take."""
    household = graduate_household()
    small, mid = household.sleeves
    ids = np.array(["small:L2", "small:L2-2"])
    there = replace(mid, account=replace(mid.account, lots=replace(mid.account.lots, lot_id=ids)))
    household = replace(household, sleeves=(small, there))
    moves = [LotMove("small", "mid", "L2", 150.0)]
    table = transfer_table(household, moves)
    assert table["new_lot_id"].tolist()[0] == "small:L2-3"
    arrived = after_transfers(household, moves).sleeve("mid").account.lots
    assert sorted(arrived.lot_id.tolist()) == ["small:L2", "small:L2-2", "small:L2-3"]
    assert arrived.basis[arrived.lot_id == "small:L2-3"].tolist() == [20.0]


def test_a_trade_that_two_accounts_tell_counts_once_and_two_that_one_tells_twice() -> None:
    """An order filled in two equal parts is two trades; the same row in both accounts' files is one."""

    def sold(*shares: float) -> TradeHistory:
        return TradeHistory.build(
            date=[dt.date(2025, 5, 20)] * len(shares), side=["SELL"] * len(shares), asset=["A"] * len(shares),
            shares=list(shares), realized_gain=[-100.0] * len(shares), account=["elsewhere"] * len(shares),
        )  # fmt: skip

    household = graduate_household()
    small, mid = household.sleeves
    told = (
        replace(small, account=replace(small.account, trades=sold(10.0, 10.0))),
        replace(mid, account=replace(mid.account, trades=sold(10.0, 7.0))),
    )
    assert sorted(all_trades(replace(household, sleeves=told)).shares.tolist()) == [7.0, 10.0, 10.0]
