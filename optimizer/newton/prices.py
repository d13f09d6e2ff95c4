"""What each limit is worth: the multipliers of the dual Newton, gathered by limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from optimizer.limit_numbers import row_slopes
from optimizer.limits.base import LinearLimit
from optimizer.newton.form import Form
from optimizer.newton.next_lots import next_lots
from optimizer.newton.solve import NewtonResult
from optimizer.problem import Pattern

__all__ = ["limit_prices"]

Floats = NDArray[np.float64]
_NEAR = 1e-9


@dataclass(frozen=True, eq=False)
class _Prices(Mapping[str, float]):
    """Prices found when they are first looked at: history asks for thousands of solutions and for no price."""

    form: Form
    pattern: Pattern
    result: NewtonResult

    @cached_property
    def _found(self) -> dict[str, float]:
        return _limit_prices(self.form, self.pattern, self.result)

    def __getitem__(self, name: str) -> float:
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def limit_prices(form: Form, pattern: Pattern, result: NewtonResult) -> Mapping[str, float]:
    """Gain in value for each unit by which a limit is relaxed, summed over the rows that give way with it.

    Parameters
    ----------
    form : Form
    pattern : Pattern
    result : NewtonResult
        Solved.

    Returns
    -------
    mapping of str to float
        Fraction of NAV for one unit (1.0) of each limit; worked out when it is first looked at.
    """
    return _Prices(form, pattern, result)


def _limit_prices(form: Form, pattern: Pattern, result: NewtonResult) -> dict[str, float]:
    k = form.coupling.root.shape[1]
    lam, mu = float(result.z[k]), result.z[k + 1 :]
    prices: dict[str, float] = {}
    if np.isfinite(form.coupling.te_limit):
        # d(value)/d(TE^2 / 2) = lam - floor, so d(value)/d(TE) = (lam - floor) TE; percent cancel.
        prices["tracking_error"] = (lam - form.coupling.floor) * form.coupling.te_limit
    coupling, trade, cap = form.rows.coupling, form.rows.trade, form.rows.cap
    at_edge, theta = _own_prices(form, pattern, result)
    price = np.zeros(sum(form.rows.count))
    price[coupling.number], price[trade.number] = mu, at_edge
    bounding = np.flatnonzero(np.bincount(trade.which, minlength=len(trade.limits)))
    prices.update(dict.fromkeys((*coupling.limit, *(trade.limits[r] for r in bounding.tolist())), 0.0))
    start = 0
    for limit, count in zip((m for m in form.limits if isinstance(m, LinearLimit)), form.rows.count, strict=True):
        own = price[start : start + count]
        # Rows are stated anew for their slopes, so only where one has a price.
        if own.any():
            prices[limit.name] += float(own @ row_slopes(limit, form.problem))
        start += count
    if cap.limit:
        prices[cap.limit] = prices.get(cap.limit, 0.0) + float(theta.sum())
    return prices


def _own_prices(form: Form, pattern: Pattern, result: NewtonResult) -> tuple[Floats, Floats]:
    """Prices of the rows that bound one name's trade, and of each name's loss cap."""
    slope_buy, slope_sell, theta = _marginals(form, pattern, result)
    trade, net = form.rows.trade, result.net[form.rows.trade.name]
    bought = net > 0
    coefficient = np.where(bought, trade.buy, trade.sell)
    at_edge = (np.abs(coefficient * np.abs(net) - 100 * trade.room) <= _NEAR) & (coefficient != 0)
    slope = np.where(bought, slope_buy[trade.name], slope_sell[trade.name])
    price = np.maximum(-slope / np.where(coefficient != 0, coefficient, 1.0), 0.0)
    return np.where(at_edge, price, 0.0), theta


def _marginals(form: Form, pattern: Pattern, result: NewtonResult) -> tuple[Floats, Floats, Floats]:
    """Slope of each name's cost for one more dollar bought and sold, and the price of its loss cap, shape (N,)."""
    k = form.coupling.root.shape[1]
    nu, lam, mu = result.z[:k], float(result.z[k]), result.z[k + 1 :]
    names = form.names(form.least, form.most)
    risk = form.coupling.root @ nu + lam * names["variance"] * (names["active"] + result.net)
    traded = np.abs(result.net)
    impact = 1.5 * names["impact"] * np.sqrt(traded)
    buy = names["buy_slope"] + mu @ form.rows.coupling.buy + risk + impact
    sell = names["sell_slope"] + mu @ form.rows.coupling.sell - risk + impact
    tax, theta = _last_lot(form, pattern, result, sell, mu)
    return buy, sell + tax, theta


def _last_lot(form: Form, pattern: Pattern, result: NewtonResult, sell: Floats, mu: Floats) -> tuple[Floats, Floats]:
    """Tax of the next dollar sold of each name, and what its loss cap's last dollar is worth."""
    left = np.where(pattern.may_sell(form.problem)[form.order], form.amounts, 0.0) - result.sold
    tax_of = form.tax + form.lot_row @ mu[form.coupling.lot_row]
    next_tax, theta = np.zeros(len(form.cap)), np.zeros(len(form.cap))
    next_lots(form.first, left, tax_of, form.loss, result.sold, form.cap, sell, next_tax, theta)
    return next_tax, theta
