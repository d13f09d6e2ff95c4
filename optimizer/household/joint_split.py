"""The trades of a sleeve split into those of the loss side and those of the open side of its contested groups.

With z the part of a group that is on the loss side, what is traded and held of its names is the sum of two parts, each
within the bounds of its side times z or 1 - z. Specific variance is d a_l^2 / z + d a_o^2 / (1 - z), its perspective,
which is d a^2 where z is 0 or 1 and more between: the convex hull of the two sides of each group, so that no relaxation
that prices what couples groups is tighter (Frangioni and Gentile, 2006; Günlük and Linderoth, 2010).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from optimizer.cvxpy_later import cp
from optimizer.household.joint_problem import JointSleeve
from optimizer.limits.base import LinearLimit
from optimizer.limits.cash import CashLimit
from optimizer.limits.soft import SoftLinearLimit

__all__ = ["Flows", "SplitSleeve", "perspective", "split_sleeve"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Flows:
    """What happens in a sleeve, as expressions in percent of its NAV.

    Parameters
    ----------
    sold : expression (L,)
    bought, active : expression (N,)
        `active` is the active weight after trading and moving.
    moved, moved_lost : expression (A,)
        Along each arc, in percent of the source's NAV; all of it, and the part of the loss side.
    out : sparse array (L, A)
        What the moves take from the sleeve's lots.
    in_ : sparse array (N, A)
        What they bring to its names.
    ratio : array
        Of each arrival: the source's NAV over the sleeve's.
    """

    sold: cp.Expression
    bought: cp.Expression
    active: cp.Expression
    moved: cp.Expression
    moved_lost: cp.Expression
    out: sp.csr_array
    in_: sp.csr_array
    ratio: Floats


@dataclass(frozen=True, eq=False)
class SplitSleeve:
    """A sleeve's names of undecided groups by sides.

    Parameters
    ----------
    names : array of int (S,)
        Places of the names in the sleeve's problem, ascending.
    groups : array of int (S,)
        Place of each name's group in z.
    lost, opened : expression (S,)
        Active weights of either side in percent; their sum is the active weight.
    sold_lost : expression (L,)
        Sold of each lot on the loss side, zero for lots of other names.
    squares : expression (S,)
        At least a_l^2 / z + a_o^2 / (1 - z).
    constraints : list of Constraint
    """

    names: Ints
    groups: Ints
    lost: cp.Expression
    opened: cp.Expression
    sold_lost: cp.Expression
    squares: cp.Expression
    constraints: list[cp.Constraint]


def split_sleeve(j: JointSleeve, flows: Flows, z: cp.Expression, place: Mapping[str, int]) -> SplitSleeve | None:
    """Split the names of groups that have a place in z; None where the sleeve has none that could trade.

    Parameters
    ----------
    j : JointSleeve
    flows : Flows
    z : expression (G,)
    place : mapping of str to int
        Of each group whose side is open.
    """
    p = j.problem
    at = np.array([place.get(group, -1) for group in j.group], dtype=np.intp)
    tradable = j.largest_buy > 0
    tradable[p.lot_asset[j.sellable]] = True
    tradable |= _touched(p.lot_sum @ flows.out) | _touched(flows.in_)
    names = np.flatnonzero(tradable & (at >= 0))
    if not len(names):
        return None
    z_of = z[at[names]]
    sold_lost, constraints = _sold_on_the_loss_side(j, flows, z, at)
    net = -p.lot_sum @ (sold_lost + flows.out @ flows.moved_lost) if len(p.lot_value) else cp.Constant(0.0)
    net = net + flows.in_ @ flows.moved_lost
    lost = cp.multiply(100 * p.active[names], z_of) + (net[names] if net.shape else net)
    opened = flows.active[names] - lost
    squares, cones = perspective(lost, opened, z_of)
    split = SplitSleeve(names, at[names], lost, opened, sold_lost, squares, [*constraints, *cones])
    for limit in j.limits:
        if isinstance(limit, LinearLimit) and not isinstance(limit, (CashLimit, SoftLinearLimit)):
            split.constraints.extend(_by_sides(j, limit, flows, split, z, at))
    return split


def perspective(
    lost: cp.Expression, opened: cp.Expression, z: cp.Expression
) -> tuple[cp.Expression, list[cp.Constraint]]:
    """Return an expression that is at least lost^2 / z + opened^2 / (1 - z), entry by entry, and what ties it."""
    count = lost.shape[0]
    on_loss, on_open = cp.Variable(count, nonneg=True), cp.Variable(count, nonneg=True)
    # x^2 <= q z as |(2 x, q - z)| <= q + z.
    cones = [
        cp.SOC(q + side, cp.vstack([2 * x, q - side]), axis=0)
        for x, q, side in ((lost, on_loss, z), (opened, on_open, 1 - z))
    ]
    return on_loss + on_open, cones


def _touched(matrix: sp.csr_array) -> NDArray[np.bool_]:
    """Rows with an entry."""
    touched: NDArray[np.bool_] = np.diff(sp.csr_array(matrix).indptr) > 0
    return touched


def _sold_on_the_loss_side(
    j: JointSleeve, flows: Flows, z: cp.Expression, at: Ints
) -> tuple[cp.Expression, list[cp.Constraint]]:
    """Sold of each lot (L,) on the loss side of its group; losses all are, of gains it is a variable.

    What leaves a lot on a side, sold or moved, is at most the lot's value times that side's part; of lots that arrive,
    what has arrived there.
    """
    p = j.problem
    if not len(p.lot_value):
        return cp.Constant(np.zeros(0)), []
    of_lot = at[p.lot_asset]
    split = of_lot >= 0
    losing = np.flatnonzero(split & p.lot_is_loss & j.sellable)
    gaining = np.flatnonzero(split & ~p.lot_is_loss & j.sellable)
    count = len(p.lot_value)
    sold_lost: cp.Expression = _chosen(losing, count) @ flows.sold
    constraints: list[cp.Constraint] = []
    if len(gaining):
        part = cp.Variable(len(gaining), nonneg=True)
        constraints.append(part <= flows.sold[gaining])
        embed = sp.csr_array((np.ones(len(gaining)), (gaining, np.arange(len(gaining)))), shape=(count, len(gaining)))
        sold_lost = sold_lost + embed @ part
    own = count - len(j.arrivals)
    leaving = np.flatnonzero(split[:own] & (j.sellable[:own] | _touched(flows.out[:own])))
    if len(leaving):
        value, side = 100 * p.lot_value[leaving], z[of_lot[leaving]]
        gone = flows.sold[leaving] + flows.out[leaving] @ flows.moved
        gone_lost = sold_lost[leaving] + flows.out[leaving] @ flows.moved_lost
        constraints += [gone_lost <= cp.multiply(value, side), gone - gone_lost <= cp.multiply(value, 1 - side)]
    come = np.flatnonzero(split[own:])
    if len(come):
        arcs, ratio, lots = j.arrivals[come], flows.ratio[come], own + come
        there, there_lost = cp.multiply(ratio, flows.moved[arcs]), cp.multiply(ratio, flows.moved_lost[arcs])
        constraints += [
            sold_lost[lots] <= there_lost,
            flows.sold[lots] - sold_lost[lots] <= there - there_lost,
        ]
    return sold_lost, constraints


def _chosen(lots: Ints, count: int) -> sp.csr_array:
    """Diagonal matrix that keeps these entries."""
    return sp.csr_array((np.ones(len(lots)), (lots, lots)), shape=(count, count))


def _by_sides(
    j: JointSleeve,
    limit: LinearLimit,
    flows: Flows,
    split: SplitSleeve,
    z: cp.Expression,
    at: Ints,
) -> list[cp.Constraint]:
    """Rows that speak of split names of one group only, on either side of it."""
    p, rows = j.problem, limit.stated(j.problem)
    n, count = len(p.assets), len(rows.upper)
    if not count:
        return []
    speaks = sp.csr_array((count, n))
    for matrix in (rows.active, rows.buy):
        if matrix is not None:
            speaks = speaks + abs(matrix.csr)
    if rows.sell is not None and len(p.lot_value):
        speaks = speaks + abs(rows.sell.csr) @ p.lot_sum.T
    own, group = _of_one_group(speaks, np.where(np.isin(np.arange(n), split.names), at, -1))
    if not len(own):
        return []
    whole: cp.Expression = cp.Constant(np.zeros(len(own)))
    lost: cp.Expression = cp.Constant(np.zeros(len(own)))
    if rows.active is not None:
        of_names = rows.active.csr[own][:, split.names]
        whole, lost = whole + of_names @ flows.active[split.names], lost + of_names @ split.lost
    if rows.buy is not None:
        whole = whole + rows.buy.csr[own] @ flows.bought
    if rows.sell is not None and len(p.lot_value):
        whole, lost = whole + rows.sell.csr[own] @ flows.sold, lost + rows.sell.csr[own] @ split.sold_lost
    upper, side = 100 * rows.upper[own], z[group]
    return [lost <= cp.multiply(upper, side), whole - lost <= cp.multiply(upper, 1 - side)]


def _of_one_group(speaks: sp.csr_array, at: Ints) -> tuple[Ints, Ints]:
    """Rows that speak only of names of one group (at, from 0), with that group."""
    matrix = sp.csr_array(speaks)
    matrix.eliminate_zeros()
    own, group = [], []
    for row in range(matrix.shape[0]):
        groups = set(at[matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]].tolist())
        if len(groups) == 1 and (only := groups.pop()) >= 0:
            own.append(row)
            group.append(only)
    return np.array(own, dtype=np.intp), np.array(group, dtype=np.intp)
