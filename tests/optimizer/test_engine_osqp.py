"""OSQP on the quadratic form: agrees with Clarabel, meets tracking error exactly, and never invents an answer."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import optimizer.quadratic.finish as osqp_finish
import optimizer.quadratic.run as osqp_run
import optimizer.quadratic.search as osqp_search
from optimizer import (
    ActiveWeightLimit,
    CashLimit,
    Costs,
    LossPerNameLimit,
    RealizedGainLimit,
    Restriction,
    SectorActiveLimit,
    TrackingErrorLimit,
    TurnoverLimit,
)
from optimizer.engines import ClarabelEngine, OsqpEngine, sweep
from optimizer.limits import Limit
from optimizer.problem import Pattern, Problem
from optimizer.quadratic import best_within, quadratic_form, search_of
from optimizer.quadratic.bounds import least_cost, squared
from optimizer.quadratic.form import state
from optimizer.quadratic.impossible import contradicting_weights, contradicts
from optimizer.quadratic.tangents import Tangents
from optimizer.solution import Solution
from taxsleeve_errors import SolverError

Stated = tuple[Problem, tuple[Limit, ...], Pattern]
AGREED: dict[int, bool] = {}


@pytest.fixture
def stated(account_of: Any, mandate_of: Any, risk_of: Any, problem_of: Any, today: dt.date) -> Callable[..., Stated]:
    """Random account of 12 to 30 names and the pattern that harvests whatever is worth its round trip."""

    def build(seed: int, *limits: Limit, exclude: bool = False, flow: float = 0.0, **mandate: Any) -> Stated:
        rng = np.random.default_rng(seed)
        n, nav = int(rng.integers(12, 31)), 1e6
        assets = [f"N{i:02d}" for i in range(n)]
        price = {a: float(np.round(np.exp(rng.normal(4.0, 0.6)), 2)) for a in assets}
        weights = rng.dirichlet(np.full(n, 4.0))
        held = weights * np.exp(rng.normal(0.0, 0.15, n))
        lots = [
            (
                a,
                float(np.floor(w * part * nav / price[a])),
                float(np.round(price[a] * np.exp(rng.normal(0, 0.2)), 2)),
                d,
            )
            for a, w in zip(assets, held / held.sum(), strict=True)
            for part, d in zip(rng.dirichlet(np.ones(3)), ("2022-03-01", "2024-02-01", "2025-01-15"), strict=True)
        ]
        account = account_of(
            price,
            [lot for lot in lots if lot[1] > 0],
            cash=0.005 * nav,
            cash_flow=flow * nav,
            sector={a: f"sector {i % 4}" for i, a in enumerate(assets)},
            restrictions=[Restriction(assets[0], "exclude")] if exclude else [],
        )
        mandate = {"costs": Costs(5.0), **mandate}
        stated = mandate_of(dict(zip(assets, weights.tolist(), strict=True)), *limits, **mandate)
        problem = problem_of(account, stated, risk_of(assets, factors=4, seed=seed))
        pays = problem.lot_is_loss & problem.lot_sellable & (problem.lot_credit > 2e-3)
        loss_side = np.bincount(problem.lot_group, weights=pays, minlength=problem.groups) > 0
        return problem, stated.all_limits(), Pattern.of(problem, loss_side)

    return build


def menu(seed: int) -> list[Limit]:
    rng = np.random.default_rng(1000 + seed)
    limits = [
        TurnoverLimit(float(rng.choice([0.05, 0.3, 1.0]))),
        ActiveWeightLimit(float(rng.choice([0.01, 0.03]))),
        SectorActiveLimit(float(rng.choice([0.01, 0.04]))),
        LossPerNameLimit(float(rng.choice([0.001, 0.005]))),
        CashLimit(0.0, float(rng.choice([0.01, np.inf]))),
        RealizedGainLimit(float(rng.choice([0.0, 0.002, 0.02]))),
    ]
    te = TrackingErrorLimit(float(rng.choice([0.006, 0.01, 0.015, 0.03])))
    return [te, *[limit for limit in limits if rng.random() < 0.7]]


def worst(problem: Problem, limits: tuple[Limit, ...], pattern: Pattern, solution: Solution) -> float:
    """Largest violation of anything, as a fraction of NAV; limits are read from their own rows."""
    sell, buy = solution.sell, solution.buy
    active = problem.active_after(sell, buy)
    over = [0.0, -sell.min(initial=0.0), -buy.min(initial=0.0)]
    over += [float((sell - np.where(pattern.may_sell(problem), problem.lot_value, 0.0)).max(initial=0.0))]
    over += [float((buy * ~pattern.may_buy(problem)).max(initial=0.0))]
    for limit in limits:
        if isinstance(limit, TrackingErrorLimit):
            over.append(float(np.sqrt(problem.variance(active))) - limit.limit)
            continue
        rows = limit.rows(problem)  # type: ignore[attr-defined]
        parts = [(rows.active, active), (rows.buy, buy), (rows.sell, sell)]
        over.append(float((sum(m @ x for m, x in parts if m is not None) - rows.upper).max(initial=0.0)))
    return max(over)


@pytest.mark.parametrize("seed", range(16))
def test_osqp_agrees_with_clarabel(seed: int, stated: Callable[..., Stated]) -> None:
    case = stated(seed, *menu(seed), exclude=seed % 5 == 0, flow=0.02 * (seed % 3 - 1))
    reference, found = ClarabelEngine().solve(*case), OsqpEngine().solve(*case)
    AGREED[seed] = reference is not None
    assert (found is None) == (reference is None)
    if found is None or reference is None:
        return
    problem = case[0]
    worth = [s.value + problem.lot_priority @ s.sell for s in (found, reference)]
    assert abs(worth[0] - worth[1]) <= 1e-4 * max(abs(worth[1]), 1e-4)
    assert worst(*case, found) <= 1e-9


def test_both_kinds_of_account_were_among_them() -> None:
    if len(AGREED) < 16:
        pytest.skip("counts the accounts of the test above, which did not all run")
    assert 8 <= sum(AGREED.values()) < 16


def test_tracking_error_that_binds_is_met_exactly(stated: Callable[..., Stated]) -> None:
    met = 0
    for seed in range(4):
        problem, limits, pattern = stated(seed, TurnoverLimit(0.5))
        free = OsqpEngine().solve(problem, limits, pattern)
        assert free is not None
        te = 0.9 * float(np.sqrt(problem.variance(problem.active_after(free.sell, free.buy))))
        found = OsqpEngine().solve(problem, (*limits, TrackingErrorLimit(te)), pattern)
        if found is not None:
            met += 1
            assert np.sqrt(problem.variance(problem.active_after(found.sell, found.buy))) == pytest.approx(te, rel=1e-9)
            assert found.prices["tracking_error"] > 0
    assert met >= 3


def test_a_mix_is_within_every_linear_limit_and_between_its_two_points(stated: Callable[..., Stated]) -> None:
    form = quadratic_form(*stated(1, ActiveWeightLimit(0.03), TurnoverLimit(0.4)))
    search = search_of(form)
    tes = [search.at(lam).te for lam in (0.02, 2.0)]  # type: ignore[union-attr]
    best = best_within(search, float(np.mean(tes)))
    assert best is not None
    assert best.te == pytest.approx(np.mean(tes), rel=1e-9)
    assert form.rows.over(form.problem, best.sell / 100, best.buy / 100).max() <= 1e-9


@pytest.mark.parametrize(
    "limits",
    [
        [TrackingErrorLimit(1e-5)],
        [TurnoverLimit(0.001), CashLimit(0.1, 0.2)],
        [CashLimit(0.05, 0.06), SectorActiveLimit(0.0, strict=True)],
        [ActiveWeightLimit(0.0, strict=True), RealizedGainLimit(0.0)],
    ],
)
def test_an_infeasible_account_is_never_called_solved(
    limits: list[Limit], stated: Callable[..., Stated], monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in range(3):
        case = stated(seed, *limits)
        assert ClarabelEngine().solve(*case) is None
        assert OsqpEngine().solve(*case) is None
        with monkeypatch.context() as patch:
            stopped_early(patch)
            assert OsqpEngine().solve(*case) is None


def test_weights_that_prove_nothing_are_not_believed(stated: Callable[..., Stated]) -> None:
    form = quadratic_form(*stated(2, *menu(2)))
    assert OsqpEngine().solve(*stated(2, TurnoverLimit(0.5))) is not None
    rng = np.random.default_rng(0)
    feasible = quadratic_form(*stated(2, TurnoverLimit(0.5)))
    for _ in range(200):
        assert not contradicts(feasible, rng.exponential(size=len(feasible.rows.room)))
    assert not contradicts(form, np.zeros(len(form.rows.room)))


def test_weights_that_prove_a_contradiction_are_believed(stated: Callable[..., Stated]) -> None:
    form = quadratic_form(*stated(2, TurnoverLimit(0.001), CashLimit(0.1, 0.2)))
    weights = np.zeros(len(form.rows.room))
    weights[[i for i, name in enumerate(form.rows.limit) if name == "turnover"]] = 1.0
    # Raising cash by 10% of NAV takes sales that turnover forbids.
    weights[form.rows.limit.index("cash")] = 1.0
    assert contradicts(form, weights)


def stopped_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(osqp_run, "_ROUNDS", 1)
    monkeypatch.setattr(osqp_run, "_ROUND", 5)


def test_what_was_not_finished_is_not_returned(stated: Callable[..., Stated], monkeypatch: pytest.MonkeyPatch) -> None:
    stopped_early(monkeypatch)
    monkeypatch.setattr(osqp_finish, "_ROUNDS", 2)
    with pytest.raises(SolverError, match=r"after 5 iterations;.* the linear programs by tangents leave a gap"):
        OsqpEngine().solve(*stated(3, *menu(3)))


@pytest.mark.parametrize("seed", range(16))
def test_highs_finishes_what_osqp_leaves_and_the_solution_says_so(
    seed: int, stated: Callable[..., Stated], monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped_early(monkeypatch)
    case = stated(seed, *menu(seed), exclude=seed % 5 == 0, flow=0.02 * (seed % 3 - 1))
    reference, found = ClarabelEngine().solve(*case), OsqpEngine().solve(*case)
    assert (found is None) == (reference is None)
    if found is None or reference is None:
        return
    problem = case[0]
    worth = [s.value + problem.lot_priority @ s.sell for s in (found, reference)]
    assert found.engine == "osqp, finished by highs"
    assert abs(worth[0] - worth[1]) <= 1e-4 * max(abs(worth[1]), 1e-4)
    assert worst(*case, found) <= 1e-9


@pytest.mark.parametrize("aversion", [0.0, 1.0])
def test_highs_finishes_without_a_limit_on_tracking_error(
    aversion: float, stated: Callable[..., Stated], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = stated(6, TurnoverLimit(0.5), ActiveWeightLimit(0.03), risk_aversion=aversion)
    reference = ClarabelEngine().solve(*case)
    stopped_early(monkeypatch)
    found = OsqpEngine().solve(*case)
    assert found is not None
    assert reference is not None
    assert found.engine
    assert found.value == pytest.approx(reference.value, rel=1e-4)


def test_highs_lets_in_lots_that_were_left_out(stated: Callable[..., Stated], monkeypatch: pytest.MonkeyPatch) -> None:
    case = stated(5, TurnoverLimit(1.0), CashLimit(0.10, 0.12))
    reference = ClarabelEngine().solve(*case)
    assert reference is not None
    stopped_early(monkeypatch)
    monkeypatch.setattr(osqp_search, "first_lots", lambda form: reference.sell <= 1e-6)
    found = OsqpEngine().solve(*case)
    assert found is not None
    assert found.value == pytest.approx(reference.value, rel=1e-4)


def test_osqp_alone_bears_its_own_name(stated: Callable[..., Stated]) -> None:
    found = OsqpEngine().solve(*stated(1, ActiveWeightLimit(0.03), TurnoverLimit(0.4)))
    assert found is not None
    assert not found.engine


def test_no_trades_are_worth_more_than_the_bound_whatever_the_multipliers(stated: Callable[..., Stated]) -> None:
    te = 0.012
    case = stated(4, TurnoverLimit(0.5), TrackingErrorLimit(te))
    form, reference = quadratic_form(*case), ClarabelEngine().solve(*case)
    assert reference is not None
    worth, rng = 100 * reference.value, np.random.default_rng(0)
    best = best_within(search_of(form), 100 * te)
    assert best is not None
    active = form.active_after(best.sell, best.buy)
    for _ in range(200):
        lam = best.lam * float(np.exp(rng.normal(0, 0.5)))
        touched = squared(form, active * (1 + 0.3 * rng.normal(size=len(active))))
        price = np.maximum(best.price * (1 + rng.normal(size=len(best.price))), 0.0)
        bound = (lam - form.floor) / 2 * (100 * te) ** 2 - least_cost(form, lam, touched, price)
        assert bound >= worth * (1 - 1e-6)
    assert best.bound >= worth * (1 - 1e-6)
    assert best.gap <= 5e-5


def test_a_program_of_tangents_bounds_every_value_and_proves_it(stated: Callable[..., Stated]) -> None:
    te = 0.012
    case = stated(4, TurnoverLimit(0.5), TrackingErrorLimit(te))
    form, reference = quadratic_form(*case), ClarabelEngine().solve(*case)
    assert reference is not None
    tangents = Tangents(form, state(form, np.ones(len(form.most_sold), dtype=bool)), 100 * te)
    bounds = []
    for _ in range(8):
        point = tangents.best(100 * te)
        assert point is not None
        proven = (point.lam - form.floor) / 2 * (100 * te) ** 2 - least_cost(
            form, point.lam, point.touched, point.price
        )
        assert 100 * reference.value * (1 - 1e-6) <= proven <= -point.least * (1 + 1e-9)
        bounds.append(-point.least)
        tangents.touch(point.sell, point.buy)
    assert all(after <= before + 1e-9 for before, after in itertools.pairwise(bounds))
    assert bounds[-1] == pytest.approx(100 * reference.value, rel=1e-3)


def test_bounds_that_are_apart_are_sharpened_by_finer_solves(
    stated: Callable[..., Stated], monkeypatch: pytest.MonkeyPatch
) -> None:
    form = quadratic_form(*stated(4, TurnoverLimit(0.5)))
    monkeypatch.setattr(osqp_run, "_EPS", 1e-3)
    search = search_of(form)
    rough = osqp_search._searched(search, 1.3)
    assert rough is not None
    assert rough.gap > 5e-5
    assert osqp_search._sharpened(search, rough, 1.3).gap < rough.gap


def test_weights_from_a_linear_program_prove_a_contradiction_and_none_where_there_is_none(
    stated: Callable[..., Stated],
) -> None:
    impossible = quadratic_form(*stated(2, TurnoverLimit(0.001), CashLimit(0.1, 0.2)))
    assert contradicts(impossible, contradicting_weights(impossible))
    feasible = quadratic_form(*stated(2, TurnoverLimit(0.5)))
    assert not contradicts(feasible, contradicting_weights(feasible))


def test_a_sweep_equals_separate_solves(stated: Callable[..., Stated]) -> None:
    problem, limits, pattern = stated(4, TurnoverLimit(0.5), ActiveWeightLimit(0.04))
    tes = [0.012, 0.002, 0.02, 0.009, 0.03]
    points = sweep(problem, limits, pattern, tes)
    for te, point in zip(tes, points, strict=True):
        alone = OsqpEngine().solve(problem, (*limits, TrackingErrorLimit(te)), pattern)
        assert (point is None) == (alone is None)
        if point is not None and alone is not None:
            assert point.value == pytest.approx(alone.value, rel=1e-4)
            assert point.te <= te * (1 + 1e-9)
            assert point.value == problem.value(point.sell, point.buy)
    solved = sorted((p for p in points if p is not None), key=lambda p: p.limit)
    assert len(solved) >= 3
    assert len(solved) < len(tes)
    assert all(a.value <= b.value + 1e-9 for a, b in itertools.pairwise(solved))


def test_a_sweep_needs_fewer_iterations_than_separate_solves(stated: Callable[..., Stated]) -> None:
    form = quadratic_form(*stated(4, TurnoverLimit(0.5)))
    tes = [1.0, 1.2, 1.4, 1.6]
    together, alone = search_of(form), [search_of(form) for _ in tes]
    for te, search in zip(tes, alone, strict=True):
        best_within(together, te)
        best_within(search, te)
    count = [sum(p.trades.iterations for p in s.points.values()) for s in (together, *alone)]
    assert count[0] < sum(count[1:])


def test_lots_left_out_come_in_where_prices_ask_for_them(
    stated: Callable[..., Stated], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = stated(5, TurnoverLimit(1.0), CashLimit(0.10, 0.12))
    reference = ClarabelEngine().solve(*case)
    assert reference is not None
    sold = reference.sell > 1e-6
    monkeypatch.setattr(osqp_search, "first_lots", lambda form: ~sold)
    search = search_of(quadratic_form(*case))
    before = search.kept.copy()
    found = best_within(search, np.inf)
    assert found is not None
    assert (search.kept & ~before).any()
    assert found.value / 100 == pytest.approx(reference.value, rel=1e-4)


def test_the_price_of_tracking_error_is_what_more_of_it_gains(stated: Callable[..., Stated]) -> None:
    problem, limits, pattern = stated(4, TurnoverLimit(0.5))
    te, step = 0.013, 2e-5
    found = OsqpEngine().solve(problem, (*limits, TrackingErrorLimit(te)), pattern)
    ends = [ClarabelEngine().solve(problem, (*limits, TrackingErrorLimit(te + e)), pattern) for e in (-step, step)]
    assert found is not None
    assert ends[0] is not None
    assert ends[1] is not None
    assert found.prices["tracking_error"] == pytest.approx((ends[1].value - ends[0].value) / (2 * step), rel=0.05)


def test_market_impact_is_not_taken(stated: Callable[..., Stated]) -> None:
    problem, limits, pattern = stated(0)
    moved = replace(problem, impact=np.full(len(problem.assets), 0.01))
    assert OsqpEngine().takes(problem, limits)
    assert not OsqpEngine().takes(moved, limits)
    with pytest.raises(SolverError, match="cvxpy-clarabel"):
        OsqpEngine().solve(moved, limits, pattern)
