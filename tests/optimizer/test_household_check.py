"""The independent check of a household's lists finds what is planted, and a household what does not fit together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from household_cases import PRICE, RISK, graduate_household, wash_household

from optimizer import Securities
from optimizer.household import Household, HouseholdRebalance, check_household, rebalance_household
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
