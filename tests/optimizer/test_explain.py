"""What is said about a rebalance is checked against the rebalance: by solving again, and by adding up."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from optimizer import (
    ActiveWeightLimit,
    CashLimit,
    LossPerNameLimit,
    Restriction,
    SectorActiveLimit,
    TrackingErrorLimit,
    TurnoverLimit,
    rebalance,
)
from optimizer.cone import cone_model
from optimizer.continuous import best_trades
from optimizer.explain import (
    LimitWorth,
    left_on_table,
    limit_worths,
    locked_names,
    no_worths_because,
    risk_by_factor,
    risk_by_name,
    turning_long_term,
)
from optimizer.explain.limit_worths import natural_step
from optimizer.infeasible.settings import changed, settings_of

LIMITS = (
    TrackingErrorLimit(0.03), TurnoverLimit(0.4), LossPerNameLimit(0.01), CashLimit(0.0, 0.02),
    ActiveWeightLimit(0.12), SectorActiveLimit(0.1),
)  # fmt: skip


def run(case: Any) -> Any:
    return rebalance(case.account, case.mandate, case.risk)


@pytest.mark.parametrize("seed", range(5))
def test_a_price_is_what_the_step_gains_and_never_less(small_case: Any, problem_of: Any, seed: int) -> None:
    """Along the same pattern value is concave: a step gains at most its price, and a small one just about that."""
    case = small_case(*LIMITS, seed=seed)
    result = run(case)
    problem = problem_of(case.account, case.mandate, case.risk)
    best = best_trades(problem, case.mandate, case.mandate.all_limits()).solution
    worths = limit_worths(result)
    assert worths
    for worth in worths:
        assert worth.gain == pytest.approx(best.prices[worth.name] * worth.step * problem.nav, rel=1e-3)
        found = [s for s in settings_of(case.mandate) if s.name == worth.name and s.where in ("", worth.where)]
        setting = found[0]

        def gained(step: float, setting: Any = setting) -> float:
            limits = changed(case.mandate, {setting: setting.moved(step)}).all_limits()
            after = cone_model(problem, limits, best.pattern).maximise_value()
            assert after is not None
            return float(after.value - best.value) * problem.nav

        assert gained(worth.step) <= worth.gain * 1.001 + 0.01
        small = worth.step / 200
        assert gained(small) == pytest.approx(worth.gain / 200, rel=0.05, abs=0.01)


def test_a_band_that_drift_has_broken_has_no_price(small_case: Any, problem_of: Any) -> None:
    """Its end is where the account stood, so that another number in the mandate would change nothing."""
    seen = 0
    for seed in range(6):
        case = small_case(ActiveWeightLimit(0.03), CashLimit(0.0, 0.05), seed=seed)
        problem = problem_of(case.account, case.mandate, case.risk)
        best = best_trades(problem, case.mandate, case.mandate.all_limits()).solution
        wider = cone_model(problem, (ActiveWeightLimit(0.0301), CashLimit(0.0, 0.05)), best.pattern).maximise_value()
        assert wider is not None
        assert best.prices["active_weight"] * 1e-4 == pytest.approx(wider.value - best.value, rel=0.05, abs=1e-7)
        seen += int((np.abs(problem.active) > 0.03).sum())
    assert seen > 3


def test_the_sentences(small_case: Any) -> None:
    te = LimitWorth("tracking_error", "", "a year, fraction of NAV", 0.001, 1240.3)
    assert te.sentence == "10 bp more tracking error would save about $1,240 more tax after costs"
    turnover = LimitWorth("turnover", "", "fraction of NAV", 0.01, 99.6)
    assert turnover.sentence.startswith("1 percentage point more turnover would save about $100")
    cash = LimitWorth("cash", "least", "fraction of NAV", 0.001, 5.0)
    assert cash.sentence.startswith("10 bp less cash kept")
    factor = LimitWorth("factor_active", "size", "exposure in the risk model's units", 0.01, 5.0)
    assert factor.sentence.startswith("0.01 more active exposure allowed to each limited factor")
    assert replace(te, mostly_tax=False).sentence.endswith("$1,240 more, of tax, costs, risk and return together")


@pytest.mark.parametrize(
    ("name", "limit", "step"),
    [("tracking_error", 0.01, 0.001), ("tracking_error", 0.0025, 0.0005), ("turnover", 0.3, 0.01),
     ("turnover", 0.004, 0.0005), ("cash", 0.0, 0.001), ("my_own", 0.1, 0.001)],
)  # fmt: skip
def test_steps_are_natural_and_small_beside_the_limit(name: str, limit: float, step: float) -> None:
    assert natural_step(name, "fraction of NAV", limit) == pytest.approx(step)


def test_where_names_are_exited_there_are_no_prices_and_it_says_so(small_case: Any) -> None:
    result = run(small_case(*LIMITS, seed=1, account={"restrictions": [Restriction("A", "exclude")]}))
    assert limit_worths(result) == ()
    assert no_worths_because(result).startswith("Names are being exited (A)")
    assert no_worths_because(run(small_case(*LIMITS, seed=1))) == ""


def test_risk_by_factor_and_by_name_sums_to_tracking_error(small_case: Any) -> None:
    result = run(small_case(*LIMITS, seed=2, fractional=False))
    outcome = result.check.outcome
    for table in (risk_by_factor(result), risk_by_name(result)):
        assert table["before"].sum() == pytest.approx(outcome.tracking_error_before, rel=1e-9)
        assert table["after"].sum() == pytest.approx(outcome.tracking_error_after, rel=1e-9)
        assert table["after"].is_monotonic_decreasing
    factors = risk_by_factor(result).set_index("name")
    assert set(factors.index) == {"F1", "F2", "specific"}
    exposures = outcome.exposures(outcome.active_after)
    assert factors.loc["F1", "exposure_after"] == pytest.approx(exposures["F1"])


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("fractional", [True, False])
def test_what_is_left_is_what_was_there_less_what_was_taken(small_case: Any, seed: int, fractional: bool) -> None:
    trades = [(dt.date(2025, 5, 20), "BUY", "B", 5.0, float("nan"))]
    account = {"trades": trades, "restrictions": [Restriction("C", "no_sell")]}
    limits = (TrackingErrorLimit(0.06), *LIMITS[1:])
    result = run(small_case(*limits, seed=seed, fractional=fractional, account=account))
    left = left_on_table(result)
    lots = result.account.lots
    price = np.array([result.account.securities.price[i] for i in result.account.lot_position])
    total = float((lots.shares * np.maximum(lots.basis - price, 0)).sum())
    assert left.harvestable == pytest.approx(total)
    assert left.lots["loss"].sum() == pytest.approx(left.harvestable - left.harvested, abs=1e-6 * total)
    assert left.by_reason["loss"].sum() == pytest.approx(left.lots["loss"].sum())
    assert left.by_reason["lots"].sum() == len(left.lots)
    assert (left.lots["reason"] != "").all()
    of_b, of_c = (left.lots.loc[left.lots["asset"] == a, "reason"] for a in "BC")
    assert (of_b == "locked until 2025-06-19").all()
    assert (of_c == "restricted").all()


def one_loss(account_of: Any, mandate_of: Any, risk_of: Any, *limits: Any, **mandate: Any) -> Any:
    """Forty per cent in A at a loss, the rest even; A alone is to be harvested."""
    names = list("ABCDE")
    lots = [("A", 40, 12.0, "2020-01-02")] + [(a, 15, 5.0, "2020-01-02") for a in "BCDE"]
    account = account_of(dict.fromkeys(names, 10.0), lots)
    weights = {"A": 0.4, **dict.fromkeys("BCDE", 0.15)}
    return rebalance(account, mandate_of(weights, *limits, **mandate), risk_of(names))


@pytest.mark.parametrize(
    ("limits", "mandate", "reason"),
    [
        ((TurnoverLimit(0.1), CashLimit(0.0, 1.0)), {}, "limit: turnover"),
        ((TrackingErrorLimit(0.01), CashLimit(0.0, 1.0)), {}, "limit: tracking error"),
        ((LossPerNameLimit(0.01), CashLimit(0.0, 1.0)), {}, "limit: loss per name"),
        ((ActiveWeightLimit(0.05), CashLimit(0.0, 1.0)), {}, "limit: active weight of one name"),
        ((CashLimit(0.0, 1.0),), {"harvest_threshold": 0.5}, "below the harvest threshold"),
        ((CashLimit(0.0, 1.0),), {"min_trade": 0.5}, "below the least trade"),
        ((CashLimit(0.0, 1.0),), {"risk_aversion": 50.0}, "price of risk"),
    ],
)
def test_what_stood_in_the_way_is_named(
    limits: Any, mandate: Any, reason: str, account_of: Any, mandate_of: Any, risk_of: Any
) -> None:
    left = left_on_table(one_loss(account_of, mandate_of, risk_of, *limits, **mandate))
    assert left.lots["reason"].tolist() == [reason]
    assert left.harvested < left.harvestable == pytest.approx(80.0)


def test_with_nothing_in_the_way_nothing_is_left(account_of: Any, mandate_of: Any, risk_of: Any) -> None:
    left = left_on_table(one_loss(account_of, mandate_of, risk_of, CashLimit(0.0, 1.0), risk_aversion=0.0))
    assert left.lots.empty
    assert left.by_reason.empty
    assert left.harvested == pytest.approx(80.0)


def test_locked_names_say_until_when_and_what_it_costs(account_of: Any, mandate_of: Any, risk_of: Any) -> None:
    trades = [(dt.date(2025, 5, 20), "BUY", "A", 5.0, float("nan")), (dt.date(2025, 5, 21), "SELL", "C", 5.0, -20.0)]
    lots = [("A", 40, 12.0, "2020-01-02"), ("A", 10, 8.0, "2020-01-02"), ("A", 10, 13.0, "2025-03-03"),
            ("B", 40, 5.0, "2020-01-02")]  # fmt: skip
    account = account_of(dict.fromkeys("ABC", 10.0), lots, trades=trades)
    result = rebalance(account, mandate_of({"A": 0.4, "B": 0.3, "C": 0.3}), risk_of("ABC"))
    a, c = locked_names(result)
    assert (a.asset, a.buying, a.until) == ("A", False, dt.date(2025, 6, 19))
    # 40 shares at a long-term loss of 2, 10 at a short-term loss of 3; rates 20% and 40%.
    assert (a.loss, a.tax) == (pytest.approx(110.0), pytest.approx(0.2 * 80 + 0.4 * 30))
    assert (c.asset, c.buying, c.until, c.loss) == ("C", True, dt.date(2025, 6, 20), 0.0)
    assert c.underweight == pytest.approx(0.3)


def test_lots_turning_long_term_say_what_waiting_is_worth(account_of: Any, mandate_of: Any, risk_of: Any) -> None:
    """Today is June 2, 2025: bought on June 20, 2024, a lot is long-term from June 21, 2025."""
    lots = [("A", 10, 8.0, "2024-06-20", "gain"), ("B", 10, 13.0, "2024-07-15", "loss"),
            ("A", 10, 8.0, "2024-08-02", "later"), ("A", 10, 8.0, "2024-06-01", "today"),
            ("B", 10, 9.0, "2020-06-01", "old")]  # fmt: skip
    account = account_of(dict.fromkeys("AB", 10.0), lots)
    weights = {"A": 0.5, "B": 0.5}
    table = turning_long_term(rebalance(account, mandate_of(weights, TurnoverLimit(0.0)), risk_of("AB")))
    assert table["lot_id"].tolist() == ["gain", "loss"]
    assert table["long_term_from"].tolist() == ["2025-06-21", "2025-07-16"]
    assert table["days"].tolist() == [19, 44]
    assert table["gain"].tolist() == [pytest.approx(20.0), pytest.approx(-30.0)]
    assert table["waiting_saves"].tolist() == [pytest.approx(0.2 * 20), pytest.approx(-0.2 * 30)]
    soon = turning_long_term(rebalance(account, mandate_of(weights, TurnoverLimit(0.0)), risk_of("AB")), days=30)
    assert soon["lot_id"].tolist() == ["gain"]
    sold = rebalance(account, mandate_of(weights, CashLimit(0.0, 1.0), risk_aversion=0.0), risk_of("AB"))
    assert "loss" not in set(turning_long_term(sold)["lot_id"]), "a lot that is sold no longer turns"
    long_only = replace(sold, mandate=mandate_of(weights, losses="long_term"), listed=sold.listed.take(slice(0)))
    waiting = turning_long_term(long_only).set_index("lot_id")["waiting_saves"]
    assert waiting["loss"] == 0.0, "a loss worth the long-term rate anyway loses nothing by waiting"
    assert isinstance(table, pd.DataFrame)
