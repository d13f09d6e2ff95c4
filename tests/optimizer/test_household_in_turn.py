"""Sleeves in turn under a limit on the household's tracking error: steered by it, or each tightened, or refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from household_cases import LONG_AGO, RISK, account, mandate

from optimizer import CashLimit, Rebalance, TrackingErrorLimit
from optimizer.engines import OsqpEngine
from optimizer.household import Household, Sleeve
from optimizer.household.in_turn import Guide, rebalance_in_turn
from optimizer.household.total_risk import holdings_after, total_tracking_error
from taxsleeve_errors import InfeasibleError

# The names of a household with losses in A and C; shares so dear that a sleeve holds seven of each.
PRICE = dict.fromkeys("ABCD", 2000.0)
LOTS = [("A", 7, 3000, LONG_AGO), ("B", 7, 1800, LONG_AGO), ("C", 7, 2800, LONG_AGO), ("D", 7, 1900, LONG_AGO)]


def twins(limit: float, own: float | None) -> Household:
    """Two sleeves alike, so that what they deviate by adds up; each has its own limit on tracking error, or none."""
    limits = [CashLimit(0.0, 0.05), *([] if own is None else [TrackingErrorLimit(own)])]
    promised = mandate(dict.fromkeys("ABCD", 0.25), *limits)
    sleeves = (Sleeve("one", account(PRICE, LOTS), promised), Sleeve("two", account(PRICE, LOTS), promised))
    return Household(sleeves, tracking_error=limit, transfers=False)


def total(household: Household, results: tuple[Rebalance, ...]) -> float:
    return total_tracking_error(household, RISK, [holdings_after(one.check.outcome) for one in results])


def test_sleeves_that_together_stray_too_far_are_steered_by_the_households_limit() -> None:
    household = twins(0.069, own=0.08)
    results = rebalance_in_turn(household, RISK, Guide())
    assert 0.06 < total(household, results) <= 0.069 + 1e-6
    # The second sleeve sees what the first does, and leaves more: none gives up its harvest.
    for one in results:
        assert one.check.passed
        assert -one.trades["gain"].clip(upper=0).sum() > 5000


@pytest.mark.parametrize(("own", "limit"), [(0.08, 0.05), (0.15, 0.05)])
def test_where_an_engine_does_not_take_it_the_sleeves_own_limits_are_tightened(own: float, limit: float) -> None:
    """A loose limit of their own has to be tightened by more than the household's is beyond."""
    household = twins(limit, own)
    reached = total(household, rebalance_in_turn(replace(household, tracking_error=None), RISK, Guide()))
    results = rebalance_in_turn(household, RISK, Guide(), engine=OsqpEngine())
    assert 0.3 * limit < total(household, results) <= limit + 1e-6
    assert {one.engine for one in results} == {"osqp"}
    for one in results:
        (tightened,) = (a for a in one.mandate.limits if isinstance(a, TrackingErrorLimit))
        assert tightened.limit < own * limit / reached
        assert -one.trades["gain"].clip(upper=0).sum() > 1000


def test_sleeves_without_a_limit_to_tighten_are_refused_with_what_was_reached() -> None:
    household = twins(0.05, own=None)
    with pytest.raises(InfeasibleError, match=r"total tracking error is within 5\.000% \(reached 9\.\d+%\)"):
        rebalance_in_turn(household, RISK, Guide(), engine=OsqpEngine())
