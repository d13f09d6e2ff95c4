"""The bound of a household: tight, and never below what any sides, moves and lists are worth."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from household_cases import LONG_AGO, PRICE, RISK, account, mandate

import optimizer.household.joint_branching as branching
import optimizer.household.joint_relaxation as relaxing
from optimizer import ActiveWeightLimit, CashLimit, LossPerNameLimit, TrackingErrorLimit, TurnoverLimit, soft
from optimizer.clarabel_run import run_for_bound
from optimizer.cvxpy_later import cp
from optimizer.household import Household, Sleeve, rebalance_household
from optimizer.household.joint_bands import oversold
from optimizer.household.joint_cone import solve_joint
from optimizer.household.joint_problem import JointProblem, joint_problem
from optimizer.household.joint_relaxation import Choices, joint_relaxation
from optimizer.household.joint_search import search_jointly
from optimizer.household.shared_history import with_shared_history
from optimizer.limits.base import Limit
from optimizer.pattern_search import value_bound
from taxsleeve.example_household import write_example_household
from taxsleeve.household_folder import read_household_folder

LIMITS: tuple[tuple[Limit, ...], ...] = (
    (TrackingErrorLimit(0.03),),
    (TrackingErrorLimit(0.05), LossPerNameLimit(0.03), TurnoverLimit(0.5)),
    (ActiveWeightLimit(0.08), LossPerNameLimit(0.02)),
    (soft(TrackingErrorLimit(0.02), 0.5), soft(ActiveWeightLimit(0.05), 0.1), TrackingErrorLimit(0.06)),
)


def two_sleeves(seed: int, *, transfers: bool = False, **limits: Any) -> Household:
    """Sleeves of five names each, of which four are in both, with lots at gains and, of B, C and D, at losses."""
    rng = np.random.default_rng([seed, 77])
    sleeves = []
    for name, assets in (("one", "ABCDE"), ("two", "BCDEF")):
        lots = [
            (asset, float(rng.integers(20, 200)), float(rng.uniform(60, 170 if asset in "BCD" else 99)), LONG_AGO)
            for asset in assets
            for _ in range(2)
        ]
        weights = dict(zip(assets, rng.dirichlet(np.full(5, 4.0)).tolist(), strict=True))
        own = mandate(weights, *LIMITS[seed % len(LIMITS)], CashLimit(0.0, 0.3), risk_aversion=0.05)
        sleeves.append(Sleeve(name, account(PRICE, lots, cash=500.0), own))
    return Household(tuple(sleeves), transfers=transfers, **limits)


def joint_of(household: Household) -> JointProblem:
    return joint_problem(with_shared_history(household), RISK)


def best_of_all_sides(joint: JointProblem) -> float:
    worths = [-np.inf]
    for ways in product((True, False), repeat=len(joint.contested)):
        solution = solve_joint(joint, dict(zip(joint.contested, ways, strict=True)))
        worths.append(-np.inf if solution is None else solution.worth)
    return max(worths)


@pytest.mark.parametrize("seed", range(8))
def test_the_bound_is_that_of_the_best_sides_of_all(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every choice of sides tried: none is worth more, and branching leaves hardly anything between."""
    monkeypatch.setattr(branching, "_MOST_NODES", 200)
    joint = joint_of(two_sleeves(seed, tracking_error=0.02 if seed % 2 else None))
    best = best_of_all_sides(joint)
    answer = search_jointly(joint)
    assert len(joint.contested) >= 2
    if not np.isfinite(best):
        assert answer.solution is None
        return
    assert answer.bound >= best - 1e-9
    assert answer.bound - best <= 3e-4 * abs(best) + 1e-7
    assert answer.solution is not None
    assert answer.solution.worth == pytest.approx(best, rel=3e-4, abs=1e-7)


def test_sides_make_the_relaxation_tighter_and_never_too_tight() -> None:
    """Perspectives of specific risk against the largest purchases, over households without any choice made."""
    tighter = 0
    for seed in range(4):
        joint = joint_of(two_sleeves(seed))
        loose, best = solve_joint(joint, {}, by_sides=False), best_of_all_sides(joint)
        bound = joint_relaxation(joint).solve(Choices()).bound
        if loose is None:
            assert bound == -np.inf
            continue
        assert best - 1e-8 <= bound <= loose.worth + 1e-7
        tighter += bound < loose.worth - 1e-5
    assert tighter >= 2


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> tuple[Household, Any]:
    folder = tmp_path_factory.mktemp("example") / "household"
    write_example_household(folder)
    read = read_household_folder(folder)
    return read.household, read.chosen_risk.risk


def test_the_example_household_is_proven_within_half_a_percent(example: tuple[Household, Any]) -> None:
    certificate = rebalance_household(*example).certificate
    assert 0 <= certificate.gap <= 0.005
    assert certificate.value <= certificate.bound_as_moved <= certificate.bound


def test_the_relaxation_of_one_sleeve_is_as_tight_as_its_own_dual(example: tuple[Household, Any]) -> None:
    household, risk = example
    for sleeve in household.sleeves[:3]:
        alone = replace(household, sleeves=(sleeve,), tracking_error=None, realized_gain=None, transfers=False)
        joint = joint_problem(with_shared_history(alone), risk)
        own = joint.sleeves[0]
        dual = value_bound(own.own, own.limits)
        assert joint_relaxation(joint).solve(Choices()).bound == pytest.approx(dual, rel=2e-6)
        loose = solve_joint(joint, {}, by_sides=False)
        assert loose is not None
        assert loose.worth > dual * 1.002


def below_its_band(**rest: Any) -> Household:
    """A is far below its weight in `two`, to which lots of it at a loss could move from `one` and be sold there."""
    one = account(PRICE, [("A", 30, 190, LONG_AGO), ("B", 470, 100, LONG_AGO)])
    two = account(PRICE, [("C", 500, 100, LONG_AGO)])
    limits = (ActiveWeightLimit(0.05), TrackingErrorLimit(0.5), CashLimit(0.0, 0.2))
    return Household(
        (
            Sleeve("one", one, mandate({"A": 0.06, "B": 0.94}, LossPerNameLimit(0.01), *limits)),
            Sleeve("two", two, mandate({"A": 0.3, "C": 0.7}, *limits)),
        ),
        **rest,
    )


def test_what_arrives_of_a_name_below_its_band_is_not_sold_again() -> None:
    """In `one` a dollar in three of the loss may be taken; in `two`, where A cannot come within its band, none."""
    household = below_its_band()
    joint = joint_of(household)
    place = joint.sleeves[1].problem.assets.index("A")
    root = joint_relaxation(joint).solve(Choices())
    assert root.solution is not None
    assert not oversold(joint, root.solution.sell, root.solution.buy, root.solution.moved)
    assert root.solution.sell[1][joint.sleeves[1].problem.lot_asset == place].sum() <= 1e-7
    result = rebalance_household(household, RISK)
    assert "A" not in result.sleeves["two"].trades["asset"].tolist()
    assert result.certificate.value <= result.certificate.bound
    # 1% of one's NAV of loss at 20%, and no more; the bound knows it.
    assert result.certificate.bound <= 0.01 * household.sleeves[0].account.nav * 0.2 * 1.02


def test_a_name_that_moves_bring_into_its_band_may_be_sold_down_to_it() -> None:
    one = account(PRICE, [("A", 200, 150, LONG_AGO), ("B", 300, 100, LONG_AGO)])
    two = account(PRICE, [("A", 1, 150, LONG_AGO), ("C", 499, 100, LONG_AGO)])
    limits = (ActiveWeightLimit(0.05), CashLimit(0.0, 0.6))
    household = Household(
        (
            Sleeve("one", one, mandate({"A": 0.3, "B": 0.7}, LossPerNameLimit(0.0), *limits)),
            Sleeve("two", two, mandate({"A": 0.1, "C": 0.9}, *limits)),
        )
    )
    joint = joint_of(household)
    fill = (1, joint.sleeves[1].problem.assets.index("A"))
    relaxation = joint_relaxation(joint)
    bounds = [relaxation.solve(Choices({}, made)).bound for made in ({}, {fill: True}, {fill: False})]
    assert bounds[0] >= max(bounds[1:]) - 1e-9
    assert bounds[1] > bounds[2] + 1e-4
    answer = search_jointly(joint)
    assert answer.solution is not None
    assert not oversold(joint, answer.solution.sell, answer.solution.buy, answer.solution.moved)
    assert answer.solution.worth <= answer.bound
    result = rebalance_household(household, RISK)
    assert result.certificate.value <= result.certificate.bound * (1 + 1e-9) + 1e-6


@pytest.mark.parametrize("seed", range(6))
def test_lists_are_never_worth_more_than_the_bound(seed: int) -> None:
    """With transfers, in small households whose bands drift has broken."""
    household = two_sleeves(seed, transfers=True)
    certificate = rebalance_household(household, RISK).certificate
    assert certificate.value <= certificate.bound + 1e-6 * household.nav
    assert certificate.value <= certificate.bound_as_moved + 1e-6 * household.nav


def test_large_households_keep_the_looser_relaxation(monkeypatch: pytest.MonkeyPatch) -> None:
    joint = joint_of(two_sleeves(0))
    tight = joint_relaxation(joint).solve(Choices()).bound
    monkeypatch.setattr(relaxing, "MOST_SPLIT_NAMES", 9)
    loose = solve_joint(joint, {}, by_sides=False)
    assert loose is not None
    assert joint_relaxation(joint).solve(Choices()).bound == pytest.approx(loose.worth, abs=1e-7)
    assert loose.worth > tight + 1e-5


def test_stated_anew_the_relaxation_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    joint = joint_of(two_sleeves(0, transfers=True))
    made = [Choices(), Choices({joint.contested[0]: True}), Choices({joint.contested[0]: False})]
    compiled = [joint_relaxation(joint).solve(choices).bound for choices in made]
    monkeypatch.setattr(relaxing, "_MOST_COMPILED", 9)
    assert joint_relaxation(joint).compiled is None
    assert [joint_relaxation(joint).solve(c).bound for c in made] == pytest.approx(compiled, abs=1e-6)


def test_where_nothing_is_proven_by_sides_the_looser_relaxation_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    joint = joint_of(two_sleeves(0))
    loose, best = solve_joint(joint, {}, by_sides=False), best_of_all_sides(joint)
    monkeypatch.setattr(relaxing, "run_for_bound", lambda _: (False, None))
    answer = search_jointly(joint)
    assert loose is not None
    assert answer.solution is not None
    assert answer.bound == pytest.approx(loose.worth, abs=1e-8)
    assert answer.solution.worth <= best + 1e-8


def test_the_bound_of_a_program_is_its_duals() -> None:
    x = cp.Variable(2, nonneg=True)
    solved, bound = run_for_bound(cp.Problem(cp.Maximize(x[0] + 2 * x[1]), [cp.norm(x) <= 1]))
    assert solved
    assert bound == pytest.approx(np.sqrt(5), abs=1e-7)
    assert bound is not None
    assert bound >= float(x.value[0] + 2 * x.value[1]) - 1e-9
    assert run_for_bound(cp.Problem(cp.Maximize(cp.sum(x)), [cp.sum(x) <= -1])) == (False, -np.inf)
