"""Tables as their columns: a table that pandas never sees costs a tenth of one that it does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tax import CodedText

__all__ = ["Column", "Columns", "frame_of", "plain_cells"]

Column: TypeAlias = list[Any] | NDArray[Any] | CodedText
Columns: TypeAlias = Mapping[str, Column]
"""Columns of one length by name: text as a list, as an array of either kind or as numbers, others as arrays."""


def frame_of(columns: Columns) -> pd.DataFrame:
    """Make a table whose text is Python's own strings under every pandas; days are text, as YYYY-MM-DD."""
    made = {}
    for name, cells in columns.items():
        numbers = isinstance(cells, np.ndarray) and cells.dtype.kind in "fiub"
        made[name] = pd.Series(cells) if numbers else pd.Series(plain_cells(cells), dtype=object)
    return pd.DataFrame(made)


def plain_cells(cells: Column) -> list[Any]:
    """Cells of a column as Python's own, days as text."""
    if isinstance(cells, list):
        return cells
    if isinstance(cells, CodedText):
        return cells.texts()
    if cells.dtype.kind == "M":
        return [day.isoformat() for day in cells.astype("datetime64[D]").tolist()]
    plain: list[Any] = cells.tolist()
    return plain
