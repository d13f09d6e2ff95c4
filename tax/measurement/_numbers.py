"""Checks on the numbers that go into a measure."""

from __future__ import annotations

import math

from taxsleeve_errors import TaxError

__all__ = ["above_zero", "finite", "not_negative"]


def finite(**values: float) -> None:
    """Refuse what is not a finite number, naming it."""
    for name, value in values.items():
        if isinstance(value, bool | str) or value is None or not math.isfinite(value):
            raise TaxError(f"{name}: found {value!r}, expected a finite number")


def not_negative(**values: float) -> None:
    """Refuse what is not a finite number of zero or more, naming it."""
    finite(**values)
    for name, value in values.items():
        if value < 0:
            raise TaxError(f"{name}: found {value}, expected zero or more")


def above_zero(**values: float) -> None:
    """Refuse what is not a finite number above zero, naming it."""
    finite(**values)
    for name, value in values.items():
        if value <= 0:
            raise TaxError(f"{name}: found {value}, expected more than zero")
