"""Which lots a quadratic program needs a column for: few lots are worth selling early (DUAL_NEWTON, "screening")."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.quadratic.form import QuadraticForm
from optimizer.quadratic.run import RunPoint

__all__ = ["first_lots", "wanted_lots"]

Bools = NDArray[np.bool_]
_SHARE = 0.02
# Dollars of cost a dollar sold, below which a lot left out is not worth taking in.
_HARDLY = 1e-6


def first_lots(form: QuadraticForm) -> Bools:
    """Lots that pay for their own sale, and of each name the cheapest others up to 2% of its position, shape (L,)."""
    p, cost = form.problem, form.sale_cost
    order = np.lexsort((cost, p.lot_asset))
    name, dear = p.lot_asset[order], (cost > 0)[order] & (form.most_sold > 0)[order]
    sold = np.cumsum(np.where(dear, p.lot_value[order], 0.0))
    before = sold - np.where(dear, p.lot_value[order], 0.0)
    first = np.searchsorted(name, np.arange(len(p.assets)))
    offset = before[np.minimum(first, len(before) - 1)] if len(before) else np.zeros(len(p.assets))
    kept = np.zeros(len(order), dtype=bool)
    kept[order] = ~dear | (before - offset[name] < _SHARE * p.held[name])
    return kept & (form.most_sold > 0)


def wanted_lots(form: QuadraticForm, point: RunPoint, kept: Bools) -> Bools:
    """Lots left out that would be sold at the point's prices, shape (L,)."""
    p = form.problem
    active = form.active_after(point.sell, point.buy)
    slope = p.root @ (p.root.T @ active) + p.specific_variance * active
    price = form.rows.on_sales(p).T @ point.price
    if np.isinf(point.lam):
        reduced = price - slope[p.lot_asset]
    else:
        reduced = form.sale_cost + price - point.lam * slope[p.lot_asset]
    wanted: Bools = ~kept & (form.most_sold > 0) & (form.least_sold == 0) & (reduced < -_HARDLY)
    return wanted
