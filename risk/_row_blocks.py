"""Days in blocks: work done row by row is several times faster while a block stays in the processor's cache."""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["row_blocks"]

# 256 KB of numbers.
_CELLS = 2**15


def row_blocks(rows: int, columns: int) -> Iterator[slice]:
    """Cut rows into blocks of about as many cells as a cache holds, in order."""
    step = max(1, _CELLS // max(columns, 1))
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))
