"""One account through a small simulated market, held to the exact ledger, to its index and to what was known."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from backtest import CapBands, CapSegment, Market, Sleeve, sleeve_index
from backtest.vintage import (
    Decision,
    OptimizedHarvest,
    PassiveReplication,
    TaxSettlement,
    ThresholdHarvest,
    VintageSettings,
    run_vintage,
)
from optimizer import CashLimit, Costs, TrackingErrorLimit
from tax import LossUse, TaxRates
from taxsleeve_errors import InputError, OptimizerError, TaxError

SETTINGS = VintageSettings(dt.date(2014, 12, 1), dt.date(2016, 12, 15))
SLEEVE = Sleeve("broad", CapSegment(CapBands(("broad",), (60,), (0.2,)), ("broad",)))
OPTIMIZER = OptimizedHarvest(limits=(TrackingErrorLimit(0.02), CashLimit(0.0, 0.002)))
STRATEGIES = {"passive": PassiveReplication(), "threshold": ThresholdHarvest(), "optimizer": OPTIMIZER}


@pytest.fixture(scope="module")
def results(index, risk):
    return {name: run_vintage(index, strategy, SETTINGS, risk) for name, strategy in STRATEGIES.items()}


@pytest.fixture(params=list(STRATEGIES))
def result(request, results):
    return results[request.param]


def test_the_exact_ledger_finds_the_same_gains_and_no_wash_sale(result, ledger_agrees):
    ledger_agrees(result)
    assert result.months["disallowed"].sum() == 0


def test_cash_comes_from_trades_costs_and_dividends_alone(result):
    trades, months = result.trades, result.months
    amounts = (trades["shares"] * trades["price"]).groupby(trades["side"]).sum()
    cash = SETTINGS.capital + amounts["SELL"] - amounts["BUY"] - months["cost"].sum() + months["dividends"].sum()
    assert months["cash"].iloc[-1] == pytest.approx(cash, abs=0.01)


def test_years_add_up_and_a_notebook_shows_them(result):
    years, months = result.by_year(), result.months
    losses = (months["loss_short"] + months["loss_long"]).sum()
    assert years["losses"].sum() == pytest.approx(losses, abs=1e-6)
    assert years["tax_saved"].sum() == pytest.approx(months["tax_saved"].sum(), abs=1e-6)
    assert years["value"].iloc[-1] == months["value"].iloc[-1]
    page = result._repr_html_()
    assert page.startswith(f"<p>{result.strategy}, {len(months) - 1} rebalances")
    assert page.count("<tr") == len(years) + 2


def test_harvesters_harvest_and_passive_does_not(results):
    harvested = {name: result.months["loss harvest"].sum() for name, result in results.items()}
    assert harvested["threshold"] < 20 * min(harvested["passive"], -1.0)
    assert harvested["optimizer"] < 20 * min(harvested["passive"], -1.0)
    saved = results["optimizer"].months["tax_saved"].sum()
    assert saved > results["passive"].months["tax_saved"].sum() + 0.005 * SETTINGS.capital


def test_causes_and_terms_are_two_readings_of_the_same_gains(result):
    months = result.months
    for side in ("loss", "gain"):
        causes = months[[c for c in months.columns if c.startswith(f"{side} ")]].sum(axis=1)
        np.testing.assert_allclose(causes, months[f"{side}_short"] + months[f"{side}_long"], atol=1e-6)


def test_passive_tracks_its_index_to_its_costs(results):
    days = results["passive"].days
    active = days["account"] - days["benchmark"]
    assert active.std() * 252**0.5 < 0.004
    final = float((1 + days["account"]).prod() / (1 + days["benchmark"]).prod() - 1)
    assert abs(final) < 0.004


def test_the_optimizer_keeps_its_limit(results):
    months = results["optimizer"].months.iloc[:-1]
    # The optimizer weighs by the value before trading; the record by that after costs, which is a little less.
    assert (months["tracking_error"] <= 0.02 * months["relaxed"] * (1 + 1e-3)).all()
    assert (months["relaxed"] == 1).mean() > 0.8


def test_the_check_of_every_limit_changes_no_trade_to_speak_of(index, risk, results, replayed):
    settings = VintageSettings(SETTINGS.funded, dt.date(2015, 6, 15))
    checked = run_vintage(index, replace(OPTIMIZER, checked=True), settings, risk)
    months = checked.months.iloc[:-1]
    fast = results["optimizer"].months.loc[months.index]
    np.testing.assert_allclose(fast["value"], months["value"], rtol=1e-5)
    np.testing.assert_allclose(fast["loss harvest"], months["loss harvest"], atol=1e-5 * settings.capital)
    assert not replayed(checked).wash_sales


def test_days_chain_to_the_months_values(result):
    before = result.days["value"].reindex(result.months.index[1:])
    np.testing.assert_allclose(before, result.months["value"].iloc[1:], rtol=0, atol=0.01)


@pytest.mark.parametrize("name", ["threshold", "optimizer"])
def test_rates_of_zero_save_no_tax(name, index, risk):
    settings = VintageSettings(SETTINGS.funded, dt.date(2015, 6, 15), rates=TaxRates(0.0, 0.0))
    months = run_vintage(index, STRATEGIES[name], settings, risk).months
    assert (months["tax_saved"] == 0).all()
    if name == "optimizer":  # and what is sold at a loss is sold for its risk alone
        taxed = run_vintage(index, OPTIMIZER, VintageSettings(settings.funded, settings.until), risk).months
        assert -months["loss harvest"].sum() < -0.2 * taxed["loss harvest"].sum()


def truncated(market, last):
    frames = {n: getattr(market, n) for n in ("prices", "returns", "caps", "book_to_price", "dividends", "adv")}
    cut = {name: None if frame is None else frame.loc[:last] for name, frame in frames.items()}
    delistings = market.delistings[market.delistings["date"] <= last]
    return Market(name="cut", securities=market.securities, delistings=delistings, **cut)


@pytest.mark.parametrize("name", list(STRATEGIES))
def test_what_comes_later_changes_no_trade(name, market, results, fitted_on):
    known = truncated(market, pd.Timestamp("2015-12-31"))
    settings = VintageSettings(SETTINGS.funded, dt.date(2015, 12, 31))
    early = run_vintage(sleeve_index(known, SLEEVE), STRATEGIES[name], settings, fitted_on(known)).trades
    whole = results[name].trades
    same = whole[whole["date"] < "2015-12-01"].reset_index(drop=True)
    pd.testing.assert_frame_equal(early[early["date"] < "2015-12-01"].reset_index(drop=True), same)
    assert len(same) > 60


@pytest.mark.parametrize(("name", "sign"), [("threshold", 1), ("passive", -1)])
def test_taxes_settled_in_april_come_in_cash(name, sign, index):
    settings = VintageSettings(SETTINGS.funded, SETTINGS.until, taxes=TaxSettlement.NEXT_APRIL_15)
    months = run_vintage(index, STRATEGIES[name], settings).months
    paid = months["tax_paid"]
    # In 2014 the account was only funded; what 2016 owes is due after the end.
    assert paid.index[paid != 0].strftime("%Y-%m").tolist() == ["2016-04"]
    assert sign * paid.sum() > 0
    assert months["cash"].min() > -0.01  # what is owed is raised by sales
    of_2015 = months[months.index.year == 2015]
    dividends = months["dividends"][months.index.year == 2015].sum()
    rates = settings.rates
    ordinary = (rates.ordinary - rates.qualified_dividends) * of_2015["ordinary_dividends"].sum()
    expected = of_2015["tax_saved"].sum() - rates.qualified_dividends * dividends - ordinary
    assert paid[paid.index.year == 2016].sum() == pytest.approx(expected, abs=0.01)


class Stubborn:
    """Does what it is told, whatever it is."""

    name, needs_risk = "stubborn", False

    def __init__(self, decide):
        self._decide = decide

    def decide(self, situation):
        return self._decide(situation)


def nothing(situation):
    return Decision(np.zeros(len(situation.account.lots)), np.zeros(len(situation.account.securities.asset)))


@pytest.mark.parametrize(
    ("decide", "says"),
    [
        (lambda s: Decision(np.zeros(3), np.zeros(3)), "shapes"),
        (lambda s: Decision(nothing(s).sell, nothing(s).buy - 1), "at least 0"),
        (lambda s: Decision(nothing(s).sell, nothing(s).buy + 1e6), "more cash than there is"),
    ],
)
def test_nonsense_is_named(decide, says, index):
    with pytest.raises(OptimizerError, match=says):
        run_vintage(index, Stubborn(decide), SETTINGS)


def test_a_washed_loss_is_refused(index):
    def churn(situation):
        """Sell everything, loss or no loss, and buy it back at once."""
        if not len(situation.account.lots):
            return PassiveReplication().decide(situation)
        lots = situation.account.lots
        buy = np.bincount(situation.account.lot_position, weights=lots.shares, minlength=len(nothing(situation).buy))
        return Decision(lots.shares.copy(), np.round(0.9 * buy, 6))

    with pytest.raises(TaxError, match="would wash a loss"):
        run_vintage(index, Stubborn(churn), SETTINGS)


def test_names_that_leave_are_paid_out(market_of, replayed):
    market = market_of(names=8, days=pd.bdate_range("2019-12-02", "2020-06-30", name="date"))
    prices, returns = market.prices.copy(), market.returns.copy()
    prices.loc["2020-03-11":, "N000"] = np.nan
    returns.loc["2020-03-11":, "N000"] = np.nan
    returns.loc["2020-03-11", "N000"] = -0.30
    market = market_of(names=8, days=prices.index, prices=prices, returns=returns)
    index = sleeve_index(market, Sleeve("all", CapSegment(CapBands(("all",), (8,), (0.0,)), ("all",))))
    settings = VintageSettings(dt.date(2020, 1, 1), dt.date(2020, 6, 29), costs=Costs(spread_bps=0.0))
    result = run_vintage(index, PassiveReplication(), settings)
    gone = result.trades[result.trades["cause"] == "delisting"]
    assert gone["asset"].unique().tolist() == ["N000"]
    assert (gone["date"] == "2020-03-11").all()
    assert gone["price"].iloc[0] == pytest.approx(0.7 * prices.loc["2020-03-10", "N000"])
    at_delisting = result.days.loc["2020-03-11"]
    assert at_delisting["account"] == pytest.approx(at_delisting["benchmark"], abs=3e-4)
    assert not replayed(result).wash_sales


@pytest.mark.parametrize(
    "change",
    [
        {"until": dt.date(2014, 1, 1)},
        {"capital": 0.0},
        {"losses": LossUse.NETTING},
        {"costs": Costs(impact=1.0)},
    ],
)
def test_settings_out_of_range_are_named(change):
    with pytest.raises(InputError, match=next(iter(change))):
        VintageSettings(**{"funded": SETTINGS.funded, "until": SETTINGS.until, **change})


def test_a_vintage_longer_than_the_history_is_refused(index):
    with pytest.raises(InputError, match="two monthly rebalances inside"):
        run_vintage(index, PassiveReplication(), VintageSettings(dt.date(2015, 1, 1), dt.date(2025, 1, 1)))


def test_an_optimizer_without_a_risk_model_is_refused(index):
    with pytest.raises(InputError, match="risk model"):
        run_vintage(index, OPTIMIZER, SETTINGS)
