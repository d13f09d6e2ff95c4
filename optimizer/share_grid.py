"""What moves of one step (`ShareMoves`) do to the limits: the arithmetic under the rounding to shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast
from weakref import proxy

import numpy as np
from numpy.typing import NDArray

from optimizer.account import Account
from optimizer.limits import LinearLimit, TrackingErrorLimit
from optimizer.limits.base import End, Limit, Rows
from optimizer.newton.share_kernels import (
    KEPT,
    Columns,
    Moves,
    allowed_moves,
    columns_of,
    residuals_of,
    risks,
    violations,
)
from optimizer.newton.warm_up import compile_kernels
from optimizer.problem import Pattern, Problem
from optimizer.row_entries import Entries, stacked, sums
from optimizer.share_moves import ShareMoves
from optimizer.share_trades import ShareTrades
from taxsleeve_errors import Shortfall

__all__ = ["KEPT", "ShareGrid", "share_grid"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class ShareGrid:
    """The linear limits as rows r <= 0, and what each move adds to them.

    Parameters
    ----------
    problem, pattern
        What was solved.
    min_trade : float
        Least amount of an order, fraction of NAV.
    most : array (L,)
        Whole steps of each lot that may be sold; one of a lot of less than the smallest fraction.
    whole : array (L,)
        Steps that are sold where all of `most` are: what is left of less than the smallest fraction goes with them.
    moves : ShareMoves
    start : array (m,)
        Rows without any trade.
    active, buy, sell : Entries
        What active weights of names, amounts bought of names and amounts sold of lots add to the rows.
    hard : tuple of (Limit, Rows)
        The limits that the rows are of.
    te_limit : TrackingErrorLimit or None
    """

    problem: Problem
    pattern: Pattern
    min_trade: float
    most: Floats
    whole: Floats
    moves: ShareMoves
    start: Floats
    active: Entries
    buy: Entries
    sell: Entries
    hard: tuple[tuple[Limit, Rows], ...]
    te_limit: TrackingErrorLimit | None

    @property
    def unit(self) -> Floats:
        """One step of each name over NAV, shape (N,)."""
        return self.moves.unit

    def sold(self, trades: ShareTrades) -> Floats:
        """Steps sold of each lot with the last part of a lot that goes whole, shape (L,)."""
        return trades.sell if self.even else np.where(trades.sell == self.most, self.whole, trades.sell)

    def _standing(self, trades: ShareTrades) -> _Standing:
        """Where trades leave the account, worked out once while it is asked for the same."""
        if not self._last or self._last[0].trades is not trades:
            # A reference back would keep the whole problem until the garbage collector comes by.
            self._last[:] = [_Standing(cast(ShareGrid, proxy(self)), trades)]
        return self._last[0]

    @cached_property
    def _last(self) -> list[_Standing]:
        return []

    def residuals(self, trades: ShareTrades) -> Floats:
        """Rows of all linear limits, shape (m,); more than zero is a violation."""
        return self._standing(trades).residuals

    def tracking_error(self, trades: ShareTrades) -> float:
        """Annual tracking error of the traded account."""
        return float(np.sqrt(self._standing(trades).variance))

    @property
    def most_tracking_error(self) -> float:
        """Return the limit on tracking error, infinite where there is none."""
        return np.inf if self.te_limit is None else float(self.te_limit.limit)

    def violation(self, trades: ShareTrades) -> float:
        """Sum of what all limits are broken by."""
        over = np.maximum(self.residuals(trades) - KEPT, 0.0).sum()
        return float(over + max(self.tracking_error(trades) - self.most_tracking_error - KEPT, 0.0))

    def shortfalls(self, trades: ShareTrades) -> list[Shortfall]:
        """Which limits the trades break, and by how much."""
        residuals, te = self.residuals(trades), self.tracking_error(trades)
        ends = ((limit, end) for limit, rows in self.hard for end in rows.ends)
        broken = [limit.shortfall(end, r) for (limit, end), r in zip(ends, residuals, strict=True) if r > KEPT]
        if self.te_limit is not None and te > self.te_limit.limit + KEPT:
            broken.append(self.te_limit.shortfall(End(self.te_limit.limit), te - self.te_limit.limit))
        return broken

    def violation_after(self, trades: ShareTrades, moves: Ints) -> Floats:
        """Violation left by each of some moves, shape (len(moves),)."""
        standing, left = self._standing(trades), np.empty(len(moves))
        of_all = Moves(
            self.problem.lot_asset, self.unit, standing.slope, self.own, standing.variance, self.most_tracking_error
        )
        violations(moves, standing.lengths[moves], of_all, *self._columns, standing.residuals, left)
        return left

    @cached_property
    def _columns(self) -> tuple[Columns, Columns, Columns]:
        n, size = len(self.unit), len(self.most)
        return columns_of(self.active, n), columns_of(self.buy, n), columns_of(self.sell, size)

    def effect_on(self, row: int) -> Floats:
        """What each move adds to one row, shape (J,)."""
        own = [one.of(one.row == row) for one in (self.active, self.buy, self.sell)]
        sizes = (len(self.unit), len(self.unit), len(self.most))
        active, buy, sell = (sums(one.column, one.value, size) for one, size in zip(own, sizes, strict=True))
        name = self.problem.lot_asset
        selling, buying = (sell - active[name]) * self.unit[name], (active + buy) * self.unit
        return np.concatenate([selling, -selling, buying, -buying])

    def tracking_error_after(self, trades: ShareTrades) -> Floats:
        """Tracking error left by each move, shape (J,)."""
        standing = self._standing(trades)
        left: Floats = np.sqrt(np.maximum(standing.variance + standing.riskier, 0.0))
        return left

    def loss_of_value(self, trades: ShareTrades) -> Floats:
        """Value that each move costs, shape (J,), fraction of NAV; exits count with their priority.

        The price of risk is counted, and market impact as if each step cost what the next dollar does.
        """
        p, loss = self.problem, self._loss_by_rates
        if p.impact.any():
            traded = (p.by_name(trades.sell) + trades.buy) * self.unit
            more = 1.5 * p.impact * np.sqrt(traded) * self.unit
            loss = loss + np.where(self.moves.trades_more, 1.0, -1.0) * more[self.moves.name]
        return loss + p.risk_aversion * self._standing(trades).riskier if p.risk_aversion else loss

    @cached_property
    def _loss_by_rates(self) -> Floats:
        """Value that each move costs by the rates of taxes, costs and alpha, shape (J,)."""
        p = self.problem
        selling = ((p.cost + p.alpha)[p.lot_asset] - p.lot_credit - p.lot_priority) * self.unit[p.lot_asset]
        buying = (p.cost - p.alpha) * self.unit
        return np.concatenate([selling, -selling, buying, -buying])

    def allowed(self, trades: ShareTrades) -> Bools:
        """Moves, shape (J,), that keep the pattern, the lots and the least trade, and never buy and sell one name."""
        p, pattern = self.problem, self.pattern
        allowed = np.empty(2 * (len(self.most) + len(self.unit)), dtype=bool)
        allowed_moves(
            p.lot_asset, self.unit, trades.sell, trades.buy, self.most, p.by_name(trades.sell), self._least_order,
            pattern.may_buy(p), pattern.exit, pattern.least_buy, allowed,
        )  # fmt: skip
        return allowed

    @property
    def _least_order(self) -> float:
        """Nine digits of room, so that an order of exactly the least trade stays."""
        return self.min_trade * (1 - 1e-9)

    def big_enough(self, shares: Floats) -> Bools:
        """Whether an order of so many steps of each name is at least the least trade, or none; shape (N,)."""
        enough: Bools = (shares * self.unit >= self._least_order) | (shares <= 0)
        return enough

    @cached_property
    def even(self) -> bool:
        """Whether every lot is whole steps."""
        return bool((self.whole == self.most).all())

    @cached_property
    def own(self) -> Floats:
        """Sigma_ii, shape (N,)."""
        own: Floats = (self.problem.root**2).sum(axis=1) + self.problem.specific_variance
        return own


@dataclass(frozen=True, eq=False)
class _Standing:
    """Where trades leave an account."""

    grid: ShareGrid
    trades: ShareTrades

    @cached_property
    def _amounts(self) -> tuple[Floats, Floats]:
        """Sold of each lot and bought of each name, fractions of NAV."""
        grid = self.grid
        return grid.sold(self.trades) * grid.unit[grid.problem.lot_asset], self.trades.buy * grid.unit

    @cached_property
    def lengths(self) -> Floats:
        """Steps that each move is worth, shape (J,): one, but for the last of a lot that has a part of one left."""
        grid, sell = self.grid, self.trades.sell
        if grid.even:
            return np.ones(len(grid.moves))
        last = grid.whole - grid.most + 1
        more, less = np.where(sell == grid.most - 1, last, 1.0), np.where(sell == grid.most, last, 1.0)
        return np.concatenate([more, less, np.ones(2 * len(grid.problem.assets))])

    @cached_property
    def residuals(self) -> Floats:
        """Rows of all linear limits, shape (m,)."""
        grid, (sold, bought) = self.grid, self._amounts
        change, residuals, part = bought - grid.problem.by_name(sold), grid.start.copy(), np.empty(len(grid.start))
        for one, amounts in ((grid.active, change), (grid.buy, bought), (grid.sell, sold)):
            residuals_of(one.row, one.column, one.value, amounts, part, residuals)
        return residuals

    @cached_property
    def active(self) -> Floats:
        """Active weights, shape (N,)."""
        return self.grid.problem.active_after(*self._amounts)

    @cached_property
    def variance(self) -> float:
        """Annual tracking variance."""
        return self.grid.problem.variance(self.active)

    @cached_property
    def slope(self) -> Floats:
        """Half of what more of each name adds to tracking variance, (Sigma a)_i, shape (N,)."""
        p = self.grid.problem
        slope: Floats = p.root @ (p.root.T @ self.active) + p.specific_variance * self.active
        return slope

    @cached_property
    def riskier(self) -> Floats:
        """What each move adds to tracking variance, shape (J,): 2 c (Sigma a)_i + c^2 Sigma_ii."""
        moves, added = self.grid.moves, np.empty(len(self.grid.moves))
        risks(moves.name, moves.change, self.lengths, self.slope, self.grid.own, added)
        return added


def share_grid(
    problem: Problem, account: Account, limits: Sequence[Limit], pattern: Pattern, min_trade: float, step: float
) -> ShareGrid:
    """State the limits for moves of `step` shares, but for soft ones and those neither linear nor tracking error."""
    compile_kernels()
    unit = step * problem.price / problem.nav
    stated = [(limit, limit.stated(problem)) for limit in limits if isinstance(limit, LinearLimit)]
    hard = [(limit, rows) for limit, rows in stated if rows.price is None]
    stack = stacked(problem, [(limit.name, rows) for limit, rows in hard])
    m, active = len(stack.upper), stack.active
    most = np.where(pattern.may_sell(problem), _most_steps(account.lots.shares, step), 0.0)
    return ShareGrid(
        problem=problem,
        pattern=pattern,
        # Nine digits of room, so that an order of exactly the least trade stays.
        min_trade=min_trade * (1 - 1e-9),
        most=most,
        whole=most if step == 1.0 else np.where(most > 0, account.lots.shares / step, 0.0),
        moves=ShareMoves(problem.lot_asset, unit),
        start=sums(active.row, active.value * problem.active[active.column], m) - stack.upper,
        active=active,
        buy=stack.buy,
        sell=stack.sell,
        hard=tuple(hard),
        te_limit=next((limit for limit in limits if isinstance(limit, TrackingErrorLimit)), None),
    )


def _most_steps(shares: Floats, step: float) -> Floats:
    """Steps that may be sold of each lot; one of a lot that is less than the smallest fraction, which goes whole."""
    most: Floats = np.floor(shares / step + 1e-6)
    return np.maximum(most, 1.0) if step < 1.0 else most
