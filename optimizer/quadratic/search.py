"""The hard limit on tracking error by a search on the multiplier of risk (DUAL_NEWTON).

The problem without the limit, with lam - floor its price, has a best point for each lam; tracking error falls as lam
rises. Of the two points on either side of the limit the mix that stands on it is within every linear limit, because
they are, and as good as the bound

    value(x_lam) + (lam - floor) (T^2 - TE(x_lam)^2) / 2  >=  value of any trades within T

of either point says if it is the best; the search ends when the two are near each other. What then counts is the bound
that the multipliers of the points prove by themselves: where value and that are apart, or OSQP did not finish, linear
programs by HiGHS begin at its points, and what these leave apart as well is not returned.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.quadratic.bounds import squared
from optimizer.quadratic.finish import finished
from optimizer.quadratic.form import QuadraticForm, state
from optimizer.quadratic.impossible import too_risky
from optimizer.quadratic.points import Best, Point, meeting, mixed, point_of
from optimizer.quadratic.run import Contradiction, Run, RunPoint, run_of
from optimizer.quadratic.screening import first_lots, wanted_lots
from taxsleeve_errors import SolverError

__all__ = ["Best", "Search", "best_within", "search_of"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
# Of the value: where the search ends, and what it may be from the proven bound for the best trades to be found.
_NEAR = 1e-5
_GOOD = 5e-5
# Of the usual residuals: what OSQP is asked for where its points prove too little.
_FINER = (0.1, 0.01)
_STEPS = 40
_WIDER = 6.0
_LEAST_LAM = 1e-7
# A typical gain in value for each unit of tracking error.
_USUAL_PRICE = 0.3
_KEPT_AWAY = 0.02
_NARROW = 1e-6


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
    unfinished : list of (array (L,), array (N,))
        Trades near which OSQP ended without an answer.
    """

    form: QuadraticForm
    kept: Bools
    run: Run
    points: dict[float, Point] = field(default_factory=dict)
    contradiction: bool = False
    unfinished: list[tuple[Floats, Floats]] = field(default_factory=list)

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
            if found.ended:
                self.points[lam] = self._judge_unfinished(found)
                continue
            wanted = wanted_lots(self.form, found, self.kept)
            if wanted.any():
                self._widen(wanted)
                self.run.start(found)
                continue
            self.points[lam] = point_of(self.form, found)
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

    def _judge_unfinished(self, found: RunPoint) -> Point:
        """Take what OSQP did not finish for a point where its own multipliers prove that it is one."""
        self.unfinished.append((found.sell, found.buy))
        try:
            point = point_of(self.form, found)
        except SolverError as error:
            raise SolverError(f"{found.ended}; {error}") from error
        best = Best(found.sell, found.buy, point.te, point.value, found.lam, found.price, point.bound(point.te))
        if best.gap > _NEAR:
            raise SolverError(found.ended)
        return point


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
    try:
        best = _searched(search, te_limit)
    except SolverError as error:
        return _finished(search, te_limit, None, str(error))
    best = None if best is None else _sharpened(search, best, te_limit)
    if best is None or best.gap <= _GOOD:
        return best
    why = f"OSQP's points leave a gap of {best.gap:.2g} to the bound that they prove"
    return _finished(search, te_limit, best, why)


def _sharpened(search: Search, best: Best, te_limit: float) -> Best:
    """Solve the points on either side again, more finely, as long as the bound that they prove is too far."""
    for finer in _FINER:
        for point in _around(search, te_limit):
            if best.gap <= _GOOD or point is None or np.isinf(point.lam):
                continue
            found = search.run.at(point.lam, finer)
            if isinstance(found, RunPoint):
                bound = _bound_near(search.form, found, te_limit)
                best = replace(best, bound=min(best.bound, bound))
    return best


def _bound_near(form: QuadraticForm, found: RunPoint, te_limit: float) -> float:
    """Bound that multipliers prove, which no trades within the limits need to go with."""
    try:
        return point_of(form, found).bound(te_limit)
    except SolverError:
        return float("inf")


def _finished(search: Search, te_limit: float, best: Best | None, why: str) -> Best | None:
    """Let linear programs finish, from every point so far and the best trades found."""
    starts = [(point.trades.sell, point.trades.buy) for point in search.points.values()] + search.unfinished
    inside = None if best is None else (best.sell, best.buy)
    if best is None:
        known = [point for point in search.points.values() if point.te <= te_limit]
        safe = max(known, key=lambda point: point.value, default=None)
        inside = None if safe is None else (safe.trades.sell, safe.trades.buy)
    try:
        found = finished(search.form, search.kept, te_limit, starts, inside)
    except SolverError as error:
        raise SolverError(f"{why}; {error}") from error
    if best is not None and found is not None:
        found = replace(found, bound=min(found.bound, best.bound))
    if found is not None and found.gap > _GOOD:
        raise SolverError(f"{why}; the linear programs by tangents leave a gap of {found.gap:.2g}")
    return found


def _searched(search: Search, te_limit: float) -> Best | None:
    """Search on the multiplier of risk."""
    floor = max(search.form.floor, _LEAST_LAM)
    if np.isinf(te_limit):
        unbound = search.at(floor)
        return None if unbound is None else _bounded(search, mixed(search.form, unbound, None, te_limit), te_limit)
    if _inside(search, te_limit, floor) is None:
        return None
    for step in range(_STEPS):
        inside, outside = _around(search, te_limit)
        mix = mixed(search.form, inside, outside, te_limit)
        narrow = outside is not None and inside.lam / outside.lam < 1 + _NARROW
        if _presumed(search, mix, te_limit).gap <= _NEAR or inside.lam <= floor or narrow:
            break
        search.at(_next(search.form, inside, outside, floor, halve=step % 4 == 3))
    return _bounded(search, mix, te_limit)


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
    if too_risky(search.form, squared(search.form, active), safest.trades.price, te_limit):
        return None
    raise SolverError(f"OSQP reached a tracking error of {safest.te / 100:.8g}, and did not prove that none is less")


def _around(search: Search, te_limit: float) -> tuple[Point, Point | None]:
    """Return the points on either side of the limit that are nearest to it."""
    inside = min((p for p in search.points.values() if p.te <= te_limit), key=lambda p: p.lam)
    beyond = [p for p in search.points.values() if p.te > te_limit and p.lam < inside.lam]
    return inside, max(beyond, key=lambda p: p.lam, default=None)


def _presumed(search: Search, mix: Best, te_limit: float) -> Best:
    """Give the mix the least bound of all points, were each the best for its multiplier."""
    floor = search.form.floor
    bounds = [
        point.value + (point.lam - floor) / 2 * (te_limit**2 - point.te**2)
        for point in search.points.values()
        if np.isfinite(point.lam)
    ]
    return replace(mix, bound=min(bounds, default=np.inf))


def _bounded(search: Search, mix: Best, te_limit: float) -> Best:
    """Give the mix the least bound that a point proves."""
    return replace(mix, bound=min(point.bound(te_limit) for point in search.points.values()))


def _next(form: QuadraticForm, inside: Point, outside: Point | None, floor: float, *, halve: bool) -> float:
    """Choose the multiplier to solve next, strictly between the two points."""
    if outside is None:
        return max(inside.lam / _WIDER, floor)
    if np.isinf(inside.lam):
        return outside.lam * _WIDER
    ratio = inside.lam / outside.lam
    lam = outside.lam * ratio**0.5 if halve else meeting(form, inside, outside)
    return float(np.clip(lam, outside.lam * ratio**_KEPT_AWAY, inside.lam / ratio**_KEPT_AWAY))
