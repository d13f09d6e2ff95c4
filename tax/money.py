"""Exact money: fractions inside, cents only on output."""

from __future__ import annotations

import numbers
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TypeAlias

from taxsleeve_errors import TaxError

__all__ = ["Money", "cents", "exact"]

Money: TypeAlias = int | float | Decimal | Fraction
"""What counts as an amount of money on the way in."""


def exact(value: Money, name: str) -> Fraction:
    """Read an amount as an exact fraction.

    A binary float is taken for the decimal number it prints as, so 0.1 becomes 1/10 and not 0.1000000000000000055.

    Parameters
    ----------
    value : int, float, Decimal or Fraction
        Dollars, or whatever `name` counts.
    name : str
        What the amount is, for the message.

    Raises
    ------
    TaxError
        The value is not a finite number.
    """
    if type(value) is Fraction:  # the ledger's own amounts: no copy, no greatest common divisor
        return value
    amount = _read(value)
    if amount is None:
        raise TaxError(f"{name}: found {value!r}, expected a finite number")
    return amount


def cents(value: Money) -> Decimal:
    """Round to whole cents, half a cent away from zero; never a negative zero."""
    hundredths = exact(value, "amount to round") * 100
    size = (2 * abs(hundredths.numerator) + hundredths.denominator) // (2 * hundredths.denominator)
    return Decimal(-size if value < 0 else size).scaleb(-2)


def _read(value: object) -> Fraction | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, numbers.Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    if not isinstance(value, (numbers.Real, Decimal)):
        return None
    try:
        return Fraction(Decimal(str(value)))
    except (InvalidOperation, OverflowError, ValueError):
        return None
