"""What OSQP leaves unfinished, finished by HiGHS: linear programs that begin with tangents at OSQP's trades.

Each program bounds the value of any trades within the limits. Its own trades exceed tracking error by what the tangents
miss; their mix with trades inside is within every limit, and the end is where value and bound meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from optimizer.quadratic.bounds import least_cost
from optimizer.quadratic.clean_up import cleaned
from optimizer.quadratic.form import QuadraticForm, state
from optimizer.quadratic.impossible import contradicting_weights, contradicts, too_risky
from optimizer.quadratic.points import Best, mixed_trades
from optimizer.quadratic.run import RunPoint
from optimizer.quadratic.screening import wanted_lots
from optimizer.quadratic.tangents import LinearPoint, Tangents
from taxsleeve_errors import SolverError

__all__ = ["finished"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Trades = tuple[Floats, Floats]
_ROUNDS = 25
# Of the value: where the programs end.
_NEAR = 1e-5
# Of the squared limit: what tangents may miss for the next program to aim below it; and by what part of that.
_MISSED, _BELOW = 0.05, 0.5


def finished(
    form: QuadraticForm, kept: Bools, te_limit: float, starts: Sequence[Trades], inside: Trades | None
) -> Best | None:
    """Find the best trades within a limit on tracking error by tangents, letting in lots that prices ask for.

    Parameters
    ----------
    form : QuadraticForm
    kept : array of bool (L,)
        Lots to begin with.
    te_limit : float
        Percent, infinite for none.
    starts : sequence of (array (L,), array (N,))
        Trades near the best ones, in percent of NAV.
    inside : (array (L,), array (N,)) or None
        The best trades within all limits that are known.

    Returns
    -------
    Best or None
        As near to its bound as the programs came; None where no trades meet the limits, which is then proven.

    Raises
    ------
    SolverError
        A program has no optimum, and it is not proven that there are no trades.
    """
    starts, programs = list(starts), 0
    while True:
        tangents = Tangents(form, state(form, kept), te_limit)
        for trades in starts:
            tangents.touch(*trades)
        best = _by_tangents(form, tangents, te_limit, inside)
        if best is None:
            if kept.all():
                _prove_impossible(form, tangents, te_limit)
                return None
            kept = np.ones(len(kept), dtype=bool)
            continue
        programs += best.programs
        inside = best.sell, best.buy
        starts.append(inside)
        wanted = wanted_lots(form, RunPoint(best.lam, *inside, best.price, np.zeros(0), 0), kept)
        if not wanted.any():
            return replace(best, programs=programs)
        kept = kept | wanted


def _by_tangents(form: QuadraticForm, tangents: Tangents, te_limit: float, inside: Trades | None) -> Best | None:
    """Solve program after program, each with tangents at the trades of the last; None where one has no optimum."""
    at_most, proven, aim, nearest = np.inf, np.inf, te_limit, None
    for turn in range(_ROUNDS):
        point = tangents.best(aim)
        if point is None:
            return None
        # The value of a program is concave in the limit on variance, and the multiplier is its slope.
        more = (point.lam - form.floor) * (te_limit**2 - aim**2) / 2 if aim < te_limit else 0.0
        at_most = min(at_most, more - point.least - float(form.sale_cost @ form.least_sold))
        bound = _bound(form, point, te_limit)
        if nearest is None or bound < proven:
            proven, nearest = bound, point
        trades = cleaned(form, point.sell, point.buy)
        tangents.touch(*trades)
        reached = _reached(form, tangents, trades, inside, te_limit)
        if reached is not None and (inside is None or form.value(*reached) > form.value(*inside)):
            inside = reached
        aim = _next_aim(form.tracking_error(*trades), aim, te_limit)
        if inside is None:
            continue
        te, value = form.tracking_error(*inside), form.value(*inside)
        best = Best(*inside, te, value, nearest.lam, nearest.price, proven, turn + 1)
        if replace(best, bound=at_most).gap <= _NEAR:
            break
    if inside is None:
        raise SolverError("the linear programs by tangents reach no trades within the limit on tracking error")
    return best


def _bound(form: QuadraticForm, point: LinearPoint, te_limit: float) -> float:
    """Bound of a program that its multipliers prove, lots without a column included."""
    allowed = (point.lam - form.floor) / 2 * te_limit**2 if point.lam > form.floor else 0.0
    return allowed - least_cost(form, point.lam, point.touched, point.price)


def _reached(
    form: QuadraticForm, tangents: Tangents, trades: Trades, inside: Trades | None, te_limit: float
) -> Trades | None:
    """Trades of a program, or their mix with those inside, if that is within the limit on tracking error."""
    if form.tracking_error(*trades) <= te_limit:
        return trades
    if inside is None:
        return None
    mix = mixed_trades(form, inside, trades, te_limit)
    tangents.touch(*mix)
    return mix


def _next_aim(te: float, aim: float, te_limit: float) -> float:
    """Limit for the next program: below the true one by a part of what tangents missed, once that is little."""
    missed = te**2 - aim**2
    if np.isinf(te_limit) or not 0 < missed <= _MISSED * te_limit**2:
        return te_limit
    return float(np.sqrt(te_limit**2 - _BELOW * missed))


def _prove_impossible(form: QuadraticForm, tangents: Tangents, te_limit: float) -> None:
    """Prove that no trades meet the limits.

    Raises
    ------
    SolverError
        It is not proven.
    """
    if contradicts(form, contradicting_weights(form)):
        return
    safest = tangents.least_risk()
    if safest is None or not too_risky(form, safest.touched, safest.price, te_limit):
        raise SolverError("the linear programs by tangents have no optimum, and do not prove that there are no trades")
