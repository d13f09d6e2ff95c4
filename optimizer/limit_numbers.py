"""The numbers of a limit as the mandate says them, and how its entries move when a number does."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from optimizer.limits.base import Limit, LinearLimit, Variables
from optimizer.problem import Problem

__all__ = ["Setting", "numbers_of", "row_slopes", "upper_slopes", "with_number"]

_FLOOR, _UNIT_FLOOR = 1e-3, 0.05
_WIDE = 10.0
_NEAR, _FAR = 1e-6, 1e3


@dataclass(frozen=True)
class Setting:
    """One number of a mandate, as the mandate says it.

    Parameters
    ----------
    name : str
        Name of the limit; "names" and "min_trade" stand for the mandate's own.
    where : str
        "least" or "greatest" end, or the factor; "" where the limit is one number.
    value : float
        In `unit`.
    unit : str
    lower : bool
        Whether it gives way by getting smaller.
    """

    name: str
    where: str
    value: float
    unit: str
    lower: bool = False

    def moved(self, amount: float) -> float:
        """Value after giving way by an amount >= 0; a number of names by whole ones."""
        whole = float(np.ceil(amount)) if self.name == "names" else amount
        # An order or a number of names cannot be less than none; cash can, when it is overdrawn.
        least = 0.0 if self.name in ("names", "min_trade") else -np.inf
        return max(self.value - whole, least) if self.lower else self.value + whole

    @property
    def size(self) -> float:
        """What a relaxation is measured by: the number itself, or 10 bp (0.05 of an exposure) where it is smaller.

        A tenth of one limit then counts as much as a tenth of another, whatever their units: a percentage point of
        turnover is little, one of tracking error is much.
        """
        return max(abs(self.value), _FLOOR if "fraction of NAV" in self.unit else _UNIT_FLOOR)

    @property
    def widest(self) -> float:
        """Return the amount beyond which giving way further can make no difference."""
        if self.name == "min_trade" or (self.name == "names" and self.lower):
            return self.value
        return _WIDE if "fraction of NAV" in self.unit else _WIDE * max(_WIDE, abs(self.value))


def numbers_of(limit: Any) -> tuple[Setting, ...]:
    """Every number of a limit that can give way.

    A limit of a user's own takes part where it has one number `limit`, a mapping `limits` or two ends `least` and
    `greatest`, as the built-in ones have; a soft limit gives way by itself and has none.
    """
    if isinstance(many := getattr(limit, "limits", None), Mapping):
        return tuple(Setting(limit.name, key, float(value), limit.unit) for key, value in many.items())
    if isinstance(one := getattr(limit, "limit", None), float | int):
        return (Setting(limit.name, "", float(one), limit.unit),)
    ends = [(name, getattr(limit, name, None)) for name in ("least", "greatest")]
    return tuple(
        Setting(limit.name, name, float(value), limit.unit, lower=name == "least")
        for name, value in ends
        if isinstance(value, float | int) and np.isfinite(value)
    )


def with_number(limit: Limit, setting: Setting, value: float) -> Limit:
    """Return the limit with one of its numbers at another value."""
    many = getattr(limit, "limits", None)
    if isinstance(many, Mapping):
        return _replaced(limit, "limits", {**many, setting.where: value})
    return _replaced(limit, setting.where if setting.where in ("least", "greatest") else "limit", value)


def _replaced(limit: Any, attribute: str, value: Any) -> Limit:
    if is_dataclass(limit) and not isinstance(limit, type):
        made: Any = replace(limit, **{attribute: value})
        return cast(Limit, made)
    # A limit of a user's own need not be a dataclass.
    clone: Limit = copy.copy(limit)
    setattr(clone, attribute, value)
    return clone


def upper_slopes(
    limit: Limit, problem: Problem, variables: Variables, setting: Setting | None = None, *, far: bool = False
) -> list[NDArray[np.float64]]:
    """How much each entry of a limit's inequalities gives way for each unit by which a number does.

    One for most; a name's average volume over NAV in a limit on liquidity; zero for the end of a band that is not
    strict and that drift has broken, because that end is where the account stood before trading.

    Parameters
    ----------
    limit, problem, variables
        As in `Limit.inequalities`.
    setting : Setting, optional
        The number; all numbers of the limit at once where not given.
    far : bool
        The greatest slope, which entries reach when the number gives way far enough.

    Returns
    -------
    list of array
        For each inequality, in the shape of its `upper`.
    """
    settings = [setting] if setting is not None else numbers_of(limit)
    near, step = (limit, _NEAR) if not far else (_moved(limit, settings, _FAR), _FAR)
    beyond = _moved(limit, settings, step if not far else 2 * _FAR)
    pairs = zip(near.inequalities(problem, variables), beyond.inequalities(problem, variables), strict=True)
    if not settings:
        return [np.ones(np.shape(before.upper)) for before, _ in pairs]
    return [np.round((after.upper - before.upper) / (100 * step), 9) for before, after in pairs]


def row_slopes(limit: LinearLimit, problem: Problem) -> NDArray[np.float64]:
    """How much each row of a linear limit gives way for each unit by which its numbers do, as `upper_slopes`."""
    settings, before = numbers_of(limit), limit.stated(problem).upper
    if not settings:
        return np.ones(len(before))
    moved = _moved(limit, settings, _NEAR)
    assert isinstance(moved, LinearLimit)  # noqa: S101 - the same limit with another number
    slopes: NDArray[np.float64] = np.round((moved.right_sides(problem) - before) / _NEAR, 9)
    return slopes


def _moved(limit: Limit, settings: Any, amount: float) -> Limit:
    for setting in settings:
        limit = with_number(limit, setting, setting.moved(amount))
    return limit
