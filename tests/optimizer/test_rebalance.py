"""rebalance(): refusals, whole and fractional shares, and the symmetries that a trade list must have."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from optimizer import (
    TRADE_COLUMNS,
    Account,
    ActiveWeightLimit,
    CashLimit,
    Costs,
    LossPerNameLimit,
    RealizedGainLimit,
    Rebalance,
    Restriction,
    Securities,
    TrackingErrorLimit,
    TurnoverLimit,
    rebalance,
    risk_penalty,
    tax_value,
)
from tax import Lots
from taxsleeve_errors import InfeasibleError, InputError

LIMITS = (TrackingErrorLimit(0.05), CashLimit(0.0, 0.02), LossPerNameLimit(0.03))


def run(case: Any) -> Rebalance:
    return rebalance(case.account, case.mandate, case.risk)


# Accounts that no trade list can save, each for another reason.
NO_TRADE = {"restrictions": [Restriction(a, "no_trade") for a in "ABCDEF"]}
NO_SELL = {"restrictions": [Restriction(a, "no_sell") for a in "ABCDEF"]}


@pytest.mark.parametrize(
    ("limits", "account", "mandate", "named"),
    [
        pytest.param((TrackingErrorLimit(0.0005), TurnoverLimit(0.0)), {}, {}, "tracking_error|turnover", id="no way"),
        pytest.param((TrackingErrorLimit(0.0005),), NO_TRADE, {}, "tracking_error", id="nothing may be traded"),
        pytest.param((CashLimit(0.5, 1.0),), NO_SELL, {}, "cash", id="cash to raise and nothing to sell"),
        pytest.param((), {**NO_SELL, "cash_flow": -50_000.0}, {}, "cash", id="a withdrawal and nothing to sell"),
        pytest.param((CashLimit(0.9, 1.0), RealizedGainLimit(0.0)), {}, {}, "realized_gain|cash", id="gain budget"),
        pytest.param((CashLimit(0.9, 1.0), TurnoverLimit(0.1)), {}, {}, "turnover|cash", id="cash against turnover"),
        pytest.param((ActiveWeightLimit(0.0, strict=True),), NO_TRADE, {}, "active_weight", id="strict band"),
        pytest.param((), {}, {"names": (7, 9)}, "names", id="more names than there are"),
        pytest.param((), {}, {"names": (7, 9), "fractional": False}, "names", id="more names, whole shares"),
        pytest.param((), NO_SELL, {"names": (0, 2)}, "names", id="fewer names and no sales"),
        pytest.param((CashLimit(0.0, 0.001),), {"cash": 5000.0}, {"min_trade": 0.9}, "min_trade", id="min trade"),
    ],
)
def test_an_account_that_cannot_be_saved_is_refused_and_the_limit_is_named(
    small_case: Any, limits: Any, account: Any, mandate: Any, named: str
) -> None:
    with pytest.raises(InfeasibleError) as error:
        run(small_case(*limits, account=account, **mandate))
    said = {s.name for s in error.value.shortfalls} | {str(error.value).split(":")[0]}
    assert said & set(named.split("|")), said


def test_an_account_too_small_for_whole_shares_is_refused_and_says_so(
    account_of: Any, mandate_of: Any, risk_of: Any
) -> None:
    account = account_of({"A": 400.0, "B": 900.0}, cash=1000.0)
    mandate = mandate_of({"A": 0.5, "B": 0.5}, CashLimit(0.0, 0.05), fractional=False)
    with pytest.raises(InfeasibleError, match=r"whole shares: an account of \$1,000 with 2 names"):
        rebalance(account, mandate, risk_of(["A", "B"]))


def test_commissions_that_leave_no_room_are_refused(account_of: Any, mandate_of: Any, risk_of: Any) -> None:
    account = account_of({"A": 10.0}, cash=100.0)
    mandate = mandate_of({"A": 1.0}, CashLimit(0.01, 0.02), costs=Costs(0.0, 99.5))
    with pytest.raises(InfeasibleError, match=r"costs: commissions of 99\.50"):
        rebalance(account, mandate, risk_of(["A"]))


def test_a_benchmark_without_prices_is_refused_before_solving(account_of: Any, mandate_of: Any, risk_of: Any) -> None:
    with pytest.raises(InputError, match="found 'B', expected an asset with a price"):
        rebalance(account_of({"A": 10.0}, cash=100.0), mandate_of({"A": 0.5, "B": 0.5}), risk_of(["A", "B"]))


@pytest.mark.parametrize("seed", range(4))
def test_whole_shares_are_whole_and_fractions_are_millionths(small_case: Any, seed: int) -> None:
    whole = run(small_case(*LIMITS, seed=seed, fractional=False)).trades["shares"]
    assert len(whole)
    assert (whole == whole.round()).all()
    fractions = run(small_case(*LIMITS, seed=seed)).trades["shares"]
    np.testing.assert_allclose(fractions, fractions.round(6), rtol=1e-11)
    assert (fractions != fractions.round()).any()


@pytest.mark.parametrize("seed", range(4))
def test_whole_shares_cost_little_and_never_beat_the_bound(small_case: Any, seed: int) -> None:
    whole = run(small_case(*LIMITS, seed=seed, fractional=False)).certificate
    free = run(small_case(*LIMITS, seed=seed)).certificate
    assert whole.value <= free.bound + 0.2
    assert abs(whole.rounding) < 0.1 * abs(free.value)
    assert free.rounding == pytest.approx(0.0, abs=0.01)
    assert free.gap >= 0
    assert "whole shares" in whole.covers
    assert "whole shares" not in free.covers


def test_the_value_is_tax_less_cost_less_risk_of_the_list_itself(small_case: Any) -> None:
    result = run(small_case(*LIMITS, seed=1, costs=Costs(5.0, 1.0)))
    outcome = result.check.outcome
    expected = tax_value(result.mandate, result.trades) - outcome.cost - risk_penalty(result.mandate, outcome)
    assert result.certificate.value == pytest.approx(expected)
    assert list(result.trades.columns) == TRADE_COLUMNS
    assert set(result.seconds) == {"solve", "check"}


def test_prices_are_what_one_more_unit_of_a_limit_is_worth(small_case: Any) -> None:
    step = 1e-3
    at = [run(small_case(TrackingErrorLimit(0.03 + d), CashLimit(0.0, 0.02), seed=3)) for d in (-step, 0.0, step)]
    slope = (at[2].certificate.value - at[0].certificate.value) / (2 * step)
    assert at[1].prices["tracking_error"] == pytest.approx(slope, rel=0.1)
    assert slope > 0


def test_the_same_input_gives_the_same_list(small_case: Any) -> None:
    first, second = (run(small_case(*LIMITS, seed=2, fractional=False)).trades for _ in range(2))
    pd.testing.assert_frame_equal(first, second, check_exact=True)


def permuted(account: Account, seed: int) -> Account:
    """The same account with its names and lots in another order."""
    rng = np.random.default_rng(seed)
    s, lots = account.securities, account.lots
    order = rng.permutation(len(s.asset))
    securities = Securities(
        tuple(s.asset[i] for i in order), s.price[order], tuple(s.sector[i] for i in order),
        tuple(s.group[i] for i in order), s.spread_bps[order],
    )  # fmt: skip
    return Account(account.as_of, account.cash, lots.take(rng.permutation(len(lots))), securities, account.trades)


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_names_and_lots_does_not_matter(small_case: Any, seed: int) -> None:
    case = small_case(*LIMITS, seed=seed, fractional=False)
    backwards = dict(reversed(case.mandate.benchmark.items()))
    shuffled = case.risk.reindex(list(reversed(case.risk.assets)))
    mandate = small_case(*LIMITS, seed=seed, fractional=False).mandate
    object.__setattr__(mandate, "benchmark", backwards)
    other = rebalance(permuted(case.account, seed), mandate, shuffled)
    columns = ["asset", "side", "lot_id", "shares"]
    pd.testing.assert_frame_equal(run(case).trades[columns], other.trades[columns])


def scaled(account: Account, *, price: float = 1.0, shares: float = 1.0) -> Account:
    s, lots = account.securities, account.lots
    more = Lots(lots.lot_id, lots.asset, lots.group, lots.account, lots.shares * shares, lots.basis * price,
                lots.acquired, lots.holding_start)  # fmt: skip
    securities = Securities(s.asset, s.price * price, s.sector, s.group, s.spread_bps)
    return Account(account.as_of, account.cash * price * shares, more, securities, account.trades)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("fractional", [True, False])
def test_prices_times_a_thousand_change_no_trade(small_case: Any, seed: int, fractional: bool) -> None:
    case = small_case(*LIMITS, seed=seed, fractional=fractional)
    plain, dearer = run(case), rebalance(scaled(case.account, price=1000.0), case.mandate, case.risk)
    assert plain.trades["lot_id"].tolist() == dearer.trades["lot_id"].tolist()
    np.testing.assert_allclose(dearer.trades["shares"], plain.trades["shares"], atol=1e-3 if fractional else 0)
    np.testing.assert_allclose(dearer.trades["gain"], 1000 * plain.trades["gain"], rtol=1e-3, atol=1.0)
    assert dearer.certificate.value == pytest.approx(1000 * plain.certificate.value, rel=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_an_account_a_thousand_times_as_large_trades_a_thousand_times_as_much(small_case: Any, seed: int) -> None:
    case = small_case(*LIMITS, seed=seed)
    plain, larger = run(case), rebalance(scaled(case.account, shares=1000.0), case.mandate, case.risk)
    assert plain.trades["lot_id"].tolist() == larger.trades["lot_id"].tolist()
    np.testing.assert_allclose(larger.trades["shares"], 1000 * plain.trades["shares"], atol=1.0)
    assert larger.certificate.value == pytest.approx(1000 * plain.certificate.value, rel=1e-5)


def test_an_unrated_holding_is_frozen_and_listed(account_of: Any, mandate_of: Any, risk_of: Any) -> None:
    lots = [("A", 100, 12.0, "2020-01-02"), ("U", 100, 20.0, "2020-01-02")]
    result = rebalance(
        account_of({"A": 10.0, "B": 10.0, "U": 10.0}, lots), mandate_of({"A": 0.5, "B": 0.5}), risk_of(["A", "B"])
    )
    assert result.frozen == {"U": 0.5}
    assert "U" not in set(result.trades["asset"])
    assert "A" in set(result.trades["asset"])


def test_locks_in_force_stand_in_the_result(account_of: Any, mandate_of: Any, risk_of: Any) -> None:
    account = account_of(
        {"A": 10.0, "B": 10.0}, [("A", 100, 12.0, "2020-01-02")], cash=100.0,
        trades=[("2025-05-20", "BUY", "A", 5, np.nan), ("2025-05-20", "SELL", "B", 5, -1.0)],
    )  # fmt: skip
    result = rebalance(account, mandate_of({"A": 0.5, "B": 0.5}), risk_of(["A", "B"]))
    assert set(result.locks.buys) == {"B"}
    assert set(result.locks.loss_sales) == {"A"}
    assert result.trades.empty or not (result.trades["gain"] < 0).any()
