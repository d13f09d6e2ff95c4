"""What comes next of each name where some of its lots are sold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.newton.compiled import entry

__all__ = ["next_lots", "run_next_lots"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# In percent of NAV: less than this is nothing; a cap within this of what is realised binds.
_NEAR, _AT_CAP = 1e-9, 1e-7


@entry
def next_lots(
    first: Ints,
    left: Floats,
    tax: Floats,
    loss: Floats,
    sold: Floats,
    cap: Floats,
    sell: Floats,
    next_tax: Floats,
    theta: Floats,
) -> None:
    """Write the tax of the next dollar sold of each name, and what its loss cap's last dollar is worth.

    Parameters
    ----------
    first : array of int (N + 1,)
        Lots of name i are first[i] to first[i + 1].
    left, tax, loss, sold : array (L,)
        What may still be sold of each lot and what is, percent of NAV; tax and loss of a dollar sold.
    cap, sell : array (N,)
        Most loss of a name; what else a dollar sold of it costs.
    next_tax, theta : array (N,)
        Zeros to begin with.
    """
    for i in range(len(cap)):
        realised, best = 0.0, np.inf
        for lot in range(first[i], first[i + 1]):
            realised += loss[lot] * sold[lot]
        for lot in range(first[i], first[i + 1]):
            if not left[lot] > _NEAR:
                continue
            best = min(best, tax[lot])
            if loss[lot] > 0.0 and realised >= cap[i] - _AT_CAP:
                # Left only because the cap binds: what selling it on would gain, for each dollar of loss.
                theta[i] = max(theta[i], -(sell[i] + tax[lot]) / loss[lot])
        if best < np.inf:
            next_tax[i] = best


def run_next_lots() -> None:
    """Call it with the types that `limit_prices` gives it: one name that has one lot."""
    one = np.ones(1)
    next_lots(np.array([0, 1]), one, one, one, one, one, one, np.zeros(1), np.zeros(1))
