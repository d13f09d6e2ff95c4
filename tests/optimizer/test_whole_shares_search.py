"""Rounds of mixed-integer programs cut short, given up or without a bound: what is said and what is returned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.optimize import OptimizeResult, milp

import optimizer.whole_shares.solve as whole_shares
from optimizer import CashLimit, TrackingErrorLimit
from optimizer.share_trades import ShareTrades
from optimizer.whole_shares.solve import solve_program
from optimizer.whole_shares.statement import WholeProgram, state_program
from taxsleeve_errors import SolverError


@pytest.fixture
def program(account_of: Any, mandate_of: Any, risk_of: Any, problem_of: Any) -> WholeProgram:
    """Three names of ten shares each, A at a loss."""
    lots = [("A", 10, 150.0, "2022-01-03"), ("B", 10, 80.0, "2022-01-03"), ("C", 10, 90.0, "2022-01-03")]
    account = account_of(dict.fromkeys("ABC", 100.0), lots)
    mandate = mandate_of(
        dict.fromkeys("ABC", 1 / 3), TrackingErrorLimit(0.06), CashLimit(0.0, 0.1), fractional=False, risk_aversion=5.0
    )
    return state_program(problem_of(account, mandate, risk_of("ABC")), account, mandate.all_limits(), mandate)


def changed(monkeypatch: pytest.MonkeyPatch, change: Callable[[OptimizeResult], None], *, whole: bool = True) -> None:
    """Change what HiGHS answers to programs in whole shares, or to those in fractions."""

    def answer(cost: Any, *, integrality: Any, **asked: Any) -> OptimizeResult:
        found = milp(cost, integrality=integrality, **asked)
        if bool(np.any(integrality)) == whole:
            change(found)
        return found

    monkeypatch.setattr(whole_shares, "milp", answer)


NOTHING = ShareTrades(np.zeros(3), np.zeros(3))


def test_a_solver_that_gives_up_is_named(monkeypatch: pytest.MonkeyPatch, program: WholeProgram) -> None:
    changed(monkeypatch, lambda found: found.update(status=4, message="numerical trouble"))
    with pytest.raises(SolverError, match="HiGHS ended with 'numerical trouble'"):
        solve_program(program, 1e-4, 30.0)


def test_out_of_time_with_nothing_found_is_refused_or_leaves_the_known_trades(
    monkeypatch: pytest.MonkeyPatch, program: WholeProgram
) -> None:
    known = solve_program(program, 1e-4, 30.0)
    assert known is not None

    def out_of_time(found: OptimizeResult) -> None:
        found.update(status=1, x=None, mip_dual_bound=None)

    changed(monkeypatch, out_of_time)
    with pytest.raises(SolverError, match="no trades in whole shares within 30 seconds and 1 rounds; allow more time"):
        solve_program(program, 1e-4, 30.0)
    start = solve_program(program, 1e-4, 30.0, known.trades)
    assert start is not None
    assert start.trades.sell.tolist() == known.trades.sell.tolist()
    # Nothing is proven without a bound.
    assert (start.value, start.bound) == (known.value, np.inf)


def test_rounds_that_prove_too_little_end_with_an_honest_bound(
    monkeypatch: pytest.MonkeyPatch, program: WholeProgram
) -> None:
    """Tangents that nothing was solved for are wide of the curve: one round of them proves little."""
    best = solve_program(program, 1e-6, 30.0)
    assert best is not None
    changed(monkeypatch, lambda found: found.update(x=None), whole=False)
    again = solve_program(program, 1e-6, 30.0)
    assert again is not None
    assert again.value == pytest.approx(best.value, abs=1e-6 * abs(best.value))
    assert again.rounds > 1
    monkeypatch.setattr(whole_shares, "_ROUNDS", 1)
    cut = solve_program(program, 1e-6, 30.0, NOTHING)
    assert cut is not None
    assert cut.rounds == 1
    assert cut.value <= best.value + 1e-12
    assert cut.bound >= best.value - 1e-12
    assert cut.gap > 1e-6
