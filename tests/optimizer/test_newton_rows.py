"""Rows sorted into kinds say of any trades what the limits' own rows say, and bounds cut off nothing feasible."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from optimizer.limits import LinearLimit
from optimizer.limits.base import End, Rows
from optimizer.newton import compile_kernels
from optimizer.newton.net_bounds import net_bounds
from optimizer.newton.rows import Representation, represent
from optimizer.outcome import Outcome
from optimizer.problem import Problem

SEEDS = range(40)


@dataclass(frozen=True, eq=False)
class StatedLimit(LinearLimit):
    """Rows as they are given: dense matrices."""

    active: np.ndarray
    buy: np.ndarray
    sell: np.ndarray
    upper: np.ndarray
    price: np.ndarray | None = None
    name: str = field(default="stated")

    def rows(self, problem: Problem) -> Rows:
        ends = [End(float(upper)) for upper in self.upper]
        return Rows(self.upper, ends, active=self.active, buy=self.buy, sell=self.sell, price=self.price)

    def readings(self, outcome: Outcome) -> list[Any]:
        return []


def of_one_name(rng: np.random.Generator, problem: Problem, row: StatedLimit, r: int) -> None:
    """Fill in a row that speaks of one name: of its weight, of what is traded, of its lots alike or apart."""
    i = int(rng.integers(len(problem.assets)))
    lots = problem.lot_asset == i
    kind = rng.choice([0, 1, 2, 2, 2, 3, 4])
    if kind in (0, 3):
        row.active[r, i] = rng.choice([-1.0, 1.0])
    if kind in (1, 3):
        row.buy[r, i] = rng.choice([1.0, 2.0])
        row.sell[r, lots] = rng.choice([0.0, 1.0])
    if kind == 2:
        row.sell[r, lots] = rng.uniform(0.1, 1.0, int(lots.sum()))
    if kind == 4:
        row.sell[r, np.flatnonzero(lots)[:1]] = rng.choice([-0.5, 0.5])


def of_many(rng: np.random.Generator, problem: Problem, row: StatedLimit, r: int) -> None:
    """Fill in a row of any names and lots."""
    n, size = len(problem.assets), len(problem.lot_asset)
    row.active[r] = np.where(rng.random(n) < 0.3, rng.normal(0.0, 1.0, n), 0.0)
    row.buy[r] = np.where(rng.random(n) < 0.5, 1.0, 0.0)
    row.sell[r] = 1.0 if rng.random() < 0.5 else np.where(rng.random(size) < 0.5, rng.normal(0.0, 1.0, size), 0.0)


def stated(rng: np.random.Generator, problem: Problem, name: str) -> StatedLimit:
    m, n, size = 8, len(problem.assets), len(problem.lot_asset)
    upper = rng.choice([0.0, 0.05, -0.02, 0.3], m)
    price = np.where(rng.random(m) < 0.5, 0.2, np.inf) if rng.random() < 0.3 else None
    limit = StatedLimit(np.zeros((m, n)), np.zeros((m, n)), np.zeros((m, size)), upper, price, name)
    # The last row says nothing at all.
    for r in range(m - 1):
        (of_one_name if rng.random() < 0.7 else of_many)(rng, problem, limit, r)
    kept = rng.random(m) < (0.5 if rng.random() < 0.5 else 1.0)
    # Rows that no trade at all keeps.
    limit.upper[kept] = np.maximum(limit.upper, limit.active @ problem.active)[kept]
    return limit


def draw(seed: int, small_case: Callable[..., Any], problem_of: Any) -> tuple[Problem, list[StatedLimit], Any]:
    compile_kernels()
    rng = np.random.default_rng(seed)
    case = small_case(seed=seed)
    problem = problem_of(case.account, case.mandate, case.risk)
    problem = replace(problem, lot_sellable=rng.random(len(problem.lot_asset)) < 0.8)
    return problem, [stated(rng, problem, name) for name in ("one", "two")], rng


@pytest.fixture(params=SEEDS)
def drawn(request: Any, small_case: Callable[..., Any], problem_of: Any) -> tuple[Problem, list[StatedLimit], Any]:
    return draw(request.param, small_case, problem_of)


def exceeded(problem: Problem, limits: list[StatedLimit], sell: np.ndarray, buy: np.ndarray) -> np.ndarray:
    """By the definition: what each row is exceeded by."""
    active = problem.active_after(sell, buy)
    return np.concatenate([one.active @ active + one.buy @ buy + one.sell @ sell - one.upper for one in limits])


def told(problem: Problem, found: Representation, sell: np.ndarray, buy: np.ndarray) -> dict[int, float]:
    """By the kinds: what each row of a trade, and each that couples names, is exceeded by."""
    trade, coupling, sold = found.trade, found.coupling, problem.by_name(sell)
    by_trade = trade.buy * buy[trade.name] + trade.sell * sold[trade.name] - trade.room
    by_lots = np.zeros(len(coupling.upper))
    by_lots[coupling.lot_row] = coupling.lot @ sell
    by_coupling = coupling.buy @ buy + coupling.sell @ sold + by_lots - coupling.upper
    numbers = [*trade.number.tolist(), *coupling.number.tolist()]
    return dict(zip(numbers, [*by_trade.tolist(), *by_coupling.tolist()], strict=True))


def trades(rng: np.random.Generator, problem: Problem, found: Representation) -> tuple[np.ndarray, np.ndarray]:
    """Draw trades of lots that may go; of each name it is sold or bought."""
    sells = rng.random(len(problem.assets)) < 0.5
    may_go = problem.lot_sellable & ~found.barred & sells[problem.lot_asset]
    sell = np.where(may_go, rng.uniform(0.0, 1.0, len(may_go)) * problem.lot_value, 0.0)
    return sell, np.where(sells, 0.0, rng.uniform(0.0, 0.1, len(sells)))


def prices(limits: list[StatedLimit]) -> np.ndarray:
    return np.concatenate([np.full(8, np.inf) if one.price is None else one.price for one in limits])


def farthest_trade(
    problem: Problem, limits: list[StatedLimit], found: Representation, i: int, side: float
) -> float | None:
    """Most that can be bought (side 1) or sold (-1) of name i within the hard rows; None where nothing keeps them.

    Names are bought or sold, not both: a mixed-integer program in buys, sales of lots and sides.
    """
    n, size = len(problem.assets), len(problem.lot_asset)
    lots_of = np.equal.outer(np.arange(n), problem.lot_asset).astype(float)
    hard = np.isinf(prices(limits))
    active, buy, sell, upper = (
        np.concatenate([getattr(one, part) for one in limits])[hard] for part in ("active", "buy", "sell", "upper")
    )
    rows = np.hstack([active + buy, sell - active @ lots_of, np.zeros((len(active), n))])
    room = upper - active @ problem.active
    bought = np.hstack([np.eye(n), np.zeros((n, size)), -np.eye(n)])
    sold = np.hstack([np.zeros((n, n)), lots_of, np.eye(n)])
    may_go = np.where(problem.lot_sellable & ~found.barred, problem.lot_value, 0.0)
    answer = milp(
        c=np.r_[-side * np.eye(n)[i], side * lots_of[i], np.zeros(n)],
        integrality=np.r_[np.zeros(n + size), np.ones(n)],
        bounds=Bounds(0.0, np.r_[np.ones(n), may_go, np.ones(n)]),
        constraints=[
            LinearConstraint(rows, -np.inf, room),
            LinearConstraint(bought, -np.inf, 0.0),
            LinearConstraint(sold, -np.inf, 1.0),
        ],
    )
    return None if answer.x is None else float(-answer.fun)


def test_kinds_say_what_the_rows_say(drawn: tuple[Problem, list[StatedLimit], np.random.Generator]) -> None:
    problem, limits, rng = drawn
    found = represent(problem, limits)
    assert not found.left_out
    for _ in range(5):
        sell, buy = trades(rng, problem, found)
        right, ours = exceeded(problem, limits, sell, buy), told(problem, found, sell, buy)
        for number, value in ours.items():
            assert value == pytest.approx(right[number], abs=1e-12)
        capped = np.bincount(problem.lot_asset, weights=found.cap.loss * sell, minlength=len(found.cap.cap))
        over = capped - found.cap.cap
        missing = sorted(set(range(16)) - ours.keys() - {7, 15})
        # What is left are caps, one a name at most, and rows of lots of which none may be sold.
        caps = over[np.isfinite(over)]
        assert len(caps) <= len(missing)
        for value in caps:
            assert np.isclose(right[missing], value, atol=1e-12).any()
    assert all(limits[number // 8].name == found.cap.limit for number in missing)


def test_only_hard_rows_bound_a_trade_or_cap_losses_and_those_without_room_speak_of_a_weight(
    drawn: tuple[Problem, list[StatedLimit], np.random.Generator],
) -> None:
    problem, limits, _ = drawn
    found = represent(problem, limits)
    hard = np.isinf(prices(limits))
    assert hard[found.trade.number].all()
    assert (hard[found.coupling.number] == np.isinf(found.coupling.ceiling)).all()
    assert ((found.trade.room >= 0) | (found.trade.buy == -found.trade.sell)).all()
    assert hard[sorted(set(range(16)) - {*found.trade.number.tolist(), *found.coupling.number.tolist(), 7, 15})].all()


def test_lots_are_barred_where_a_row_without_room_speaks_of_sales_alone(
    drawn: tuple[Problem, list[StatedLimit], np.random.Generator],
) -> None:
    problem, limits, _ = drawn
    barred = np.zeros(len(problem.lot_asset), dtype=bool)
    for k, one in enumerate(limits):
        for r in range(8):
            sales_alone = not one.active[r].any() and not one.buy[r].any() and (one.sell[r] >= 0).all()
            if sales_alone and one.upper[r] == 0 and np.isinf(prices(limits)[8 * k + r]):
                barred |= one.sell[r] > 0
    assert represent(problem, limits).barred.tolist() == barred.tolist()


def test_a_rows_entries_by_name_are_those_of_its_matrices(
    drawn: tuple[Problem, list[StatedLimit], np.random.Generator],
) -> None:
    problem, limits, _ = drawn
    coupling = represent(problem, limits).coupling
    shape = coupling.buy.shape
    matrices = {"buy": np.zeros(shape), "sell": np.zeros(shape)}
    for name in range(shape[1]):
        for entry in coupling.entries[coupling.first[name] : coupling.first[name + 1]]:
            for side, matrix in matrices.items():
                matrix[entry["row"], name] = entry[side]
    assert matrices["buy"].tolist() == coupling.buy.tolist()
    assert matrices["sell"].tolist() == coupling.sell.tolist()
    assert len(coupling.entries) == coupling.first[-1]


def test_bounds_of_net_trades_leave_every_feasible_trade(small_case: Callable[..., Any], problem_of: Any) -> None:
    reached = 0
    for seed in SEEDS:
        problem, limits, _ = draw(seed, small_case, problem_of)
        found = represent(problem, limits)
        least, most = net_bounds(problem, found)
        for i in range(len(problem.assets)):
            for side, bound in ((1.0, most[i]), (-1.0, -least[i])):
                farthest = farthest_trade(problem, limits, found, i, side)
                assert farthest is None or 100 * farthest <= bound + 1e-6
                reached += farthest is not None and 100 * farthest > bound - 1e-6
    # Bounds that mean something: some are reached.
    assert reached > 50


def test_a_second_cap_of_a_name_couples(small_case: Callable[..., Any], problem_of: Any) -> None:
    compile_kernels()
    case = small_case(seed=1)
    problem = problem_of(case.account, case.mandate, case.risk)
    lots = np.flatnonzero(problem.lot_asset == 2)
    sell = np.zeros((2, len(problem.lot_asset)))
    sell[0, lots], sell[1, lots] = [0.1, 0.3], [0.2, 0.1]
    none = np.zeros((2, len(problem.assets)))
    found = represent(problem, [StatedLimit(none, none, sell, np.array([0.01, 0.02]), None, "caps")])
    assert found.cap.limit == "caps"
    assert np.flatnonzero(np.isfinite(found.cap.cap)).tolist() == [2]
    assert found.cap.cap[2] == 0.01
    assert found.cap.loss[lots].tolist() == [0.1, 0.3]
    assert found.coupling.number.tolist() == [1]
    assert found.coupling.lot[0, lots].tolist() == [0.2, 0.1]
