"""What stands in the way of an account: every relaxation is tried by rebalancing, and one per cent less is refused."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from optimizer import (
    ActiveWeightLimit,
    CashLimit,
    Costs,
    Diagnosis,
    FactorActiveLimit,
    RealizedGainLimit,
    Restriction,
    SectorActiveLimit,
    Setting,
    TrackingErrorLimit,
    TurnoverLimit,
    diagnose,
    rebalance,
)
from optimizer.cone import cone_model
from optimizer.infeasible.elastic import least_alone, least_together
from optimizer.infeasible.least_amount import least_amount, rounded_up
from optimizer.infeasible.settings import changed, settings_of
from optimizer.problem import Pattern
from taxsleeve_errors import InfeasibleError, InputError

NO_SELL = {"restrictions": [Restriction(a, "no_sell") for a in "ABCDEF"]}
NO_TRADE = {"restrictions": [Restriction(a, "no_trade") for a in "ABCDEF"]}
TIGHT = (TrackingErrorLimit(0.004), TurnoverLimit(0.02), CashLimit(0.0, 0.05))


def answered(case: Any, values: Mapping[Setting, float]) -> bool:
    try:
        rebalance(case.account, changed(case.mandate, values), case.risk)
    except InfeasibleError:
        return False
    return True


def diagnosed(case: Any) -> Diagnosis:
    return diagnose(case.account, case.mandate, case.risk)


@pytest.mark.parametrize(
    ("limits", "account", "mandate", "why"),
    [
        pytest.param(TIGHT, {}, {}, "limits", id="tracking error against turnover"),
        pytest.param((CashLimit(0.9, 1.0), RealizedGainLimit(0.0)), {}, {}, "limits", id="cash against gains"),
        pytest.param((ActiveWeightLimit(0.0, strict=True),), NO_TRADE, {}, "limits", id="strict band"),
        pytest.param((FactorActiveLimit({"F1": 1.0, "F2": 0.0}, strict=True), TurnoverLimit(0.0)), {}, {}, "limits",
                     id="a factor"),
        pytest.param((), {}, {"names": (7, 9)}, "orders", id="more names than there are"),
        pytest.param((), NO_SELL, {"names": (0, 2)}, "orders", id="fewer names and no sales"),
        pytest.param((CashLimit(0.0, 0.001),), {"cash": 5000.0}, {"min_trade": 0.9}, "orders", id="least trade"),
    ],
)  # fmt: skip
def test_each_alone_and_all_together_are_enough_and_one_per_cent_less_is_not(
    small_case: Any, limits: Any, account: Any, mandate: Any, why: str
) -> None:
    case = small_case(*limits, account=account, **mandate)
    found = diagnosed(case)
    assert found.why == why
    helping = [r for r in found.alone if r.to is not None]
    assert helping
    for relaxation in helping:
        setting = relaxation.setting
        assert answered(case, {setting: relaxation.to})
        if setting.name != "names":
            assert not answered(case, {setting: setting.moved(relaxation.amount * 0.985)}), relaxation.words()
        else:
            assert not answered(case, {setting: setting.moved(relaxation.amount - 1)})
    assert answered(case, {r.setting: r.to for r in found.together if r.to is not None})
    effort = sum(r.amount / r.setting.size for r in found.together)
    assert effort <= helping[0].amount / helping[0].setting.size * 1.01
    for relaxation in set(found.alone) - set(helping):
        assert not answered(case, {relaxation.setting: relaxation.setting.moved(relaxation.setting.widest)})


def test_one_sentence_says_each_way_out(small_case: Any) -> None:
    case = small_case(CashLimit(0.9, 1.0), RealizedGainLimit(0.0))
    found = diagnosed(case)
    cash, gains = found.alone
    assert {s.name for s in found.conflict} == {"cash", "realized_gain"}
    assert found.sentence == (
        f"least cash alone must fall by {cash.amount * 1e4:,.4g} bp to {100 * (cash.to or 0):.6g}%, "
        f"or gain budget alone by {gains.amount * 1e4:,.4g} bp to {100 * (gains.to or 0):.6g}%"
    )


def test_a_limit_that_has_no_part_in_the_conflict_is_not_blamed(small_case: Any) -> None:
    case = small_case(*TIGHT, SectorActiveLimit(0.9), RealizedGainLimit(1.0))
    found = diagnosed(case)
    assert {s.name for s in found.conflict} == {"tracking_error", "turnover"}
    assert {r.setting.name for r in found.together} <= {"tracking_error", "turnover"}


def test_a_pair_that_must_trade_both_ways_is_the_either_or(account_of: Any, mandate_of: Any, risk_of: Any) -> None:
    account = account_of(
        {"G1": 10.0, "G2": 10.0}, [("G1", 100, 12.0, "2020-01-02")], group={"G1": "G", "G2": "G"},
        sector={"G1": "x", "G2": "y"},
    )  # fmt: skip
    mandate = mandate_of({"G1": 0.5, "G2": 0.5}, SectorActiveLimit(0.1, strict=True))
    found = diagnose(account, mandate, risk_of(["G1", "G2"]))
    assert found.why == "either-or"
    helping = {r.setting.name: r.to for r in found.alone if r.to is not None}
    # Without a loss sale nothing can be raised, and the sectors stay half a NAV off.
    assert helping == {"sector_active": pytest.approx(0.5, rel=0.011)}


def test_an_account_too_small_for_whole_shares_is_told_the_size(account_of: Any, mandate_of: Any, risk_of: Any) -> None:
    prices, risk = {"A": 400.0, "B": 900.0}, risk_of(["A", "B"])
    mandate = mandate_of({"A": 0.5, "B": 0.5}, CashLimit(0.0, 0.05), fractional=False)
    found = diagnose(account_of(prices, cash=1000.0), mandate, risk)
    advice = found.shares
    assert found.why == "orders"
    assert advice is not None
    assert advice.enough is not None
    assert advice.fractions
    assert f"$1,000 is too little for whole shares: ${advice.enough:,.0f} in the same proportions" in found.sentence
    rebalance(account_of(prices, cash=advice.enough), mandate, risk)
    # What is enough need not be so of all that is more, nor too little all that is less: of that, some is refused.
    less = []
    for part in (1.02, 1.05, 1.1):
        smaller = account_of(prices, cash=advice.enough / part)
        try:
            rebalance(smaller, mandate, risk)
        except InfeasibleError:
            less.append(diagnose(smaller, mandate, risk).why)
    assert "orders" in less


def test_an_account_too_small_is_told_how_many_names_would_do(account_of: Any, mandate_of: Any, risk_of: Any) -> None:
    rng = np.random.default_rng(3)
    names = [f"N{i}" for i in range(20)]
    prices = {name: float(np.round(40 + 160 * rng.random(), 2)) for name in names}
    weights = dict(zip(names, rng.dirichlet(np.full(20, 3.0)).tolist(), strict=True))
    account, risk = account_of(prices, cash=900.0), risk_of(names)
    limits = (CashLimit(0.0, 0.02), TrackingErrorLimit(0.06))
    found = diagnose(account, mandate_of(weights, *limits, fractional=False), risk)
    assert found.shares is not None
    fewer = found.shares.names
    assert fewer is not None
    assert f"at most {fewer} names" in found.sentence
    kept = rebalance(account, mandate_of(weights, *limits, fractional=False, names=(0, fewer)), risk)
    assert (kept.check.outcome.shares_after > 0).sum() <= fewer < 20


def test_the_elastic_answers_agree_with_each_other(small_case: Any, problem_of: Any) -> None:
    for seed in range(4):
        case = small_case(*TIGHT, seed=seed)
        problem = problem_of(case.account, case.mandate, case.risk)
        model = cone_model(problem, case.mandate.all_limits(), Pattern.relaxation(problem))
        settings = settings_of(case.mandate)
        together = least_together(model, settings)
        assert together is not None
        alone = {s: least_alone(model, s) for s in settings}
        effort = sum(amount / s.size for s, amount in together[0].items())
        for setting, amount in alone.items():
            assert amount is None or effort <= amount / setting.size + 1e-6
        single = [s for s, amount in alone.items() if amount is not None]
        # What alone proves feasible must be in every conflict.
        assert set(single) <= set(together[1])


def test_where_no_limit_alone_is_enough_the_fewest_that_are_together_are_named(small_case: Any) -> None:
    limits = (
        TrackingErrorLimit(0.01), TurnoverLimit(0.05), CashLimit(0.0, 0.02), ActiveWeightLimit(0.03, strict=True),
        SectorActiveLimit(0.02, strict=True), RealizedGainLimit(1.0),
    )  # fmt: skip
    case = small_case(*limits, seed=2, fractional=False)
    found = diagnosed(case)
    assert all(r.to is None for r in found.alone)
    assert found.sentence.startswith("no limit alone is enough; together ")
    needed = {r.setting: r.to for r in found.together if r.to is not None}
    assert len(needed) > 1
    assert "realized_gain" not in {s.name for s in needed}
    assert answered(case, needed)
    for setting in needed:
        assert not answered(case, {s: to for s, to in needed.items() if s != setting}), setting


def test_commissions_that_leave_no_room_ask_for_cash(account_of: Any, mandate_of: Any, risk_of: Any) -> None:
    mandate = mandate_of({"A": 1.0}, CashLimit(0.01, 0.02), costs=Costs(0.0, 99.5))
    found = diagnose(account_of({"A": 10.0}, cash=100.0), mandate, risk_of(["A"]))
    assert found.why == "orders"
    # Of $100 the commission leaves 50 cents, and a cent's worth has to be bought.
    assert {(r.setting.name, r.setting.where) for r in found.alone if r.to is not None} == {("cash", "least")}
    assert found.together[0].to == pytest.approx(0.005, abs=1e-4)


def test_a_feasible_account_is_not_diagnosed(small_case: Any) -> None:
    with pytest.raises(InputError, match="finds no trade list"):
        diagnosed(small_case(CashLimit(0.0, 0.5)))


def test_the_settings_of_a_mandate_and_how_they_change(small_case: Any) -> None:
    mandate = small_case(
        TrackingErrorLimit(0.01), FactorActiveLimit({"F1": 0.0, "F2": 0.5}), CashLimit(0.01, 0.02),
        names=(2, 5), min_trade=0.001,
    ).mandate  # fmt: skip
    settings = {(s.name, s.where): s for s in settings_of(mandate)}
    assert list(settings) == [
        ("tracking_error", ""), ("factor_active", "F1"), ("factor_active", "F2"), ("cash", "least"),
        ("cash", "greatest"), ("names", "greatest"), ("names", "least"), ("min_trade", ""),
    ]  # fmt: skip
    other = changed(mandate, {s: s.moved(0.25 if s.name == "factor_active" else 0.005) for s in settings.values()})
    limits = {limit.name: limit for limit in other.limits}
    assert limits["tracking_error"] == TrackingErrorLimit(0.015)
    assert limits["factor_active"] == FactorActiveLimit({"F1": 0.25, "F2": 0.75})
    assert limits["cash"] == CashLimit(0.005, 0.025)
    assert (other.names, other.min_trade) == ((1, 6), 0.0)
    assert settings_of(changed(mandate, {})) == tuple(settings.values())


@pytest.mark.parametrize("truth", [3e-7, 0.00123, 0.5, 7.0])
@pytest.mark.parametrize("known", [0.0, 0.3, 0.97, 1.0])
def test_the_least_amount_is_found_to_a_per_cent(truth: float, known: float) -> None:
    asked: list[float] = []

    def enough(amount: float) -> bool:
        asked.append(amount)
        return amount >= truth

    found = least_amount(enough, known * truth, 10.0)
    assert found is not None
    assert truth <= found <= max(truth * 1.011, truth + 1.1e-6)
    assert len(asked) <= 20
    assert least_amount(lambda _: False, known * truth, 10.0) is None


def test_amounts_are_rounded_up_to_four_digits() -> None:
    for amount in np.random.default_rng(0).uniform(1e-7, 10.0, 200):
        up = rounded_up(float(amount))
        assert amount <= up <= amount * 1.00101
        assert math.isclose(up, float(f"{up:.4g}"), rel_tol=1e-12)
