"""Guards of speed, each a ratio of processor times of the same run, far from what is usual: no slow machine fails them.

Ratios are the best of rounds taken in turn, and stand in pytest-benchmark's own record (`--benchmark-json`). With xdist
pytest-benchmark does not time by itself; the ratios are taken all the same.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from bench.ledger_speed import Household
from bench.one_pattern import OnePattern, bare_clarabel
from bench.optimizer_accounts import base_account, case_of, worthwhile_pattern
from bench.stopwatch import Times, side_by_side
from bench.weights_market import simulated, taxsleeve_walk
from optimizer import TrackingErrorLimit, rebalance
from optimizer.check import check_trades
from optimizer.engines import ClarabelEngine, NewtonEngine
from tax import Ledger

pytestmark = pytest.mark.slow
Works = Mapping[str, Callable[[], object]]


@pytest.fixture(scope="module")
def case() -> Any:
    """An account of 150 names whose tracking error binds."""
    base = base_account(150, seed=7)
    limits = [TrackingErrorLimit(0.006) if limit.name == "tracking_error" else limit for limit in base.mandate.limits]
    return case_of("", base.account, dataclasses.replace(base.mandate, limits=limits), base.risk)


def timed(benchmark: Any, works: Works, reference: str, rounds: int = 5) -> dict[str, Times]:
    """Times of everything after one run of each that does not count."""
    for work in works.values():
        work()
    found: dict[str, Times] = benchmark.pedantic(side_by_side, args=(works, reference, rounds), rounds=1)
    benchmark.extra_info.update({name: times.ratio for name, times in found.items()})
    return found


def test_newton_is_five_times_as_fast_as_clarabel_and_agrees(case: Any, benchmark: Any) -> None:
    problem, limits, pattern = case.problem, case.limits, worthwhile_pattern(case.problem)
    engines = {"newton": NewtonEngine(), "clarabel": ClarabelEngine()}
    works = {name: (lambda e=engine: e.solve(problem, limits, pattern)) for name, engine in engines.items()}
    # Usual: 20 to 40 times.
    assert timed(benchmark, works, "newton")["clarabel"].high > 5
    values = [work().value for work in works.values()]
    assert values[0] == pytest.approx(values[1], rel=1e-6)


def test_newton_with_all_its_sorting_is_no_slower_than_clarabel_given_the_matrices(case: Any, benchmark: Any) -> None:
    one = OnePattern.of(case, worthwhile_pattern(case.problem))
    works: Works = {
        "newton": lambda: NewtonEngine().solve(case.problem, case.limits, one.pattern),
        "clarabel": bare_clarabel(one),
    }
    # Usual: 4 to 8 times as fast.
    assert timed(benchmark, works, "newton")["clarabel"].high > 1


def test_the_independent_check_takes_less_than_the_rebalance_it_is_part_of(case: Any, benchmark: Any) -> None:
    account, mandate, risk = case.account, case.mandate, case.risk
    trades = rebalance(account, mandate, risk).trades
    works: Works = {
        "rebalance": lambda: rebalance(account, mandate, risk),
        "check": lambda: check_trades(account, mandate, risk, trades),
    }
    # Usual: a tenth to a fifth.
    assert timed(benchmark, works, "rebalance")["check"].low < 0.6


def test_the_ledger_takes_time_in_proportion_to_its_events(benchmark: Any) -> None:
    histories = {count: Household(7, 10, count).events() for count in (1000, 4000)}

    def books(count: int) -> object:
        ledger = Ledger()
        ledger.apply_all(histories[count])
        return ledger.statement()

    works: Works = {str(count): (lambda count=count: books(count)) for count in histories}
    # Four times the events; a ledger that searched everything for every event would take sixteen times as long.
    assert timed(benchmark, works, "1000", rounds=3)["4000"].low < 9


def test_a_walk_of_weights_takes_time_in_proportion_to_its_months(benchmark: Any) -> None:
    markets = {months: simulated(80, months, seed=1) for months in (12, 48)}
    works: Works = {str(months): (lambda market=market: taxsleeve_walk(market)) for months, market in markets.items()}
    found = timed(benchmark, works, "12", rounds=3)
    assert found["48"].low < 8
    assert np.isfinite(taxsleeve_walk(markets[12]).worth(markets[12]))
