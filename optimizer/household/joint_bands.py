"""Bands on active weights as transfers leave them: what arrives of a name below its band may not be sold again.

A limit that is not strict asks that drift beyond its band get no worse, before the transfers and after them. A name
below its band that lots are moved to may be sold on balance only down to the band, and not at all where the moves do
not bring it there: sold less bought is at most max(0, a + u + moved), with a the active weight before and -u the lower
end of the band. With y = 1 for a name that is brought into its band and 0 for one that is not, that is

    sold - bought <= moved + (a + u) y          sold - bought <= most y

where `most` is what is left when everything that could move has. With y from 0 to 1 it is the concave envelope.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.cvxpy_later import cp
from optimizer.household.joint_problem import JointProblem
from optimizer.household.joint_split import Flows, SplitSleeve
from optimizer.limits import ActiveWeightLimit

__all__ = ["Filled", "Oversale", "keep_bands", "oversold"]

Floats = NDArray[np.float64]
# By sleeve and name: whether moves bring it into its band.
Filled = Mapping[tuple[int, int], bool]
_OVER = 1e-6


@dataclass(frozen=True)
class Oversale:
    """Sold on balance of a name, more than its band allows, fraction of NAV; and whether half of what could arrives."""

    amount: float
    half_arrives: bool


@dataclass(frozen=True, eq=False)
class _Below:
    """Names below their band that lots could move to: their places, what they lack, and what could arrive at most."""

    names: NDArray[np.intp]
    lack: Floats
    arriving: Floats


def keep_bands(
    joint: JointProblem, s: int, flows: Flows, split: SplitSleeve | None, filled: Filled, z: cp.Expression
) -> tuple[dict[tuple[int, int], cp.Expression], list[cp.Constraint]]:
    """State what may be sold of names below their band once lots have moved.

    Parameters
    ----------
    joint : JointProblem
    s : int
        Place of the sleeve.
    flows : Flows
    split : SplitSleeve or None
    filled : mapping of (int, int) to bool
    z : expression (G,)

    Returns
    -------
    dict of (int, int) to expression
        y of each name that is not in `filled`.
    list of Constraint
    """
    below = _below(joint, s)
    names = below.names
    if not len(names):
        return {}, []
    p = joint.sleeves[s].problem
    net, come = p.lot_sum[names] @ flows.sold - flows.bought[names], flows.in_[names] @ flows.moved
    most = np.maximum(below.arriving - below.lack, 0.0)
    keys = [(s, int(i)) for i in names]
    lower = np.array([float(filled.get(key, False)) for key in keys])
    upper = np.array([float(filled.get(key, True)) for key in keys])
    y = cp.Variable(len(names))
    constraints = [
        y >= lower,
        y <= upper,
        net <= come - cp.multiply(100 * below.lack, y),
        net <= cp.multiply(100 * most, y),
    ]
    if split is not None and (either := np.flatnonzero(np.isin(names, split.names))).size:
        # The same on either side, of the part of y that is there.
        side = z[split.groups[np.searchsorted(split.names, names[either])]]
        y_lost = cp.Variable(len(either), nonneg=True)
        net_lost = p.lot_sum[names[either]] @ split.sold_lost
        come_lost = flows.in_[names[either]] @ flows.moved_lost
        for part, sold, there, most_of_y in (
            (y_lost, net_lost, come_lost, side),
            (y[either] - y_lost, net[either] - net_lost, come[either] - come_lost, 1 - side),
        ):
            constraints += [
                part >= 0,
                part <= most_of_y,
                sold <= there - cp.multiply(100 * below.lack[either], part),
                sold <= cp.multiply(100 * most[either], part),
            ]
    return {key: y[k] for k, key in enumerate(keys) if key not in filled}, constraints


def oversold(
    joint: JointProblem, sell: Sequence[Floats], buy: Sequence[Floats], moved: Floats
) -> dict[tuple[int, int], Oversale]:
    """Find names of which more is sold than the moves have brought beyond the lower end of their band, by sleeve."""
    found: dict[tuple[int, int], Oversale] = {}
    if not joint.arcs:
        return found
    for s, j in enumerate(joint.sleeves):
        below = _below(joint, s)
        if not len(below.names):
            continue
        come = _arriving(joint, s, moved)[below.names]
        net = (j.problem.by_name(sell[s]) - buy[s])[below.names]
        for k in np.flatnonzero(net > np.maximum(come - below.lack, 0.0) + _OVER):
            found[s, int(below.names[k])] = Oversale(float(net[k]), bool(2 * come[k] > below.arriving[k]))
    return found


def _below(joint: JointProblem, s: int) -> _Below:
    j = joint.sleeves[s]
    p = j.problem
    lack = np.zeros(len(p.assets))
    for limit in j.limits:
        if isinstance(limit, ActiveWeightLimit) and not limit.strict:
            lack = np.maximum(lack, -limit.limit - p.active)
    values = np.array([joint.sleeves[arc.source].problem.lot_value[arc.lot] for arc in joint.arcs])
    arriving = _arriving(joint, s, values)
    names = np.flatnonzero((lack > 0) & (arriving > 0))
    return _Below(names, lack[names], arriving[names])


def _arriving(joint: JointProblem, s: int, moved: Floats) -> Floats:
    """What moves bring to each name of a sleeve, fraction of its NAV; moved (A,) is of the sources'."""
    arriving = np.zeros(len(joint.sleeves[s].problem.assets))
    for arc, amount in zip(joint.arcs, moved.tolist(), strict=True):
        if arc.target == s:
            arriving[arc.name] += amount * joint.sleeves[arc.source].share / joint.sleeves[s].share
    return arriving
