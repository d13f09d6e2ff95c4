"""Which entries of a limit move when the mandate changes its number."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.limits.base import End, Limit

__all__ = ["moves_with_its_number"]


def moves_with_its_number(limit: Limit, end: End) -> bool:
    """Whether an entry's end is the mandate's own number.

    The end of a band that is not strict and that drift has broken is where the account stood before trading: it
    does not move with the number, and its price is not a price of the number.
    """
    numbers = getattr(limit, "limits", None)
    number = numbers.get(end.where) if isinstance(numbers, Mapping) else getattr(limit, "limit", None)
    return number is None or abs(abs(end.value) - number) <= 1e-12
