"""Frequency, flows, opening lots, the closing row and the tape: whatever an account is run with, it adds up."""

import datetime as dt
import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from backtest import CapBands, CapSegment, Sleeve, sleeve_index
from backtest.vintage import (
    CAUSES,
    Flows,
    Frequency,
    LeaverTolerance,
    OptimizedHarvest,
    PassiveReplication,
    PerfectHarvest,
    Relief,
    TaxSettlement,
    ThresholdHarvest,
    TrailingUniverse,
    VintageSettings,
    fundamental,
    run_tape,
    run_vintage,
    statistical,
    vintage_tape,
)
from optimizer import CashLimit, RealizedGainLimit, TrackingErrorLimit
from risk import StatisticalRiskModel
from tax import Lots, TaxRates
from taxsleeve_errors import InputError

SLEEVE = Sleeve("broad", CapSegment(CapBands(("broad",), (60,), (0.2,)), ("broad",)))
SETTINGS = VintageSettings(dt.date(2014, 12, 1), dt.date(2016, 12, 15))
SIMPLE = {"passive": PassiveReplication(), "threshold": ThresholdHarvest()}
OPTIMIZER = OptimizedHarvest(limits=(TrackingErrorLimit(0.02), CashLimit(0.0, 0.002)), checked=False)


@pytest.fixture(scope="module")
def middle(market):
    """An index that its best names outgrow."""
    return sleeve_index(market, Sleeve("mid", CapSegment(CapBands(("large", "mid"), (20, 60), (0.0, 0.0)), ("mid",))))


@pytest.fixture(scope="module")
def lots(market, index):
    """Holdings of a third of the account, some of them at a loss and some of them young, on the first rebalance."""
    day = pd.Timestamp("2014-12-31")
    names = index.members_at(day)[:20].tolist()
    price = market.prices_at(day)[names].to_numpy()
    count = len(names)
    return Lots.build(
        lot_id=[f"old{i}" for i in range(count)],
        asset=names,
        group=market.securities["group"][names].astype(str).tolist(),
        shares=np.round(3.3e6 / count / price, 3),
        basis=np.round(price * np.linspace(0.4, 1.6, count), 2),
        acquired=[dt.date(2014, 12, 20) if i % 5 == 0 else dt.date(2012, 3, 1) for i in range(count)],
    )


def check_books(result, ledger_agrees, opening=0.0):
    """Gains, cash and value of a vintage worked out again from its trades alone."""
    months, trades, capital = result.months, result.trades, result.settings.capital
    ledger_agrees(result)
    amounts = (trades["shares"] * trades["price"]).groupby(trades["side"]).sum()
    moved = months[["dividends", "flow", "tax_paid"]].sum().sum() - months["cost"].sum()
    cash = capital - opening + amounts["SELL"] - amounts["BUY"] + moved
    assert months["cash"].iloc[-1] == pytest.approx(cash, abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("frequency", list(Frequency))
@pytest.mark.parametrize("name", list(SIMPLE))
def test_books_hold_at_any_frequency(name, frequency, index, ledger_agrees):
    until = {"daily": dt.date(2015, 7, 15), "weekly": dt.date(2015, 9, 15)}.get(frequency, SETTINGS.until)
    result = run_vintage(index, SIMPLE[name], replace(SETTINGS, frequency=frequency, until=until))
    check_books(result, ledger_agrees)
    dates = result.months.index
    assert dates[0] == pd.Timestamp("2014-12-31")
    assert dates[-1] == pd.Timestamp(until)
    gap = {"daily": 1, "weekly": 7, "monthly": 30.4, "quarterly": 91.3}[frequency]
    assert np.median(np.diff(dates[:-1]) / np.timedelta64(1, "D")) == pytest.approx(gap, abs=1.7)


def test_the_optimizer_keeps_books_and_windows_every_week(index, risk, ledger_agrees):
    settings = replace(SETTINGS, frequency=Frequency.WEEKLY, until=dt.date(2015, 4, 15), flows=Flows(-0.06))
    check_books(run_vintage(index, OPTIMIZER, settings, risk), ledger_agrees)


def test_more_looks_find_more_losses(index):
    harvested = {
        frequency: -run_vintage(index, PerfectHarvest(), replace(SETTINGS, frequency=frequency, wash_rule=False))
        .months["loss harvest"]
        .sum()
        for frequency in (Frequency.QUARTERLY, Frequency.MONTHLY, Frequency.WEEKLY)
    }
    assert harvested["quarterly"] < harvested["monthly"] < harvested["weekly"]


@pytest.mark.parametrize("yearly", [0.10, -0.10])
@pytest.mark.parametrize("name", list(SIMPLE))
def test_flows_move_the_account_and_its_benchmark_alike(name, yearly, index, ledger_agrees):
    result = run_vintage(index, SIMPLE[name], replace(SETTINGS, flows=Flows(yearly)))
    check_books(result, ledger_agrees)
    months = result.months
    assert months["flow"].iloc[0] == months["flow"].iloc[-1] == 0
    np.testing.assert_allclose(months["flow"].iloc[1:-1], yearly * SETTINGS.capital / 12, atol=0.01)
    assert months["cash"].min() > -0.01
    ratio = (months["value"] / months["benchmark"]).iloc[-1]
    assert abs(ratio - 1) < (0.006 if name == "passive" else 0.06)
    raised = months[["loss cash", "gain cash"]].abs().sum().sum()
    assert (raised > 0) == (yearly < 0)


def test_withdrawals_that_empty_the_account_are_named(index):
    with pytest.raises(InputError, match="worth more than zero"):
        run_vintage(index, PassiveReplication(), replace(SETTINGS, flows=Flows(-0.9)))


@pytest.mark.parametrize("name", [*SIMPLE, "optimizer"])
def test_opening_lots_are_sold_with_their_own_basis_and_age(name, lots, market, index, risk, ledger_agrees):
    strategy = {**SIMPLE, "optimizer": OPTIMIZER}[name]
    result = run_vintage(index, strategy, replace(SETTINGS, until=dt.date(2015, 8, 15), lots=lots), risk)
    price = market.prices_at(pd.Timestamp("2014-12-31"))[lots.asset.tolist()].to_numpy()
    check_books(result, ledger_agrees, float(lots.shares @ price))
    first = result.months.iloc[0]
    assert first["value"] == SETTINGS.capital
    sold = result.trades[result.trades["lot_id"].str.startswith("old")]
    assert len(sold)
    old = dict(zip(lots.lot_id.tolist(), lots.basis.tolist(), strict=True))
    basis = sold["lot_id"].map(old)
    np.testing.assert_allclose(sold["gain"], sold["shares"] * (sold["price"] - basis), atol=1e-6)
    young = set(lots.lot_id[lots.acquired > np.datetime64("2014-12-01")].tolist())
    assert set(sold.loc[sold["term"] == "short", "lot_id"]) <= young


def test_opening_lots_that_do_not_fit_are_named(lots, index):
    with pytest.raises(InputError, match="worth at most the capital"):
        run_vintage(index, PassiveReplication(), replace(SETTINGS, lots=lots, capital=1e6))
    stranger = replace(lots, asset=np.array(["ZZZ", *lots.asset.tolist()[1:]]))
    with pytest.raises(InputError, match="an asset of the market"):
        run_vintage(index, PassiveReplication(), replace(SETTINGS, lots=stranger))
    late = replace(lots, acquired=lots.acquired + np.timedelta64(60, "D"))
    with pytest.raises(InputError, match="acquired up to"):
        run_vintage(index, PassiveReplication(), replace(SETTINGS, lots=late))


def test_the_closing_row_values_what_is_left(index, market):
    result = run_vintage(index, ThresholdHarvest(), SETTINGS)
    months, days = result.months, result.days
    closing = months.iloc[-1]
    assert months.index[-1] == days.index[-1] == pd.Timestamp(SETTINGS.until)
    assert closing["value"] == days["value"].iloc[-1]
    assert (closing[["flow", "tax_paid", "cost", "turnover"]] == 0).all()
    assert np.isnan(closing["realised"])
    assert months["realised"].iloc[:-1].notna().all()
    unrealised = closing["unrealised_short"] + closing["unrealised_long"]
    assert closing["embedded_gain"] == pytest.approx(unrealised / closing["value"])
    growth = (1 + days["benchmark"]).prod()
    assert closing["benchmark"] == pytest.approx(SETTINGS.capital * growth)
    assert (months.dtypes == np.float64).all()
    # What happens between the last trades and the end is in the last row.
    assert closing["dividends"] > 0


def test_the_income_of_the_index_is_that_of_who_holds_it(index):
    months = run_vintage(index, PassiveReplication(), SETTINGS).months
    assert months["benchmark_income"].sum() == pytest.approx(months["dividends"].sum(), rel=0.02)
    assert months["benchmark_income"].iloc[0] == 0


@pytest.mark.parametrize("name", list(SIMPLE))
def test_a_tape_serves_every_strategy_from_another_process(name, index):
    tape = pickle.loads(pickle.dumps(vintage_tape(index, SETTINGS)))  # noqa: S301
    strategy = pickle.loads(pickle.dumps(SIMPLE[name]))  # noqa: S301
    settings = pickle.loads(pickle.dumps(SETTINGS))  # noqa: S301
    pd.testing.assert_frame_equal(
        run_tape(tape, strategy, settings).months, run_vintage(index, SIMPLE[name], SETTINGS).months
    )


def test_strategies_and_risk_sources_go_to_other_processes(market, index, risk):
    for thing in (OPTIMIZER, OptimizedHarvest(leavers=LeaverTolerance(6)), PerfectHarvest()):
        assert pickle.loads(pickle.dumps(thing)) == thing  # noqa: S301
    day = pd.Timestamp("2015-06-30")
    for fit in (fundamental(), statistical(StatisticalRiskModel(n_factors=5))):
        source = replace(risk, fit=fit, universe=TrailingUniverse.of([index]))
        again = pickle.loads(pickle.dumps(source))  # noqa: S301
        np.testing.assert_array_equal(again.fitted(day).loadings, source.fitted(day).loadings)


def test_a_trailing_universe_knows_no_later_member(index):
    universe = TrailingUniverse.of([index])
    whole = universe(index.targets.index[-1])
    for close, row in index.targets.iterrows():
        assert set(row.index[row > 0]) <= set(universe(close)) <= set(whole)
    assert not len(universe(pd.Timestamp("2013-01-01")))
    assert len(universe(index.targets.index[1])) < len(whole)


def test_a_trade_within_sixty_days_makes_its_dividends_ordinary(index):
    settings = replace(SETTINGS, taxes=TaxSettlement.NEXT_APRIL_15)
    months = run_vintage(index, ThresholdHarvest(threshold=0.0), settings).months
    assert 0 < months["ordinary_dividends"].sum() < months["dividends"].sum()
    passive = run_vintage(index, PassiveReplication(), settings).months
    assert passive["ordinary_dividends"].sum() < 0.2 * months["ordinary_dividends"].sum()


def test_relief_chooses_whose_gain_is_realised(index):
    settings = replace(SETTINGS, flows=Flows(-0.2))
    net = {
        relief: run_vintage(index, PassiveReplication(relief=relief), settings).months["tax_saved"].sum()
        for relief in Relief
    }
    assert net["min_tax"] > net["fifo"]
    assert net["hifo"] > net["fifo"]
    assert len(set(net.values())) == len(net)


def test_gains_of_leavers_can_wait(middle):
    now = run_vintage(middle, PassiveReplication(), SETTINGS).months
    later = run_vintage(middle, PassiveReplication(defer_gains=True), SETTINGS).months
    assert now["gain index change"].sum() > 0
    assert later["gain_short"].sum() < now["gain_short"].sum()


def test_a_tolerance_for_leavers_and_a_budget_realise_less(middle, risk):
    limits = (TrackingErrorLimit(0.03), CashLimit(0.0, 0.002))
    plain = replace(OPTIMIZER, limits=limits)
    budget = replace(plain, limits=(*limits, RealizedGainLimit(0.0005)))
    strategies = {"plain": plain, "patient": replace(plain, leavers=LeaverTolerance(12)), "budget": budget}
    months = {name: run_vintage(middle, one, SETTINGS, risk).months for name, one in strategies.items()}
    gains = {name: (one["gain_short"] + one["gain_long"]).sum() for name, one in months.items()}
    assert gains["patient"] < 0.9 * gains["plain"]
    assert gains["budget"] < 0.9 * gains["plain"]
    kept = months["budget"][months["budget"]["over_budget"] == 0].iloc[:-1]
    realised = kept["gain_short"] + kept["gain_long"] - kept["gain delisting"]
    assert (realised <= 0.0005 * kept["value"] * 1.001 + 1).all()


def test_a_budget_gives_way_where_cash_must_be_raised(index, risk):
    limits = (TrackingErrorLimit(0.02), CashLimit(0.0, 0.002), RealizedGainLimit(0.0))
    settings = replace(SETTINGS, flows=Flows(-1.0), until=dt.date(2015, 7, 15))
    months = run_vintage(index, replace(OPTIMIZER, limits=limits), settings, risk).months
    assert months["over_budget"].sum() > 0
    assert months["cash"].min() > -1.0


@pytest.mark.parametrize("name", [*SIMPLE, "optimizer"])
def test_rates_of_zero_save_no_tax(name, index, risk):
    strategy = {**SIMPLE, "optimizer": OPTIMIZER}[name]
    settings = replace(
        SETTINGS, until=dt.date(2016, 6, 15), rates=TaxRates(0.0, 0.0), taxes=TaxSettlement.NEXT_APRIL_15
    )
    months = run_vintage(index, strategy, settings, risk).months
    assert (months["tax_saved"] == 0).all()
    assert (months["tax_paid"] == 0).all()


@pytest.mark.parametrize("name", ["passive", "optimizer"])
def test_who_never_harvests_tracks_the_index_to_the_costs(name, index, risk):
    settings = replace(SETTINGS, rates=TaxRates(0.0, 0.0))
    tight = replace(OPTIMIZER, limits=(TrackingErrorLimit(0.003), CashLimit(0.0, 0.002)))
    result = run_vintage(index, {"passive": PassiveReplication(), "optimizer": tight}[name], settings, risk)
    days, months = result.days, result.months
    active = days["account"] - days["benchmark"]
    assert active.std() * 252**0.5 < 0.004
    behind = months["benchmark"].iloc[-1] - months["value"].iloc[-1]
    # Two years of a tracking error of 0.3% may be worth this much either way.
    assert behind == pytest.approx(months["cost"].sum(), abs=0.008 * settings.capital)


def test_every_cause_has_its_columns(index):
    months = run_vintage(index, PassiveReplication(), SETTINGS).months
    assert CAUSES == ("harvest", "index change", "risk", "cash", "delisting")
    assert {f"{side} {cause}" for side in ("loss", "gain") for cause in CAUSES} <= set(months.columns)
