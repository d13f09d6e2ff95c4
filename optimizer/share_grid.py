"""What moves of one step do to the limits: the arithmetic under the rounding to whole shares, or to fractions of one.

A step is one share, or the smallest fraction that may be traded. A move sells one step more or less of a lot, or buys
one step more or less of a name. Trades are counted in steps here. The J = 2 L + 2 N moves stand in
this order: sell more of each lot, sell less of each lot, buy more of each name, buy less of each name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from optimizer.account import Account
from optimizer.limits import LinearLimit, TrackingErrorLimit
from optimizer.limits.base import End, Limit, Rows
from optimizer.problem import Pattern, Problem
from optimizer.row_entries import Entries, stacked, sums
from optimizer.share_trades import ShareTrades
from taxsleeve_errors import Shortfall

__all__ = ["KEPT", "ShareGrid", "share_grid"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]
# Below this a limit counts as kept; a thousandth of what the independent check allows.
KEPT = 1e-9


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
    unit : array (N,)
        One step of each name over NAV.
    start : array (m,)
        Rows without any trade.
    by_lot, by_name : sparse arrays (m, L), (m, N)
        What a step sold of each lot, and bought of each name, adds to the rows.
    hard : tuple of (Limit, Rows)
        The limits that the rows are of.
    te_limit : TrackingErrorLimit or None
    """

    problem: Problem
    pattern: Pattern
    min_trade: float
    most: Floats
    whole: Floats
    unit: Floats
    start: Floats
    by_lot: sp.csc_array
    by_name: sp.csc_array
    hard: tuple[tuple[Limit, Rows], ...]
    te_limit: TrackingErrorLimit | None

    @cached_property
    def name(self) -> NDArray[np.intp]:
        """Name that each move is of, shape (J,)."""
        lots, names = self.problem.lot_asset, np.arange(len(self.problem.assets))
        return np.concatenate([lots, lots, names, names])

    @cached_property
    def effects(self) -> sp.csc_array:
        """What each move adds to the rows, sparse array (m, J)."""
        blocks = (self.by_lot, -self.by_lot, self.by_name, -self.by_name)
        ends = np.cumsum([0, *(block.nnz for block in blocks)])
        pointers = [block.indptr[:-1] + end for block, end in zip(blocks, ends, strict=False)]
        data, rows = (np.concatenate([getattr(block, part) for block in blocks]) for part in ("data", "indices"))
        columns = sum(block.shape[1] for block in blocks)
        return sp.csc_array((data, rows, np.concatenate([*pointers, ends[-1:]])), shape=(len(self.start), columns))

    def apply(self, trades: ShareTrades, move: int) -> ShareTrades:
        """Trades after one move."""
        size, n = len(self.problem.lot_asset), len(self.problem.assets)
        sell, buy = trades.sell.copy(), trades.buy.copy()
        if move < 2 * size:
            sell[move % size] += 1 if move < size else -1
        else:
            buy[(move - 2 * size) % n] += 1 if move < 2 * size + n else -1
        return ShareTrades(sell, buy)

    def reverse(self, move: int) -> int:
        """Return the move that undoes a move."""
        size, n = len(self.problem.lot_asset), len(self.problem.assets)
        if move < 2 * size:
            return (move + size) % (2 * size)
        return 2 * size + (move - 2 * size + n) % (2 * n)

    def sold(self, trades: ShareTrades) -> Floats:
        """Steps sold of each lot with the last part of a lot that goes whole, shape (L,)."""
        return np.where(trades.sell == self.most, self.whole, trades.sell)

    def residuals(self, trades: ShareTrades) -> Floats:
        """Rows of all linear limits, shape (m,); more than zero is a violation."""
        residuals: Floats = self.start + self.by_lot @ self.sold(trades) + self.by_name @ trades.buy
        return residuals

    def tracking_error(self, trades: ShareTrades) -> float:
        """Annual tracking error of the traded account."""
        return float(np.sqrt(self.problem.variance(self._active(trades))))

    @property
    def most_tracking_error(self) -> float:
        """Return the limit on tracking error, infinite where there is none."""
        return np.inf if self.te_limit is None else self.te_limit.limit

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

    def violation_after(self, trades: ShareTrades, moves: Ints | None = None) -> Floats:
        """Violation left by each move, shape (J,), or by some of them."""
        chosen = slice(None) if moves is None else moves
        effects = self.effects if moves is None else self.effects[:, moves]
        error = self.tracking_error_after(trades)[chosen]
        residuals, rows = self.residuals(trades), effects.indices
        before = np.maximum(residuals - KEPT, 0.0)
        owner = np.repeat(np.arange(effects.shape[1]), np.diff(effects.indptr))
        added = effects.data * self._lengths(trades)[chosen][owner]
        change = np.maximum(residuals[rows] + added - KEPT, 0.0) - before[rows]
        left: Floats = before.sum() + np.bincount(owner, weights=change, minlength=effects.shape[1])
        return left + np.maximum(error - self.most_tracking_error - KEPT, 0.0)

    def tracking_error_after(self, trades: ShareTrades) -> Floats:
        """Tracking error left by each move, shape (J,): variance + 2 c (Sigma a)_i + c^2 Sigma_ii."""
        p, name, active = self.problem, self.name, self._active(trades)
        slope = p.root @ (p.root.T @ active) + p.specific_variance * active
        lengths = self._lengths(trades)
        variance = p.variance(active) + lengths * (2 * self._change * slope[name] + lengths * self._own_variance)
        left: Floats = np.sqrt(np.maximum(variance, 0.0))
        return left

    def loss_of_value(self, trades: ShareTrades) -> Floats:
        """Value that each move costs, shape (J,), fraction of NAV; exits count with their priority.

        The price of risk is counted, and market impact as if each step cost what the next dollar does.
        """
        p = self.problem
        traded = (p.by_name(trades.sell) + trades.buy) * self.unit
        cost = p.cost + 1.5 * p.impact * np.sqrt(traded)
        selling = ((cost + p.alpha)[p.lot_asset] - p.lot_credit - p.lot_priority) * self.unit[p.lot_asset]
        buying = (cost - p.alpha) * self.unit
        riskier = self.tracking_error_after(trades) ** 2 - self.tracking_error(trades) ** 2
        return np.concatenate([selling, -selling, buying, -buying]) + p.risk_aversion * riskier

    def allowed(self, trades: ShareTrades) -> Bools:
        """Moves, shape (J,), that keep the pattern, the lots and the least trade, and never buy and sell one name."""
        p, pattern = self.problem, self.pattern
        sold = p.by_name(trades.sell)
        sell_more = (trades.sell < self.most) & ((trades.buy == 0) & self.big_enough(sold + 1))[p.lot_asset]
        sell_less = (trades.sell > 0) & (self.big_enough(sold - 1) & ~pattern.exit)[p.lot_asset]
        buy_more = pattern.may_buy(p) & (sold == 0) & self.big_enough(trades.buy + 1)
        still_enough = (trades.buy - 1) * self.unit >= pattern.least_buy
        buy_less = (trades.buy > 0) & self.big_enough(trades.buy - 1) & still_enough
        return np.concatenate([sell_more, sell_less, buy_more, buy_less])

    def big_enough(self, shares: Floats) -> Bools:
        """Whether an order of so many steps of each name is at least the least trade, or none; shape (N,)."""
        # Nine digits of room, so that an order of exactly the least trade stays.
        enough: Bools = (shares * self.unit >= self.min_trade * (1 - 1e-9)) | (shares <= 0)
        return enough

    def _lengths(self, trades: ShareTrades) -> Floats:
        """Steps that each move is worth, shape (J,): one, but for the last of a lot that has a part of one left."""
        last = self.whole - self.most + 1
        more, less = np.where(trades.sell == self.most - 1, last, 1.0), np.where(trades.sell == self.most, last, 1.0)
        return np.concatenate([more, less, np.ones(2 * len(self.problem.assets))])

    @cached_property
    def _change(self) -> Floats:
        """What each move does to its name's active weight, shape (J,)."""
        size, n = len(self.problem.lot_asset), len(self.problem.assets)
        signed: Floats = np.repeat([-1.0, 1.0, 1.0, -1.0], [size, size, n, n]) * self.unit[self.name]
        return signed

    @cached_property
    def _own_variance(self) -> Floats:
        """Tracking variance of each move by itself, c^2 Sigma_ii, shape (J,)."""
        p = self.problem
        own: Floats = self._change**2 * ((p.root**2).sum(axis=1) + p.specific_variance)[self.name]
        return own

    def _active(self, trades: ShareTrades) -> Floats:
        return self.problem.active_after(self.sold(trades) * self.unit[self.problem.lot_asset], trades.buy * self.unit)


def share_grid(
    problem: Problem, account: Account, limits: Sequence[Limit], pattern: Pattern, min_trade: float, step: float
) -> ShareGrid:
    """State the limits for moves of `step` shares, but for soft ones and those neither linear nor tracking error."""
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
        unit=unit,
        start=sums(active.row, active.value * problem.active[active.column], m) - stack.upper,
        by_lot=_by_lot(problem, m, active, stack.sell, unit),
        by_name=_by_name(m, active, stack.buy, unit),
        hard=tuple(hard),
        te_limit=next((limit for limit in limits if isinstance(limit, TrackingErrorLimit)), None),
    )


def _most_steps(shares: Floats, step: float) -> Floats:
    """Steps that may be sold of each lot; one of a lot that is less than the smallest fraction, which goes whole."""
    most: Floats = np.floor(shares / step + 1e-6)
    return np.maximum(most, 1.0) if step < 1.0 else most


def _by_lot(problem: Problem, rows: int, active: Entries, sell: Entries, unit: Floats) -> sp.csc_array:
    """What selling one step of each lot adds to the rows (m, L): a name's active weight falls with each of its lots."""
    lots = np.argsort(problem.lot_asset, kind="stable")
    count = np.bincount(problem.lot_asset, minlength=len(problem.assets))
    end = np.cumsum(count)
    times = count[active.column]
    within = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    lot = np.concatenate([sell.column, lots[np.repeat((end - count)[active.column], times) + within]])
    row = np.concatenate([sell.row, np.repeat(active.row, times)])
    value = np.concatenate([sell.value, -np.repeat(active.value, times)])
    shape = (rows, len(problem.lot_asset))
    return sp.csc_array((value * unit[problem.lot_asset[lot]], (row, lot)), shape=shape)


def _by_name(rows: int, active: Entries, buy: Entries, unit: Floats) -> sp.csc_array:
    """What buying one step of each name adds to the rows (m, N)."""
    name = np.concatenate([active.column, buy.column])
    value = np.concatenate([active.value, buy.value])
    row = np.concatenate([active.row, buy.row])
    return sp.csc_array((value * unit[name], (row, name)), shape=(rows, len(unit)))
