"""Trades within every linear limit, and the mix of two of them that stands on a limit on tracking error."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.quadratic.bounds import least_cost, squared
from optimizer.quadratic.clean_up import cleaned
from optimizer.quadratic.form import QuadraticForm
from optimizer.quadratic.run import RunPoint

__all__ = ["Best", "Point", "meeting", "mixed", "mixed_trades", "point_of"]

Floats = NDArray[np.float64]
Trades = tuple[Floats, Floats]
# Value below which differences are not measured against the value any more, in percent of NAV.
_NO_VALUE = 1e-2


@dataclass(frozen=True, eq=False)
class Point:
    """One solved multiplier, in percent of NAV.

    Parameters
    ----------
    form : QuadraticForm
    trades : RunPoint
        Within every linear limit.
    te, value : float
    touched : tuple of array (N + K,)
        Where tangents may touch: as the trades have it, and as the solver had it.
    """

    form: QuadraticForm
    trades: RunPoint
    te: float
    value: float
    touched: tuple[Floats, Floats]

    @property
    def lam(self) -> float:
        """The multiplier."""
        return self.trades.lam

    def bound(self, te_limit: float) -> float:
        """What no trades within the limits are worth more than, proven by the point's multipliers."""
        floor = self.form.floor
        if np.isinf(self.lam):
            return float("inf")
        # Without a limit its multiplier is the floor; the point's own is only a little more.
        lam = self.lam if np.isfinite(te_limit) else floor
        least = max(least_cost(self.form, lam, touched, self.trades.price) for touched in self.touched)
        return (0.0 if lam <= floor else (lam - floor) / 2 * te_limit**2) - least


@dataclass(frozen=True, eq=False)
class Best:
    """Best trades within a limit on tracking error, in percent of NAV.

    Parameters
    ----------
    sell : array (L,)
    buy : array (N,)
    te, value : float
    lam : float
        Multiplier of half the variance at which the limit is kept.
    price : array (m,)
        Multipliers of the form's rows.
    bound : float
        No trades within the limits are worth more, which is proven; infinite where nothing is.
    programs : int
        Linear programs that HiGHS solved to finish what OSQP began; none where OSQP finished.
    """

    sell: Floats
    buy: Floats
    te: float
    value: float
    lam: float
    price: Floats
    bound: float = float("inf")
    programs: int = 0

    @property
    def gap(self) -> float:
        """How far the value is below the bound, as a part of the value."""
        return (self.bound - self.value) / max(abs(self.value), _NO_VALUE)


def point_of(form: QuadraticForm, found: RunPoint) -> Point:
    """Move what the solver left onto the linear limits.

    Raises
    ------
    SolverError
        It is too far from them.
    """
    sell, buy = cleaned(form, found.sell, found.buy)
    touched = squared(form, form.active_after(sell, buy)), found.touched
    te, value = form.tracking_error(sell, buy), form.value(sell, buy)
    return Point(form, replace(found, sell=sell, buy=buy), te, value, touched)


def mixed(form: QuadraticForm, inside: Point, outside: Point | None, te_limit: float) -> Best:
    """Mix two points on either side of a limit on tracking error so that it is met exactly, prices as well."""
    near = inside.trades
    if outside is None:
        return Best(near.sell, near.buy, inside.te, inside.value, near.lam, near.price)
    far = outside.trades
    sell, buy = mixed_trades(form, (near.sell, near.buy), (far.sell, far.buy), te_limit)
    te = form.tracking_error(sell, buy)
    lam, weight = far.lam, 0.0
    if np.isfinite(near.lam):
        lam = float(np.clip(meeting(form, inside, outside), far.lam, near.lam))
        weight = (lam - far.lam) / (near.lam - far.lam)
    price = far.price + weight * (near.price - far.price) if weight else far.price
    return Best(sell, buy, te, form.value(sell, buy), lam, price)


def mixed_trades(form: QuadraticForm, near: Trades, far: Trades, te_limit: float) -> Trades:
    """Mix trades so that tracking error stands on its limit: a quadratic equation in the share of `far`."""
    a, b = form.active_after(*near), form.active_after(*far)
    # TE^2 = A share^2 + 2 B share + TE(near)^2 along the way.
    inside, outside = form.tracking_error(*near), form.tracking_error(*far)
    A, C = form.problem.variance(b - a), inside**2 - te_limit**2
    B = (outside**2 - inside**2 - A) / 2
    share = float(np.clip(-C / (B + np.sqrt(max(B**2 - A * C, 0.0))), 0.0, 1.0)) if C < 0 else 0.0
    return near[0] + share * (far[0] - near[0]), near[1] + share * (far[1] - near[1])


def meeting(form: QuadraticForm, inside: Point, outside: Point) -> float:
    """Where the bounds of two points, each linear in the multiplier, meet: about where the limit is kept."""
    return form.floor + 2 * (outside.value - inside.value) / (outside.te**2 - inside.te**2)
