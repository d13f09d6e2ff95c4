"""Values as they are typed after an option: percentages, lists, ranges of years."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from taxsleeve_errors import InputError

__all__ = ["fraction", "fractions", "words", "years_typed"]

_FRACTION = "a percentage as 1%, or a fraction as 0.01"
_YEARS = "years as 1993..2014 or 1993,2003,2013"
_FIRST, _LAST = 1886, 2199


def fraction(option: str, text: str) -> float:
    """Read "1%" or "0.01".

    Raises
    ------
    InputError
        It is neither, or not finite.
    """
    word = text.strip()
    try:
        number = Decimal(word.removesuffix("%"))
    except InvalidOperation:
        raise InputError.of(option, _FRACTION, value=text) from None
    if not number.is_finite():
        raise InputError.of(option, _FRACTION, value=text)
    # In decimals, so that 23.8% is the number that 0.238 is.
    return float(number / 100 if word.endswith("%") else number)


def fractions(option: str, text: str) -> tuple[float, ...]:
    """Read percentages with commas between them."""
    return tuple(fraction(option, part) for part in text.split(","))


def words(option: str, text: str) -> tuple[str, ...]:
    """Read words with commas between them.

    Raises
    ------
    InputError
        One is empty, or stands twice.
    """
    parts = tuple(part.strip() for part in text.split(","))
    if not all(parts) or len(set(parts)) < len(parts):
        raise InputError.of(option, "names with commas between them, each once", value=text)
    return parts


def years_typed(option: str, text: str) -> tuple[int, ...]:
    """Read "1993..2014" or "1993,2003".

    Raises
    ------
    InputError
        These are no years, or they do not rise.
    """
    span = re.fullmatch(r"\s*(\d{4})\s*\.\.\s*(\d{4})\s*", text)
    parts = [part.strip() for part in text.split(",")]
    if span:
        years = list(range(int(span[1]), int(span[2]) + 1))
    elif all(re.fullmatch(r"\d{4}", part) for part in parts):
        years = [int(part) for part in parts]
    else:
        raise InputError.of(option, _YEARS, value=text)
    if not years or years != sorted(set(years)) or not _FIRST <= years[0] <= years[-1] <= _LAST:
        raise InputError.of(option, f"{_YEARS}, rising, from {_FIRST} to {_LAST}", value=text)
    return tuple(years)
