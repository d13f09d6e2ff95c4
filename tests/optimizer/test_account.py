"""Account, Securities, Restriction and Costs: net asset value, rules in force, and what is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from optimizer import Account, Costs, Restriction, Securities
from taxsleeve_errors import InputError

Build = Callable[..., Account]
LOTS = [("A", 10, 100, "2024-01-02"), ("B", 5, 30, "2024-01-02"), ("A", 2, 90, "2025-01-02")]


def test_net_asset_value_is_lots_cash_and_cash_flow(account_of: Build) -> None:
    account = account_of({"B": 40, "A": 110}, LOTS, cash=500, cash_flow=-200)
    assert account.nav == pytest.approx(12 * 110 + 5 * 40 + 500 - 200)
    assert account.lot_position.tolist() == [1, 0, 1]


def test_an_account_of_cash_alone_is_good(account_of: Build) -> None:
    assert account_of({"A": 10}, cash=1000).nav == 1000


@pytest.mark.parametrize(("cash", "cash_flow"), [(-2000, 0), (0, -1520), (np.nan, 0), (np.inf, 0)])
def test_an_account_worth_nothing_is_refused(account_of: Build, cash: float, cash_flow: float) -> None:
    with pytest.raises(InputError, match="together worth more than zero"):
        account_of({"A": 110, "B": 40}, LOTS, cash=cash, cash_flow=cash_flow)


def test_a_lot_without_a_price_is_refused_by_name(account_of: Build) -> None:
    with pytest.raises(InputError, match="lots, asset: found 'B'"):
        account_of({"A": 110}, LOTS)


def test_peer_41_a_withdrawal_of_more_than_there_is_is_refused(account_of: Build) -> None:
    with pytest.raises(InputError, match=r"found '-500\.0'"):
        account_of({"A": 80}, [("A", 10, 80, "2024-01-02")], cash=200, cash_flow=-1500)


@pytest.mark.parametrize("price", [0.0, -1.0, np.nan, np.inf])
def test_a_price_that_cannot_be_is_refused_by_name(price: float) -> None:
    with pytest.raises(InputError, match=r"securities, BAD: found .* expected a price > 0"):
        Securities.build({"GOOD": 1.0, "BAD": price})


def test_securities_with_an_asset_twice_or_columns_of_other_length_are_refused() -> None:
    ok = Securities.build({"A": 1.0, "B": 2.0})
    with pytest.raises(InputError, match="each asset once"):
        Securities(("A", "A"), ok.price, ok.sector, ok.group, ok.spread_bps)
    with pytest.raises(InputError, match="one price, sector, group, spread and volume for each asset"):
        Securities(ok.asset, ok.price[:1], ok.sector, ok.group, ok.spread_bps)


def test_securities_fill_in_sector_group_and_spread() -> None:
    built = Securities.build({"A": 1, "B": 2}, sector={"B": "tech"}, group={"A": "AB"}, spread_bps={"A": 3})
    assert built.sector == ("", "tech")
    assert built.group == ("AB", "B")
    assert built.spread_bps[0] == 3
    assert np.isnan(built.spread_bps[1])
    assert built.position == {"A": 0, "B": 1}


def test_a_rule_is_in_force_up_to_and_including_its_last_day() -> None:
    rule = Restriction("A", "no_buy", until=dt.date(2025, 6, 2))
    assert rule.in_force(dt.date(2025, 6, 2))
    assert not rule.in_force(dt.date(2025, 6, 3))
    assert Restriction("A", "no_buy").in_force(dt.date(2099, 1, 1))


def test_a_rule_of_no_known_kind_is_refused() -> None:
    with pytest.raises(InputError, match="restrictions, rule: found 'hold', expected one of no_buy, no_sell"):
        Restriction("A", "hold")  # type: ignore[arg-type]


def test_rules_are_asked_for_by_kind_and_only_those_in_force_count(account_of: Build, today: dt.date) -> None:
    restrictions = [
        Restriction("A", "no_buy"),
        Restriction("B", "exclude", until=today),
        Restriction("C", "no_buy", until=today - dt.timedelta(days=1)),
    ]
    account = account_of({"A": 1}, cash=1, restrictions=restrictions)
    assert account.rules("no_buy", "exclude") == {"A", "B"}
    assert account.rules("no_buy") == {"A"}
    assert account.rules("no_sell") == frozenset()


@pytest.mark.parametrize("changed", [{"spread_bps": -1}, {"spread_bps": np.nan}, {"commission": -0.01}])
def test_costs_that_cannot_be_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=f"costs, {next(iter(changed))}"):
        Costs(**changed)


def test_a_securitys_own_spread_goes_before_the_default() -> None:
    np.testing.assert_allclose(Costs(spread_bps=5).rates(np.array([np.nan, 20.0, 0.0])), [0.0005, 0.002, 0.0])
