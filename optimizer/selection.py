"""Some of the securities, by name, as a rebalance takes them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["Selection"]


@dataclass(frozen=True, eq=False)
class Selection:
    """Assets, sectors and groups of securities at some places, all of length N.

    Parameters
    ----------
    row : array of int (N,)
        The places.
    assets, sector, groups : tuple of str
    """

    row: NDArray[np.intp]
    assets: tuple[str, ...]
    sector: tuple[str, ...]
    groups: tuple[str, ...]

    @cached_property
    def group_number(self) -> dict[str, int]:
        """Number of each group, in order of their names."""
        return {group: g for g, group in enumerate(sorted(set(self.groups)))}

    @cached_property
    def group(self) -> NDArray[np.intp]:
        """Number of each asset's group, shape (N,)."""
        return np.array([self.group_number[group] for group in self.groups], dtype=np.intp)
