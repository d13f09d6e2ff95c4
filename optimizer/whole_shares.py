"""Rounding trades to whole shares so that every limit stays kept.

Each lot and name is rounded to the nearest share; then single shares are bought, sold or left alone, always the one
that takes away the most violation (the one of most value among equals), until every limit holds (`DUAL_NEWTON`,
whole shares).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from optimizer.account import Account
from optimizer.cone import Solution
from optimizer.limits import LinearLimit, TrackingErrorLimit
from optimizer.limits.base import Limit
from optimizer.problem import Pattern, Problem
from optimizer.share_trades import ShareTrades

__all__ = ["round_to_whole_shares"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
# Below this a limit counts as kept; a tenth of a percent of what the independent check allows.
_KEPT = 1e-9


@dataclass(frozen=True, eq=False)
class _Grid:
    """What one share of each lot sold, or of each name bought, does to the limits.

    `sell_columns` (m, L) and `buy_columns` (m, N) are added to the rows r <= 0; `unit` is one share over NAV.
    """

    problem: Problem
    pattern: Pattern
    min_trade: float
    most: Floats
    unit: Floats
    start: Floats
    sell_columns: sp.csc_array
    buy_columns: sp.csc_array
    te_limit: float

    def residuals(self, trades: ShareTrades) -> Floats:
        """Rows of all linear limits, shape (m,); more than zero is a violation."""
        residuals: Floats = self.start + self.sell_columns @ trades.sell + self.buy_columns @ trades.buy
        return residuals

    def active(self, trades: ShareTrades) -> Floats:
        return self.problem.active_after(*trades.amounts(self.problem))


@dataclass(frozen=True, eq=False)
class _Moves:
    """Scores of one kind of single-share move, one entry for each lot or name; lower is better."""

    violation: Floats
    loss_of_value: Floats
    allowed: Bools


def round_to_whole_shares(
    problem: Problem, account: Account, limits: Sequence[Limit], solution: Solution, min_trade: float
) -> ShareTrades | None:
    """Round a solution to whole shares.

    Parameters
    ----------
    problem, account, solution
        What was solved.
    limits : sequence of Limit
        The linear ones and tracking error steer the repair; others are left to the independent check.
    min_trade : float
        Least amount of an order, fraction of NAV.

    Returns
    -------
    ShareTrades or None
        None where single shares could not mend what rounding broke: the account is too small for its limits.
    """
    grid = _grid(problem, account, limits, solution.pattern, min_trade)
    trades = _nearest(grid, solution)
    for _ in range(20 * len(problem.assets) + 200):
        violation = _violation(grid, trades)
        if violation <= _KEPT:
            return trades
        better = _best_move(grid, trades, violation)
        if better is None:
            return None
        trades = better
    return None


def _grid(problem: Problem, account: Account, limits: Sequence[Limit], pattern: Pattern, min_trade: float) -> _Grid:
    n, size = len(problem.assets), len(problem.lot_asset)
    unit = problem.price / problem.nav
    active, buy, sell, upper = [sp.csr_array((0, n))], [sp.csr_array((0, n))], [sp.csr_array((0, size))], [np.zeros(0)]
    for limit in limits:
        if isinstance(limit, LinearLimit):
            rows = limit.rows(problem)
            m = len(rows.upper)
            active.append(sp.csr_array((m, n)) if rows.active is None else rows.active)
            buy.append(sp.csr_array((m, n)) if rows.buy is None else rows.buy)
            sell.append(sp.csr_array((m, size)) if rows.sell is None else rows.sell)
            upper.append(rows.upper)
    on_active, on_buy, on_sell = (sp.vstack(parts, format="csr") for parts in (active, buy, sell))
    return _Grid(
        problem=problem,
        pattern=pattern,
        min_trade=min_trade,
        most=np.where(pattern.may_sell(problem), np.floor(account.lots.shares + 1e-9), 0.0),
        unit=unit,
        start=on_active @ problem.active - np.concatenate(upper),
        sell_columns=sp.csc_array((on_sell - on_active @ problem.lot_sum) @ sp.diags_array(unit[problem.lot_asset])),
        buy_columns=sp.csc_array((on_active + on_buy) @ sp.diags_array(unit)),
        te_limit=next((limit.limit for limit in limits if isinstance(limit, TrackingErrorLimit)), np.inf),
    )


def _nearest(grid: _Grid, solution: Solution) -> ShareTrades:
    p = grid.problem
    sell = np.minimum(np.round(solution.sell / grid.unit[p.lot_asset]), grid.most)
    buy = np.round(solution.buy / grid.unit)
    small_sale = p.lot_sum @ (sell * grid.unit[p.lot_asset]) < grid.min_trade
    sell[small_sale[p.lot_asset]] = 0.0
    buy[buy * grid.unit < grid.min_trade] = 0.0
    return ShareTrades(sell, buy)


def _violation(grid: _Grid, trades: ShareTrades) -> float:
    te = np.sqrt(grid.problem.variance(grid.active(trades)))
    over = np.maximum(grid.residuals(trades) - _KEPT, 0.0).sum()
    return float(over + max(te - grid.te_limit - _KEPT, 0.0))


def _best_move(grid: _Grid, trades: ShareTrades, violation: float) -> ShareTrades | None:
    """Make the single-share move that leaves the least violation, or None where none lessens it."""
    kinds = [(kind, step, _score(grid, trades, kind, step)) for kind in ("sell", "buy") for step in (1.0, -1.0)]
    best: tuple[float, float, str, float, int] | None = None
    for kind, step, moves in kinds:
        candidates = np.flatnonzero(moves.allowed & (moves.violation < violation - 1e-13))
        if not len(candidates):
            continue
        order = np.lexsort((moves.loss_of_value[candidates], moves.violation[candidates]))
        j = int(candidates[order[0]])
        entry = (float(moves.violation[j]), float(moves.loss_of_value[j]), kind, step, j)
        best = entry if best is None or entry[:2] < best[:2] else best
    if best is None:
        return None
    _, _, kind, step, j = best
    sell, buy = trades.sell.copy(), trades.buy.copy()
    (sell if kind == "sell" else buy)[j] += step
    return ShareTrades(sell, buy)


def _score(grid: _Grid, trades: ShareTrades, kind: str, step: float) -> _Moves:
    p = grid.problem
    selling = kind == "sell"
    name = p.lot_asset if selling else np.arange(len(p.assets))
    change = (-step if selling else step) * grid.unit[name]
    violation = _linear_violation(grid.sell_columns if selling else grid.buy_columns, grid.residuals(trades), step)
    violation += _te_violation(grid, grid.active(trades), name, change)
    credit = p.lot_credit if selling else np.zeros(len(name))
    loss_of_value = step * (p.cost[name] - credit) * grid.unit[name]
    return _Moves(violation, loss_of_value, _allowed(grid, trades, kind, step))


def _linear_violation(columns: sp.csc_array, residuals: Floats, step: float) -> Floats:
    """Sum of all violations once `step` shares of one column are added, for every column."""
    before = np.maximum(residuals - _KEPT, 0.0)
    rows = columns.indices
    after = np.maximum(residuals[rows] + step * columns.data - _KEPT, 0.0)
    owner = np.repeat(np.arange(columns.shape[1]), np.diff(columns.indptr))
    total: Floats = before.sum() + np.bincount(owner, weights=after - before[rows], minlength=columns.shape[1])
    return total


def _te_violation(grid: _Grid, active: Floats, name: NDArray[np.intp], change: Floats) -> Floats:
    """Tracking error beyond its limit once the active weight of one name is changed, for every move."""
    p = grid.problem
    slope = p.root @ (p.root.T @ active) + p.specific_variance * active
    own = (p.root**2).sum(axis=1) + p.specific_variance
    variance = p.variance(active) + 2 * change * slope[name] + change**2 * own[name]
    beyond: Floats = np.maximum(np.sqrt(np.maximum(variance, 0.0)) - grid.te_limit - _KEPT, 0.0)
    return beyond


def _allowed(grid: _Grid, trades: ShareTrades, kind: str, step: float) -> Bools:
    """Moves that keep the pattern, the lots' sizes and the least trade: a name is bought or sold, not both."""
    p = grid.problem
    sold = p.lot_sum @ trades.sell
    amount_after = ((sold if kind == "sell" else trades.buy) + step) * grid.unit
    big_enough = (amount_after >= grid.min_trade) | (amount_after <= 0)
    allowed: Bools
    if kind == "buy":
        room = grid.pattern.may_buy(p) & (sold == 0) if step > 0 else trades.buy > 0
        allowed = room & big_enough & (grid.pattern.least_buy <= amount_after)
    elif step > 0:
        allowed = (trades.sell < grid.most) & ((trades.buy == 0) & big_enough)[p.lot_asset]
    else:
        allowed = (trades.sell > 0) & (big_enough & ~grid.pattern.exit)[p.lot_asset]
    return allowed
