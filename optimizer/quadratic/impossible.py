"""Proofs that no trades meet the limits, judged without the solver: each is one inequality over a box.

A weighted sum of the limits' rows that exceeds its room at every point between the bounds of the trades shows that the
rows contradict each other, whatever made the weights. With tangents of the variance in the sum it shows that no trades
are within the limit on tracking error.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import linprog

from optimizer.quadratic.bounds import least_within_bounds
from optimizer.quadratic.form import QuadraticForm

__all__ = ["contradicting_weights", "contradicts", "too_risky"]

Floats = NDArray[np.float64]
# Of the sum of the weights, in percent of NAV: rounding cannot make so much.
_MARGIN = 1e-9


def contradicts(form: QuadraticForm, weights: Floats) -> bool:
    """Whether weights (m,) of the rows, none negative, prove that no trades meet the linear limits."""
    weights = np.where(np.isinf(form.rows.ceiling), weights, 0.0)
    total, nothing = float(weights.sum()), (np.zeros(len(form.most_sold)), np.zeros(len(form.most_bought)))
    return total > 0 and least_within_bounds(form, *nothing, weights / total) > _MARGIN


def too_risky(form: QuadraticForm, touched: Floats, price: Floats, te_limit: float) -> bool:
    """Whether tangents near the least risk prove that no trades are within a limit on tracking error.

    Parameters
    ----------
    form : QuadraticForm
    touched : array (N + K,)
        As `bounds.squared` gives it for the active weights of least risk.
    price : array (m,)
        Multipliers of the rows where half the variance is minimised.
    te_limit : float
        Percent.

    Returns
    -------
    bool
    """
    p, n = form.problem, len(form.most_bought)
    slope = np.sqrt(p.specific_variance) * touched[:n] + p.root @ touched[n:]
    weights = np.where(np.isinf(form.rows.ceiling), price, 0.0)
    least = least_within_bounds(form, -slope[p.lot_asset], slope, weights)
    least += float(slope @ (100 * p.active)) - float(touched @ touched) / 2
    return least > te_limit**2 / 2 * (1 + 1e-9)


def contradicting_weights(form: QuadraticForm) -> Floats:
    """Weights (m,) of the rows that show best, by a linear program, by how much all of them cannot be met together."""
    hard = np.flatnonzero(np.isinf(form.rows.ceiling))
    weights = np.zeros(len(form.rows.room))
    if not len(hard):
        return weights
    matrix = sp.csr_array(sp.hstack([form.rows.on_sales(form.problem), form.rows.on_buys()]))[hard]
    lower = np.concatenate([form.least_sold, form.least_bought])
    upper = np.concatenate([np.maximum(form.most_sold, form.least_sold), form.most_bought])
    # The largest excess over any row is minimised; its multipliers are weights that add up to one.
    found = linprog(
        np.append(np.zeros(len(lower)), 1.0),
        A_ub=sp.hstack([matrix, -np.ones((len(hard), 1))]),
        b_ub=100 * form.rows.room[hard],
        bounds=np.stack([np.append(lower, 0.0), np.append(upper, np.inf)], axis=1),
    )
    if found.status == 0:
        weights[hard] = np.maximum(-found.ineqlin.marginals, 0.0)
    return weights
