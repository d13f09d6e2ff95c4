"""The mixed-integer program with its squares by outer approximation, solved by HiGHS to a proven gap.

Each x_j^2 stands under a variable from below which tangents 2 z x_j - z^2 cut. Every program with some of the tangents
is a relaxation, so that its bound holds; tangents at each answer are added until an answer is within the limit on
tracking error and worth what the bound says.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp

from optimizer.problem import Problem
from optimizer.share_trades import ShareTrades
from optimizer.whole_shares.statement import UNIT, WholeProgram
from taxsleeve_errors import SolverError

__all__ = ["WholeSolution", "solve_program"]

Floats = NDArray[np.float64]
_KEPT = 1e-9
# Fraction of NAV below which no gap counts.
_LEVEL = 1e-10
_ROUNDS = 100
_FRACTIONAL_ROUNDS = 12
_STARTS = (-0.5, -0.1, -0.02, 0.0, 0.02, 0.1, 0.5)
# How scipy.optimize.milp ends.
_DONE, _OUT_OF_TIME, _IMPOSSIBLE = 0, 1, 2


@dataclass(frozen=True, eq=False)
class WholeSolution:
    """Trades in whole shares, and the bound that no trades in whole shares exceed.

    Parameters
    ----------
    trades : ShareTrades
    value : float
        What they are worth, commissions paid, a fraction of NAV (`Problem.value`).
    bound : float
        Proven; where names are to be exited, of trade lists that exit as much.
    rounds : int
        Mixed-integer programs solved.
    """

    trades: ShareTrades
    value: float
    bound: float
    rounds: int

    @property
    def gap(self) -> float:
        """(bound - value) / |bound|, zero where both are zero."""
        return (self.bound - self.value) / abs(self.bound) if self.bound else 0.0


def solve_program(
    program: WholeProgram, gap: float, time_limit: float, start: ShareTrades | None = None
) -> WholeSolution | None:
    """Solve to a proven gap.

    Parameters
    ----------
    program : WholeProgram
    gap : float
        Of the value.
    time_limit : float
        Seconds by the clock; what is found by then is returned with its bound.
    start : ShareTrades or None
        Whole shares known to be good, to be returned with the bound where nothing better is found in time.

    Returns
    -------
    WholeSolution or None
        None where no trades in whole shares meet the limits, which is then proven.

    Raises
    ------
    SolverError
        Nothing was found in time, or HiGHS gave up.
    """
    until = time.monotonic() + time_limit
    tangents = _first_tangents(program, until)
    best = start if start is not None and _keeps(program, start) else None
    worth = -np.inf if best is None else _worth(program, best)
    bound, turn = np.inf, 0
    while turn < _ROUNDS:
        turn += 1
        found = _run(program, tangents, gap / 4, until, whole=True)
        if found.status == _IMPOSSIBLE:
            return None
        if found.status not in (_DONE, _OUT_OF_TIME):
            raise SolverError(f"HiGHS ended with {found.message!r}")
        if found.mip_dual_bound is not None:
            bound = min(bound, -float(found.mip_dual_bound) / UNIT)
        if found.x is not None:
            trades = _trades(program, found.x)
            if _keeps(program, trades) and _worth(program, trades) > worth:
                best, worth = trades, _worth(program, trades)
            tangents.append(found.x[program.columns.deviation])
        proven = best is not None and bound - worth <= gap * abs(worth) + _LEVEL
        if found.status == _OUT_OF_TIME or proven:
            break
    if best is None:
        raise SolverError(
            f"highs found no trades in whole shares within {time_limit:.0f} seconds and {turn} rounds; allow more time"
        )
    return _solution(program, best, max(bound, worth), turn)


def _first_tangents(program: WholeProgram, until: float) -> list[Floats]:
    """Where tangents stand at first: a few everywhere, and at answers in fractions of shares, which cost little."""
    at = program.columns
    usual = program.te_limit if np.isfinite(program.te_limit) else 1.0
    tangents = [np.full(at.square.stop - at.square.start, part * usual) for part in _STARTS]
    for _ in range(_FRACTIONAL_ROUNDS):
        found = _run(program, tangents, 0.0, until, whole=False)
        if found.x is None:
            break
        x = found.x[at.deviation]
        tangents.append(x)
        if x @ x <= found.x[at.square].sum() * (1 + 1e-5) + 1e-9:
            break
    return tangents


def _run(program: WholeProgram, tangents: list[Floats], gap: float, until: float, *, whole: bool) -> OptimizeResult:
    return milp(
        program.cost,
        integrality=program.columns.whole.astype(int) if whole else np.zeros(program.columns.size),
        bounds=Bounds(program.least, program.most),
        constraints=[
            LinearConstraint(program.matrix, program.lower, program.upper),
            _tangent_rows(program, np.concatenate(tangents)),
        ],
        options={"time_limit": max(until - time.monotonic(), 0.01), "mip_rel_gap": gap},
    )


def _tangent_rows(program: WholeProgram, z: Floats) -> LinearConstraint:
    """Rows 2 z x_j - e_j <= z^2, the squares in turn."""
    at, row = program.columns, np.arange(len(z))
    j = row % (at.square.stop - at.square.start)
    data, rows = np.concatenate([2 * z, -np.ones(len(z))]), np.concatenate([row, row])
    columns = np.concatenate([at.deviation.start + j, at.square.start + j])
    return LinearConstraint(sp.csr_array((data, (rows, columns)), shape=(len(z), at.size)), -np.inf, z**2)


def _trades(program: WholeProgram, x: Floats) -> ShareTrades:
    at = program.columns
    return ShareTrades(np.round(x[at.sell]), np.round(x[at.buy]))


def _paid(program: WholeProgram, trades: ShareTrades) -> Problem:
    """Return the problem with the commissions of these orders."""
    p = program.problem
    orders = int(((p.lot_sum @ trades.sell + trades.buy) > 0).sum())
    return replace(p, commission=orders * program.commission)


def _worth(program: WholeProgram, trades: ShareTrades) -> float:
    """What the program maximises: value, and the priority of exits."""
    sell, buy = trades.amounts(program.problem)
    p = _paid(program, trades)
    return p.value(sell, buy) - p.fixed_value + float(p.lot_priority @ sell)


def _keeps(program: WholeProgram, trades: ShareTrades) -> bool:
    """Whether the limits are kept by the shares themselves."""
    p = program.problem
    sell, buy = trades.amounts(p)
    orders = int(((p.lot_sum @ trades.sell + trades.buy) > 0).sum())
    over = program.rows.over(p, sell, buy) + orders * program.order_room
    te = float(np.sqrt(p.variance(p.active_after(sell, buy))))
    hard = np.isinf(program.rows.ceiling)
    return over[hard].max(initial=0.0) <= _KEPT and te <= program.te_limit / 100 + _KEPT


def _solution(program: WholeProgram, trades: ShareTrades, bound: float, rounds: int) -> WholeSolution:
    p = _paid(program, trades)
    sell, buy = trades.amounts(p)
    exits = float(p.lot_priority @ sell)
    return WholeSolution(trades, p.value(sell, buy), bound + p.fixed_value - exits, rounds)
