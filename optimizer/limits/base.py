"""What a limit is: a name, a unit, its form in CVXPY, and its own reading of a finished trade list."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import cvxpy as cp
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from optimizer.outcome import Outcome
from optimizer.problem import Problem

__all__ = ["Inequality", "Limit", "LinearLimit", "Reading", "Rows", "Variables", "band", "both_sides"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Variables:
    """What a limit may speak of, as CVXPY expressions in **percent** of NAV.

    Parameters
    ----------
    sell : expression (L,)
        Sold of each lot.
    buy, active : expression (N,)
        Bought of each name, and the active weight after trading.
    exposure : expression (K,)
        y = G'a, active exposure to factors of unit variance.
    """

    sell: cp.Expression
    buy: cp.Expression
    active: cp.Expression
    exposure: cp.Expression


@dataclass(frozen=True, eq=False)
class Inequality:
    """expression <= upper, entry by entry, in percent of NAV.

    Parameters
    ----------
    expression : convex CVXPY expression (m,)
    upper : array (m,)
    where : tuple of str
        What each entry is about (a name, a sector, "" where there is only one).
    """

    expression: cp.Expression
    upper: Floats
    where: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """One limit as a finished trade list keeps it, in the limit's own unit.

    Parameters
    ----------
    name, unit, where : str
        Name and unit of the limit, and what entry of it this is ("" where there is only one).
    value, limit : float
        Where the trade list stands, and where it must not go beyond.
    excess : float
        How far it is beyond; zero or less is good.
    """

    name: str
    unit: str
    where: str
    value: float
    limit: float
    excess: float


class Limit(ABC):
    """A promise that every trade list keeps. Subclass it, or `LinearLimit`, to add one of your own."""

    name: ClassVar[str]
    unit: ClassVar[str] = "fraction of NAV"

    @abstractmethod
    def inequalities(self, problem: Problem, variables: Variables) -> list[Inequality]:
        """Return the limit in CVXPY, in percent of NAV."""

    @abstractmethod
    def readings(self, outcome: Outcome) -> list[Reading]:
        """Read the limit off a trade list, from dollars alone; one entry for each thing it speaks of."""

    def stated(self, problem: Problem, where: str, upper: float) -> float:  # noqa: ARG002
        """Return the number that a mandate would state for an inequality's upper end, both in fractions of NAV."""
        return abs(upper)

    def reading(self, value: float, limit: float, *, lower: bool = False, where: str = "") -> Reading:
        """Make one reading of this limit; `lower` says that `value` must not be under `limit`."""
        excess = limit - value if lower else value - limit
        return Reading(self.name, self.unit, where, float(value), float(limit), float(excess))


@dataclass(frozen=True, eq=False)
class Rows:
    """A linear limit, active @ a + buy @ b + sell @ s <= upper in fractions of NAV; a matrix left out is zero.

    Parameters
    ----------
    upper : array (m,)
    where : tuple of str
        What each row is about.
    active, buy : sparse array (m, N)
    sell : sparse array (m, L)
    """

    upper: Floats
    where: tuple[str, ...]
    active: sp.csr_array | None = None
    buy: sp.csr_array | None = None
    sell: sp.csr_array | None = None


class LinearLimit(Limit):
    """A limit that is linear in the trades; subclasses give its rows."""

    @abstractmethod
    def rows(self, problem: Problem) -> Rows:
        """Return the rows in fractions of NAV."""

    def inequalities(self, problem: Problem, variables: Variables) -> list[Inequality]:
        """Return the rows as one CVXPY inequality, in percent of NAV."""
        rows = self.rows(problem)
        parts = [
            matrix @ variable
            for matrix, variable in (
                (rows.active, variables.active),
                (rows.buy, variables.buy),
                (rows.sell, variables.sell),
            )
            if matrix is not None and matrix.shape[1] > 0
        ]
        if not parts or not len(rows.upper):
            return []
        return [Inequality(sum(parts[1:], parts[0]), 100 * rows.upper, rows.where)]


def band(limit: float | Floats, before: Floats, *, strict: bool) -> tuple[Floats, Floats]:
    """Lower and upper end of |x| <= limit, given where x stood before trading.

    Where drift has already carried x out of the band, a band that is not strict asks only that it get no worse, so
    that no gain is realised to cure drift.
    """
    ends = np.broadcast_to(np.asarray(limit, dtype=float), before.shape)
    return (-ends, ends) if strict else (np.minimum(-ends, before), np.maximum(ends, before))


def both_sides(matrix: sp.csr_array, lower: Floats, upper: Floats, where: Sequence[str]) -> Rows:
    """Rows of lower <= matrix @ a <= upper."""
    return Rows(np.concatenate([upper, -lower]), (*where, *where), active=sp.vstack([matrix, -matrix], format="csr"))
