"""The elastic problem: limits give way, on the problem without the either-or (sell at a loss or buy, not both).

That problem is convex, and its least relaxation a lower bound on the true one. With the either-or, limits would be
blamed for a bad choice of sides. All entries of a limit move with its number, as the mandate has one number for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from optimizer.clarabel_run import run_clarabel
from optimizer.cone import ConeModel
from optimizer.cvxpy_later import cp
from optimizer.limit_numbers import Setting, upper_slopes

__all__ = ["least_alone", "least_together"]

Floats = NDArray[np.float64]
# Of the price of a limit, times its size, at or below which it has no part in a conflict.
_NO_PULL = 1e-3


def least_together(
    model: ConeModel, settings: Sequence[Setting]
) -> tuple[dict[Setting, float], tuple[Setting, ...]] | None:
    """Least relaxation of all numbers together, and the numbers that conflict.

    Minimises the sum over settings of amount / `Setting.size`, which has no unit. A setting conflicts where its limit
    has a price in that solution: those limits together prove that there is no trade list (Farkas).

    Parameters
    ----------
    model : ConeModel
        Of the relaxation.
    settings : sequence of Setting

    Returns
    -------
    (amounts, conflict) or None
        Amounts in each setting's own unit, all about zero where nothing needs to give way; None where not even all of
        them together help.
    """
    slack = {setting: cp.Variable(nonneg=True) for setting in settings}
    slopes = {setting: _slopes(model, setting) for setting in settings}
    constraints = _loosened(model, slopes, slack)
    effort = sum((variable / (100 * s.size) for s, variable in slack.items()), cp.Constant(0.0))
    # Only where the search starts: rebalancing with it is the judge.
    if not run_clarabel(cp.Problem(cp.Minimize(effort), [*model.ground, *constraints]), "the elastic problem"):
        return None
    amounts = {s: max(float(variable.value), 0.0) / 100 for s, variable in slack.items()}
    # The price of each number in effort: what one more `size` of it would save, between 0 and 1.
    duals = [np.asarray(constraint.dual_value) for constraint in constraints]
    pulls = {s: sum(float(np.sum(c * d)) for c, d in zip(slopes[s], duals, strict=True)) * 100 * s.size for s in slack}
    return amounts, tuple(s for s in settings if pulls[s] > _NO_PULL)


def least_alone(model: ConeModel, setting: Setting) -> float | None:
    """Least amount by which one number must give way while all others hold; None where it cannot help."""
    variable = cp.Variable(nonneg=True)
    constraints = _loosened(model, {setting: _slopes(model, setting)}, {setting: variable})
    if not run_clarabel(cp.Problem(cp.Minimize(variable), [*model.ground, *constraints]), "the elastic problem"):
        return None
    return max(float(variable.value), 0.0) / 100


def _loosened(
    model: ConeModel, slopes: Mapping[Setting, list[Floats]], slack: Mapping[Setting, cp.Variable]
) -> list[cp.Constraint]:
    constraints = []
    for k, (_, inequality) in enumerate(model.inequalities):
        upper = inequality.upper
        for setting, variable in slack.items():
            if slopes[setting][k].any():
                upper = upper + slopes[setting][k] * variable
        constraints.append(inequality.expression <= upper)
    return constraints


def _slopes(model: ConeModel, setting: Setting) -> list[Floats]:
    """How much each inequality of the model gives way for each unit of a number.

    The greatest slope, so that what the convex problem asks for is never too much.
    """
    slopes: list[Floats] = []
    for limit in model.limits:
        if limit.name == setting.name:
            slopes += upper_slopes(limit, model.problem, model.variables, setting, far=True)
        else:
            slopes += [np.zeros(np.shape(i.upper)) for other, i in model.inequalities if other is limit]
    return slopes
