"""The independent check of a household's lists finds what is planted, and a household what does not fit together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from household_cases import LONG_AGO, PRICE, RISK, account, graduate_household, mandate, wash_household

import optimizer.household.check as checking
from optimizer import (
    TRADE_COLUMNS,
    CashLimit,
    HarvestOffsetsLimit,
    RealizedGainLimit,
    Restriction,
    Securities,
    YearToDate,
)
from optimizer.household import Household, HouseholdRebalance, Sleeve, check_household, rebalance_household
from optimizer.household.transfers import LotMove, after_transfers, transfer_table
from tax import AccountKind
from taxsleeve_errors import InputError


@pytest.fixture(scope="module")
def good() -> HouseholdRebalance:
    return rebalance_household(graduate_household(tracking_error=0.02), RISK)


def test_it_shows_itself_in_a_notebook(good: HouseholdRebalance) -> None:
    page = good._repr_html_()
    assert page.count("<tr") == 1 + len(good.sleeves)
    assert all(name in page for name in good.sleeves)
    assert f"{good.check.tracking_error_after:.3%} (was {good.check.tracking_error_before:.3%})" in page
    assert f"${good.tax_value:,.0f}" in page


def spoilt(good: HouseholdRebalance, change: Callable[[pd.DataFrame, dict[str, pd.DataFrame]], Any]) -> str:
    transfers = good.transfers.copy()
    trades = {name: one.trades.copy() for name, one in good.sleeves.items()}
    answer = change(transfers, trades)
    transfers = transfers if answer is None else answer
    return "\n".join(check_household(good.household, RISK, transfers, trades).violations)


def test_the_good_lists_pass(good: HouseholdRebalance) -> None:
    assert spoilt(good, lambda *_: None) == ""


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("shares", 5000.0, "shares of a lot of"),
        ("shares", 10.5, "cannot be moved"),
        ("price", 99.0, "expected"),
        ("cost_per_share", 100.0, "the lot's is 20"),
        ("acquired", "2025-01-02", "the lot's is 2022-01-03"),
        ("lot_id", "L99", "no such lot"),
        ("to_sleeve", "large", "no such sleeve"),
        ("kind", "lots", "kind 'lots', expected lot or cash"),
        ("asset", "E", "no such lot"),
    ],
)
def test_planted_faults_in_transfers_are_found(good: HouseholdRebalance, column: str, value: Any, words: str) -> None:
    def change(transfers: pd.DataFrame, _: Any) -> None:
        transfers.loc[0, column] = value

    assert words in spoilt(good, change)


def test_a_transfer_that_nothing_settles_is_found(good: HouseholdRebalance) -> None:
    assert "expected equal values" in spoilt(good, lambda transfers, _: transfers.iloc[:1])


def test_a_wash_between_sleeves_is_found() -> None:
    result = rebalance_household(wash_household(5000.0), RISK)
    trades = {name: one.trades.copy() for name, one in result.sleeves.items()}
    trades["ira"] = pd.DataFrame(
        [("A", "BUY", "", 1.0, 100.0, 100.0, "", np.nan, "planted")], columns=trades["own"].columns
    )
    words = "\n".join(check_household(result.household, RISK, result.transfers, trades).violations)
    assert "a loss that buying A washes" in words


def test_a_total_tracking_error_and_a_gain_budget_that_are_broken_are_found() -> None:
    apart = rebalance_household(graduate_household(transfers=False), RISK)
    trades = {name: one.trades for name, one in apart.sleeves.items()}
    tight = replace(apart.household, realized_gain=0.001, tracking_error=0.5 * apart.check.tracking_error_after)
    words = "\n".join(check_household(tight, RISK, apart.transfers, trades).violations)
    assert "household: tracking error is" in words
    assert "household: realized_gain is" in words


def test_a_household_says_what_does_not_fit_together() -> None:
    small, mid = graduate_household().sleeves
    with pytest.raises(InputError, match="each sleeve's name once"):
        Household((small, small))
    with pytest.raises(InputError, match="at least one sleeve"):
        Household(())
    with pytest.raises(InputError, match="the day of sleeve small"):
        Household((small, replace(mid, account=replace(mid.account, as_of=dt.date(2025, 6, 3)))))
    dearer = replace(mid.account, securities=Securities.build({**PRICE, "A": 101.0}))
    with pytest.raises(InputError, match="one price of A"):
        Household((small, replace(mid, account=dearer)))
    with pytest.raises(InputError, match="a weight >= 0"):
        Household((small, mid), weights={"small": 0.5, "mid": 0.4})


def test_weights_of_the_blended_benchmark_count_the_split_of_money_as_risk() -> None:
    household = graduate_household()
    result = rebalance_household(household, RISK)
    trades = {name: one.trades for name, one in result.sleeves.items()}
    split = replace(household, weights={"small": 0.9, "mid": 0.1})
    other = check_household(split, RISK, result.transfers, trades)
    assert other.tracking_error_after > result.check.tracking_error_after + 0.01


def test_lots_do_not_move_to_another_owner(good: HouseholdRebalance) -> None:
    small, mid = good.household.sleeves
    household = replace(good.household, sleeves=(small, replace(mid, owner="brother")))
    trades = {name: one.trades for name, one in good.sleeves.items()}
    words = "\n".join(check_household(household, RISK, good.transfers, trades).violations)
    assert "from small to mid: only between accounts of the same owner and kind" in words


def test_lots_do_not_move_where_the_household_moves_none(good: HouseholdRebalance) -> None:
    trades = {name: one.trades for name, one in good.sleeves.items()}
    household = replace(good.household, transfers=False)
    words = "\n".join(check_household(household, RISK, good.transfers, trades).violations)
    assert "transfer of C L2 from small to mid: the household does not move lots" in words


@pytest.mark.parametrize("amount", [0.0, -100.0, np.nan])
def test_cash_that_settles_nothing_is_found(good: HouseholdRebalance, amount: float) -> None:
    def change(transfers: pd.DataFrame, _: Any) -> pd.DataFrame:
        cash = transfers.iloc[[0]].assign(kind="cash", asset="", lot_id="", amount=amount)
        return pd.concat([transfers, cash], ignore_index=True)

    assert "transfer of cash  from " in (words := spoilt(good, change))
    assert f"amount {amount}, expected more than zero" in words


@pytest.mark.parametrize("rule", ["no_sell", "no_trade"])
def test_a_lot_that_may_not_leave_is_found(good: HouseholdRebalance, rule: Any) -> None:
    small, mid = good.household.sleeves
    kept = replace(small, account=replace(small.account, restrictions=[Restriction("C", rule)]))
    household = replace(good.household, sleeves=(kept, mid))
    trades = {name: one.trades for name, one in good.sleeves.items()}
    words = "\n".join(check_household(household, RISK, good.transfers, trades).violations)
    assert "transfer of C L2 from small to mid: the lot may not leave (restricted," in words


def test_a_lot_that_the_receiving_sleeve_has_no_use_for_is_found(good: HouseholdRebalance) -> None:
    small, mid = good.household.sleeves
    household = replace(good.household, sleeves=(small, replace(mid, mandate=mandate({"E": 1.0}))))
    trades = {name: one.trades for name, one in good.sleeves.items()}
    words = "\n".join(check_household(household, RISK, good.transfers, trades).violations)
    assert "transfer of C L2 from small to mid: the receiving sleeve does not take it (not in its benchmark" in words


def test_shares_that_the_transfers_lose_on_the_way_are_found(
    good: HouseholdRebalance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check counts lots for itself: a fault of what moves them does not pass."""

    def losing(household: Household, moves: Sequence[LotMove]) -> Household:
        return after_transfers(household, moves[1:])

    def halving(household: Household, moves: Sequence[LotMove]) -> Household:
        moved = after_transfers(household, moves)
        first, *others = moved.sleeves
        lots = replace(first.account.lots, shares=first.account.lots.shares / 2)
        return replace(moved, sleeves=(replace(first, account=replace(first.account, lots=lots)), *others))

    trades = {name: one.trades for name, one in good.sleeves.items()}
    for fault, found in ((losing, False), (halving, True)):
        monkeypatch.setattr(checking, "after_transfers", fault)
        words = "\n".join(check_household(good.household, RISK, good.transfers, trades).violations)
        # A lot that stays is still the owner's.
        assert ("A of owner client: 400.0 shares of basis 90.0 before the transfers, 200.0 after" in words) == found


def test_a_trade_in_a_name_that_nobody_prices_is_told_and_does_not_stop_the_check(good: HouseholdRebalance) -> None:
    def change(_: pd.DataFrame, trades: dict[str, pd.DataFrame]) -> None:
        row = {"asset": "ZZZ", "side": "BUY", "lot_id": "", "shares": 1.0, "price": 100.0, "amount": 100.0, "term": "",
               "gain": np.nan, "reason": "planted"}  # fmt: skip
        trades["mid"] = pd.concat([trades["mid"], pd.DataFrame([row])], ignore_index=True)

    assert "ZZZ" in spoilt(good, change)


def test_a_sleeves_own_budget_for_gains_is_judged_once() -> None:
    """By its own check; the readings against how it stood before the moves leave it out."""
    apart = rebalance_household(graduate_household(transfers=False), RISK)
    small, mid = apart.household.sleeves
    limits = [*small.mandate.limits, RealizedGainLimit(0.01)]
    household = replace(apart.household, sleeves=(replace(small, mandate=replace(small.mandate, limits=limits)), mid))
    trades = {name: one.trades for name, one in apart.sleeves.items()}
    words = check_household(household, RISK, apart.transfers, trades).violations
    (told,) = (one for one in words if "realized_gain" in one)
    assert told.startswith("sleeve small: realized_gain is ")


def sold_at_a_loss(*years: YearToDate | None, kind: AccountKind = AccountKind.TAXABLE) -> tuple[Household, Any]:
    """Two sleeves of 100 shares at 100 dollars that cost 110, all of them sold; the last is of a kind."""
    kinds = (AccountKind.TAXABLE, kind)
    sleeves, trades = [], {}
    for name, asset, year, one_kind in zip(("one", "two"), "AB", years, kinds, strict=True):
        limits = (CashLimit(0.0, 1.0), *([HarvestOffsetsLimit(year)] if year is not None else []))
        sleeves.append(Sleeve(name, account(PRICE, [(asset, 100, 110, LONG_AGO)]), mandate({asset: 1.0}, *limits),
                              kind=one_kind))  # fmt: skip
        row = (asset, "SELL", "L0", 100.0, 100.0, 10_000.0, "long", -1000.0, "planted")
        trades[name] = pd.DataFrame([row], columns=TRADE_COLUMNS)
    return Household(tuple(sleeves), transfers=False), trades


def offsets(household: Household, trades: Any) -> list[str]:
    nothing = transfer_table(household, [])
    return [w for w in check_household(household, RISK, nothing, trades).violations if "net losses are" in w]


@pytest.mark.parametrize(
    ("year", "usable"),
    [
        (YearToDate(short=1000.0, long=300.0, deduction=200.0), 1500.0),
        (YearToDate(short=1000.0, long=800.0, deduction=200.0), 2000.0),
        (YearToDate(short=1000.0, long=799.0, deduction=200.0), 1999.0),
        (YearToDate(short=-900.0, carry_short=0.0, deduction=500.0), 0.0),
    ],
)
def test_losses_of_all_taxed_sleeves_are_counted_against_what_the_year_can_use(year: YearToDate, usable: float) -> None:
    household, trades = sold_at_a_loss(year, year)
    expected = [f"household: net losses are 0.1, beyond what the year can use, {usable / 20_000:.8g}"]
    assert offsets(household, trades) == (expected if usable < 2000 else [])


def test_what_the_year_can_use_binds_only_where_every_taxed_sleeve_harvests_that_of_one_year() -> None:
    tight = YearToDate(short=100.0, deduction=0.0)
    assert len(offsets(*sold_at_a_loss(tight, tight))) == 1
    assert offsets(*sold_at_a_loss(tight, None)) == []
    assert offsets(*sold_at_a_loss(None, None)) == []
    assert offsets(*sold_at_a_loss(tight, YearToDate(short=101.0, deduction=0.0))) == []
    assert offsets(*sold_at_a_loss(YearToDate(short=101.0, deduction=0.0), tight)) == []
    # An IRA's losses are none, and it need not harvest: 1,000 dollars of 20,000 are lost, and 100 can be used.
    (told,) = offsets(*sold_at_a_loss(tight, None, kind=AccountKind.IRA))
    assert told == "household: net losses are 0.05, beyond what the year can use, 0.005"
    assert offsets(*sold_at_a_loss(YearToDate(short=1000.0, deduction=0.0), None, kind=AccountKind.IRA)) == []


@pytest.mark.parametrize("side", ["", "ADD", "HOLD"])
def test_a_row_that_is_neither_buy_nor_sell_buys_nothing(side: str) -> None:
    household, trades = sold_at_a_loss(None, None)
    row = dict(zip(TRADE_COLUMNS, ("A", side, "", 1.0, 100.0, 100.0, "", np.nan, "planted"), strict=True))
    trades["two"] = pd.concat([trades["two"], pd.DataFrame([row])], ignore_index=True)
    words = "\n".join(check_household(household, RISK, transfer_table(household, []), trades).violations)
    assert "side is neither BUY nor SELL" in words
    assert "washes" not in words
