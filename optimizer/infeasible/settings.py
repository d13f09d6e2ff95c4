"""The numbers of a mandate that could give way, one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from optimizer.limit_numbers import Setting, numbers_of, with_number
from optimizer.limits.base import Limit
from optimizer.mandate import Mandate

__all__ = ["changed", "settings_of"]


def settings_of(mandate: Mandate, *, orders: bool = True) -> tuple[Setting, ...]:
    """Every number of a mandate that can give way.

    Parameters
    ----------
    mandate : Mandate
    orders : bool
        Whether to include the number of names and the least trade, which only matter once all else is feasible.
    """
    found = [setting for limit in mandate.all_limits() for setting in numbers_of(limit)]
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
                limit = with_number(limit, setting, value)  # noqa: PLW2901 - one number of it after the other
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
