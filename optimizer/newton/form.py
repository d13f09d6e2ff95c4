"""One problem in the arrays that the kernels take, in percent of NAV, lots sorted by name; and one pattern of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.limits.base import Limit
from optimizer.newton.best_trades import Names, Trades
from optimizer.newton.dual import Coupling, Lots, price_lots
from optimizer.newton.rows import Representation, represent
from optimizer.newton.sale_curves import Curves, curve_lengths, empty_curves
from optimizer.problem import Pattern, Problem

__all__ = ["Form", "PatternForm", "newton_form", "no_trades", "pattern_form"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
# More than anyone trades; in percent of NAV.
_PLENTY = 1e5


@dataclass(frozen=True, eq=False)
class Form:
    """What all patterns of a problem share.

    Parameters
    ----------
    problem : Problem
    limits : tuple of Limit
    rows : Representation
    order : array of int (L,)
        The problem's lots sorted by name.
    first : array of int (N + 1,)
        Lots of name i are order[first[i]:first[i + 1]].
    coupling : Coupling
    tax, loss : array (L,)
        Of a dollar sold, in sorted order: tax (the priority of exits taken off), and loss that counts against the cap.
    cap : array (N,)
    lot_row : array (L, Q)
    least, most : array (N,)
        Bounds of the net trade that limits alone set; `most` is finite.
    """

    problem: Problem
    limits: tuple[Limit, ...]
    rows: Representation
    order: NDArray[np.intp]
    first: NDArray[np.int64]
    coupling: Coupling
    tax: Floats
    loss: Floats
    cap: Floats
    lot_row: Floats
    least: Floats
    most: Floats

    @property
    def left_out(self) -> tuple[str, ...]:
        """Limits that the kernels do not take."""
        return self.rows.left_out

    def worth(self, cost: float) -> float:
        """Value, with the priority of exits, of trades that cost so much in percent of NAV."""
        return self.problem.constant - self.problem.commission - cost / 100

    def names(self, least: Floats, most: Floats) -> Names:
        """Names with these bounds on their net trades."""
        p = self.problem
        return Names(
            active=100 * p.active,
            variance=p.specific_variance,
            least=least,
            most=most,
            buy_slope=p.cost - p.alpha,
            sell_slope=p.cost + p.alpha,
            impact=p.impact / 10,
        )

    def lots(self, may_sell: Bools) -> Lots:
        """Lots of which those that `may_sell` (in the problem's order) lets go can be sold."""
        p, size = self.problem, len(self.order)
        allowed = (may_sell & ~self.rows.barred)[self.order]
        return Lots(
            first=self.first,
            most=np.where(allowed, 100 * p.lot_value[self.order], 0.0),
            tax=self.tax,
            loss=self.loss,
            cap=self.cap,
            row=self.lot_row,
            prices=np.full(self.lot_row.shape[1], np.nan),
            priced=np.zeros(size),
            filled=np.zeros(size),
            order=np.zeros(size, dtype=np.int64),
        )

    def curves(self, lots: Lots, mu: Floats) -> Curves:
        """Sale curves of these lots at these prices of rows."""
        curves = empty_curves(self.first)
        price_lots(lots, self.coupling, mu, curves)
        return curves


@dataclass(frozen=True, eq=False)
class PatternForm:
    """One pattern: what may be sold and bought, as bounds and curves; `crossed` (N,) are names whose bounds cross."""

    names: Names
    lots: Lots
    curves: Curves
    crossed: Bools

    @property
    def feasible(self) -> bool:
        """Whether every name's own bounds leave it something."""
        return not self.crossed.any()


def newton_form(problem: Problem, limits: Sequence[Limit]) -> Form:
    """State a problem for the kernels; limits of a form that they do not take are left out, and named."""
    rows = represent(problem, limits)
    n = len(problem.assets)
    order = np.argsort(problem.lot_asset, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(problem.lot_asset, minlength=n))]).astype(np.int64)
    coupling = Coupling(
        root=np.ascontiguousarray(problem.root),
        exposure=100 * (problem.root.T @ problem.active),
        te_limit=100 * rows.te_limit,
        floor=2 * problem.risk_aversion / 100,
        buy=np.ascontiguousarray(rows.coupling.buy.T),
        sell=np.ascontiguousarray(rows.coupling.sell.T),
        upper=100 * rows.coupling.upper,
        ceiling=rows.coupling.ceiling,
        lot_row=rows.coupling.lot_row.astype(np.int64),
    )
    least, most = _bounds(problem, rows)
    return Form(
        problem=problem,
        limits=tuple(limits),
        rows=rows,
        order=order,
        first=first,
        coupling=coupling,
        tax=-(problem.lot_credit + problem.lot_priority)[order],
        loss=rows.cap.loss[order],
        cap=100 * rows.cap.cap,
        lot_row=np.ascontiguousarray(rows.coupling.lot.T[order]),
        least=least,
        most=most,
    )


def _bounds(problem: Problem, rows: Representation) -> tuple[Floats, Floats]:
    """Least and most net trade of each name, in percent of NAV, as far as limits set them."""
    n, trade = len(problem.assets), rows.trade
    least, most = np.full(n, -_PLENTY), np.full(n, _PLENTY)
    # A row without room (weights out of their band) asks for a trade on the other side: the same two lines.
    slows_buys, slows_sells = trade.buy > 0, trade.sell > 0
    np.minimum.at(most, trade.name[slows_buys], 100 * (trade.room / np.where(slows_buys, trade.buy, 1.0))[slows_buys])
    np.maximum.at(
        least, trade.name[slows_sells], -100 * (trade.room / np.where(slows_sells, trade.sell, 1.0))[slows_sells]
    )
    return least, np.minimum(most, _affordable(problem, rows))


def _affordable(problem: Problem, rows: Representation) -> Floats:
    """Most that rows which every buy uses up leave for one name, were everything sold that can be."""
    most = np.full(len(problem.assets), _PLENTY)
    position = 100 * np.bincount(problem.lot_asset, weights=problem.lot_value, minlength=len(most))
    coupling = rows.coupling
    for r in range(len(coupling.upper)):
        buy, sell = coupling.buy[r], coupling.sell[r]
        if r in coupling.lot_row or np.isfinite(coupling.ceiling[r]) or (buy < 0).any():
            continue
        room = 100 * coupling.upper[r] + np.maximum(-sell, 0.0) @ position
        used = buy > 0
        most[used] = np.minimum(most[used], max(room, 0.0) / buy[used])
    return most


def pattern_form(form: Form, pattern: Pattern) -> PatternForm:
    """State one pattern."""
    p = form.problem
    lots = form.lots(pattern.may_sell(p))
    curves = form.curves(lots, np.zeros(len(form.coupling.upper)))
    most = np.minimum(np.where(pattern.may_buy(p), form.most, 0.0), form.most)
    most = np.where(pattern.exit, np.minimum(most, -100 * p.held), most)
    least = np.maximum(form.least, -curve_lengths(curves))
    least = np.where(pattern.least_buy > 0, np.maximum(least, 100 * pattern.least_buy), least)
    # The sum of a name's lots and its weight differ in the last digits.
    crossed = least - most > 1e-9
    return PatternForm(form.names(np.minimum(least, most), most), lots, curves, crossed)


def no_trades(n: int) -> Trades:
    """Room for the trades of n names."""
    return Trades(np.zeros(n), np.zeros(n), np.full(n, -1, dtype=np.int64), np.zeros(n))
