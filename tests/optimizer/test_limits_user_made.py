"""A limit that the user writes is kept like the product's own: linear, and as a cone with a CVXPY norm."""

from __future__ import annotations

from typing import Any

import cvxpy as cp
import numpy as np
import pytest
import scipy.sparse as sp

from optimizer import (
    CashLimit,
    End,
    Inequality,
    Limit,
    LinearLimit,
    Outcome,
    Problem,
    Reading,
    Rows,
    Variables,
    check_trades,
    rebalance,
)
from taxsleeve_errors import CheckFailedError, InfeasibleError


class MostBought(LinearLimit):
    """No name is bought for more than a fraction of NAV."""

    name = "most_bought"

    def __init__(self, limit: float) -> None:
        self.limit = limit

    def rows(self, problem: Problem) -> Rows:
        n = len(problem.assets)
        return Rows(
            np.full(n, self.limit), tuple(End(self.limit, a) for a in problem.assets), buy=sp.eye_array(n, format="csr")
        )

    def readings(self, outcome: Outcome) -> list[Reading]:
        bought = outcome.bought / outcome.nav
        return [self.reading(b, self.limit, where=a) for a, b in zip(outcome.assets, bought, strict=True)]


class ActiveShareLimit(Limit):
    """Half of the sum of |a_i|."""

    name = "active_share"

    def __init__(self, limit: float) -> None:
        self.limit = limit

    def inequalities(self, problem: Problem, variables: Variables) -> list[Inequality]:
        return [Inequality(cp.norm1(variables.active) / 2, np.array(100 * self.limit), (End(self.limit),))]

    def readings(self, outcome: Outcome) -> list[Reading]:
        return [self.reading(float(np.abs(outcome.active_after).sum() / 2), self.limit)]


class NotANumber(ActiveShareLimit):
    name = "not_a_number"

    def readings(self, outcome: Outcome) -> list[Reading]:
        return [self.reading(float("nan"), self.limit)]


def loosest(case: Any) -> Any:
    return rebalance(case.account, case.mandate, case.risk)


@pytest.mark.parametrize("fractional", [True, False])
def test_a_linear_limit_of_ones_own_is_kept_and_binds(small_case: Any, fractional: bool) -> None:
    cash = CashLimit(0.0, 0.01)
    free = loosest(small_case(cash, seed=3, fractional=fractional)).check.outcome
    most = float(free.bought.max() / free.nav)
    limit = MostBought(most * 0.8)
    kept = loosest(small_case(cash, limit, seed=3, fractional=fractional))
    bought = kept.check.outcome.bought / kept.check.outcome.nav
    assert bought.max() <= limit.limit + 1e-6
    assert bought.max() > 0.7 * limit.limit
    assert {r.name for r in kept.check.readings} == {"cash", "most_bought"}
    assert kept.prices["most_bought"] >= -1e-6 * kept.account.nav


def test_a_cone_of_ones_own_is_kept_and_binds(small_case: Any) -> None:
    free = loosest(small_case(seed=2)).check.outcome
    share = float(np.abs(free.active_after).sum() / 2)
    limit = ActiveShareLimit(0.7 * share)
    kept = loosest(small_case(limit, seed=2))
    assert np.abs(kept.check.outcome.active_after).sum() / 2 == pytest.approx(limit.limit, abs=1e-6)
    assert kept.certificate.value < loosest(small_case(seed=2)).certificate.value
    assert kept.prices["active_share"] > 0


def test_the_check_reads_a_limit_of_ones_own(small_case: Any, trades_of: Any) -> None:
    case = small_case(MostBought(0.001))
    check = check_trades(case.account, case.mandate, case.risk, trades_of(case.account, ("BUY", "A", 10)))
    assert any(v.startswith("most_bought of A is") for v in check.violations)


def test_a_limit_that_cannot_be_kept_is_named_in_the_refusal(small_case: Any) -> None:
    case = small_case(ActiveShareLimit(0.0), MostBought(0.0))
    with pytest.raises(InfeasibleError) as error:
        rebalance(case.account, case.mandate, case.risk)
    assert {s.name for s in error.value.shortfalls} <= {"active_share", "most_bought", "cash"}
    assert error.value.shortfalls


def test_a_reading_that_is_not_a_number_never_passes(small_case: Any) -> None:
    case = small_case(NotANumber(1.0))
    with pytest.raises(CheckFailedError, match="not_a_number is nan"):
        rebalance(case.account, case.mandate, case.risk)


def test_a_limit_without_its_two_verbs_cannot_be_made() -> None:
    class Half(Limit):
        name = "half"

    with pytest.raises(TypeError, match="abstract"):
        Half()  # type: ignore[abstract]
