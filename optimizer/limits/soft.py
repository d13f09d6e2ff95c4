"""Limits that may be exceeded at a price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from optimizer.cvxpy_later import cp
from optimizer.limits.base import Inequality, Limit, LinearLimit, Rows, Variables
from optimizer.limits.readings import Reading
from optimizer.limits.validation import require_positive
from optimizer.outcome import Outcome
from optimizer.problem import Floats, Problem
from taxsleeve_errors import InputError

__all__ = ["SoftLimit", "SoftLinearLimit", "soft"]


@dataclass(frozen=True)
class SoftLimit(Limit):
    """A limit that is not linear, such as tracking error, made soft: value falls by price x what it is exceeded by.

    Its name is that of the limit with "soft_" before it, so that a soft limit and a wider hard one of the same kind may
    stand together.

    Parameters
    ----------
    limit : Limit
    price : float
        Value given up for each unit of excess, as a fraction of NAV: dollars for each dollar beyond, of a limit in
        fractions of NAV; for each 1.0 of tracking error a year, of tracking error. More than zero.
    """

    limit: Limit
    price: float
    name: str = field(init=False)
    unit: str = field(init=False)

    def __post_init__(self) -> None:
        _name(self, self.limit, self.price)

    def inequalities(self, problem: Problem, variables: Variables) -> list[Inequality]:
        """Return the limit in CVXPY with the price of its excess."""
        return [
            replace(inequality, price=np.full(np.shape(inequality.upper), self.price))
            for inequality in self.limit.inequalities(problem, variables)
        ]

    def readings(self, outcome: Outcome) -> list[Reading]:
        """Return the limit's own readings, with the price."""
        return _priced(self.name, self.limit.readings(outcome), self.price)

    def penalty(self, problem: Problem, sell: Floats, buy: Floats) -> float:
        """Value given up for the excess that trades leave, fraction of NAV."""
        active = problem.active_after(sell, buy)
        trades = (sell, buy, active, problem.root.T @ active)
        variables = Variables(*[cp.Constant(100 * amounts) for amounts in trades])
        over = [
            np.maximum(np.asarray(i.expression.value, dtype=float) - i.upper, 0.0).sum() / 100
            for i in self.limit.inequalities(problem, variables)
        ]
        return self.price * float(sum(over))


@dataclass(frozen=True)
class SoftLinearLimit(LinearLimit):
    """A linear limit made soft, as `SoftLimit`: its rows carry the price."""

    limit: LinearLimit
    price: float
    name: str = field(init=False)
    unit: str = field(init=False)

    def __post_init__(self) -> None:
        _name(self, self.limit, self.price)

    def rows(self, problem: Problem) -> Rows:
        """Return the limit's rows with the price of their excess."""
        rows = self.limit.rows(problem)
        return replace(rows, price=np.full(len(rows.upper), self.price))

    def readings(self, outcome: Outcome) -> list[Reading]:
        """Return the limit's own readings, with the price."""
        return _priced(self.name, self.limit.readings(outcome), self.price)

    def penalty(self, problem: Problem, sell: Floats, buy: Floats) -> float:
        """Value given up for the excess that trades leave, fraction of NAV."""
        rows = self.limit.rows(problem)
        parts = ((rows.active, problem.active_after(sell, buy)), (rows.buy, buy), (rows.sell, sell))
        over = -rows.upper
        for matrix, amounts in parts:
            if matrix is not None:
                over = over + matrix @ amounts
        return self.price * float(np.maximum(over, 0.0).sum())


def soft(limit: Limit, price: float) -> SoftLimit | SoftLinearLimit:
    """Make a limit soft: it may be exceeded, and each unit of excess takes `price` of value (see `SoftLimit`).

    Raises
    ------
    InputError
        The price is not a finite number > 0, or the limit is soft already.
    """
    return SoftLinearLimit(limit, price) if isinstance(limit, LinearLimit) else SoftLimit(limit, price)


def _name(made: SoftLimit | SoftLinearLimit, limit: Limit, price: float) -> None:
    if isinstance(limit, (SoftLimit, SoftLinearLimit)):
        raise InputError.of("limits", "a limit that is not soft already", column="soft", value=limit.name)
    require_positive(f"soft.{limit.name}", price)
    object.__setattr__(made, "name", f"soft_{limit.name}")
    object.__setattr__(made, "unit", limit.unit)


def _priced(name: str, readings: Sequence[Reading], price: float) -> list[Reading]:
    return [reading._replace(name=name, price=price) for reading in readings]
