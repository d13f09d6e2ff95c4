"""Coefficients of a linear limit's rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

__all__ = ["Coefficients"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Coefficients:
    """A sparse matrix as triplets, entries given twice counting in sum.

    A mandate's limits are stated anew at every rebalance, with a few entries to a row or one row of many; making and
    checking scipy's arrays of them would take longer than solving.

    Parameters
    ----------
    row, column : array of int (E,)
    value : array (E,)
    shape : (int, int)
    """

    row: Ints
    column: Ints
    value: Floats
    shape: tuple[int, int]

    @classmethod
    def one_row(cls, value: Floats) -> Coefficients:
        """Make a matrix of one row, of all its entries (n,)."""
        column = np.flatnonzero(value)
        row = np.zeros(len(column), dtype=np.intp)
        return cls(row, column, np.asarray(value, dtype=float)[column], (1, len(value)))

    @classmethod
    def of(cls, matrix: Any) -> Coefficients:
        """Make them of a scipy sparse matrix, or of an array (m, n)."""
        if isinstance(matrix, cls):
            return matrix
        found = sp.coo_array(matrix)
        row, column = (np.asarray(index, dtype=np.intp) for index in (found.row, found.col))
        return cls(row, column, np.asarray(found.data, dtype=float), (int(found.shape[0]), int(found.shape[1])))

    @cached_property
    def csr(self) -> sp.csr_array:
        """The matrix in scipy's form."""
        return sp.csr_array((self.value, (self.row, self.column)), shape=self.shape)

    def __matmul__(self, amounts: Floats) -> Floats:
        """Multiply with a vector (n,)."""
        return np.bincount(self.row, weights=self.value * amounts[self.column], minlength=self.shape[0]).astype(float)

    def __neg__(self) -> Coefficients:
        """Return the negative."""
        return Coefficients(self.row, self.column, -self.value, self.shape)

    def and_negative(self) -> Coefficients:
        """Stack on their own negative; once, for what many accounts share."""
        return self._both_signs

    @cached_property
    def _both_signs(self) -> Coefficients:
        count, columns = self.shape
        return Coefficients(
            np.concatenate([self.row, self.row + count]),
            np.concatenate([self.column, self.column]),
            np.concatenate([self.value, -self.value]),
            (2 * count, columns),
        )
