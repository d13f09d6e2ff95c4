"""A concentrated, appreciated portfolio is moved toward its benchmark as far as each year's gain budget goes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from optimizer import (
    Account,
    ActiveWeightLimit,
    CashLimit,
    Mandate,
    NetGainLimit,
    RealizedGainLimit,
    Rebalance,
    SectorActiveLimit,
    TrackingErrorLimit,
    lots_after,
    rebalance,
    soft,
    transition,
)
from tax import Lots
from taxsleeve_errors import InfeasibleError, InputError

ASSETS = [f"N{i:02d}" for i in range(12)]
PRICE = {a: 20.0 + 5 * i for i, a in enumerate(ASSETS)}
# 60% in one name at a tenth of its price, the rest in two that have doubled.
LOTS = [
    ("N00", 15_000, 2.0, "2008-01-02", "founder"),
    ("N00", 15_000, 12.0, "2015-01-02", "grant"),
    ("N05", 5_000, 22.0, "2019-01-02", "x"),
    ("N09", 2_500, 70.0, "2019-01-02", "y"),
]


@pytest.fixture
def case(account_of: Any, mandate_of: Any, risk_of: Any) -> Any:
    account = account_of(PRICE, LOTS, sector={a: "xyz"[i % 3] for i, a in enumerate(ASSETS)})
    mandate = mandate_of(
        dict.fromkeys(ASSETS, 1 / 12), TrackingErrorLimit(0.03), RealizedGainLimit(0.05), CashLimit(0.0, 0.005),
        ActiveWeightLimit(0.05, strict=True), SectorActiveLimit(0.05, strict=True),
    )  # fmt: skip
    return account, mandate, risk_of(ASSETS, factors=3)


def a_year_on(result: Rebalance, day: dt.date) -> Account:
    """The account once every trade has filled, at the same prices."""
    account = result.account
    left = lots_after(account, result.mandate.costs, result.trades)
    lots = Lots.build(
        lot_id=left["lot_id"].tolist(),
        asset=left["asset"].tolist(),
        shares=left["shares"].tolist(),
        basis=left["cost_per_share"].tolist(),
        acquired=[np.datetime64(d) for d in left["acquired"]],
        group=left["asset"].tolist(),
    )
    return replace(account, as_of=day, lots=lots, cash=result.check.outcome.cash_after)


def test_tracking_error_falls_over_successive_years_with_every_budget_kept(case: Any) -> None:
    account, mandate, risk = case
    with pytest.raises(InfeasibleError):
        rebalance(account, mandate, risk)
    moving, errors = transition(mandate), []
    for year in range(2025, 2031):
        result = rebalance(account, moving, risk)
        outcome = result.check.outcome
        assert outcome.gross_gains / outcome.nav <= 0.05 + 1e-6
        errors += [outcome.tracking_error_before] * (not errors) + [outcome.tracking_error_after]
        account = a_year_on(result, dt.date(year, 6, 2))
    assert (np.diff(errors) < -1e-4).all()
    assert errors[0] > 0.15 > 2 * errors[-1]
    # Every year spends its budget while there is risk to remove.
    assert outcome.gross_gains / outcome.nav == pytest.approx(0.05, abs=1e-4)


def test_no_other_trade_list_within_the_budget_has_less_risk(case: Any) -> None:
    """The least tracking error under the budget alone, by the engine's own least-risk problem."""
    from optimizer.cone import cone_model
    from optimizer.formulate import formulate
    from optimizer.problem import Pattern
    from tax import wash_locks

    account, mandate, risk = case
    moving = transition(mandate)
    result = rebalance(account, moving, risk)
    problem = formulate(account, moving, risk, wash_locks(account.trades, account.lots, account.as_of))
    safest = cone_model(problem, moving.all_limits(), Pattern.relaxation(problem)).minimise_risk()
    assert safest is not None
    least = np.sqrt(problem.variance(problem.active_after(safest.sell, safest.buy)))
    assert least - 1e-6 <= result.check.outcome.tracking_error_after <= 1.01 * least
    tight = Mandate(**{**vars(moving), "risk_aversion": 1e5})
    assert rebalance(account, tight, risk).check.outcome.tracking_error_after == pytest.approx(least, rel=1e-3)


def test_a_larger_budget_goes_further_and_none_at_all_only_moves_what_has_no_gain(case: Any) -> None:
    account, mandate, risk = case
    reached, sold = [], []
    for budget in (0.0, 0.05, 0.2, 0.6):
        limits = [RealizedGainLimit(budget) if x.name == "realized_gain" else x for x in mandate.limits]
        result = rebalance(account, transition(replace(mandate, limits=limits)), risk)
        reached.append(result.check.outcome.tracking_error_after)
        sold.append(set(result.trades.loc[result.trades["side"] == "SELL", "lot_id"]))
    assert (np.diff(reached) < 0).all()
    assert sold[0] == {"y"}  # the one lot with a loss
    assert "grant" in sold[1]
    assert "founder" in sold[3]


def test_what_the_mandate_becomes(mandate_of: Any) -> None:
    mandate = mandate_of(
        {"A": 1.0}, TrackingErrorLimit(0.01), soft(NetGainLimit(0.01), 2.0), ActiveWeightLimit(0.1, strict=True),
        soft(SectorActiveLimit(0.1, strict=True), 1.0), CashLimit(0.0, 0.1),
    )  # fmt: skip
    moving = transition(mandate)
    assert moving.limits == [
        soft(NetGainLimit(0.01), 2.0), ActiveWeightLimit(0.1), soft(SectorActiveLimit(0.1), 1.0), CashLimit(0.0, 0.1),
    ]  # fmt: skip
    assert moving.risk_aversion == 1000.0
    assert (moving.rates, moving.benchmark, moving.costs) == (mandate.rates, mandate.benchmark, mandate.costs)


def test_without_a_budget_there_is_nothing_to_move_under(mandate_of: Any) -> None:
    with pytest.raises(InputError, match=r"limits, transition: expected a gain budget"):
        transition(mandate_of({"A": 1.0}, TrackingErrorLimit(0.01)))
    with pytest.raises(InputError, match=r"mandate, risk_aversion: found '0.0', expected a finite number > 0"):
        transition(mandate_of({"A": 1.0}, RealizedGainLimit(0.01)), 0.0)
