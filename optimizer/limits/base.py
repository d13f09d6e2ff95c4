"""What a limit is: a name, a unit, its form in CVXPY, and its own reading of a finished trade list."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray

from optimizer.cvxpy_later import cp
from optimizer.limits.coefficients import Coefficients
from optimizer.limits.readings import Reading, Readings
from optimizer.outcome import Outcome
from optimizer.problem import Problem
from taxsleeve_errors import Shortfall

__all__ = [
    "End",
    "Ends",
    "Inequality",
    "Limit",
    "LinearLimit",
    "Rows",
    "Variables",
    "band",
    "both_right_sides",
    "both_sides",
]

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


@dataclass(frozen=True)
class End:
    """One end of a limit as the mandate says it.

    Parameters
    ----------
    value : float
        In the limit's own unit.
    where : str
        What it is about: a name, a sector, "" where there is only one.
    lower : bool
        Whether the end is one not to go below.
    """

    value: float
    where: str = ""
    lower: bool = False


@dataclass(frozen=True, eq=False)
class Ends(Sequence[End]):
    """Many ends, each made when it is asked for: a thousand names have two each, and few are ever read.

    Parameters
    ----------
    value : array (m,)
    where : sequence of str (m,)
    lower : array of bool (m,)
    """

    value: Floats
    where: Sequence[str]
    lower: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.value)

    @overload
    def __getitem__(self, index: int) -> End: ...

    @overload
    def __getitem__(self, index: slice) -> Ends: ...

    def __getitem__(self, index: int | slice) -> End | Ends:
        if isinstance(index, slice):
            return Ends(self.value[index], self.where[index], self.lower[index])
        return End(float(self.value[index]), self.where[index], bool(self.lower[index]))


@dataclass(frozen=True, eq=False)
class Inequality:
    """expression <= upper, entry by entry, in percent of NAV.

    Parameters
    ----------
    expression : convex CVXPY expression (m,)
    upper : array (m,)
    ends : sequence of End
        What each entry is about, as the mandate says it.
    price : array (m,), optional
        Value given up for each unit by which an entry is exceeded; None is a hard limit.
    """

    expression: cp.Expression
    upper: Floats
    ends: Sequence[End]
    price: Floats | None = None


class Limit(ABC):
    """A promise that every trade list keeps. Subclass it, or `LinearLimit`, to add one of your own."""

    name: str
    unit: str = "fraction of NAV"

    @abstractmethod
    def inequalities(self, problem: Problem, variables: Variables) -> list[Inequality]:
        """Return the limit in CVXPY, in percent of NAV."""

    @abstractmethod
    def readings(self, outcome: Outcome) -> Sequence[Reading]:
        """Read the limit off a trade list, from dollars alone; one entry for each thing it speaks of."""

    def reading(self, value: float, limit: float, *, lower: bool = False, where: str = "") -> Reading:
        """Make one reading of this limit; `lower` says that `value` must not be under `limit`."""
        excess = limit - value if lower else value - limit
        return Reading(self.name, self.unit, where, float(value), float(limit), float(excess))

    def reading_each(
        self, value: Floats, limit: Floats, where: Sequence[str], *, lower: NDArray[np.bool_] | None = None
    ) -> Readings:
        """Make a reading of each entry, arrays (m,)."""
        excess = value - limit if lower is None else np.where(lower, limit - value, value - limit)
        count = len(value)
        hard = np.full(count, np.nan)
        return Readings([self.name] * count, [self.unit] * count, where, value, limit, excess, hard)

    def shortfall(self, end: End, amount: float) -> Shortfall:
        """Say that one end would have to give way by an amount in the limit's unit."""
        needed = end.value - amount if end.lower else end.value + amount
        return Shortfall(self.name, float(end.value), float(needed), self.unit, end.where)


@dataclass(frozen=True, eq=False)
class Rows:
    """A linear limit, active @ a + buy @ b + sell @ s <= upper in fractions of NAV; a matrix left out is zero.

    Parameters
    ----------
    upper : array (m,)
    ends : sequence of End
        What each row is about, as the mandate says it.
    active, buy : Coefficients (m, N)
    sell : Coefficients (m, L)
        A scipy sparse matrix or an array will do; it is made into `Coefficients`.
    price : array (m,), optional
        Value given up for each unit by which a row is exceeded, an upper bound of its multiplier; None is a hard limit.
    """

    upper: Floats
    ends: Sequence[End]
    active: Coefficients | None = None
    buy: Coefficients | None = None
    sell: Coefficients | None = None
    price: Floats | None = None

    def __post_init__(self) -> None:
        for name in ("active", "buy", "sell"):
            if (given := getattr(self, name)) is not None:
                object.__setattr__(self, name, Coefficients.of(given))


class LinearLimit(Limit):
    """A limit that is linear in the trades; subclasses give its rows."""

    @abstractmethod
    def rows(self, problem: Problem) -> Rows:
        """Return the rows in fractions of NAV."""

    def right_sides(self, problem: Problem) -> Floats:
        """Return `upper` of the rows alone, shape (m,)."""
        return self.rows(problem).upper

    def stated(self, problem: Problem) -> Rows:
        """Return the rows, found once for each problem: search, rounding and prices all ask for them."""
        limit, rows = problem.stated.get(id(self), (None, None))
        if limit is not self:
            rows = self.rows(problem)
            problem.stated[id(self)] = (self, rows)
        found: Rows = rows
        return found

    def inequalities(self, problem: Problem, variables: Variables) -> list[Inequality]:
        """Return the rows as one CVXPY inequality, in percent of NAV."""
        rows = self.rows(problem)
        parts = [
            matrix.csr @ variable
            for matrix, variable in (
                (rows.active, variables.active),
                (rows.buy, variables.buy),
                (rows.sell, variables.sell),
            )
            if matrix is not None and matrix.shape[1] > 0
        ]
        if not parts or not len(rows.upper):
            return []
        return [Inequality(sum(parts[1:], parts[0]), 100 * rows.upper, rows.ends, rows.price)]


def band(limit: float | Floats, before: Floats, *, strict: bool) -> tuple[Floats, Floats]:
    """Lower and upper end of |x| <= limit, given where x stood before trading.

    Where x is out of the band already, a band that is not strict asks only that it get no worse, so that no gain is
    realised to cure drift; what a deposit or withdrawal does to the weights counts as drift.
    """
    ends = np.broadcast_to(np.asarray(limit, dtype=float), before.shape)
    return (-ends, ends) if strict else (np.minimum(-ends, before), np.maximum(ends, before))


def both_sides(matrix: Coefficients, lower: Floats, upper: Floats, where: Sequence[str]) -> Rows:
    """Rows of lower <= matrix @ a <= upper."""
    ends = Ends(np.concatenate([upper, lower]), (*where, *where), np.arange(2 * len(upper)) >= len(upper))
    return Rows(both_right_sides(lower, upper), ends, active=matrix.and_negative())


def both_right_sides(lower: Floats, upper: Floats) -> Floats:
    """Right sides of `both_sides`."""
    return np.concatenate([upper, -lower])
