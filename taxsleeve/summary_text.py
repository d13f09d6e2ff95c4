"""summary.json as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["rounded", "summary_text"]


def summary_text(summary: Mapping[str, Any]) -> str:
    """Write a summary as JSON; no NaN, numbers to twelve significant digits."""
    return json.dumps(rounded(summary), indent=2, allow_nan=False) + "\n"


def rounded(value: Any) -> Any:
    """Round every number in a summary to twelve significant digits."""
    if isinstance(value, float):
        return float(f"{value:.12g}")
    # What most values are, before the slower question of whether it is any mapping.
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, list):
        return [rounded(item) for item in value]
    if isinstance(value, (dict, Mapping)):
        return {key: rounded(item) for key, item in value.items()}
    return value
