"""The household's tracking error in the joint program, of all sleeves' active weights together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from optimizer.cvxpy_later import cp
from optimizer.household.joint_problem import JointProblem
from optimizer.household.joint_split import SplitSleeve, perspective

__all__ = ["keep_total_risk_by_sides", "total_risk"]

Floats = NDArray[np.float64]


def total_risk(joint: JointProblem, active: Sequence[cp.Expression]) -> tuple[cp.Expression, cp.Constraint]:
    """Tracking error of the household in percent of its NAV, and what ties its active weights to the sleeves'."""
    risk, whole = joint.risk, cp.Variable(len(joint.risk.assets))
    deviation = cp.hstack([risk.root().T @ whole, cp.multiply(np.sqrt(risk.specific_variance), whole)])
    return cp.norm(deviation, 2), whole == _total(joint, active)


def keep_total_risk_by_sides(
    joint: JointProblem,
    active: Sequence[cp.Expression],
    splits: Sequence[SplitSleeve | None],
    free: Mapping[str, int],
    z: cp.Expression,
) -> list[cp.Constraint]:
    """Keep the household's limit on tracking error with the specific variance of undecided groups by sides.

    Parameters
    ----------
    joint : JointProblem
        With a limit.
    active : sequence of expression (N,)
        Of each sleeve.
    splits : sequence of (SplitSleeve or None)
    free : mapping of str to int
        Place in z of each undecided group.
    z : expression (G,)
    """
    risk = joint.risk
    group = np.full(len(risk.assets), -1, dtype=np.intp)
    fixed, lost = 100 * _left_out(joint), cp.Constant(np.zeros(len(risk.assets)))
    for embed, j, split in zip(_embeddings(joint), joint.sleeves, splits, strict=True):
        places, names = embed.nonzero()
        group[places] = [free.get(j.group[i], -1) for i in names]
        idle = j.problem.active.copy()
        if split is not None:
            lost = lost + embed[:, split.names] @ split.lost
            idle[split.names] = 0.0
        # What the sleeve cannot trade is the same on both sides.
        fixed = fixed + 100 * (embed @ idle)
    either, rest = np.flatnonzero(group >= 0), np.flatnonzero(group < 0)
    whole, side = cp.Variable(len(risk.assets)), z[group[either]]
    on_loss = lost[either] + cp.multiply(fixed[either], side)
    squares, constraints = perspective(on_loss, whole[either] - on_loss, side)
    specific = risk.specific_variance
    parts = cp.hstack([risk.root().T @ whole, cp.multiply(np.sqrt(specific[rest]), whole[rest])])
    limit = 100 * (joint.household.tracking_error or 0.0)
    kept = cp.sum_squares(parts) + specific[either] @ squares <= limit**2
    return [*constraints, whole == _total(joint, active), kept]


def _total(joint: JointProblem, active: Sequence[cp.Expression]) -> cp.Expression:
    """Active weights of the household in percent, of the names that the risk model rates."""
    total: cp.Expression = cp.Constant(100 * _left_out(joint))
    for embed, a in zip(_embeddings(joint), active, strict=True):
        total = total + embed @ a
    return total


def _left_out(joint: JointProblem) -> Floats:
    """What the blended benchmark has less of each rated name than the sleeves' own benchmarks together."""
    weights = np.array([-joint.household.benchmark.get(asset, 0.0) for asset in joint.risk.assets])
    for embed, j in zip(_embeddings(joint), joint.sleeves, strict=True):
        weights += embed @ j.problem.benchmark
    return weights


def _embeddings(joint: JointProblem) -> list[sp.csr_array]:
    """Matrices that take each sleeve's names to the risk model's, times its share of the household."""
    place = {asset: i for i, asset in enumerate(joint.risk.assets)}
    found = []
    for j in joint.sleeves:
        known = np.flatnonzero(j.problem.rated)
        rows = [place[j.problem.assets[i]] for i in known]
        shape = (len(place), len(j.problem.assets))
        found.append(sp.csr_array((np.full(len(known), j.share), (rows, known)), shape=shape))
    return found
