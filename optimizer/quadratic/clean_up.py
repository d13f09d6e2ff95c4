"""Trades of a first-order method, moved by as little as it takes to meet every linear limit."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse.linalg import lsqr

from optimizer.quadratic.form import QuadraticForm
from taxsleeve_errors import SolverError

__all__ = ["cleaned"]

Floats = NDArray[np.float64]
# In percent of NAV: what counts as met, what counts as near, and moves that change more than digits.
_MET = 1e-9
_NEAR = 1e-6
_TOO_FAR = 2e-4
_ROUNDS = 20
# After so many rounds amounts that stand on a bound may leave it.
_INSIDE_ONLY = 8


def cleaned(form: QuadraticForm, sell: Floats, buy: Floats) -> tuple[Floats, Floats]:
    """Project onto the linear limits: each round the least move that mends what is broken and keeps what is tight.

    Parameters
    ----------
    form : QuadraticForm
    sell, buy : array (L,), (N,)
        Within their bounds, in percent of NAV.

    Returns
    -------
    (sell, buy)

    Raises
    ------
    SolverError
        It takes moves of more than 2e-6 of NAV.
    """
    lower = np.concatenate([form.least_sold, form.least_bought])
    upper = np.concatenate([np.maximum(form.most_sold, form.least_sold), form.most_bought])
    hard = np.isinf(form.rows.ceiling)
    matrix = sp.csr_array(sp.hstack([form.rows.on_sales(form.problem), form.rows.on_buys()]))[hard]
    room = (100 * form.rows.room)[hard]
    x, over = np.concatenate([sell, buy]), np.zeros(0)
    for turn in range(_ROUNDS):
        over = matrix @ x - room
        if turn and over.max(initial=0.0) <= _MET:
            break
        near = np.flatnonzero(over > -_NEAR)
        # First onto every row that is near, so that what binds is seen to bind; then only back from what is broken.
        target = over[near] if turn == 0 else np.maximum(over[near], 0.0) * (1 + 1e-6)
        free = (x > lower) & (x < upper) if turn < _INSIDE_ONLY else upper > lower
        part = matrix[near][:, np.flatnonzero(free)]
        move = np.zeros(len(x))
        move[free] = lsqr(part, -target - _MET / 10, atol=1e-12, btol=1e-12)[0]
        x = np.clip(x + move, lower, upper)
    else:
        x = _shortest(matrix, room, x, lower, upper)
    return x[: len(sell)], x[len(sell) :]


def _shortest(matrix: sp.csr_array, room: Floats, x: Floats, lower: Floats, upper: Floats) -> Floats:
    """Move by the least sum of amounts, by a linear program, where many rows cross and rounds get nowhere."""
    cost = np.ones(2 * len(x))
    bounds = np.stack([np.zeros(2 * len(x)), np.concatenate([upper - x, x - lower])], axis=1)
    found = linprog(cost, A_ub=sp.hstack([matrix, -matrix]), b_ub=room - matrix @ x, bounds=bounds)
    if found.x is None or found.fun > _TOO_FAR:
        worst = float((matrix @ x - room).max())
        raise SolverError(f"OSQP left a limit broken by {worst / 100:.3g} of NAV, and no small move mends it")
    more, less = np.split(found.x, 2)
    moved: Floats = np.clip(x + more - less, lower, upper)
    return moved
