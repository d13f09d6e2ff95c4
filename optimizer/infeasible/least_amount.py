"""The least amount that is enough, where only trying tells."""

from __future__ import annotations

import math
from collections.abc import Callable

__all__ = ["ROOM", "least_amount", "rounded_up"]

# An amount is least when one per cent less is refused.
ROOM = 1.01
_HAIR = 1.0005
_LADDER = (1.02, 1.05, 1.15, 1.5, 2.5)
_SMALLEST = 1e-7
# A hundredth of a basis point: what the independent check lets pass.
_FINEST = 1e-6


def least_amount(enough: Callable[[float], bool], lower: float, widest: float) -> float | None:
    """Find the least amount that is enough, to one per cent or 1e-6, rounded up to four digits.

    Parameters
    ----------
    enough : function of an amount
        Taken to stay true once it is true.
    lower : float
        An amount proven not to be more than enough; zero where nothing is known.
    widest : float
        The most to be tried.

    Returns
    -------
    float or None
        None where even the widest is not enough.
    """
    refused = max(lower / ROOM, _SMALLEST)
    if lower > _SMALLEST:
        if enough(first := rounded_up(lower * _HAIR)):
            return first
        refused = first
        for factor in _LADDER:
            if (more := rounded_up(lower * factor)) < widest:
                if enough(more):
                    return _between(enough, refused, more)
                refused = more
    return _between(enough, refused, widest) if enough(widest) else None


def rounded_up(amount: float) -> float:
    """Round up to four significant digits, so that what is written down is enough."""
    if amount <= 0:
        return 0.0
    digits = 3 - math.floor(math.log10(amount))
    return float(f"{math.ceil(amount * 10.0**digits - 1e-9) / 10.0**digits:.12g}")


def _between(enough: Callable[[float], bool], refused: float, good: float) -> float:
    while good > refused * ROOM and good - refused > _FINEST:
        # Strictly between: rounding up adds a part in a thousand at most, and the two are more than ROOM apart.
        middle = rounded_up(math.sqrt(refused * good))
        if enough(middle):
            good = middle
        else:
            refused = middle
    return good
