"""What no trades within the limits are worth more than, proven by multipliers without trust in what made them.

Variance is the sum of the squares of v = D^(1/2) a and of y = G'a, and no square is anywhere below its tangent. With
tangents in place of squares and multipliers in place of limits the least cost is a sum of parts with one trade in each.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.quadratic.form import QuadraticForm

__all__ = ["least_cost", "least_within_bounds", "squared"]

Floats = NDArray[np.float64]


def squared(form: QuadraticForm, active: Floats) -> Floats:
    """What the variance of active weights (N,) in percent is the sum of the squares of: v and y, shape (N + K,)."""
    p = form.problem
    return np.concatenate([np.sqrt(p.specific_variance) * active, p.root.T @ active])


def least_cost(form: QuadraticForm, lam: float, touched: Floats, price: Floats) -> float:
    """Bound from below what any trades within the linear limits cost, with lam times half their variance.

    Parameters
    ----------
    form : QuadraticForm
    lam : float
    touched : array (N + K,)
        Where the tangents touch, as `squared` gives it.
    price : array (m,)
        Multipliers of the form's rows.

    Returns
    -------
    float
        Percent of NAV; true whatever the multipliers, and near for good ones.
    """
    p, n = form.problem, len(form.most_bought)
    slope = lam * (np.sqrt(p.specific_variance) * touched[:n] + p.root @ touched[n:])
    weights = np.clip(price, 0.0, form.rows.ceiling)
    least = least_within_bounds(form, form.sale_cost - slope[p.lot_asset], form.buy_cost + slope, weights)
    return least + float(slope @ (100 * p.active)) - lam / 2 * float(touched @ touched)


def least_within_bounds(form: QuadraticForm, on_sale: Floats, on_buy: Floats, weights: Floats) -> float:
    """Least of on_sale's + on_buy'b + weights'(rows - room) over the bounds of the trades."""
    on_sale = on_sale + form.rows.on_sales(form.problem).T @ weights
    on_buy = on_buy + form.rows.on_buys().T @ weights
    most_sold = np.maximum(form.most_sold, form.least_sold)
    least = np.minimum(on_sale * most_sold, on_sale * form.least_sold).sum()
    least += np.minimum(on_buy * form.most_bought, on_buy * form.least_bought).sum()
    return float(least - 100 * form.rows.room @ weights)
