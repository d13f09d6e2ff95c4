"""Bands on active weights as transfers leave them: what arrives of a name below its band may not be sold again.

A limit that is not strict asks that drift beyond its band get no worse, before the transfers and after them. A name
below its band that lots are moved to may be sold on balance only down to the band, and not at all where the moves do
not bring it there: sold less bought is at most max(0, a + u + moved), with a the active weight before and -u the lower
end of the band. With y = 1 for a name that is brought into its band and 0 for one that is not, that is

    sold - bought <= moved + (a + u) y          sold - bought <= most y

where `most` is what is left when everything that could move has. With y from 0 to 1 it is the concave envelope.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.cvxpy_later import cp
from optimizer.household.joint_problem import JointProblem
from optimizer.household.joint_split import Flows, SplitSleeve
from optimizer.limits import ActiveWeightLimit

__all__ = ["Filled", "keep_bands", "oversold"]

Floats = NDArray[np.float64]
# By sleeve and name: whether moves bring it into its band.
Filled = Mapping[tuple[int, int], bool]
_OVER = 1e-6


@dataclass(frozen=True, eq=False)
class _Below:
    """Names below their band that lots could move to: their places, what they lack, and what could arrive at most."""

    names: NDArray[np.intp]
    lack: Floats
    arriving: Floats


def keep_bands(
    joint: JointProblem, s: int, flows: Flows, split: SplitSleeve | None, filled: Filled
) -> list[cp.Constraint]:
    """State what may be sold of names below their band once lots have moved; relaxed for names not in `filled`.

    Parameters
    ----------
    joint : JointProblem
    s : int
        Place of the sleeve.
    flows : Flows
    split : SplitSleeve or None
    filled : mapping of (int, int) to bool
    """
    below = _below(joint, s)
    names = below.names
    if not len(names):
        return []
    p = joint.sleeves[s].problem
    net, come = p.lot_sum[names] @ flows.sold - flows.bought[names], flows.in_[names] @ flows.moved
    most = np.maximum(below.arriving - below.lack, 0.0)
    lower = np.array([float(filled.get((s, i), False)) for i in names.tolist()])
    upper = np.array([float(filled.get((s, i), True)) for i in names.tolist()])
    y = cp.Variable(len(names))
    constraints = [
        y >= lower,
        y <= upper,
        net <= come - cp.multiply(100 * below.lack, y),
        net <= cp.multiply(100 * most, y),
    ]
    if split is None:
        return constraints
    either = np.array([k for k, i in enumerate(names.tolist()) if i in set(split.names.tolist())], dtype=np.intp)
    if len(either):
        part = (most / below.arriving)[either]
        net_lost = p.lot_sum[names[either]] @ split.sold_lost
        come_lost = flows.in_[names[either]] @ flows.moved_lost
        constraints += [
            net_lost <= cp.multiply(part, come_lost),
            net[either] - net_lost <= cp.multiply(part, come[either] - come_lost),
        ]
    return constraints


def oversold(joint: JointProblem, sell: tuple[Floats, ...], buy: tuple[Floats, ...], moved: Floats) -> Filled:
    """Names of which more is sold than the moves have brought beyond the lower end of their band.

    Returns
    -------
    mapping of (int, int) to bool
        By sleeve and name, whether at least half of what could arrive does.
    """
    found: dict[tuple[int, int], bool] = {}
    for s, j in enumerate(joint.sleeves):
        below = _below(joint, s)
        come = _arriving(joint, s, moved)[below.names]
        net = (j.problem.by_name(sell[s]) - buy[s])[below.names]
        for k in np.flatnonzero(net > np.maximum(come - below.lack, 0.0) + _OVER):
            found[s, int(below.names[k])] = bool(2 * come[k] > below.arriving[k])
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
