"""Where a finished trade list stands against a limit: one reading, and all of them as columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, groupby
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

__all__ = ["Reading", "Readings"]

Floats = NDArray[np.float64]


class Reading(NamedTuple):
    """One limit as a finished trade list keeps it, in the limit's own unit.

    Attributes
    ----------
    name, unit, where : str
        Name and unit of the limit, and what entry of it this is ("" where there is only one).
    value, limit : float
        Where the trade list stands, and where it must not go beyond.
    excess : float
        How far it is beyond; zero or less is good.
    price : float or None
        Value given up for each unit beyond, fraction of NAV; None is a hard limit.
    """

    name: str
    unit: str
    where: str
    value: float
    limit: float
    excess: float
    price: float | None = None


@dataclass(frozen=True, eq=False)
class Readings(Sequence[Reading]):
    """Many readings, each made when it is asked for: a thousand names have one or two each, and few are looked at.

    Parameters
    ----------
    name, unit, where : sequence of str (m,)
    value, limit, excess : array (m,)
    price : array (m,)
        Not a number for a hard limit.
    """

    name: Sequence[str]
    unit: Sequence[str]
    where: Sequence[str]
    value: Floats
    limit: Floats
    excess: Floats
    price: Floats

    @classmethod
    def of(cls, readings: Iterable[Reading]) -> Readings:
        """Take readings as columns."""
        if isinstance(readings, Readings):
            return readings
        readings = tuple(readings)
        if not readings:
            return cls.together(())
        name, unit, where, value, limit, excess, price = zip(*readings, strict=True)
        hard_or_price = [np.nan if one is None else one for one in price]
        numbers = (np.array(column, dtype=float) for column in (value, limit, excess, hard_or_price))
        return cls(name, unit, where, *numbers)

    @classmethod
    def together(cls, parts: Sequence[Sequence[Reading]]) -> Readings:
        """Join readings of several limits."""
        taken = [cls.of(part) for part in parts if len(part)]

        def texts(name: str) -> list[str]:
            return [*chain.from_iterable(getattr(part, name) for part in taken)]

        def numbers(name: str) -> Floats:
            return np.concatenate([np.empty(0), *(getattr(part, name) for part in taken)])

        return cls(
            *(texts("name"), texts("unit"), texts("where")),
            *(numbers("value"), numbers("limit"), numbers("excess"), numbers("price")),
        )

    @cached_property
    def families(self) -> dict[str, NDArray[np.intp]]:
        """Places of each limit's readings, in order."""
        found: dict[str, list[NDArray[np.intp]]] = {}
        start = 0
        for name, run in groupby(self.name):
            end = start + len(list(run))
            found.setdefault(name, []).append(np.arange(start, end))
            start = end
        return {name: np.concatenate(runs) for name, runs in found.items()}

    @cached_property
    def hard(self) -> NDArray[np.bool_]:
        """Which are of hard limits."""
        return np.isnan(self.price)

    def __len__(self) -> int:
        return len(self.name)

    def __iter__(self) -> Iterator[Reading]:
        price = [None if hard else price for hard, price in zip(self.hard.tolist(), self.price.tolist(), strict=True)]
        numbers = (column.tolist() for column in (self.value, self.limit, self.excess))
        return map(Reading, self.name, self.unit, self.where, *numbers, price)

    @overload
    def __getitem__(self, index: int) -> Reading: ...

    @overload
    def __getitem__(self, index: slice) -> Readings: ...

    def __getitem__(self, index: int | slice) -> Reading | Readings:
        texts = (self.name[index], self.unit[index], self.where[index])
        numbers = (self.value[index], self.limit[index], self.excess[index], self.price[index])
        if isinstance(index, slice):
            return Readings(*texts, *numbers)
        value, limit, excess, price = map(float, numbers)
        name, unit, where = map(str, texts)
        return Reading(name, unit, where, value, limit, excess, None if np.isnan(price) else price)
