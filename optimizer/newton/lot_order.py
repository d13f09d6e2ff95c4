"""The order in which the kernels want lots: those of one name together, the cheapest to sell first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.newton.compiled import entry

__all__ = ["by_name"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def by_name(name: Ints, tax: Floats, first: Ints) -> Ints:
    """Return the order of lots (L,) by name, by tax within a name, as they stand where both agree.

    Parameters
    ----------
    name : array of int (L,)
    tax : array (L,)
        Of a dollar sold.
    first : array of int (N + 1,)
        Lots of name i are to stand from first[i] to first[i + 1].
    """
    order = np.empty(len(name), dtype=np.int64)
    _sort_by_name(name, tax, first, first.copy(), order)
    return order


@entry
def _sort_by_name(name: Ints, tax: Floats, first: Ints, end: Ints, order: Ints) -> None:
    """Write the order of `by_name`; `end` (N + 1,) is `first` to begin with, and is overwritten."""
    for lot in range(len(name)):
        # By insertion: a name has few lots, and the curves want them sorted unless lots have prices of their own.
        start, j = first[name[lot]], end[name[lot]]
        end[name[lot]] += 1
        while j > start and tax[order[j - 1]] > tax[lot]:
            order[j] = order[j - 1]
            j -= 1
        order[j] = lot
