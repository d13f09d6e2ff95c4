"""Checks on the numbers that limits are made with."""

from __future__ import annotations

import numpy as np

from taxsleeve_errors import InputError

__all__ = ["require_finite", "require_not_negative", "require_positive"]


def require_finite(name: str, value: float) -> None:
    """Raise an InputError unless the value is a finite number."""
    if not np.isfinite(value):
        raise InputError.of("limits", "a finite number", column=name, value=value)


def require_positive(name: str, value: float) -> None:
    """Raise an InputError unless the value is a finite number > 0."""
    if not (np.isfinite(value) and value > 0):
        raise InputError.of("limits", "a finite number > 0", column=name, value=value)


def require_not_negative(name: str, value: float) -> None:
    """Raise an InputError unless the value is a finite number >= 0."""
    if not (np.isfinite(value) and value >= 0):
        raise InputError.of("limits", "a finite number >= 0", column=name, value=value)
