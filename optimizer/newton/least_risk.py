"""The trades of least tracking error under every other limit: whether an account can be mended, and from which side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from optimizer.limits.base import Limit
from optimizer.limits.tracking_error import TrackingErrorLimit
from optimizer.newton.form import Form, newton_form, pattern_form
from optimizer.newton.solve import NewtonResult, least_multipliers, maximise
from optimizer.problem import Pattern, Problem

__all__ = ["least_risk"]


def least_risk(problem: Problem, limits: Sequence[Limit]) -> tuple[Form, NewtonResult]:
    """Trade for least tracking variance alone, without regard to tax or to wash sales within the list.

    Parameters
    ----------
    problem : Problem
    limits : sequence of Limit
        Tracking error is left out, and soft limits lose their price.

    Returns
    -------
    form, result : Form, NewtonResult
        The net trades; `result.infeasible` proves that no trade list meets the other limits.
    """
    n, size = len(problem.assets), len(problem.lot_asset)
    bare = replace(
        problem,
        lot_credit=np.zeros(size),
        lot_priority=np.zeros(size),
        alpha=np.zeros(n),
        impact=np.zeros(n),
        risk_aversion=100.0,
        soft=(),
    )
    form = newton_form(bare, [limit for limit in limits if not isinstance(limit, TrackingErrorLimit)])
    # Every lot may be sold and every name bought: with no tax saved nothing is gained by doing both.
    stated = pattern_form(form, Pattern.relaxation(bare))
    if not stated.feasible:
        zero = np.zeros(n)
        return form, NewtonResult(least_multipliers(form), zero, np.zeros(size), 0, solved=False, infeasible=True)
    return form, maximise(form, stated, least_multipliers(form), np.zeros(n))
