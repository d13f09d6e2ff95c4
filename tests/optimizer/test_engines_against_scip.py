"""The best pattern, each solved by OSQP, against SCIP on the problem in which every group still chooses its side."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from optimizer import ActiveWeightLimit, Costs, SectorActiveLimit, TrackingErrorLimit, TurnoverLimit
from optimizer.engines import ClarabelEngine, HighsEngine, OsqpEngine
from optimizer.problem import Pattern


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("te", [0.03, 0.06])
def test_the_best_pattern_of_all_is_scips_optimum(
    seed: int, te: float, small_case: Any, problem_of: Any, scip_optimum: Any
) -> None:
    limits = [TrackingErrorLimit(te), TurnoverLimit(0.5), ActiveWeightLimit(0.15), SectorActiveLimit(0.1)]
    case = small_case(*limits, seed=seed, costs=Costs(5.0))
    problem, stated = problem_of(case.account, case.mandate, case.risk), case.mandate.all_limits()
    value, bound = scip_optimum(problem, stated)
    found = []
    for sides in itertools.product([False, True], repeat=problem.groups):
        solution = OsqpEngine().solve(problem, stated, Pattern.of(problem, np.array(sides)))
        found.append(-np.inf if solution is None else solution.value)
    if np.isinf(value):
        assert np.isinf(max(found))
        return
    assert max(found) == pytest.approx(value, rel=1e-4, abs=1e-7)
    assert max(found) <= bound + 1e-6 * abs(bound)


def test_scip_on_a_pattern_forced_by_what_may_be_bought_is_clarabels_optimum(
    small_case: Any, problem_of: Any, scip_optimum: Any
) -> None:
    case = small_case(TrackingErrorLimit(0.06), TurnoverLimit(0.5), seed=1, costs=Costs(5.0))
    problem, stated = problem_of(case.account, case.mandate, case.risk), case.mandate.all_limits()
    problem.buyable[:] = False
    convex = ClarabelEngine().solve(problem, stated, Pattern.of(problem, np.ones(problem.groups, dtype=bool)))
    assert convex is not None
    assert scip_optimum(problem, stated)[0] == pytest.approx(convex.value, rel=1e-5)


@pytest.mark.parametrize("seed", range(2))
def test_whole_shares_are_worth_no_more_than_fractions(
    seed: int, small_case: Any, problem_of: Any, scip_optimum: Any
) -> None:
    case = small_case(TrackingErrorLimit(0.06), TurnoverLimit(0.5), seed=seed, costs=Costs(5.0), fractional=False)
    problem, stated = problem_of(case.account, case.mandate, case.risk), case.mandate.all_limits()
    value, bound = scip_optimum(problem, stated)
    whole = HighsEngine(gap=1e-3).solve_whole(problem, case.account, stated, case.mandate)
    assert whole is not None
    assert whole.value <= bound + 1e-9
    assert whole.value >= 0.98 * value
