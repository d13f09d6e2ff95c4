"""Where lots stand by their ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from tax.coded_text import CodedText

__all__ = ["LotPlaces"]


@dataclass(frozen=True, eq=False)
class LotPlaces:
    """Places of lots.

    Parameters
    ----------
    number : mapping of str to int
        Number of each id, and perhaps of those of many other accounts' lots.
    place : array of int
        Where the lot of each number from `first` on stands, -1 where it is none of these; none beyond the end is.
    unique : bool
        Whether no id stands twice.
    first : int
        The ids of one account follow each other among those of thousands.
    """

    number: Mapping[str, int]
    place: NDArray[np.intp]
    unique: bool
    first: int = 0

    @classmethod
    def of(cls, ids: Sequence[str]) -> LotPlaces:
        """Number the ids themselves."""
        number = dict(zip(ids, range(len(ids)), strict=True))
        return cls(number, np.arange(len(ids)), len(number) == len(ids))

    @classmethod
    def of_coded(cls, ids: CodedText) -> LotPlaces:
        """Take the numbers of a vocabulary: thousands of accounts' ids are put into one dictionary, not into each's."""
        number = ids.vocabulary.number
        if len(number) < len(ids.vocabulary):  # a word stands twice there
            return cls.of(ids.texts())
        first, last = (int(ids.codes.min()), int(ids.codes.max())) if len(ids) else (0, -1)
        place = np.full(last - first + 1, -1, dtype=np.intp)
        place[ids.codes - first] = np.arange(len(ids))
        return cls(number, place, int(np.count_nonzero(place >= 0)) == len(ids), first)

    def __contains__(self, lot_id: object) -> bool:
        number = self.number.get(lot_id, -1) - self.first if isinstance(lot_id, str) else -1
        return 0 <= number < len(self.place) and bool(self.place[number] >= 0)

    def places(self, ids: Iterable[str]) -> NDArray[np.intp]:
        """Where the lots of some ids stand, -1 where there is no such lot."""
        numbers = np.fromiter(map(self.number.get, ids, repeat(-1)), dtype=np.intp) - self.first
        found = np.full(len(numbers), -1, dtype=np.intp)
        known = (numbers >= 0) & (numbers < len(self.place))
        found[known] = self.place[numbers[known]]
        return found
