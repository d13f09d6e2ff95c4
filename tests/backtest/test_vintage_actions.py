"""Mergers for stock, spin-offs and splits move a vintage's lots as the exact ledger moves them."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from backtest import CapBands, CapSegment, Market, Sleeve, cash_dividends, sleeve_index
from backtest.vintage import (
    Frequency,
    PassiveReplication,
    PerfectHarvest,
    ThresholdHarvest,
    VintageSettings,
    run_vintage,
    vintage_tape,
)
from optimizer import Costs
from tax import CashAndStockMerger, SpinOff, Split, StockMerger
from taxsleeve_errors import InputError

MERGED, SPUN, SPLIT, SWAPPED = (pd.Timestamp(f"2020-0{d}") for d in ("3-11", "4-15", "5-06", "8-12"))
SLEEVE = Sleeve("all", CapSegment(CapBands(("all",), (9,), (0.0,)), ("all",)))
SETTINGS = VintageSettings(dt.date(2019, 12, 15), dt.date(2021, 3, 30), costs=Costs(spread_bps=1.0))
COLUMNS = ["date", "asset", "action", "into", "ratio", "cash", "basis_share"]
ACTIONS = pd.DataFrame(
    [
        (MERGED, "N000", "stock_merger", "N001", 2.0, 3.0, np.nan),
        (SPUN, "N002", "spin_off", "N007", 1.0, np.nan, 0.3),
        (SPLIT, "N003", "split", None, 2.0, np.nan, np.nan),
        (SWAPPED, "N004", "stock_merger", "N005", 3.0, 0.0, np.nan),
    ],
    columns=COLUMNS,
)


@pytest.fixture(scope="module")
def market(market_of):
    base = market_of(names=9, seed=3)
    prices, returns = base.prices.copy(), base.returns.copy()
    prices.loc[: SPUN - pd.Timedelta(days=1), "N007"] = np.nan
    returns.loc[:SPUN, "N007"] = np.nan
    for day, old, new, ratio, cash in ((MERGED, "N000", "N001", 2, 3), (SWAPPED, "N004", "N005", 3, 0)):
        before = prices.loc[: day - pd.Timedelta(days=1), old].iloc[-1]
        prices[new] *= (1.01 * before - cash) / ratio / prices.loc[day, new]
        prices.loc[day:, old] = np.nan
        returns.loc[day:, old] = np.nan
        returns.loc[day, old] = (ratio * prices.loc[day, new] + cash) / before - 1
    prices["N007"] *= 0.3 * prices.loc[SPUN, "N002"] / prices.loc[SPUN, "N007"]
    # The parent's price goes on without what was spun off; its return of the day has it.
    prices.loc[SPUN:, "N002"] *= 0.7
    before = prices.loc[: SPUN - pd.Timedelta(days=1), "N002"].iloc[-1]
    returns.loc[SPUN, "N002"] = (prices.loc[SPUN, "N002"] + prices.loc[SPUN, "N007"]) / before - 1
    prices.loc[SPLIT:, "N003"] /= 2
    return replace(base, prices=prices, returns=returns, actions=ACTIONS)


@pytest.fixture(scope="module")
def index(market):
    return sleeve_index(market, SLEEVE)


def events(market):
    facts = {"event_id": "A0", "symbol": "N000", "new_symbol": "N001"}
    price = float(market.prices.loc[MERGED, "N001"])
    return [
        CashAndStockMerger(date=MERGED.date(), ratio=2, cash=3, price=price, **facts),
        SpinOff(date=SPUN.date(), event_id="A1", symbol="N002", new_symbol="N007", ratio=1, basis_fraction=0.3),
        Split(date=SPLIT.date(), event_id="A2", symbol="N003", ratio=2),
        StockMerger(date=SWAPPED.date(), event_id="A3", symbol="N004", new_symbol="N005", ratio=3),
    ]


@pytest.mark.parametrize("frequency", [Frequency.MONTHLY, Frequency.WEEKLY, Frequency.DAILY])
@pytest.mark.parametrize("strategy", [PassiveReplication(), ThresholdHarvest(threshold=0.02)])
def test_the_exact_ledger_moves_lots_alike(strategy, frequency, index, market, ledger_agrees):
    result = run_vintage(index, strategy, replace(SETTINGS, frequency=frequency))
    statement, months = ledger_agrees(result, events(market)), result.months
    last = market.prices.loc[: pd.Timestamp(SETTINGS.until)].iloc[-1]
    unrealised = sum(float(lot.shares) * last[lot.symbol] - float(lot.adjusted_basis) for lot in statement.lots)
    closing = months.iloc[-1]
    assert closing["unrealised_short"] + closing["unrealised_long"] == pytest.approx(unrealised, abs=0.05)
    # The cash of the merger is there, and is a gain at most as large.
    cash = result.trades[result.trades["side"] == "MERGER"]
    assert len(cash) or isinstance(strategy, ThresholdHarvest)
    assert (cash["price"] == 3.0).all()
    assert cash["gain"].between(-1e-9, 3 * cash["shares"] + 1e-9).all()


def test_actions_change_the_value_as_they_change_the_index(index):
    days = run_vintage(index, PassiveReplication(), SETTINGS).days
    for day in (MERGED, SPUN, SPLIT, SWAPPED):
        assert days.loc[day, "account"] == pytest.approx(days.loc[day, "benchmark"], abs=2e-3)


def test_an_action_is_no_dividend(index, market):
    paid = cash_dividends(market)
    assert (paid.loc[[MERGED, SPUN, SPLIT, SWAPPED]].to_numpy() == 0).all()
    unlisted = cash_dividends(replace(market, actions=None))
    assert unlisted.loc[SPLIT, "N003"] > 10
    assert unlisted.loc[SPUN, "N002"] > 10


def test_names_made_by_actions_are_on_the_tape(market_of):
    base = market_of(names=9, seed=3)
    actions = ACTIONS.iloc[:1].assign(into="N008")
    small = Sleeve("two", CapSegment(CapBands(("two",), (2,), (0.0,)), ("two",)))
    index = sleeve_index(base, small)
    members = set(vintage_tape(index, SETTINGS).assets)
    assert "N008" not in members
    actions = actions.assign(asset=min(members))
    assert {*members, "N008"} == set(
        vintage_tape(replace(index, market=replace(base, actions=actions)), SETTINGS).assets
    )


def test_perfect_harvest_takes_every_loss_through_actions(index, market):
    result = run_vintage(index, PerfectHarvest(), replace(SETTINGS, wash_rule=False, costs=Costs(spread_bps=0.0)))
    after = result.months.iloc[:-1]
    assert after["embedded_gain"].min() >= -1e-9
    assert -after["loss harvest"].sum() > 0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"action": "buyout"}, "one of stock_merger, spin_off, split"),
        ({"asset": "ZZZ"}, "an asset of prices"),
        ({"into": "N000"}, "another asset of prices"),
        ({"into": "N007"}, "a price on 2020-03-11"),
        ({"ratio": 0.0}, "more than 0"),
        ({"cash": -1.0}, "0 or more"),
        ({"basis_share": 0.3}, "no basis_share in a stock_merger"),
        ({"action": "spin_off", "cash": np.nan}, "from 0 to 1"),
        ({"action": "spin_off", "basis_share": 0.2}, "no cash in a spin_off"),
        ({"action": "split", "cash": np.nan}, "a split makes no other asset"),
    ],
)
def test_actions_that_cannot_be_are_named(change, says, market):
    row = {**ACTIONS.iloc[0].to_dict(), **change}
    with pytest.raises(InputError, match=says):
        replace(market, actions=pd.DataFrame([row], columns=COLUMNS))


def test_two_actions_a_day_are_named(market):
    with pytest.raises(InputError, match="one action of an asset a day"):
        Market(
            name="m",
            prices=market.prices,
            returns=market.returns,
            caps=market.caps,
            securities=market.securities,
            actions=pd.concat([ACTIONS, ACTIONS.iloc[:1]]),
        )
