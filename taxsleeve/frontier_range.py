"""The range of a frontier as it is typed: "0.25%..3%"."""

from __future__ import annotations

import math

import numpy as np

from taxsleeve_errors import InputError

__all__ = ["POINTS", "frontier_limits"]

POINTS = 12
_EXPECTED = "two limits on annual tracking error, the smaller first, as 0.25%..3% or 0.0025..0.03"


def frontier_limits(text: str, today: float | None = None, points: int = POINTS) -> tuple[float, ...]:
    """Read a range into limits on tracking error.

    Parameters
    ----------
    text : str
        Two numbers with ".." between them, each in percent ("3%") or as a fraction ("0.03").
    today : float or None
        A limit to be one of them where it lies in the range.
    points : int
        How many, evenly spaced, ends included.

    Returns
    -------
    tuple of float
        Rising; `points` of them, and `today` where it is not one of them already.

    Raises
    ------
    InputError
        The text is not such a range, or does not lie between 0 and 100%.
    """
    ends = text.split("..")
    if len(ends) != 2:
        raise InputError.of("--frontier", _EXPECTED, value=text)
    low, high = (_fraction(end.strip(), text) for end in ends)
    if not 0 < low < high <= 1:
        raise InputError.of("--frontier", f"{_EXPECTED}, more than 0 and at most 100%", value=text)
    limits = {float(f"{limit:.6g}") for limit in np.linspace(low, high, points)}
    if today is not None and low < today < high:
        limits = {limit for limit in limits if not math.isclose(limit, today, rel_tol=1e-9)} | {today}
    return tuple(sorted(limits))


def _fraction(word: str, text: str) -> float:
    try:
        value = float(word.removesuffix("%"))
    except ValueError:
        raise InputError.of("--frontier", _EXPECTED, value=text) from None
    if not math.isfinite(value):
        raise InputError.of("--frontier", _EXPECTED, value=text)
    return value / 100 if word.endswith("%") else value
