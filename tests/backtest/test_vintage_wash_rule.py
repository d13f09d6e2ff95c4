"""What the wash-sale rule costs: with and without it, and the bound that no strategy passes."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from backtest import CapBands, CapSegment, Sleeve
from backtest.vintage import (
    OptimizedHarvest,
    PassiveReplication,
    PerfectHarvest,
    ThresholdHarvest,
    VintageSettings,
    run_vintage,
)
from optimizer import CashLimit, Costs, LossPerNameLimit, TrackingErrorLimit
from taxsleeve_errors import InputError

SLEEVE = Sleeve("broad", CapSegment(CapBands(("broad",), (60,), (0.2,)), ("broad",)))
KEPT = VintageSettings(dt.date(2014, 12, 1), dt.date(2016, 3, 15), costs=Costs(spread_bps=0.0))
FREE = replace(KEPT, wash_rule=False)
UNBOUND = OptimizedHarvest(limits=(CashLimit(0.0, 0.002),), checked=False)


def harvest(result):
    return -result.months["loss harvest"].sum() / result.settings.capital


@pytest.fixture(scope="module")
def bound(index):
    return run_vintage(index, PerfectHarvest(), FREE)


@pytest.mark.parametrize("checked", [False, True])
def test_without_limit_and_rule_the_optimizer_takes_every_loss(checked, index, risk, bound):
    settings = replace(FREE, until=dt.date(2015, 6, 15)) if checked else FREE
    result = run_vintage(index, replace(UNBOUND, checked=checked), settings, risk)
    # No loss is left after any rebalance: everything there was to harvest was harvested.
    for number, held in enumerate(result.held[1:], start=1):
        day = held.date
        taken = result.trades[(result.trades["date"] == day) & (result.trades["side"] == "SELL")]
        months = result.months.iloc[number]
        assert -taken["gain"].clip(upper=0).sum() == pytest.approx(-(months["loss_short"] + months["loss_long"]), abs=1)
        assert months["locked"] == pytest.approx(locked_without_losses(result, number), abs=1e-9)
    if not checked:
        assert harvest(result) == pytest.approx(harvest(bound), rel=0.05)


def locked_without_losses(result, number):
    """Share of value in lots worth more than their basis, were no lot worth less."""
    months = result.months.iloc[number]
    gain = months["unrealised_short"] + months["unrealised_long"]
    open_lots = open_after(result, result.held[number].date)
    price = dict(zip(result.held[number].assets, result.held[number].weight, strict=True))
    assert open_lots["gain"].min() >= -1e-6
    assert open_lots["gain"].sum() == pytest.approx(gain, abs=1.0)
    assert set(open_lots["asset"]) <= set(price)
    whole = open_lots["value"].sum() + months["cash"]
    return open_lots.loc[open_lots["gain"] > 1e-9, "value"].sum() / whole


def open_after(result, day):
    """Lots open after a day's trades, from the trades alone, with their gain at the day's prices."""
    trades = result.trades[result.trades["date"] <= day]
    bought = trades[trades["side"] == "BUY"].set_index("lot_id")
    sold = trades[trades["side"] == "SELL"].groupby("lot_id")["shares"].sum()
    shares = bought["shares"] - sold.reindex(bought.index).fillna(0.0)
    lots = bought[["asset", "price"]].assign(shares=shares)[shares > 1e-9]
    held = result.held[[one.date for one in result.held].index(day)]
    months = result.months.loc[day]
    whole = months["value"] + months["flow"] + months["tax_paid"] - months["cost"]
    worth = dict(zip(held.assets, (held.weight * whole).tolist(), strict=True))
    total = lots.groupby("asset")["shares"].sum()
    price = lots["asset"].map({asset: worth[asset] / total[asset] for asset in total.index})
    return lots.assign(value=lots["shares"] * price, gain=lots["shares"] * (price - lots["price"]))


TRACKING = replace(UNBOUND, limits=(TrackingErrorLimit(0.01), CashLimit(0.0, 0.002)))


# Without a limit on tracking error another portfolio may fall more than the index, and hold more losses.
@pytest.mark.parametrize("strategy", [TRACKING, ThresholdHarvest(threshold=0.0), ThresholdHarvest()])
def test_with_the_rule_no_one_passes_the_bound(strategy, index, risk, bound):
    assert harvest(run_vintage(index, strategy, KEPT, risk)) <= harvest(bound)


def test_the_rule_costs_the_simple_strategy_losses(index):
    kept, free = (run_vintage(index, ThresholdHarvest(threshold=0.02), s) for s in (KEPT, FREE))
    assert harvest(kept) < harvest(free)
    active = free.days["account"] - free.days["benchmark"]
    assert active.std() * 252**0.5 < 0.01  # what it sells it holds again at once


def test_a_limit_on_losses_holds_without_the_rule(index, risk):
    limits = (CashLimit(0.0, 0.002), LossPerNameLimit(0.0005))
    result = run_vintage(index, replace(UNBOUND, limits=limits), FREE, risk)
    sold = result.trades[(result.trades["side"] == "SELL") & (result.trades["cause"] != "delisting")]
    losses = -sold["gain"].clip(upper=0).groupby([sold["date"], sold["asset"]]).sum()
    nav = result.months["value"].reindex(losses.index.get_level_values(0)).to_numpy()
    assert (losses <= 0.0005 * nav * 1.001).all()
    assert 0 < harvest(result) < 0.9 * harvest(run_vintage(index, UNBOUND, FREE, risk))


def test_a_loss_smaller_than_its_round_trip_is_left(index, risk):
    costly = replace(FREE, costs=Costs(spread_bps=150.0), until=dt.date(2015, 9, 15))
    result = run_vintage(index, UNBOUND, costly, risk)
    sold = result.trades[(result.trades["side"] == "SELL") & (result.trades["cause"] == "harvest")]
    sold = sold[~sold.duplicated(["date", "asset"], keep=False)]  # what is bought is then this lot bought back
    back = sold.merge(result.trades[result.trades["side"] == "BUY"], on=["date", "asset"], suffixes=("", "_buy"))
    assert len(back)
    assert (-back["gain"] * 0.408 >= 2 * 0.015 * back["shares"] * back["price"] * (1 - 1e-9)).all()


def test_the_tracking_error_limit_holds_without_the_rule(index, risk):
    months = run_vintage(index, TRACKING, FREE, risk).months.iloc[:-1]
    assert (months["tracking_error"] <= 0.01 * months["relaxed"] * (1 + 2e-3)).all()
    assert (months["relaxed"] == 1).all()


def test_perfect_harvest_needs_the_rule_to_be_off(index):
    with pytest.raises(InputError, match="buys back what it sells"):
        run_vintage(index, PerfectHarvest(), KEPT)


def test_perfect_harvest_holds_the_index(bound, index):
    passive = run_vintage(index, PassiveReplication(), KEPT).days
    np.testing.assert_allclose(bound.days["account"], passive["account"], atol=6e-4)
