"""The columns of the mixed-integer program, by what they mean, and its rows, collected block by block."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

__all__ = ["Columns", "RowPile", "columns_of"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Columns:
    """Positions of each kind of variable.

    Parameters
    ----------
    sell : slice
        Shares sold of each lot (L).
    buy : slice
        Shares bought of each name (N).
    selling, buying, held : slice
        Whether each name is sold, is bought, is held afterwards (N each).
    loss_side, leaving : slice
        Whether each group may go at a loss, and whether all of it goes (G each).
    deviation, square : slice
        y and D^(1/2) a in percent (K + N), and what bounds their squares from above.
    excess : slice
        What each soft row is exceeded by.
    """

    sell: slice
    buy: slice
    selling: slice
    buying: slice
    held: slice
    loss_side: slice
    leaving: slice
    deviation: slice
    square: slice
    excess: slice

    @property
    def size(self) -> int:
        """Number of columns."""
        return int(self.excess.stop)

    @property
    def whole(self) -> NDArray[np.bool_]:
        """Columns that must be whole numbers."""
        whole = np.zeros(self.size, dtype=bool)
        whole[: self.deviation.start] = True
        return whole


def columns_of(lots: int, names: int, groups: int, deviations: int, soft: int) -> Columns:
    """Lay out the columns of a problem of these sizes."""
    sizes = [lots, names, names, names, names, groups, groups, deviations, deviations, soft]
    ends = np.cumsum([0, *sizes]).tolist()
    return Columns(*[slice(a, b) for a, b in itertools.pairwise(ends)])


class RowPile:
    """Collects rows lower <= A x <= upper block by block."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._blocks: list[sp.coo_array] = []
        self._lower: list[Floats] = []
        self._upper: list[Floats] = []

    def add(self, parts: list[tuple[slice, sp.sparray]], lower: Floats | float, upper: Floats | float) -> None:
        """Add rows that are the sum of matrices, each on some of the columns."""
        height = parts[0][1].shape[0]
        entries = [(at.start, sp.coo_array(matrix)) for at, matrix in parts]
        data = np.concatenate([m.data for _, m in entries])
        row = np.concatenate([m.row for _, m in entries])
        column = np.concatenate([start + m.col for start, m in entries])
        self._blocks.append(sp.coo_array((data, (row, column)), shape=(height, self._size)))
        self._lower.append(np.broadcast_to(np.asarray(lower, dtype=float), (height,)))
        self._upper.append(np.broadcast_to(np.asarray(upper, dtype=float), (height,)))

    def stacked(self) -> tuple[sp.csr_array, Floats, Floats]:
        """Return matrix, lower and upper ends of all rows."""
        return sp.csr_array(sp.vstack(self._blocks)), np.concatenate(self._lower), np.concatenate(self._upper)
