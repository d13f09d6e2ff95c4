"""Trades of a first-order method, moved by as little as it takes to meet every linear limit."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.linalg import lsqr

from optimizer.quadratic.form import QuadraticForm
from taxsleeve_errors import SolverError

__all__ = ["cleaned"]

Floats = NDArray[np.float64]
# In percent of NAV: what counts as met, what counts as near, and what is a fault of more than digits.
_MET = 1e-9
_NEAR = 1e-6
_TOO_MUCH = 1e-5
_ROUNDS = 40
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
        More than 1e-7 of NAV is left of a violation.
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
        over = matrix @ x - room
    if over.max(initial=0.0) > _TOO_MUCH:
        raise SolverError(f"OSQP left a limit broken by {over.max() / 100:.3g} of NAV, and no small move mends it")
    return x[: len(sell)], x[len(sell) :]
