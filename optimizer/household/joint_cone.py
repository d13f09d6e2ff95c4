"""The joint rebalance of a household as one cone program: sleeves, moves in kind, and what couples them.

With the side of every contested group given it is a convex problem. Without, each group has a number z from 0 (open to
buys) to 1 (sold at a loss): a relaxation whose optimum bounds the value of every set of trade and transfer lists. By
sides (`joint_split`) it is as tight as prices for what couples groups can make it; without, every loss lot sold is at
most its value times z and every purchase at most its largest times 1 - z, which is looser and smaller.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from optimizer.clarabel_run import run_clarabel
from optimizer.cvxpy_later import cp
from optimizer.household.joint_bands import Filled, keep_bands
from optimizer.household.joint_problem import JointProblem, JointSleeve
from optimizer.household.joint_split import Flows, SplitSleeve, split_sleeve
from optimizer.household.joint_total_risk import keep_total_risk_by_sides, total_risk
from optimizer.limits.base import Variables
from optimizer.limits.cash import CashLimit
from optimizer.limits.soft import SoftLinearLimit
from optimizer.limits.tracking_error import TrackingErrorLimit

__all__ = [
    "FRICTION",
    "JointSolution",
    "StatedJointly",
    "joint_value",
    "least_household_limit",
    "read_solution",
    "solve_joint",
    "state_jointly",
]

Floats = NDArray[np.float64]
_DUST = 1e-7
_OPEN: Filled = {}
# Of each dollar moved in kind, so that what gains nothing is not moved.
FRICTION = 2e-5


@dataclass(frozen=True, eq=False)
class JointSolution:
    """Trades and moves of all sleeves, each in fractions of its own NAV.

    Parameters
    ----------
    worth : float
        Value with the priority of exits, less the friction of moves; fraction of the household's NAV.
    sell, buy : tuple of array
        Of each sleeve, shapes (L,) and (N,).
    moved : array (A,)
        Along each arc, fraction of the source's NAV.
    loss_side : dict of str to float
        z of each contested group, from 0 to 1.
    """

    worth: float
    sell: tuple[Floats, ...]
    buy: tuple[Floats, ...]
    moved: Floats
    loss_side: dict[str, float]


@dataclass(frozen=True, eq=False)
class StatedJointly:
    """The program but for its objective; z of the groups in `free` and y of the names in `fills` are left open."""

    joint: JointProblem
    sell: list[cp.Expression]
    buy: list[cp.Expression]
    active: list[cp.Expression]
    exposure: list[cp.Expression]
    moved: cp.Expression
    z: cp.Expression
    constraints: list[cp.Constraint]
    excess: cp.Expression
    splits: list[SplitSleeve | None]
    variances: list[cp.Expression]
    free: dict[str, int]
    fills: dict[tuple[int, int], cp.Expression]

    def add_total_risk(self) -> cp.Expression:
        """Return the household's tracking error in percent of its NAV, as a new expression of the program."""
        risk, tie = total_risk(self.joint, self.active)
        self.constraints.append(tie)
        return risk

    def keep_household_limits(self, without: str = "") -> None:
        """Add the household's limits, but for the one named."""
        household = self.joint.household
        if household.tracking_error is not None and without != "tracking_error":
            if any(self.splits):
                by_sides = keep_total_risk_by_sides(self.joint, self.active, self.splits, self.free, self.z)
                self.constraints.extend(by_sides)
            else:
                self.constraints.append(self.add_total_risk() <= 100 * household.tracking_error)
        if household.realized_gain is not None and without != "realized_gain":
            self.constraints.append(self.gains <= 100 * household.realized_gain)

    @property
    def gains(self) -> cp.Expression:
        """Gross gains of the taxed sleeves, percent of the household's NAV."""
        parts = [
            j.share * (np.maximum(j.problem.lot_gain, 0.0) @ sell)
            for j, sell in zip(self.joint.sleeves, self.sell, strict=True)
            if j.sleeve.taxed and len(j.problem.lot_gain)
        ]
        return sum(parts, cp.Constant(0.0))


def solve_joint(
    joint: JointProblem, sides: Mapping[str, bool], filled: Filled = _OPEN, *, by_sides: bool = True
) -> JointSolution | None:
    """Solve the household with these sides of contested groups, relaxed for groups that are not among them.

    Returns
    -------
    JointSolution or None
        None where there are no trades.

    Raises
    ------
    SolverError
    """
    stated = state_jointly(joint, sides, filled, by_sides=by_sides)
    stated.keep_household_limits()
    problem = cp.Problem(cp.Maximize(joint_value(stated)), stated.constraints)
    if not run_clarabel(problem, "the household"):
        return None
    return read_solution(stated, float(problem.value) / 100)


def least_household_limit(joint: JointProblem, name: str) -> float | None:
    """Smallest total tracking error, or gross gains, with which the relaxation has trades; None where it has none.

    The household's other limit is kept.
    """
    stated = state_jointly(joint, {}, {}, by_sides=False)
    stated.keep_household_limits(without=name)
    target = stated.add_total_risk() if name == "tracking_error" else stated.gains
    problem = cp.Problem(cp.Minimize(target), stated.constraints)
    return float(problem.value) / 100 if run_clarabel(problem, "the household") else None


def state_jointly(joint: JointProblem, sides: Mapping[str, bool], filled: Filled, *, by_sides: bool) -> StatedJointly:
    """State the program with these sides; the groups left open are split by sides, or bounded by z times the most."""
    constraints: list[cp.Constraint] = []
    place = {group: g for g, group in enumerate(joint.contested)}
    z: cp.Expression = cp.Constant(np.zeros(max(len(place), 1)))
    if place and not all(group in sides for group in place):
        z = cp.Variable(len(place), nonneg=True)
        constraints.append(z <= 1)
        if fixed := [place[group] for group in place if group in sides]:
            constraints.append(z[fixed] == np.array([float(sides[joint.contested[g]]) for g in fixed]))
    elif place:
        z = cp.Constant(np.array([float(sides[group]) for group in place]))
    moved: cp.Expression = cp.Variable(len(joint.arcs), nonneg=True) if joint.arcs else cp.Constant(np.zeros(1))
    free = {group: g for group, g in place.items() if by_sides and group not in sides}
    moved_lost, more = _moved_on_the_loss_side(joint, moved, free)
    constraints += more
    sell, buy, active, exposure, splits, variances = [], [], [], [], [], []
    fills: dict[tuple[int, int], cp.Expression] = {}
    excess: cp.Expression = cp.Constant(0.0)
    for s, j in enumerate(joint.sleeves):
        sold, bought, more = _trades(j, z, place, free)
        constraints += more
        out, in_ = _arc_matrices(joint, s)
        p = j.problem
        own = len(p.lot_value) - len(j.arrivals)
        if out.nnz:
            left = np.array([lot for lot in range(own) if j.group[p.lot_asset[lot]] not in free], dtype=np.intp)
            if len(left):
                constraints.append(sold[left] + out[left] @ moved <= 100 * p.lot_value[left])
        if len(j.arrivals):
            ratio = np.array([joint.sleeves[joint.arcs[k].source].share / j.share for k in j.arrivals])
            constraints.append(sold[own:] <= cp.multiply(ratio, moved[j.arrivals]))
        net = bought + in_ @ moved if in_.nnz else bought
        if len(p.lot_value):
            net = net - p.lot_sum @ (sold + out @ moved if out.nnz else sold)
        a, y = cp.Variable(len(p.assets)), cp.Variable(p.root.shape[1])
        constraints += [a == 100 * p.active + net, y == p.root.T @ a]
        ratios = np.array([joint.sleeves[joint.arcs[k].source].share / j.share for k in j.arrivals])
        flows = Flows(sold, bought, a, moved, moved_lost, out, in_, ratios)
        split = split_sleeve(j, flows, z, free) if free else None
        variance, more = _variance(j, a, y, split)
        free_fills, banded = keep_bands(joint, s, flows, split, filled, z)
        fills |= free_fills
        constraints += [*more, *banded]
        splits.append(split)
        variances.append(variance)
        cash = np.asarray(out.sum(axis=0) - in_.sum(axis=0)).ravel() @ moved
        kept, price = _limits(j, Variables(sold, bought, a, y), cash, variance if split else None)
        constraints += kept
        excess = excess + j.share * price
        sell.append(sold)
        buy.append(bought)
        active.append(a)
        exposure.append(y)
    return StatedJointly(
        joint, sell, buy, active, exposure, moved, z, constraints, excess, splits, variances, free, fills
    )


def _moved_on_the_loss_side(
    joint: JointProblem, moved: cp.Expression, free: Mapping[str, int]
) -> tuple[cp.Expression, list[cp.Constraint]]:
    """Part of each move that is made on the loss side of its group, where that is split; no more than all of it."""
    groups = [joint.sleeves[arc.target].group[arc.name] for arc in joint.arcs]
    split = np.array([k for k, group in enumerate(groups) if group in free], dtype=np.intp)
    if not len(split):
        return cp.Constant(np.zeros(max(len(joint.arcs), 1))), []
    part = cp.Variable(len(split), nonneg=True)
    embed = sp.csr_array((np.ones(len(split)), (split, np.arange(len(split)))), shape=(len(joint.arcs), len(split)))
    return embed @ part, [part <= moved[split]]


def _variance(
    j: JointSleeve, a: cp.Expression, y: cp.Expression, split: SplitSleeve | None
) -> tuple[cp.Expression, list[cp.Constraint]]:
    """Tracking variance in percent squared, by sides where the sleeve is split."""
    specific = j.problem.specific_variance
    if split is None:
        return cp.sum_squares(y) + cp.sum_squares(cp.multiply(np.sqrt(specific), a)), []
    rest = np.setdiff1d(np.flatnonzero(specific > 0), split.names)
    whole = cp.Variable()
    parts = cp.hstack([y, cp.multiply(np.sqrt(specific[rest]), a[rest])]) if len(rest) else y
    tie = cp.sum_squares(parts) + specific[split.names] @ split.squares <= whole
    return whole, [*split.constraints, tie]


def _trades(
    j: JointSleeve, z: cp.Expression, place: Mapping[str, int], split: Mapping[str, int]
) -> tuple[cp.Expression, cp.Expression, list[cp.Constraint]]:
    """Sold of each lot and bought of each name in percent, within their bounds and on their groups' sides."""
    p = j.problem
    sold, constraints = _amounts(np.where(j.sellable, p.lot_value, 0.0))
    bought, more = _amounts(j.largest_buy)
    constraints += more
    at = np.array([place.get(group, -1) for group in j.group], dtype=np.intp)
    whole = np.array([group not in split for group in j.group], dtype=bool)
    losing = np.flatnonzero(p.lot_is_loss & j.sellable & (at >= 0)[p.lot_asset] & whole[p.lot_asset])
    if len(losing):
        # A loss lot goes as far as its group is on the loss side.
        constraints.append(sold[losing] <= cp.multiply(100 * p.lot_value[losing], z[at[p.lot_asset[losing]]]))
    open_names = np.flatnonzero((j.largest_buy > 0) & (at >= 0))
    if len(open_names):
        constraints.append(bought[open_names] <= cp.multiply(100 * j.largest_buy[open_names], 1 - z[at[open_names]]))
    return sold, bought, constraints


def _amounts(upper: Floats) -> tuple[cp.Expression, list[cp.Constraint]]:
    """Amounts from zero to a fraction of NAV, in percent, with a variable only where there is room."""
    free = np.flatnonzero(upper > 0)
    if not len(free):
        return cp.Constant(np.zeros(len(upper))), []
    variable = cp.Variable(len(free), nonneg=True)
    embed = sp.csr_array((np.ones(len(free)), (free, np.arange(len(free)))), shape=(len(upper), len(free)))
    return embed @ variable, [variable <= 100 * upper[free]]


def _arc_matrices(joint: JointProblem, s: int) -> tuple[sp.csr_array, sp.csr_array]:
    """What the moves take from the lots of a sleeve (L, A), and bring to its names (N, A), in its own NAV."""
    p, count = joint.sleeves[s].problem, max(len(joint.arcs), 1)
    leaving = [(arc.lot, k) for k, arc in enumerate(joint.arcs) if arc.source == s]
    coming = [
        (arc.name, k, joint.sleeves[arc.source].share / joint.sleeves[s].share)
        for k, arc in enumerate(joint.arcs)
        if arc.target == s
    ]
    out = sp.csr_array(
        (np.ones(len(leaving)), ([lot for lot, _ in leaving], [k for _, k in leaving])),
        shape=(len(p.lot_value), count),
    )
    in_ = sp.csr_array(
        ([r for _, _, r in coming], ([i for i, _, _ in coming], [k for _, k, _ in coming])),
        shape=(len(p.assets), count),
    )
    return out, in_


def _limits(
    j: JointSleeve, variables: Variables, cash: cp.Expression, variance: cp.Expression | None
) -> tuple[list[cp.Constraint], cp.Expression]:
    """Every limit of a sleeve's mandate, with the cash that settles moves counted in its cash."""
    constraints: list[cp.Constraint] = []
    excess: cp.Expression = cp.Constant(0.0)
    for limit in j.limits:
        if variance is not None and isinstance(limit, TrackingErrorLimit):
            constraints.append(variance <= (100 * limit.limit) ** 2)
            continue
        plain = limit.limit if isinstance(limit, SoftLinearLimit) else limit
        for inequality in limit.inequalities(j.problem, variables):
            expression = inequality.expression
            if isinstance(plain, CashLimit):
                ends = [1.0 if end.lower else -1.0 for end in inequality.ends]
                expression = expression - cash * np.array(ends)
            if inequality.price is not None:
                slack = cp.Variable(np.shape(inequality.upper), nonneg=True)
                expression = expression - slack
                excess = excess + cp.sum(cp.multiply(inequality.price, slack))
            constraints.append(expression <= inequality.upper)
    return constraints, excess


def joint_value(stated: StatedJointly) -> cp.Expression:
    """Tax, alpha, costs and risk of all sleeves in percent of the household's NAV."""
    total = -stated.excess
    for s, j in enumerate(stated.joint.sleeves):
        p, sell, buy = j.problem, stated.sell[s], stated.buy[s]
        value = (p.alpha - p.cost) @ buy
        if len(p.lot_value):
            value = value + (p.lot_credit + p.lot_priority - (p.cost + p.alpha) @ p.lot_sum) @ sell
        if p.impact.any():
            traded = p.lot_sum @ sell + buy if len(p.lot_value) else buy
            value = value - p.impact / 10 @ cp.power(traded, 1.5)
        total = total + j.share * (value - p.risk_aversion / 100 * stated.variances[s])
    if stated.joint.arcs:
        shares = np.array([stated.joint.sleeves[arc.source].share for arc in stated.joint.arcs])
        total = total - FRICTION * (shares @ stated.moved)
    return total


def read_solution(stated: StatedJointly, worth: float) -> JointSolution:
    """Read a solution off the program's variables."""
    joint = stated.joint
    sell = tuple(
        _clean(expression, np.where(j.sellable, j.problem.lot_value, 0.0))
        for expression, j in zip(stated.sell, joint.sleeves, strict=True)
    )
    buy = tuple(_clean(e, j.largest_buy) for e, j in zip(stated.buy, joint.sleeves, strict=True))
    lots = np.array([joint.sleeves[arc.source].problem.lot_value[arc.lot] for arc in joint.arcs])
    moved = _clean(stated.moved, lots) if joint.arcs else np.zeros(0)
    z = np.clip(np.asarray(stated.z.value, dtype=float), 0.0, 1.0)
    return JointSolution(worth, sell, buy, moved, dict(zip(joint.contested, z.tolist(), strict=False)))


def _clean(expression: cp.Expression, most: Floats) -> Floats:
    """Take a solver's figures back inside their bounds."""
    amounts = np.clip(np.asarray(expression.value, dtype=float).reshape(most.shape) / 100, 0.0, most)
    amounts[amounts < np.minimum(_DUST, 1e-4 * most)] = 0.0
    return amounts
