"""The numbers of a mandate that could give way, one by one."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass, replace
from typing import Any, cast

import numpy as np

from optimizer.limits.base import End, Limit
from optimizer.mandate import Mandate

__all__ = ["Setting", "changed", "settings_of"]

_FLOOR, _UNIT_FLOOR = 1e-3, 0.05
_WIDE = 10.0


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
        whole = math.ceil(amount) if self.name == "names" else amount
        return self.value - whole if self.lower else self.value + whole

    def speaks_of(self, limit: Limit, end: End) -> bool:
        """Whether an entry of a limit moves when this number does."""
        if limit.name != self.name:
            return False
        if self.where in ("least", "greatest"):
            return end.lower == self.lower
        return self.where in ("", end.where)

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


def settings_of(mandate: Mandate, *, orders: bool = True) -> tuple[Setting, ...]:
    """Every number of a mandate that can give way.

    A limit of a user's own takes part where it has one number `limit`, a mapping `limits` or two ends `least` and
    `greatest`, as the built-in ones have.

    Parameters
    ----------
    mandate : Mandate
    orders : bool
        Whether to include the number of names and the least trade, which only matter once all else is feasible.
    """
    found = [setting for limit in mandate.all_limits() for setting in _of_limit(limit)]
    if orders and mandate.names is not None:
        found.append(Setting("names", "greatest", mandate.names[1], "names held"))
        if mandate.names[0] > 0:
            found.append(Setting("names", "least", mandate.names[0], "names held", lower=True))
    if orders and mandate.min_trade > 0:
        found.append(Setting("min_trade", "", mandate.min_trade, "fraction of NAV", lower=True))
    return tuple(found)


def changed(mandate: Mandate, values: Mapping[Setting, float]) -> Mandate:
    """Return the mandate with some of its numbers at other values."""
    limits: list[Limit] = []
    for limit in mandate.all_limits():
        for setting, value in values.items():
            if setting.name == limit.name:
                limit = _with(limit, setting, value)  # noqa: PLW2901 - one number of it after the other
        limits.append(limit)
    mandate = replace(mandate, limits=limits)
    for setting, value in values.items():
        if setting.name == "min_trade":
            mandate = replace(mandate, min_trade=max(value, 0.0))
        elif setting.name == "names" and mandate.names is not None:
            least, greatest = mandate.names
            ends = (max(int(value), 0), greatest) if setting.lower else (least, int(value))
            mandate = replace(mandate, names=ends)
    return mandate


def _of_limit(limit: Any) -> list[Setting]:
    if isinstance(many := getattr(limit, "limits", None), Mapping):
        return [Setting(limit.name, key, float(value), limit.unit) for key, value in many.items()]
    if isinstance(one := getattr(limit, "limit", None), float | int):
        return [Setting(limit.name, "", float(one), limit.unit)]
    ends = [(name, getattr(limit, name, None)) for name in ("least", "greatest")]
    return [
        Setting(limit.name, name, float(value), limit.unit, lower=name == "least")
        for name, value in ends
        if isinstance(value, float | int) and np.isfinite(value)
    ]


def _with(limit: Limit, setting: Setting, value: float) -> Limit:
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
