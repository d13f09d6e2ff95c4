"""Rows of a table as JSON has them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

__all__ = ["json_rows"]


def json_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table with plain numbers and words, dates as YYYY-MM-DD, and None where there is nothing."""
    return [{str(key): _plain(value) for key, value in row.items()} for row in table.to_dict("records")]


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    if isinstance(value, np.generic):
        return value.item()
    return value if isinstance(value, bool | int | float | str) else str(value)
