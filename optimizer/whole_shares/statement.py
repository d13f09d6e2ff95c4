"""A problem in whole shares as a mixed-integer linear program, but for the curve of the variance.

Beside whole shares sold and bought: each name is sold or bought, not both, in an order of the least trade or more; each
group is sold at a loss or bought, not both; a name is held or not, and the number held is bounded. Amounts stand in
hundredths of a percent of NAV, so that what a solver lets pass of a row is far below what counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from optimizer.account import Account
from optimizer.limits.base import Limit
from optimizer.linear_rows import LinearRows, linear_rows
from optimizer.mandate import Mandate
from optimizer.newton import newton_form
from optimizer.newton.rows import represent
from optimizer.problem import Problem
from optimizer.whole_shares.columns import Columns, RowPile, columns_of

__all__ = ["UNIT", "WholeProgram", "state_program"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]
# NAV in the program's own unit.
UNIT = 1e4
_DIGITS = 1e-9


@dataclass(frozen=True, eq=False)
class WholeProgram:
    """The program without the tangents that bound its squares.

    Parameters
    ----------
    problem : Problem
        Without commissions, which stand in `cost`.
    rows : LinearRows
    order_room : array (m,)
        What the commission of each order takes of each row's room.
    commission : float
        Of one order, fraction of NAV.
    te_limit : float
        Percent, infinite for none.
    columns : Columns
    cost : array
        To be minimised, by column; `UNIT` is NAV.
    matrix : sparse array
    lower, upper, least, most : array
        Ends of rows and of columns.
    """

    problem: Problem
    rows: LinearRows
    order_room: Floats
    commission: float
    te_limit: float
    columns: Columns
    cost: Floats
    matrix: sp.csr_array
    lower: Floats
    upper: Floats
    least: Floats
    most: Floats


@dataclass(frozen=True, eq=False)
class _Shares:
    """Whole shares: held of each name, most sold of each lot and bought of each name, and the least order of each.

    `alone` lots go only with the whole position of their group; `may_leave` names and groups can be sold out.
    """

    held: Floats
    lot: Floats
    alone: Bools
    bought: Floats
    order: Floats
    may_leave: Bools
    group_may_leave: Bools


def state_program(problem: Problem, account: Account, limits: Sequence[Limit], mandate: Mandate) -> WholeProgram:
    """State the mixed-integer program of an account.

    Parameters
    ----------
    problem : Problem
    account : Account
        Whose lots are the problem's, in the same order.
    limits : sequence of Limit
        Tracking error and linear ones.
    mandate : Mandate
        Least trade, number of names, commission.

    Returns
    -------
    WholeProgram
    """
    commission = mandate.costs.commission / problem.nav
    alone = ~problem.lot_sellable & problem.liquidable[problem.lot_group]
    problem = replace(problem, commission=0.0)
    # Rows are sorted by what may be sold; the lots that go only with the whole position may.
    every = replace(problem, lot_sellable=problem.lot_sellable | alone)
    sorted_rows = represent(every, limits)
    rows = linear_rows(problem, sorted_rows)
    paying = linear_rows(problem, represent(replace(every, commission=commission), limits)) if commission else rows
    order_room = rows.room - paying.room
    shares = _shares(problem, account, mandate, alone & ~sorted_rows.barred, sorted_rows.barred)
    room = newton_form(every, limits).most / 100 * problem.nav / problem.price
    shares = replace(shares, bought=np.where(problem.buyable, np.floor(np.maximum(room, 0.0) + _DIGITS), 0.0))
    (n, k), soft = problem.root.shape, int(np.isfinite(rows.ceiling).sum())
    at = columns_of(len(problem.lot_asset), n, problem.groups, k + n, soft)
    pile = RowPile(at.size)
    _add_limits(pile, at, problem, rows, order_room)
    _add_orders(pile, at, problem, shares)
    _add_sides(pile, at, problem, shares)
    _add_deviations(pile, at, problem)
    if np.isfinite(sorted_rows.te_limit):
        pile.add([(at.square, sp.csr_array(np.ones((1, k + n))))], -np.inf, (100 * sorted_rows.te_limit) ** 2)
    if mandate.names is not None:
        _add_names(pile, at, problem, shares, mandate.names)
    matrix, lower, upper = pile.stacked()
    least, most = _bounds(at, shares, counted=mandate.names is not None)
    return WholeProgram(
        problem=problem,
        rows=rows,
        order_room=order_room,
        commission=commission,
        te_limit=100 * sorted_rows.te_limit,
        columns=at,
        cost=_cost(at, problem, rows, commission),
        matrix=matrix,
        lower=lower,
        upper=upper,
        least=least,
        most=most,
    )


def _shares(problem: Problem, account: Account, mandate: Mandate, alone: Bools, barred: Bools) -> _Shares:
    of_lot = account.lots.shares
    may_go = (problem.lot_sellable & ~barred) | alone
    stuck = ~may_go | (np.abs(of_lot - np.round(of_lot)) > 1e-7)
    n = len(problem.assets)
    return _Shares(
        held=np.bincount(problem.lot_asset, weights=of_lot, minlength=n).astype(float),
        lot=np.where(may_go, np.floor(of_lot + 1e-6), 0.0),
        alone=alone,
        bought=np.zeros(n),
        order=np.maximum(1.0, np.ceil(mandate.min_trade * problem.nav / problem.price * (1 - _DIGITS))),
        may_leave=np.bincount(problem.lot_asset, weights=stuck, minlength=n) == 0,
        group_may_leave=problem.liquidable
        & (np.bincount(problem.lot_group, weights=stuck, minlength=problem.groups) == 0),
    )


def _unit(problem: Problem) -> Floats:
    """One share of each name over NAV."""
    unit: Floats = problem.price / problem.nav
    return unit


def _eye(size: int) -> sp.csr_array:
    return sp.csr_array(sp.eye_array(size))


def _one_a_row(values: Floats, columns: Ints, width: int) -> sp.csr_array:
    return sp.csr_array((values, (np.arange(len(values)), columns)), shape=(len(values), width))


def _add_limits(pile: RowPile, at: Columns, problem: Problem, rows: LinearRows, order_room: Floats) -> None:
    unit, soft = _unit(problem), np.flatnonzero(np.isfinite(rows.ceiling))
    orders = sp.csr_array(UNIT * np.outer(order_room, np.ones(len(problem.assets))))
    parts: list[tuple[slice, sp.sparray]] = [
        (at.sell, UNIT * rows.on_sales(problem) @ sp.diags_array(unit[problem.lot_asset])),
        (at.buy, UNIT * rows.on_buys() @ sp.diags_array(unit)),
        (at.selling, orders),
        (at.buying, orders),
        (at.excess, -_one_a_row(np.ones(len(soft)), soft, len(rows.room)).T),
    ]
    pile.add(parts, -np.inf, UNIT * rows.room)


def _add_orders(pile: RowPile, at: Columns, problem: Problem, shares: _Shares) -> None:
    """Sold or bought, not both, in an order of the least size or more."""
    n, size = len(problem.assets), len(problem.lot_asset)
    lot_of = _one_a_row(shares.lot, problem.lot_asset, n)
    order = sp.diags_array(shares.order)
    pile.add([(at.sell, _eye(size)), (at.selling, -lot_of)], -np.inf, 0.0)
    pile.add([(at.sell, -problem.lot_sum), (at.selling, order)], -np.inf, 0.0)
    pile.add([(at.buy, _eye(n)), (at.buying, -sp.diags_array(shares.bought))], -np.inf, 0.0)
    pile.add([(at.buy, -_eye(n)), (at.buying, order)], -np.inf, 0.0)
    pile.add([(at.selling, _eye(n)), (at.buying, _eye(n))], -np.inf, 1.0)


def _add_sides(pile: RowPile, at: Columns, problem: Problem, shares: _Shares) -> None:
    """Each group at a loss or bought; lots that go only with the whole position, with it."""
    n, groups, lots = len(problem.assets), problem.groups, _eye(len(problem.lot_asset))

    def of_group(chosen: Ints) -> sp.csr_array:
        return _one_a_row(shares.lot[chosen], problem.lot_group[chosen], groups)

    losses = np.flatnonzero(problem.lot_is_loss & (shares.lot > 0))
    pile.add([(at.sell, lots[losses]), (at.loss_side, -of_group(losses))], -np.inf, 0.0)
    pile.add([(at.buying, _eye(n)), (at.loss_side, _one_a_row(np.ones(n), problem.group, groups))], -np.inf, 1.0)
    if not shares.group_may_leave.any() and not shares.alone.any():
        return
    # A group that leaves is on the loss side and every lot of it goes; the lots that may not go alone go only then.
    pile.add([(at.leaving, _eye(groups)), (at.loss_side, -_eye(groups))], -np.inf, 0.0)
    together = np.flatnonzero(shares.group_may_leave[problem.lot_group])
    pile.add([(at.sell, -lots[together]), (at.leaving, of_group(together))], -np.inf, 0.0)
    alone = np.flatnonzero(shares.alone)
    pile.add([(at.sell, lots[alone]), (at.leaving, -of_group(alone))], -np.inf, 0.0)


def _add_deviations(pile: RowPile, at: Columns, problem: Problem) -> None:
    """Deviations x = (G, D^(1/2))'a in percent."""
    n, k = problem.root.shape
    Q = sp.csr_array(np.vstack([problem.root.T, np.diag(np.sqrt(problem.specific_variance))]))
    per_share = Q @ sp.diags_array(100 * _unit(problem))
    start = Q @ (100 * problem.active)
    parts: list[tuple[slice, sp.sparray]] = [
        (at.deviation, _eye(k + n)),
        (at.sell, per_share @ problem.lot_sum),
        (at.buy, -per_share),
    ]
    pile.add(parts, start, start)


def _add_names(pile: RowPile, at: Columns, problem: Problem, shares: _Shares, names: tuple[int, int]) -> None:
    """A name is held when at least a share is left, and is not when none is; so many are held."""
    n = len(problem.assets)
    left = [(at.sell, -problem.lot_sum), (at.buy, _eye(n))]
    pile.add([*left, (at.held, -sp.diags_array(shares.held + shares.bought))], -np.inf, -shares.held)
    # Where a fraction of a share stays whatever is sold, the name is held without a whole one.
    a_share = sp.diags_array(np.where(shares.may_leave, 1.0, 0.0))
    pile.add([*left, (at.held, -a_share)], -shares.held, np.inf)
    pile.add([(at.held, sp.csr_array(np.ones((1, n))))], float(names[0]), float(names[1]))


def _bounds(at: Columns, shares: _Shares, *, counted: bool) -> tuple[Floats, Floats]:
    least, most = np.zeros(at.size), np.ones(at.size)
    most[at.sell], most[at.buy] = shares.lot, shares.bought
    most[at.leaving] = shares.group_may_leave
    least[at.deviation], most[at.deviation] = -np.inf, np.inf
    most[at.square], most[at.excess] = np.inf, np.inf
    if counted:
        least[at.held] = (shares.held > 0) & ~shares.may_leave
    else:
        most[at.held] = 0.0
    return least, most


def _cost(at: Columns, problem: Problem, rows: LinearRows, commission: float) -> Floats:
    p, unit, cost = problem, _unit(problem), np.zeros(at.size)
    of_lot = (p.cost + p.alpha)[p.lot_asset] - p.lot_credit - p.lot_priority
    cost[at.sell] = UNIT * of_lot * unit[p.lot_asset]
    cost[at.buy] = UNIT * (p.cost - p.alpha) * unit
    cost[at.selling] = cost[at.buying] = UNIT * commission
    # Squares stand in percent squared.
    cost[at.square] = UNIT * p.risk_aversion / 1e4
    cost[at.excess] = rows.ceiling[np.isfinite(rows.ceiling)]
    return cost
