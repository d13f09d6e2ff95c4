"""Compilation of the kernels: once per version of the program and its tools, into a cache of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

__all__ = ["inlined", "kernel"]

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Compile a function of numbers and arrays; it runs without Python's lock."""
    return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=False)(function))


def inlined(function: F) -> F:
    """Compile a function into the kernels that call it: arrays passed between kernels cost more than the work done."""
    return cast(F, numba.njit(nogil=True, error_model="numpy", inline="always")(function))
