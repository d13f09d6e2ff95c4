"""Rounding to whole shares and millionths: limits and patterns kept, and a refusal where steps cannot mend it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from optimizer import ActiveWeightLimit, CashLimit, Costs, TrackingErrorLimit, TurnoverLimit
from optimizer.cone import cone_model
from optimizer.pattern_search import search_pattern
from optimizer.problem import Pattern
from optimizer.round_trips import without_round_trips
from optimizer.share_grid import KEPT, share_grid
from optimizer.share_rounding import FRACTION, _mend, round_to_shares
from optimizer.share_trades import ShareTrades
from taxsleeve_errors import InfeasibleError

LIMITS = (TrackingErrorLimit(0.05), CashLimit(0.0, 0.02), TurnoverLimit(0.5), ActiveWeightLimit(0.1))


@pytest.fixture
def solved(small_case: Any, problem_of: Any) -> Any:
    def build(seed: int, *limits: Any, **rest: Any) -> Any:
        case = small_case(*(limits or LIMITS), seed=seed, costs=Costs(5.0), **rest)
        problem = problem_of(case.account, case.mandate, case.risk)
        limits_all = case.mandate.all_limits()
        return (
            case.account,
            problem,
            limits_all,
            without_round_trips(problem, search_pattern(problem, limits_all).solution),
        )

    return build


@pytest.mark.parametrize("min_trade", [0.0, 0.01])
@pytest.mark.parametrize("seed", range(6))
def test_rounded_trades_are_whole_and_keep_limits_pattern_and_lots(solved: Any, seed: int, min_trade: float) -> None:
    account, p, limits, solution = solved(seed)
    trades = round_to_shares(p, account, limits, solution, min_trade)
    for shares in (trades.sell, trades.buy):
        assert (shares == np.round(shares)).all()
        assert (shares >= 0).all()
    assert (trades.sell <= account.lots.shares).all()
    assert not ((p.lot_sum @ trades.sell > 0) & (trades.buy > 0)).any()
    assert not trades.sell[~solution.pattern.may_sell(p)].any()
    assert not trades.buy[~solution.pattern.may_buy(p)].any()
    grid = share_grid(p, account, limits, solution.pattern, min_trade, 1.0)
    assert grid.violation(trades) <= KEPT
    size = (p.lot_sum @ trades.sell + trades.buy) * p.price / p.nav
    assert (size[size > 0] >= min_trade * (1 - 1e-8)).all()


@pytest.mark.parametrize("seed", range(3))
def test_what_a_move_does_is_foretold_exactly(solved: Any, seed: int) -> None:
    account, p, limits, solution = solved(seed)
    grid = share_grid(p, account, limits, solution.pattern, 0.0, 1.0)
    rng = np.random.default_rng(seed)
    trades = ShareTrades(np.floor(account.lots.shares * rng.random(12)), rng.integers(1, 40, 6).astype(float))
    cost, value = grid.loss_of_value(trades), trades.value(p)
    violation, te = grid.violation_after(trades, np.arange(len(cost))), grid.tracking_error_after(trades)
    residuals = grid.residuals(trades)
    effects = np.array([grid.effect_on(row) for row in range(len(residuals))])
    for move in range(len(cost)):
        moved = grid.moves.apply(trades, move)
        assert grid.residuals(moved) == pytest.approx(residuals + effects[:, move], abs=1e-12)
        assert grid.violation(moved) == pytest.approx(violation[move], abs=1e-12)
        assert grid.tracking_error(moved) == pytest.approx(te[move], abs=1e-12)
        assert value - moved.value(p) == pytest.approx(cost[move], abs=1e-12)
        back = grid.moves.apply(moved, grid.moves.reverse(move))
        assert (back.sell == trades.sell).all()
        assert (back.buy == trades.buy).all()


def test_an_account_too_small_for_its_limits_has_no_rounding(
    account_of: Any, mandate_of: Any, risk_of: Any, problem_of: Any
) -> None:
    account = account_of({"A": 400.0, "B": 900.0}, cash=1000.0)
    mandate = mandate_of({"A": 0.5, "B": 0.5}, CashLimit(0.0, 0.05))
    problem = problem_of(account, mandate, risk_of("AB"))
    pattern = Pattern.of(problem, np.zeros(problem.groups, dtype=bool))
    solution = cone_model(problem, mandate.all_limits(), pattern).maximise_value()
    assert solution is not None
    with pytest.raises(InfeasibleError, match="whole shares"):
        round_to_shares(problem, account, mandate.all_limits(), solution, 0.0)


def test_of_a_lot_with_a_fraction_only_whole_shares_go(
    account_of: Any, mandate_of: Any, risk_of: Any, problem_of: Any
) -> None:
    account = account_of({"A": 10.0}, [("A", 10.75, 20.0, "2020-01-02")])
    mandate = mandate_of({"A": 1.0})
    problem = problem_of(account, mandate, risk_of("A"))
    solution = cone_model(problem, mandate.all_limits(), Pattern.of(problem, np.array([True]))).maximise_value()
    assert solution is not None
    whole = round_to_shares(problem, account, mandate.all_limits(), solution, 0.0)
    assert whole.sell.tolist() == [10.0]
    assert round_to_shares(problem, account, mandate.all_limits(), solution, 0.0, FRACTION).sell.tolist() == [10.75]


@pytest.mark.parametrize("seed", range(4))
def test_fractions_are_millionths_near_the_solution(solved: Any, seed: int) -> None:
    account, p, limits, solution = solved(seed)
    trades = round_to_shares(p, account, limits, solution, 0.0, FRACTION)
    np.testing.assert_allclose(trades.sell, solution.sell / p.price[p.lot_asset] * p.nav, atol=1e-3)
    for shares in (trades.sell, trades.buy):
        np.testing.assert_allclose(shares * 1e6, np.round(shares * 1e6), atol=1e-5)
    assert (trades.sell <= account.lots.shares).all()


def test_a_lot_of_less_than_the_smallest_fraction_goes_whole(
    account_of: Any, mandate_of: Any, risk_of: Any, problem_of: Any
) -> None:
    lots = [("A", 4.2e-7, 20.0, "2020-01-02"), ("A", 30e-6, 20.0, "2020-01-02")]
    account, mandate = account_of({"A": 10.0}, lots), mandate_of({"A": 1.0})
    problem = problem_of(account, mandate, risk_of("A"))
    solution = cone_model(problem, mandate.all_limits(), Pattern.of(problem, np.array([True]))).maximise_value()
    assert solution is not None
    trades = round_to_shares(problem, account, mandate.all_limits(), solution, 0.0, FRACTION)
    assert trades.sell.tolist() == [4.2e-7, 30e-6]


def test_the_last_part_of_a_lot_stays_where_a_limit_has_no_room_for_it(
    account_of: Any, mandate_of: Any, risk_of: Any, problem_of: Any
) -> None:
    """Of 30.6 millionths the limit leaves room for 30.2: with a thirtieth would go the rest, so 29 go."""
    lots = [("A", 30.6e-6, 20.0, "2020-01-02"), ("B", 30.6e-6, 5.0, "2020-01-02")]
    account = account_of({"A": 10.0, "B": 10.0}, lots)
    mandate = mandate_of({"A": 0.5, "B": 0.5}, TurnoverLimit(30.2 / 61.2), risk_aversion=0.0)
    problem, limits = problem_of(account, mandate, risk_of("AB")), mandate.all_limits()
    solution = search_pattern(problem, limits).solution
    assert round_to_shares(problem, account, limits, solution, 0.0, FRACTION).sell.tolist() == [29e-6, 0.0]


@pytest.mark.parametrize("seed", range(3))
def test_what_the_last_step_of_a_lot_does_is_foretold_exactly(solved: Any, seed: int) -> None:
    account, p, limits, solution = solved(seed)
    uneven = replace(account, lots=replace(account.lots, shares=account.lots.shares * 1e-6 + 4e-7))
    grid = share_grid(p, uneven, limits, solution.pattern, 0.0, FRACTION)
    last = np.flatnonzero(grid.most > 0)
    size = len(p.lot_asset)
    for lot in last[:6]:
        sell = np.zeros(size)
        sell[lot] = grid.most[lot] - 1
        before = ShareTrades(sell, np.zeros(len(p.assets)))
        after = grid.moves.apply(before, int(lot))
        assert grid.sold(after)[lot] == pytest.approx(uneven.lots.shares[lot] / FRACTION)
        assert grid.violation_after(before, np.array([lot])) == pytest.approx([grid.violation(after)], abs=1e-12)
        assert grid.tracking_error_after(before)[lot] == pytest.approx(grid.tracking_error(after), abs=1e-12)
        assert grid.tracking_error_after(after)[size + lot] == pytest.approx(grid.tracking_error(before), abs=1e-12)


def broken_by(violations: Any, moves: int = 0) -> Any:
    """A grid whose limits are broken by so much after each step; every step is as good as the next."""
    problem = SimpleNamespace(assets=("A", "B"), nav=1000.0)
    steps = iter(violations)

    def apply(trades: Any, move: int) -> Any:
        return next(steps)

    return SimpleNamespace(
        problem=problem,
        loss_of_value=lambda trades: np.zeros(moves),
        allowed=lambda trades: np.ones(moves, dtype=bool),
        violation=lambda trades: trades,
        violation_after=lambda trades, chosen: np.full(len(chosen), trades - 1e-12),
        residuals=lambda trades: np.array([trades]),
        tracking_error=lambda trades: 0.0,
        most_tracking_error=np.inf,
        effect_on=lambda row: np.zeros(moves),
        moves=SimpleNamespace(apply=apply, reverse=lambda move: move),
        shortfalls=lambda trades: [],
    )


def test_what_no_step_mends_passes_where_the_check_will_let_it_pass() -> None:
    assert _mend(broken_by([]), 4e-7) == 4e-7  # type: ignore[arg-type]
    with pytest.raises(InfeasibleError, match=r"an account of \$1,000 with 2 names was not rounded to shares"):
        _mend(broken_by([]), 6e-7)  # type: ignore[arg-type]


def test_steps_that_hardly_mend_end_in_a_refusal() -> None:
    """Each of them helps, but they would go on for ever."""
    taken: list[float] = []

    def slowly() -> Any:
        for k in itertools.count(1):
            taken.append(0.1 * 0.9999**k)
            yield taken[-1]

    with pytest.raises(InfeasibleError, match="was not rounded to shares within its limits"):
        _mend(broken_by(slowly(), moves=1), 0.1)  # type: ignore[arg-type]
    assert len(taken) == 1020
