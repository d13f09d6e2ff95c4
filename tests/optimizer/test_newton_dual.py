"""The dual function: its gradient against differences, and that it never exceeds what any trades cost."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from optimizer import (
    ActiveWeightLimit,
    CashLimit,
    Costs,
    LossPerNameLimit,
    RealizedGainLimit,
    SectorActiveLimit,
    TrackingErrorLimit,
    TurnoverLimit,
)
from optimizer.branching import branch
from optimizer.engines.clarabel import ClarabelEngine
from optimizer.limits import NetGainLimit, soft
from optimizer.newton import EitherSide, Form, best_prices, either_side, least_multipliers, newton_form
from optimizer.newton.ascent import climb
from optimizer.newton.dual import Proximal
from optimizer.pattern_trial import gap, try_pattern

LIMITS = (
    TrackingErrorLimit(0.05),
    TurnoverLimit(0.6),
    CashLimit(0.0, 0.05),
    RealizedGainLimit(0.02),
    NetGainLimit(0.01),
    SectorActiveLimit(0.3),
    LossPerNameLimit(0.03),
    soft(ActiveWeightLimit(0.1), 0.05),
)


@pytest.fixture
def form_of(small_case: Any, problem_of: Any) -> Callable[[int], Form]:
    def build(seed: int) -> Form:
        case = small_case(*LIMITS, seed=seed, costs=Costs(10.0))
        problem = problem_of(case.account, case.mandate, case.risk)
        if seed % 2:
            # A group that may go at a loss only whole.
            liquidable = np.zeros(problem.groups, dtype=bool)
            liquidable[problem.group[seed % 5]] = True
            locked = liquidable[problem.lot_group] & problem.lot_is_loss
            problem = replace(problem, liquidable=liquidable, lot_sellable=problem.lot_sellable & ~locked)
        form = newton_form(problem, case.mandate.all_limits())
        assert len(form.coupling.lot_row) == 2, "both gain limits tell lots apart"
        return form

    return build


def random_prices(form: Form, rng: np.random.Generator) -> np.ndarray:
    z, k = least_multipliers(form), form.coupling.root.shape[1]
    z[:k], z[k] = rng.normal(0.0, 0.2, k), rng.uniform(0.2, 3.0)
    z[k + 1 :] = np.minimum(rng.exponential(0.03, len(z) - k - 1) * (rng.random(len(z) - k - 1) < 0.6), 0.99)
    z[k + 1 :] = np.minimum(z[k + 1 :], form.coupling.ceiling * 0.9)
    return z


def value(dual: EitherSide, proximal: Proximal, tau: float, z: np.ndarray, fixed: np.ndarray) -> tuple[float, Any]:
    gradient = np.zeros(len(z))
    form = dual.form
    share = np.zeros(form.problem.groups)
    sides, at = (dual.opened, dual.lost), (proximal, tau, z, share, gradient)
    return climb(*sides, form.coupling, form.group, fixed, *at, 0.0, np.inf, 0).value, gradient


@pytest.mark.parametrize("tau", [0.0, 0.02])
@pytest.mark.parametrize("seed", range(6))
def test_the_gradient_is_that_of_differences(seed: int, tau: float, form_of: Callable[[int], Form]) -> None:
    """tau = 0 with every side fixed is one pattern, smooth by its proximal term; tau > 0 mixes both sides."""
    form = form_of(seed)
    dual, rng = either_side(form), np.random.default_rng(seed)
    fixed = dual.fixed if tau else rng.integers(0, 2, form.problem.groups).astype(np.int8)
    proximal = Proximal(np.full(len(form.cap), 0.05), *rng.normal(0.0, 0.3, (2, len(form.cap))))
    z = random_prices(form, rng)
    _, gradient = value(dual, proximal, tau, z, fixed)
    for j in range(len(z)):
        step = np.zeros(len(z))
        step[j] = 1e-6
        up, down = (value(dual, proximal, tau, z + sign * step, fixed)[0] for sign in (1, -1))
        assert (up - down) / 2e-6 == pytest.approx(gradient[j], abs=2e-5, rel=2e-5), f"multiplier {j}"


@pytest.mark.parametrize("seed", range(8))
def test_no_trades_cost_less_than_the_dual_says_at_any_prices(seed: int, form_of: Callable[[int], Form]) -> None:
    """Random sales and buys that keep no row: what they exceed rows by is added at the rows' prices."""
    form = form_of(seed)
    p, dual, rng = form.problem, either_side(form), np.random.default_rng(seed)
    k = form.coupling.root.shape[1]
    for _ in range(20):
        z = random_prices(form, rng)
        least = dual.choose(z).cost
        sides = rng.random(p.groups) < 0.5
        may_sell = p.lot_sellable & (~p.lot_is_loss | sides[p.lot_group]) & ~form.rows.barred
        sell = np.where(may_sell, p.lot_value * rng.choice([0.0, 0.0, 0.5, 1.0], len(p.lot_value)), 0.0)
        losses = np.bincount(p.lot_asset, weights=form.rows.cap.loss * sell, minlength=len(p.assets))
        sell *= np.minimum(1.0, form.rows.cap.cap / np.maximum(losses, 1e-12))[p.lot_asset]
        sold = np.bincount(p.lot_asset, weights=sell, minlength=len(p.assets))
        may_buy = p.buyable & ~sides[p.group] & (sold == 0)
        buy = np.where(may_buy, rng.uniform(0.0, 0.1, len(p.assets)), 0.0)
        cost = -100 * (p.value(sell, buy) - p.constant + p.commission)
        # The value bears soft limits already; the dual prices hard rows and tracking error.
        excess = 100 * (form.rows.coupling.buy @ buy + form.rows.coupling.sell @ sold) - form.coupling.upper
        excess[form.coupling.lot_row] += 100 * form.rows.coupling.lot @ sell
        hard = np.isinf(form.coupling.ceiling)
        te = 1e4 * p.variance(p.active_after(sell, buy)) - form.coupling.te_limit**2
        relaxed = cost + z[k + 1 :][hard] @ excess[hard] + 0.5 * (z[k] - form.coupling.floor) * te
        assert least <= relaxed + 1e-9


@pytest.mark.parametrize("seed", range(4))
def test_the_bound_is_not_below_the_best_of_all_patterns_and_branching_closes_the_gap(
    seed: int, form_of: Callable[[int], Form]
) -> None:
    form = form_of(seed)
    p, dual = form.problem, either_side(form)
    losing = np.bincount(p.lot_group, weights=p.lot_is_loss, minlength=p.groups) > 0
    choices = [(0, 2 if whole else 1) if loss else (0,) for loss, whole in zip(losing, p.liquidable, strict=True)]
    worths = []
    for sides in itertools.product(*choices):
        trial = try_pattern(form, np.array(sides, dtype=np.int8), None)
        if trial is not None:
            worths.append(trial.worth)
            # A check of the enumeration itself.
            if len(worths) == 1:
                reference = ClarabelEngine().solve(p, form.limits, trial.pattern)
                assert reference is not None
                assert trial.worth == pytest.approx(reference.value, abs=1e-6)
    best = max(worths)
    prices = best_prices(dual)
    for z in (least_multipliers(form), prices.z):
        assert form.worth(dual.choose(z).cost) >= best - 1e-9
    trial = try_pattern(form, np.zeros(p.groups, dtype=np.int8), None)
    assert trial is not None
    found, least_cost = branch(form, dual, trial, prices, 1e-6)
    assert found.worth == pytest.approx(best, abs=1e-8)
    assert gap(form, found, least_cost) <= 1e-6
    assert form.worth(least_cost) >= best - 1e-9


def test_a_step_where_the_hessian_is_singular_neither_raises_nor_ends_in_no_number(
    form_of: Callable[[int], Form],
) -> None:
    """Rows stated twice and names without variance leave directions that nothing bends."""
    form = form_of(0)
    problem = replace(form.problem, specific_variance=np.zeros(6), root=np.zeros((6, 2)))
    twice = newton_form(problem, [*form.limits, *form.limits])
    dual = either_side(twice)
    prices = best_prices(dual)
    assert np.isfinite(prices.z).all()
    trial = try_pattern(twice, dual.choose(prices.z).sides, None)
    assert trial is not None
    once = try_pattern(newton_form(problem, form.limits), trial.sides, None)
    assert once is not None
    assert trial.worth == pytest.approx(once.worth, abs=1e-6)
