"""What the search on OSQP's points makes of answers that are not what they should be: none is believed unproven."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import optimizer.quadratic.finish as osqp_finish
import optimizer.quadratic.impossible as osqp_impossible
import optimizer.quadratic.run as osqp_run
import optimizer.quadratic.search as osqp_search
from optimizer import CashLimit, TrackingErrorLimit, TurnoverLimit
from optimizer.engines import ClarabelEngine, OsqpEngine
from optimizer.limits import Limit
from optimizer.problem import Pattern, Problem
from optimizer.quadratic import best_within, quadratic_form, search_of
from optimizer.quadratic.finish import finished
from optimizer.quadratic.form import QuadraticForm, state
from optimizer.quadratic.impossible import contradicting_weights, contradicts
from optimizer.quadratic.run import Contradiction, Run, RunPoint, run_of
from taxsleeve_errors import SolverError

Stated = tuple[Problem, tuple[Limit, ...], Pattern]
TE = 0.04


@pytest.fixture
def stated(small_case: Any, problem_of: Any) -> Callable[..., Stated]:
    """Six names; every loss may be sold."""

    def build(*limits: Limit, seed: int = 0, **rest: Any) -> Stated:
        case = small_case(*limits, seed=seed, **rest)
        problem = problem_of(case.account, case.mandate, case.risk)
        sides = np.bincount(problem.lot_group, weights=problem.lot_is_loss, minlength=problem.groups) > 0
        return problem, case.mandate.all_limits(), Pattern.of(problem, sides)

    return build


@dataclass(frozen=True, eq=False)
class Odd:
    """A run whose answers are changed on the way."""

    run: Run
    change: Callable[[RunPoint | Contradiction, float], RunPoint | Contradiction]

    def at(self, lam: float, finer: float = 1.0) -> RunPoint | Contradiction:
        return self.change(self.run.at(lam, finer), finer)

    def start(self, point: RunPoint) -> None:
        self.run.start(point)


def odd(search: osqp_search.Search, change: Callable[[Any, float], Any]) -> osqp_search.Search:
    search.run = Odd(search.run, change)  # type: ignore[assignment]
    return search


def whole(case: Stated) -> osqp_search.Search:
    """A search with a column for every lot."""
    form = quadratic_form(*case)
    every = np.ones(len(form.most_sold), dtype=bool)
    return osqp_search.Search(form, every, run_of(form, state(form, every)))


def reference(case: Stated, te: float = TE) -> float:
    found = ClarabelEngine().solve(case[0], (*case[1], TrackingErrorLimit(te)), case[2])
    assert found is not None
    return 100 * (found.value + float(case[0].lot_priority @ found.sell))


def test_a_contradiction_that_is_not_proven_is_asked_of_all_lots(stated: Callable[..., Stated]) -> None:
    """With lots left out there may be none; with all of them the answer is the best trades."""
    case = stated(TurnoverLimit(0.5))
    form = quadratic_form(*case)
    none = np.zeros(len(form.most_sold), dtype=bool)
    search = osqp_search.Search(form, none, run_of(form, state(form, none)))
    odd(search, lambda found, _: Contradiction(proven=False))
    best = best_within(search, 100 * TE)
    assert search.kept.all()
    assert best is not None
    assert best.value == pytest.approx(reference(case), rel=1e-4)


def test_an_unproven_contradiction_of_all_lots_is_no_answer(stated: Callable[..., Stated]) -> None:
    search = odd(whole(stated(TurnoverLimit(0.5))), lambda found, _: Contradiction(proven=False))
    with pytest.raises(SolverError, match="limits contradict each other, and its weights do not prove it"):
        search.at(1.0)
    # There are trades, and the linear programs find them.
    best = best_within(search, 100 * TE)
    assert best is not None
    assert best.programs > 0


def test_a_point_that_proves_itself_is_taken_though_osqp_did_not_finish(stated: Callable[..., Stated]) -> None:
    search = whole(stated(TurnoverLimit(0.5)))
    finer = search.run.at(0.5, 1e-4)
    assert isinstance(finer, RunPoint)
    odd(search, lambda found, _: replace(finer, ended="out of time"))
    point = search.at(0.5)
    assert point is not None
    assert len(search.unfinished) == 1
    assert point.bound(point.te) == pytest.approx(point.value, rel=1e-5)
    # One whose multipliers prove nothing is not.
    other = whole(stated(TurnoverLimit(0.5)))
    odd(other, lambda found, _: replace(finer, price=finer.price + 1.0, ended="out of time"))
    with pytest.raises(SolverError, match="out of time"):
        other.at(0.4)


def test_a_pattern_whose_own_bounds_cross_has_no_trades(stated: Callable[..., Stated]) -> None:
    """A name is to be left with a lot that may not be sold."""
    problem, limits, pattern = stated(TurnoverLimit(2.0))
    losing = int(problem.lot_asset[np.flatnonzero(problem.lot_is_loss)[0]])
    crossed = replace(
        Pattern.of(problem, np.zeros(problem.groups, dtype=bool)), exit=np.arange(len(problem.assets)) == losing
    )
    assert not quadratic_form(problem, limits, crossed).feasible
    assert OsqpEngine().solve(problem, limits, crossed) is None
    assert ClarabelEngine().solve(problem, limits, crossed) is None
    assert OsqpEngine().solve(problem, limits, pattern) is not None


def test_rough_points_that_no_finer_solve_mends_are_finished_by_tangents(
    stated: Callable[..., Stated], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = stated(TurnoverLimit(0.5))
    monkeypatch.setattr(osqp_run, "_EPS", 3e-3)
    monkeypatch.setattr(osqp_run, "_ENOUGH", 3e-3)
    search = search_of(quadratic_form(*case))
    rough = osqp_search._searched(search, 100 * TE)
    assert rough is not None
    assert rough.gap > 5e-5
    # What is no answer leaves the bound as it is.
    odd(search, lambda found, finer: Contradiction(proven=True) if finer < 1 else found)
    assert osqp_search._sharpened(search, rough, 100 * TE).bound == rough.bound
    best = best_within(search, 100 * TE)
    assert best is not None
    assert best.programs > 0
    assert best.gap <= 5e-5
    assert best.value == pytest.approx(reference(case), rel=1e-4)
    assert best.bound <= rough.bound


def test_a_search_cut_short_still_ends_at_the_best_trades(
    stated: Callable[..., Stated], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = stated(TurnoverLimit(0.5))
    monkeypatch.setattr(osqp_search, "_STEPS", 1)
    search = search_of(quadratic_form(*case))
    short = osqp_search._searched(search, 100 * TE)
    assert short is not None
    assert short.te <= 100 * TE * (1 + 1e-9)
    assert short.value <= reference(case) * (1 + 1e-6) <= short.bound * (1 + 2e-6)
    best = best_within(search, 100 * TE)
    assert best is not None
    assert best.value == pytest.approx(reference(case), rel=1e-4)


def test_a_least_risk_that_is_not_proven_is_proven_by_linear_programs(
    stated: Callable[..., Stated], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = stated(TurnoverLimit(0.02))
    monkeypatch.setattr(osqp_search, "too_risky", lambda *_: False)
    search = search_of(quadratic_form(*case))
    with pytest.raises(SolverError, match="and did not prove that none is less"):
        osqp_search._searched(search, 1e-2)
    assert best_within(search, 1e-2) is None
    assert ClarabelEngine().solve(case[0], (*case[1], TrackingErrorLimit(1e-4)), case[2]) is None


def contradicting(stated: Callable[..., Stated]) -> QuadraticForm:
    return quadratic_form(*stated(TurnoverLimit(0.001), CashLimit(0.3, 0.4)))


def test_weights_of_rows_that_may_all_be_exceeded_prove_nothing(stated: Callable[..., Stated]) -> None:
    form = contradicting(stated)
    assert contradicts(form, contradicting_weights(form))
    soft = replace(form, rows=replace(form.rows, ceiling=np.full(len(form.rows.room), 0.1)))
    assert not contradicting_weights(soft).any()
    assert not contradicts(soft, contradicting_weights(form))


def test_a_linear_program_that_fails_proves_nothing(
    stated: Callable[..., Stated], monkeypatch: pytest.MonkeyPatch
) -> None:
    form = contradicting(stated)
    monkeypatch.setattr(osqp_impossible, "linprog", lambda *_, **__: SimpleNamespace(status=4))
    assert not contradicting_weights(form).any()


def test_osqp_is_asked_again_before_an_unproven_contradiction_is_told(
    stated: Callable[..., Stated], monkeypatch: pytest.MonkeyPatch
) -> None:
    form = contradicting(stated)
    every = np.ones(len(form.most_sold), dtype=bool)
    assert run_of(form, state(form, every)).at(1.0) == Contradiction(proven=True)
    asked: list[bool] = []

    def unproven(*_: Any) -> bool:
        asked.append(True)
        return False

    monkeypatch.setattr(osqp_run, "contradicts", unproven)
    assert run_of(form, state(form, every)).at(1.0) == Contradiction(proven=False)
    # Once for each round but the last, and once for the answer.
    assert len(asked) == osqp_run._UNPROVEN


def test_tangents_that_reach_nothing_within_the_limit_are_no_answer(
    stated: Callable[..., Stated], monkeypatch: pytest.MonkeyPatch
) -> None:
    form = quadratic_form(*stated(TurnoverLimit(0.5)))
    every = np.ones(len(form.most_sold), dtype=bool)
    found = finished(form, every, 100 * TE, [], None)
    assert found is not None
    assert found.gap <= 5e-5
    monkeypatch.setattr(osqp_finish, "_ROUNDS", 1)
    with pytest.raises(SolverError, match="reach no trades within the limit on tracking error"):
        finished(form, every, 100 * TE, [], None)


def test_linear_programs_without_an_optimum_are_no_proof_by_themselves(
    stated: Callable[..., Stated], monkeypatch: pytest.MonkeyPatch
) -> None:
    form = quadratic_form(*stated(TurnoverLimit(0.02)))
    every = np.ones(len(form.most_sold), dtype=bool)
    assert finished(form, every, 1e-2, [], None) is None
    monkeypatch.setattr(osqp_finish, "too_risky", lambda *_: False)
    with pytest.raises(SolverError, match="do not prove that there are no trades"):
        finished(form, every, 1e-2, [], None)


@pytest.mark.parametrize("estimate", [0.0, np.nan, np.inf])
def test_the_step_size_stays_where_osqp_has_no_estimate_of_it(stated: Callable[..., Stated], estimate: float) -> None:
    form = quadratic_form(*stated(TurnoverLimit(0.5)))
    every = np.ones(len(form.most_sold), dtype=bool)
    expected = run_of(form, state(form, every)).at(0.1)
    run = run_of(form, state(form, every))
    solver, sizes = run.solver, []

    def solve(**asked: Any) -> Any:
        found = solver.solve(**asked)
        found.info.rho_estimate = estimate
        return found

    def update_settings(rho: float, **asked: Any) -> None:
        sizes.append(rho)
        solver.update_settings(rho=rho, **asked)

    own = SimpleNamespace(solve=solve, update_settings=update_settings, update=solver.update)
    found = replace(run, solver=own).at(0.1)
    assert len(sizes) > 1
    assert set(sizes) == {sizes[0]}
    assert isinstance(found, RunPoint)
    assert isinstance(expected, RunPoint)
    assert not found.ended
    assert form.value(found.sell, found.buy) == pytest.approx(form.value(expected.sell, expected.buy), abs=2e-3)
