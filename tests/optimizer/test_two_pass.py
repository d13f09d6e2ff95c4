"""The two-pass search for the sides of groups: where its first starts have no trades, and where it ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import optimizer.two_pass as two_pass
from optimizer import ActiveWeightLimit, CashLimit
from optimizer.problem import Pattern, Problem
from optimizer.solution import Solution
from optimizer.two_pass import two_pass_search
from taxsleeve_errors import InfeasibleError

BAND = (ActiveWeightLimit(0.05, strict=True), CashLimit(0.0, 0.1))


@pytest.mark.parametrize("effort", [0.0, 1.0])
def test_a_name_that_has_to_be_bought_is_not_kept_for_its_loss(
    account_of: Any, mandate_of: Any, risk_of: Any, problem_of: Any, effort: float
) -> None:
    """A's loss is worth selling, but A is 40% of NAV under its weight: the rebalance of least risk says so."""
    lots = [("A", 10, 150.0, "2022-01-03"), ("B", 40, 80.0, "2022-01-03")]
    account = account_of(dict.fromkeys("AB", 100.0), lots, cash=5000.0)
    mandate = mandate_of({"A": 0.5, "B": 0.5}, *BAND)
    problem = problem_of(account, mandate, risk_of("AB"))
    found = two_pass_search(problem, mandate.all_limits(), effort)
    assert found.solution.sell[0] == pytest.approx(0.0, abs=1e-7)
    assert found.solution.buy[0] >= 0.35 - 1e-6
    assert found.solution.value <= found.bound


def test_where_a_group_would_have_to_be_on_both_sides_that_is_said(
    account_of: Any, mandate_of: Any, risk_of: Any, problem_of: Any
) -> None:
    """All of E is to become F, its other share class, and E stands at a loss."""
    lots = [("E", 50, 150.0, "2022-01-03"), ("B", 50, 80.0, "2022-01-03")]
    account = account_of(dict.fromkeys("BEF", 100.0), lots, group={"E": "EF", "F": "EF"})
    mandate = mandate_of({"F": 0.5, "B": 0.5}, *BAND)
    problem = problem_of(account, mandate, risk_of("BEF"))
    with pytest.raises(InfeasibleError, match="without selling at a loss and buying the same name") as caught:
        two_pass_search(problem, mandate.all_limits())
    assert "active_weight" in {one.name for one in caught.value.shortfalls}


@pytest.fixture
def problem(account_of: Any, mandate_of: Any, risk_of: Any, problem_of: Any) -> Problem:
    """A and B, each with a loss."""
    lots = [("A", 50, 150.0, "2022-01-03"), ("B", 50, 150.0, "2022-01-03")]
    account = account_of(dict.fromkeys("AB", 100.0), lots)
    made: Problem = problem_of(account, mandate_of({"A": 0.5, "B": 0.5}), risk_of("AB"))
    return made


def improved(
    monkeypatch: pytest.MonkeyPatch, problem: Problem, worths: Sequence[float | None]
) -> tuple[Solution, list[list[bool]]]:
    """Improve trades that sell A alone, where the patterns tried are worth so much in turn; with the patterns."""
    answers: Iterator[float | None] = iter(worths)
    tried: list[list[bool]] = []

    def model(_: Problem, __: Any, pattern: Pattern) -> Any:
        tried.append(pattern.loss_side.tolist())
        worth = next(answers)
        after = None if worth is None else Solution(pattern, start.sell, start.buy, worth, {})
        return SimpleNamespace(maximise_value=lambda: after)

    both = Pattern.of(problem, np.ones(2, dtype=bool))
    start = Solution(both, np.array([0.1, 0.0]), np.zeros(2), 1.0, {})
    monkeypatch.setattr(two_pass, "cone_model", model)
    return two_pass._improved(problem, (), start, turns=5), tried


@pytest.mark.parametrize("worse", [0.9, None])
def test_a_turn_that_is_worth_less_is_not_taken(
    monkeypatch: pytest.MonkeyPatch, problem: Problem, worse: float | None
) -> None:
    best, tried = improved(monkeypatch, problem, [worse])
    assert best.value == 1.0
    assert best.pattern.loss_side.tolist() == [True, True]
    # B, of which nothing was sold, would have been opened for buying.
    assert tried == [[True, False]]


def test_turns_end_where_they_hardly_gain(monkeypatch: pytest.MonkeyPatch, problem: Problem) -> None:
    best, tried = improved(monkeypatch, problem, [1.5, 1.500001, 9.0])
    assert tried == [[True, False], [True, True]]
    assert best.value == 1.500001
