"""CVXPY's call of Clarabel: what its statuses mean here, and no warning that no user could act on."""

from __future__ import annotations

import warnings

import numpy as np

from optimizer.cvxpy_later import cp
from taxsleeve_errors import SolverError

__all__ = ["run_clarabel", "run_for_bound"]

# Most residual of the dual with which its objective is taken for a bound.
_DUAL_RESIDUAL = 1e-8


def run_clarabel(problem: cp.Problem, what: str, *, within: float = np.inf) -> bool:
    """Solve a problem; its variables then hold the solution.

    An answer that Clarabel calls inaccurate is judged by the constraints themselves, not taken for solved. Where it
    gives up, as prices of a millionth of a dollar may make it, it is asked once more to take the numbers unscaled.

    Parameters
    ----------
    problem : cvxpy.Problem
    what : str
        For messages: "a rebalance".
    within : float
        Most that an inaccurate answer may break any constraint by; infinite where the answer is only a start, which
        others judge.

    Returns
    -------
    bool
        False where the constraints allow nothing, or Clarabel has nearly proven that.

    Raises
    ------
    SolverError
        Clarabel gave up, or stopped at an answer that breaks a constraint.
    """
    _solve(problem, what)
    if problem.status in (cp.INFEASIBLE, cp.INFEASIBLE_INACCURATE):
        return False
    if problem.status not in (cp.OPTIMAL, cp.OPTIMAL_INACCURATE):
        expected = "a solution or a proof that there is none"
        raise SolverError(f"Clarabel ended {what} with status {problem.status!r}, expected {expected}")
    if problem.status == cp.OPTIMAL_INACCURATE and np.isfinite(within):
        broken = max((float(np.max(one.violation())) for one in problem.constraints), default=0.0)
        if not broken <= within:
            raise SolverError(
                f"Clarabel stopped {what} before it was solved: a constraint is broken by {broken:.2g}, expected at "
                f"most {within:.2g}"
            )
    return True


def _solve(problem: cp.Problem, what: str) -> None:
    for settings in ({}, {"equilibrate_enable": False}):
        try:
            with warnings.catch_warnings():
                # Its status says the same, and is read by the caller.
                warnings.filterwarnings("ignore", "Solution may be inaccurate", UserWarning)
                problem.solve(solver=cp.CLARABEL, **settings)
        except cp.error.SolverError as error:
            failure = error
        else:
            return
    raise SolverError(f"Clarabel gave up on {what}: {failure}") from failure


def run_for_bound(problem: cp.Problem) -> tuple[bool, float | None]:
    """Solve a maximisation and return what its dual proves; the variables hold the solution where there is one.

    Returns
    -------
    bool
        Whether the variables hold a solution, if an inaccurate one.
    float or None
        No solution is worth more: the dual's objective, minus infinity where the constraints allow nothing; None where
        Clarabel proves neither.
    """
    for settings in ({}, {"equilibrate_enable": False}):
        data, chain, inverse = problem.get_problem_data(cp.CLARABEL, solver_opts=settings)
        raw = chain.solve_via_data(problem, data, solver_opts=settings)
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Solution may be inaccurate", UserWarning)
                problem.unpack_results(raw, chain, inverse)
        except cp.error.SolverError:
            continue
        if problem.status == cp.INFEASIBLE:
            return False, -np.inf
        if problem.status in (cp.OPTIMAL, cp.OPTIMAL_INACCURATE):
            # Clarabel minimises minus the objective, of which its dual has no more than it.
            proven = raw.r_dual <= _DUAL_RESIDUAL
            return True, float(problem.value) + abs(raw.obj_val - raw.obj_val_dual) if proven else None
    return False, None
