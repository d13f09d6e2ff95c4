"""Collecting scores, a block at a time, into one tidy frame."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from taxsleeve_errors import RiskModelError

__all__ = ["Records"]

Floats = NDArray[np.float64]
_LABELS = ("date", "segment", "family", "model", "portfolio")


class Records:
    """A growing table of scores; labels are kept as codes, because there are millions of rows."""

    def __init__(self) -> None:
        self._codes: dict[str, dict[object, int]] = {label: {} for label in _LABELS}
        self._blocks: list[tuple[NDArray[np.int32], Floats]] = []

    def add(
        self, labels: tuple[object, str, str, str], portfolios: tuple[str, ...], numbers: tuple[Floats, ...]
    ) -> None:
        """Add a block.

        Parameters
        ----------
        labels : date, segment, family, model
        portfolios : tuple of str, length P
        numbers : predicted, b, daily, qlike, each of shape (P,)
        """
        codes = np.empty((len(portfolios), len(_LABELS)), dtype=np.int32)
        for j, label in enumerate(labels):
            codes[:, j] = self._code(_LABELS[j], label)
        codes[:, -1] = [self._code("portfolio", name) for name in portfolios]
        self._blocks.append((codes, np.column_stack(numbers)))

    def frame(self) -> pd.DataFrame:
        """All rows, in the order in which they came; labels are categories in order of first appearance."""
        if not self._blocks:
            raise RiskModelError("no segment has enough names to be tested; widen the segments or the history")
        codes = np.concatenate([block[0] for block in self._blocks])
        numbers = np.concatenate([block[1] for block in self._blocks])
        columns: dict[str, object] = {
            label: pd.Categorical.from_codes(codes[:, j], categories=pd.Index(list(self._codes[label])))
            for j, label in enumerate(_LABELS)
        }
        columns |= {name: numbers[:, j] for j, name in enumerate(("predicted", "b", "daily", "qlike"))}
        return pd.DataFrame(columns)

    def _code(self, label: str, value: object) -> int:
        known = self._codes[label]
        return known.setdefault(value, len(known))
