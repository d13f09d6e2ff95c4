"""The hard limit on tracking error by a search on the multiplier of risk (DUAL_NEWTON).

The problem without the limit, with lam - floor its price, has a best point for each lam; tracking error falls as lam
rises. Of the two points on either side of the limit the mix that stands on it is within every linear limit, because
they are, and as good as the bound

    value(x_lam) + (lam - floor) (T^2 - TE(x_lam)^2) / 2  >=  value of any trades within T

of either point says; the search ends when the two are near each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.quadratic.clean_up import cleaned
from optimizer.quadratic.form import QuadraticForm, state
from optimizer.quadratic.impossible import too_risky
from optimizer.quadratic.run import Contradiction, Run, RunPoint, run_of
from optimizer.quadratic.screening import first_lots, wanted_lots
from taxsleeve_errors import SolverError

__all__ = ["Best", "Search", "best_within", "search_of"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
# Of the value: where the search ends, and what is still good where it can go no further.
_NEAR = 1e-5
_GOOD = 5e-5
# Value below which differences are not measured against the value any more, in percent of NAV.
_NO_VALUE = 1e-2
_STEPS = 40
_WIDER = 6.0
_LEAST_LAM = 1e-7
# A typical gain in value for each unit of tracking error.
_USUAL_PRICE = 0.3
_KEPT_AWAY = 0.02
_NARROW = 1e-6


@dataclass(frozen=True, eq=False)
class Point:
    """One solved multiplier: trades within every linear limit, their tracking error and their value, in percent."""

    trades: RunPoint
    te: float
    value: float

    @property
    def lam(self) -> float:
        """The multiplier."""
        return self.trades.lam


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
    """

    sell: Floats
    buy: Floats
    te: float
    value: float
    lam: float
    price: Floats


@dataclass(eq=False)
class Search:
    """One quadratic form and every multiplier solved so far, shared by all limits on tracking error.

    Parameters
    ----------
    form : QuadraticForm
    kept : array of bool (L,)
        Lots that have a column; more are let in where prices ask for them.
    run : Run
    points : dict of float to Point
        By multiplier.
    contradiction : bool
        Whether the linear limits alone were proven to have no trades.
    """

    form: QuadraticForm
    kept: Bools
    run: Run
    points: dict[float, Point] = field(default_factory=dict)
    contradiction: bool = False

    def at(self, lam: float) -> Point | None:
        """Solve one multiplier; None where the linear limits contradict each other.

        Raises
        ------
        SolverError
        """
        while lam not in self.points and not self.contradiction:
            found = self.run.at(lam)
            if isinstance(found, Contradiction):
                self._judge(found)
                continue
            wanted = wanted_lots(self.form, found, self.kept)
            if wanted.any():
                self._widen(wanted)
                self.run.start(found)
                continue
            self.points[lam] = _point(self.form, found)
        return self.points.get(lam)

    def _widen(self, lots: Bools) -> None:
        self.kept = self.kept | lots
        self.run = run_of(self.form, state(self.form, self.kept))

    def _judge(self, found: Contradiction) -> None:
        """Believe a contradiction that is proven; with lots left out there may be none, and they are let in."""
        if found.proven:
            self.contradiction = True
        elif not self.kept.all():
            self._widen(np.ones(len(self.kept), dtype=bool))
        else:
            raise SolverError("OSQP says that the limits contradict each other, and its weights do not prove it")


def search_of(form: QuadraticForm) -> Search:
    """Begin a search, with the columns that screening asks for."""
    kept = first_lots(form)
    return Search(form, kept, run_of(form, state(form, kept)))


def best_within(search: Search, te_limit: float) -> Best | None:
    """Find the best trades within a limit on tracking error.

    Parameters
    ----------
    search : Search
        Points solved for other limits are used.
    te_limit : float
        Percent, infinite for none.

    Returns
    -------
    Best or None
        None where no trades meet the limits, which is then proven.

    Raises
    ------
    SolverError
    """
    if not search.form.feasible:
        return None
    floor = max(search.form.floor, _LEAST_LAM)
    if np.isinf(te_limit):
        unbound = search.at(floor)
        return None if unbound is None else _mixed(search.form, unbound, None, te_limit)
    if _inside(search, te_limit, floor) is None:
        return None
    for step in range(_STEPS):
        inside, outside = _around(search, te_limit)
        mix = _mixed(search.form, inside, outside, te_limit)
        gap = _gap(search, mix, te_limit)
        narrow = outside is not None and inside.lam / outside.lam < 1 + _NARROW
        if gap <= _NEAR or inside.lam <= floor or narrow:
            break
        search.at(_next(search.form, inside, outside, floor, halve=step % 4 == 3))
    if gap > _GOOD:
        raise SolverError(f"OSQP's points leave a gap of {gap:.2g} at the limit on tracking error")
    return mix


def _point(form: QuadraticForm, found: RunPoint) -> Point:
    sell, buy = cleaned(form, found.sell, found.buy)
    te = form.tracking_error(sell, buy)
    value = -form.cost(sell, buy) - form.floor / 2 * te**2
    return Point(replace(found, sell=sell, buy=buy), te, value)


def _inside(search: Search, te_limit: float, floor: float) -> Point | None:
    """Find a point within the limit on tracking error; None where none is, or the linear limits have none."""
    known = [point for point in search.points.values() if point.te <= te_limit]
    if known:
        return known[0]
    usual = search.at(max(floor, _USUAL_PRICE / te_limit))
    if usual is None or usual.te <= te_limit:
        return usual
    safest = search.at(np.inf)
    if safest is None or safest.te <= te_limit:
        return safest
    active = search.form.active_after(safest.trades.sell, safest.trades.buy)
    if too_risky(search.form, active, safest.trades.price, te_limit):
        return None
    raise SolverError(f"OSQP reached a tracking error of {safest.te / 100:.8g}, and did not prove that none is less")


def _around(search: Search, te_limit: float) -> tuple[Point, Point | None]:
    """Return the points on either side of the limit that are nearest to it."""
    inside = min((p for p in search.points.values() if p.te <= te_limit), key=lambda p: p.lam)
    beyond = [p for p in search.points.values() if p.te > te_limit and p.lam < inside.lam]
    return inside, max(beyond, key=lambda p: p.lam, default=None)


def _mixed(form: QuadraticForm, inside: Point, outside: Point | None, te_limit: float) -> Best:
    """Mix two points so that tracking error stands on its limit: a quadratic equation in the share of `outside`."""
    near = inside.trades
    if outside is None:
        return Best(near.sell, near.buy, inside.te, inside.value, near.lam, near.price)
    far = outside.trades
    a, b = form.active_after(near.sell, near.buy), form.active_after(far.sell, far.buy)
    # TE^2 = A share^2 + 2 B share + C along the way.
    A, C = form.problem.variance(b - a), inside.te**2 - te_limit**2
    B = (outside.te**2 - inside.te**2 - A) / 2
    share = float(np.clip(-C / (B + np.sqrt(max(B**2 - A * C, 0.0))), 0.0, 1.0)) if C < 0 else 0.0
    sell, buy = near.sell + share * (far.sell - near.sell), near.buy + share * (far.buy - near.buy)
    te = form.tracking_error(sell, buy)
    lam, weight = far.lam, 0.0
    if np.isfinite(near.lam):
        lam = float(np.clip(_meeting(form, inside, outside), far.lam, near.lam))
        weight = (lam - far.lam) / (near.lam - far.lam)
    price = far.price + weight * (near.price - far.price) if weight else far.price
    return Best(sell, buy, te, -form.cost(sell, buy) - form.floor / 2 * te**2, lam, price)


def _meeting(form: QuadraticForm, inside: Point, outside: Point) -> float:
    """Where the bounds of two points, each linear in the multiplier, meet: about where the limit is kept."""
    return form.floor + 2 * (outside.value - inside.value) / (outside.te**2 - inside.te**2)


def _gap(search: Search, mix: Best, te_limit: float) -> float:
    """How far the mix is below the least bound of all points, as a part of its value."""
    floor = search.form.floor
    bounds = [
        point.value + (point.lam - floor) / 2 * (te_limit**2 - point.te**2)
        for point in search.points.values()
        if np.isfinite(point.lam)
    ]
    return (min(bounds, default=np.inf) - mix.value) / max(abs(mix.value), _NO_VALUE)


def _next(form: QuadraticForm, inside: Point, outside: Point | None, floor: float, *, halve: bool) -> float:
    """Choose the multiplier to solve next, strictly between the two points."""
    if outside is None:
        return max(inside.lam / _WIDER, floor)
    if np.isinf(inside.lam):
        return outside.lam * _WIDER
    ratio = inside.lam / outside.lam
    lam = outside.lam * ratio**0.5 if halve else _meeting(form, inside, outside)
    return float(np.clip(lam, outside.lam * ratio**_KEPT_AWAY, inside.lam / ratio**_KEPT_AWAY))
