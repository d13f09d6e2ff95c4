"""summary.json as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["rounded", "summary_text"]

_PLAIN = frozenset({str, int, bool, type(None)})


def summary_text(summary: Mapping[str, Any]) -> str:
    """Write a summary as JSON; no NaN, numbers to twelve significant digits."""
    return json.dumps(rounded(summary), indent=2, allow_nan=False) + "\n"


def rounded(value: Any) -> Any:
    """Round every number in a summary to twelve significant digits."""
    if isinstance(value, dict):
        # A call for each of what most values are would take longer than rounding them.
        return {
            key: float(f"{item:.12g}") if type(item) is float else item if type(item) in _PLAIN else rounded(item)
            for key, item in value.items()
        }
    if isinstance(value, float):
        return float(f"{value:.12g}")
    if isinstance(value, list):
        return [rounded(item) for item in value]
    if isinstance(value, Mapping):
        return {key: rounded(item) for key, item in value.items()}
    return value
