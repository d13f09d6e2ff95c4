"""Value and growth by book-to-price, as the S&P and Russell style indices split a segment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from taxsleeve_errors import InputError

__all__ = ["Style", "value_share"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Style:
    """One side of a segment.

    Parameters
    ----------
    name : str
        "value" or "growth"; what a name has not in one it has in the other.
    pure : float
        Fraction of the segment's capitalisation at each end that is wholly value or wholly growth.
    months : tuple of int
        Months at whose end names are rated; in between they keep their share, and newcomers are rated as they come.
    """

    name: str
    pure: float = 1 / 3
    months: tuple[int, ...] = (12,)

    def __post_init__(self) -> None:
        if self.name not in ("value", "growth"):
            raise InputError.of("style", "value or growth", value=self.name)
        if not 0 <= self.pure <= 0.5:
            raise InputError.of("style", "a pure part of 0 to 0.5", value=self.pure)

    def share(self, value: Floats) -> Floats:
        """Share of each name that belongs to this side, given its share of value."""
        return value if self.name == "value" else 1 - value


def value_share(book_to_price: Floats, weights: Floats, pure: float) -> Floats:
    """Share of each member of a segment that is value.

    Members are sorted by book-to-price, highest first. With p the part of the segment's weight above the middle of a
    name, its share is (1 - pure - p) / (1 - 2 pure), cut to [0, 1]: the first `pure` of the weight is value, the last
    is growth, and a name between the two is partly in both.

    Parameters
    ----------
    book_to_price : array (N,)
        A name without one, or with book value under zero, is half in each.
    weights : array (N,)
        Of the segment; zero for a name outside.
    pure : float

    Returns
    -------
    array (N,)
        In [0, 1].
    """
    share = np.full(len(weights), 0.5)
    rated = np.flatnonzero((weights > 0) & (np.nan_to_num(book_to_price) > 0))
    if not len(rated):
        return share
    order = rated[np.argsort(-book_to_price[rated], kind="stable")]
    held = weights[order] / weights[order].sum()
    above = np.cumsum(held) - held / 2
    share[order] = np.clip((1 - pure - above) / (1 - 2 * pure), 0, 1) if pure < 0.5 else (above < 0.5).astype(float)
    return share
