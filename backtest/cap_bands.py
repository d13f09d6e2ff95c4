"""Segments by rank of capitalisation, with buffers that keep names where they are."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.market import Market
from taxsleeve_errors import InputError

__all__ = ["CapBands", "segment_history"]

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
_US_TOTAL = 1500


@dataclass(frozen=True)
class CapBands:
    """Where the segments end, and how far a name must be outside before it changes over.

    Every segment has a fixed number of names, as the S&P indices have. At a boundary k with buffer b, a newcomer of
    rank k(1 - b) or better enters at once and a member beyond rank k(1 + b) leaves at once; vacancies go to the best
    ranks outside, and where there are too many the worst ranks go.

    Parameters
    ----------
    names : tuple of str
        Segments, largest first.
    last_ranks : tuple of int
        Last rank of each.
    buffers : tuple of float
        At each boundary, as a fraction of its rank; 0 cuts by rank alone.

    Raises
    ------
    InputError
        Ranks that do not rise, buffers outside [0, 1), or lengths that differ.
    """

    names: tuple[str, ...] = ("large", "mid", "small")
    last_ranks: tuple[int, ...] = (500, 900, 1500)
    buffers: tuple[float, ...] = (0.25, 0.5, 0.6)

    def __post_init__(self) -> None:
        ranks = (0, *self.last_ranks)
        if not self.names or not len(self.names) == len(self.last_ranks) == len(self.buffers):
            raise InputError.of("bands", "as many names as last ranks and buffers", value=self.names)
        if len(set(self.names)) < len(self.names):
            raise InputError.of("bands", "each segment's name once", value=self.names)
        if any(b <= a for a, b in pairwise(ranks)):
            raise InputError.of("bands", "rising last ranks, such as 500, 900, 1500", value=self.last_ranks)
        if any(not 0 <= buffer < 1 for buffer in self.buffers):
            raise InputError.of("bands", "buffers of at least 0 and under 1", value=self.buffers)

    @classmethod
    def scaled(cls, total: int, *, buffered: bool = True) -> CapBands:
        """Large, mid and small in the proportions 500 : 400 : 600 of a universe of `total` names."""
        ranks = tuple(round(rank * total / _US_TOTAL) for rank in cls.last_ranks)
        return cls(last_ranks=ranks, buffers=cls.buffers if buffered else (0.0,) * len(ranks))

    def assign(self, caps: Floats, before: Codes) -> Codes:
        """Segment of every name at one close.

        Parameters
        ----------
        caps : array (N,)
            Capitalisation, NaN where a name cannot be a member.
        before : array of int (N,)
            Segment until now, counted from 0; -1 for none.

        Returns
        -------
        array of int (N,)
            As `before`.
        """
        order = np.argsort(-caps, kind="stable")[: int(np.isfinite(caps).sum())]
        rank = np.full(len(caps), np.inf)
        rank[order] = np.arange(1, len(order) + 1)
        codes = np.full(len(caps), -1)
        placed = np.zeros(len(caps), dtype=bool)
        for segment, (last, buffer) in enumerate(zip(self.last_ranks, self.buffers, strict=True)):
            sure = rank <= last * (1 - buffer)
            kept = (before >= 0) & (before <= segment) & (rank <= last * (1 + buffer))
            chosen = _of_count((placed, sure, kept), rank, last)
            codes[chosen & ~placed] = segment
            placed = chosen
        return codes


def _of_count(preferred: tuple[NDArray[np.bool_], ...], rank: Floats, count: int) -> NDArray[np.bool_]:
    """Choose `count` names: by rank within each group of the preferred, then the best of the rest."""
    preference = np.select(preferred, range(len(preferred)), default=len(preferred))
    order = np.lexsort((rank, preference))
    order = order[np.isfinite(rank[order])][:count]
    chosen = np.zeros(len(rank), dtype=bool)
    chosen[order] = True
    return chosen


def segment_history(market: Market, bands: CapBands, closes: pd.DatetimeIndex) -> Codes:
    """Segment of every name at each of these closes, from what is known then.

    A name can be a member where it is priced that day and its capitalisation is known. Buffers remember the close
    before; at the first close ranks alone decide.

    Parameters
    ----------
    market : Market
    bands : CapBands
    closes : DatetimeIndex (R,)

    Returns
    -------
    array of int (R, N)
        Position in `bands.names`, -1 for none.
    """
    history = np.full((len(closes), len(market.assets)), -1)
    before = history[0]
    for row, close in enumerate(closes):
        caps = market.caps_at(close).where(market.listed_at(close)).to_numpy(dtype=float)
        before = bands.assign(caps, before)
        history[row] = before
    return history
