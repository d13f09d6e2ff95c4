"""Proofs that no trades meet the limits, judged without the solver: each is one inequality over a box.

A weighted sum of the limits' rows that exceeds its room at every point between the bounds of the trades shows that the
rows contradict each other, whatever made the weights. With a tangent of the variance in the sum it shows that no trades
are within the limit on tracking error.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.quadratic.form import QuadraticForm

__all__ = ["contradicts", "too_risky"]

Floats = NDArray[np.float64]
# Of the sum of the weights, in percent of NAV: rounding cannot make so much.
_MARGIN = 1e-9


def contradicts(form: QuadraticForm, weights: Floats) -> bool:
    """Whether weights (m,) of the rows, none negative, prove that no trades meet the linear limits."""
    weights = np.where(np.isinf(form.rows.ceiling), weights, 0.0)
    total = float(weights.sum())
    return total > 0 and _least(form, np.zeros(len(form.most_bought)), weights / total) > _MARGIN


def too_risky(form: QuadraticForm, active: Floats, price: Floats, te_limit: float) -> bool:
    """Whether the active weights of least risk prove that no trades are within a limit on tracking error.

    Parameters
    ----------
    form : QuadraticForm
    active : array (N,)
        Percent of NAV.
    price : array (m,)
        Multipliers of the rows where half the variance is minimised.
    te_limit : float
        Percent.

    Returns
    -------
    bool
    """
    p = form.problem
    slope = p.root @ (p.root.T @ active) + p.specific_variance * active
    weights = np.where(np.isinf(form.rows.ceiling), price, 0.0)
    # variance / 2 is convex: nowhere below its tangent slope'a - variance / 2.
    least = _least(form, slope, weights) + float(slope @ (100 * p.active)) - p.variance(active) / 2
    return least > te_limit**2 / 2 * (1 + 1e-9)


def _least(form: QuadraticForm, slope: Floats, weights: Floats) -> float:
    """Least of slope'(b - M s) + weights'(rows - room) over the bounds of the trades."""
    p = form.problem
    on_sale = form.rows.on_sales(p).T @ weights - slope[p.lot_asset]
    on_buy = form.rows.on_buys().T @ weights + slope
    most_sold = np.maximum(form.most_sold, form.least_sold)
    least = np.minimum(on_sale * most_sold, on_sale * form.least_sold).sum()
    least += np.minimum(on_buy * form.most_bought, on_buy * form.least_bought).sum()
    return float(least - 100 * form.rows.room @ weights)
