"""What tracking error buys: the best value of one account by limit on tracking error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from optimizer.account import Account
from optimizer.continuous import ContinuousSolution
from optimizer.engines import NEWTON
from optimizer.formulate import formulate
from optimizer.limits import TrackingErrorLimit
from optimizer.limits.base import Limit
from optimizer.mandate import Mandate
from optimizer.problem import Problem
from optimizer.wash_search import search_washes
from optimizer.washed_sales import Washable, washable_groups
from risk import FactorRisk
from tax import wash_locks
from taxsleeve_errors import InfeasibleError, InputError

__all__ = ["Frontier", "FrontierPoint", "frontier"]


@dataclass(frozen=True)
class FrontierPoint:
    """The best trades found under one limit on tracking error, before shares are counted; dollars.

    Parameters
    ----------
    limit : float
        On annual tracking error, a fraction.
    feasible : bool
        Whether trades were found; where not, every other number is not one.
    tracking_error : float
        Reached.
    value : float
        Tax saved less costs and the price of risk.
    bound : float
        No trade list is worth more under this limit.
    harvested, tax_saved : float
        Losses realised, and tax saved less tax due.
    turnover : float
        Buys plus sells over NAV.
    """

    limit: float
    feasible: bool
    tracking_error: float = float("nan")
    value: float = float("nan")
    bound: float = float("nan")
    harvested: float = float("nan")
    tax_saved: float = float("nan")
    turnover: float = float("nan")


@dataclass(frozen=True)
class Frontier:
    """Value against tracking error.

    Parameters
    ----------
    points : tuple of FrontierPoint
        By rising limit; value never falls, because what is allowed under a limit is under a wider one.
    today : float or None
        The mandate's own limit.
    """

    points: tuple[FrontierPoint, ...]
    today: float | None

    @property
    def table(self) -> pd.DataFrame:
        """A row a point, the columns of `FrontierPoint`."""
        return pd.DataFrame([vars(point) for point in self.points])

    def _repr_html_(self) -> str:
        return self.table.to_html(index=False, float_format=lambda x: f"{x:,.5g}")


def frontier(
    account: Account,
    mandate: Mandate,
    risk: FactorRisk,
    limits: Sequence[float],
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Frontier:
    """Solve one account under several limits on tracking error, all else as the mandate says.

    Parameters
    ----------
    account : Account
    mandate : Mandate
        Its own limit on tracking error, if there is one, gives way to each of `limits`.
    risk : FactorRisk
    limits : sequence of float
        Annual, each more than zero.
    progress : callable, optional
        Told limits done and limits in all.

    Returns
    -------
    Frontier

    Raises
    ------
    InputError
        No limit is given, or one is not a number > 0.
    SolverError
    """
    chosen = sorted(set(limits))
    if not chosen or not all(np.isfinite(limit) and limit > 0 for limit in chosen):
        raise InputError.of("frontier", "limits on tracking error, finite numbers > 0", value=list(limits))
    locks = wash_locks(account.trades, account.lots, account.as_of)
    problem = formulate(account, mandate, risk, locks)
    washable = washable_groups(account, mandate, risk, locks)
    others = tuple(limit for limit in mandate.all_limits() if limit.name != TrackingErrorLimit.name)
    points: list[FrontierPoint] = []
    best: ContinuousSolution | None = None
    for limit in chosen:
        found = _solved(problem, washable, mandate, (TrackingErrorLimit(limit), *others), best)
        if best is not None and (found is None or found.solution.value < best.solution.value):
            # What a tighter limit allows, this one does too.
            found = replace(best, bound=best.bound if found is None else found.bound)
        best = found or best
        points.append(_point(limit, found))
        if progress is not None:
            progress(len(points), len(chosen))
    own = next((limit for limit in mandate.limits if limit.name == TrackingErrorLimit.name), None)
    return Frontier(_with_falling_bounds(points), getattr(own, "limit", None))


def _solved(
    problem: Problem,
    washable: tuple[Washable, ...],
    mandate: Mandate,
    limits: tuple[Limit, ...],
    start: ContinuousSolution | None,  # noqa: ARG001 - for engines that start warm
) -> ContinuousSolution | None:
    """Find the best trades under one limit; `start` is the solution of the one before."""
    try:
        return search_washes(problem, washable, mandate, limits, NEWTON).best
    except InfeasibleError:
        return None


def _point(limit: float, found: ContinuousSolution | None) -> FrontierPoint:
    if found is None:
        return FrontierPoint(limit, feasible=False)
    p, sell, buy = found.problem, found.solution.sell, found.solution.buy
    return FrontierPoint(
        limit=limit,
        feasible=True,
        tracking_error=float(np.sqrt(p.variance(p.active_after(sell, buy)))),
        value=found.solution.value * p.nav,
        bound=found.bound * p.nav,
        harvested=float(np.maximum(-p.lot_gain, 0.0) @ (sell - p.washed)) * p.nav,
        tax_saved=float(p.fixed_value + p.lot_credit @ sell) * p.nav,
        turnover=float(sell.sum() + buy.sum()),
    )


def _with_falling_bounds(points: Sequence[FrontierPoint]) -> tuple[FrontierPoint, ...]:
    """Bound each point by those of wider limits too: under a tighter limit no more can be had."""
    least, bounded = np.inf, []
    for point in reversed(points):
        if point.feasible:
            least = min(least, point.bound)
            point = replace(point, bound=least)  # noqa: PLW2901 - the same point, better known
        bounded.append(point)
    return tuple(reversed(bounded))
