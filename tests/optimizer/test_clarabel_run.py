"""What Clarabel's statuses mean: an answer that it calls inaccurate is judged by its constraints, and nothing leaks."""

from __future__ import annotations

import warnings
from typing import Any

import cvxpy as cp
import numpy as np
import pytest

from optimizer.clarabel_run import run_clarabel
from taxsleeve_errors import SolverError


class _Ended(cp.Problem):
    """A problem whose solver stops short, as Clarabel does on hard ones: at a point, with a status and a warning."""

    def __init__(self, status: str, point: float) -> None:
        self.x = cp.Variable()
        super().__init__(cp.Minimize(self.x), [self.x >= 1])
        self._ended, self._point = status, point

    def solve(self, *_: Any, **__: Any) -> float:
        self.x.value = np.array(self._point)
        self._status = self._ended
        if self._ended.endswith("inaccurate"):
            warnings.warn("Solution may be inaccurate. Try another solver", UserWarning, stacklevel=2)
        return self._point


@pytest.fixture(autouse=True)
def _no_warning_leaks() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def test_a_solution_is_there_and_none_where_there_is_none() -> None:
    x = cp.Variable()
    assert run_clarabel(cp.Problem(cp.Minimize(x), [x >= 1]), "a test")
    assert x.value == pytest.approx(1.0)
    assert not run_clarabel(cp.Problem(cp.Minimize(x), [x >= 1, x <= 0]), "a test")


def test_an_inaccurate_answer_that_keeps_its_limits_is_taken() -> None:
    assert run_clarabel(_Ended(cp.OPTIMAL_INACCURATE, 1 - 5e-5), "a test", within=1e-4)


def test_one_that_breaks_them_is_not() -> None:
    with pytest.raises(SolverError, match="a test before it was solved"):
        run_clarabel(_Ended(cp.OPTIMAL_INACCURATE, 0.999), "a test", within=1e-4)


def test_a_start_that_others_judge_may_break_them() -> None:
    assert run_clarabel(_Ended(cp.OPTIMAL_INACCURATE, 0.9), "a test")


def test_what_is_nearly_proven_to_be_impossible_is_taken_for_that() -> None:
    assert not run_clarabel(_Ended(cp.INFEASIBLE_INACCURATE, 0.0), "a test")


def test_any_other_end_is_an_error() -> None:
    x = cp.Variable()
    with pytest.raises(SolverError, match="status 'unbounded'"):
        run_clarabel(cp.Problem(cp.Minimize(x)), "a test")


class _GivesUp(cp.Problem):
    """A problem that Clarabel gives up on unless it takes the numbers as they are; `ever` False: even then."""

    def __init__(self, ever: bool) -> None:
        self.x = cp.Variable()
        super().__init__(cp.Minimize(self.x), [self.x >= 1])
        self._ever, self.asked = ever, list[dict[str, Any]]()

    def solve(self, *_: Any, **settings: Any) -> Any:
        self.asked.append(settings)
        if not self._ever or settings.get("equilibrate_enable", True):
            raise cp.error.SolverError("Solver 'CLARABEL' failed.")
        return super().solve(**settings)


def test_where_it_gives_up_it_is_asked_once_more_without_scaling() -> None:
    problem = _GivesUp(ever=True)
    assert run_clarabel(problem, "a test")
    assert problem.x.value == pytest.approx(1.0)
    assert [asked.get("equilibrate_enable", True) for asked in problem.asked] == [True, False]
    with pytest.raises(SolverError, match="Clarabel gave up on a test: Solver 'CLARABEL' failed"):
        run_clarabel(_GivesUp(ever=False), "a test")
