"""Numbers to twelve significant digits: no binary noise in a file, and every scale is treated alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["significant"]

Floats = NDArray[np.float64]
_DIGITS = 12
_MOST = 10.0**_DIGITS
# As far as powers of ten are whole numbers in binary, exactly.
_POWERS = np.array([float(10**n) for n in range(23)])
_LEAST = 1e-10
# What follows the twelfth digit is known to a thousandth of it: nearer to a half than this, the text decides.
_UNSURE = 1e-3


def significant(numbers: Floats) -> Floats:
    """Numbers as twelve significant digits write them, to the last bit."""
    rounded: Floats = np.array(numbers, dtype=float)
    size = np.abs(rounded)
    # Whole numbers below a trillion have no more than twelve digits as they are.
    rest = np.flatnonzero(~((rounded == np.rint(rounded)) & (size < _MOST)))
    if not len(rest):
        return rounded
    usual = (size[rest] >= _LEAST) & (size[rest] < _MOST)
    scaled = rest[usual]
    found, sure = _scaled(rounded[scaled], size[scaled])
    rounded[scaled] = np.where(sure, found, rounded[scaled])
    as_text = np.concatenate([rest[~usual], scaled[~sure]])
    rounded[as_text] = [float(f"{x:.{_DIGITS}g}") for x in rounded[as_text].tolist()]
    return rounded


def _scaled(numbers: Floats, size: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Round by scaling to whole numbers of twelve digits, and tell where that is surely right.

    Such a whole number over a power of ten, both exact in binary, is what reading the digits gives.
    """
    power = _POWERS[_DIGITS - 1 - np.floor(np.log10(size)).astype(np.intp)]
    moved = numbers * power
    whole = np.rint(moved)
    clear = np.abs(np.abs(moved - whole) - 0.5) > _UNSURE
    return whole / power, clear & (np.abs(whole) >= _MOST / 10) & (np.abs(whole) <= _MOST)
