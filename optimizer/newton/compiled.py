"""Decorators of the compiled kernels; `optimizer.newton.warm_up` compiles them, or loads them from the cache."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

__all__ = ["ENTRIES", "SOURCES", "entry", "inlined", "kernel", "reduction"]

F = TypeVar("F", bound=Callable[..., Any])
# Kernels that Python calls. They alone are cached: what they call is compiled into them, once more for every kernel
# between, so that few levels are less to wait for.
ENTRIES: list[Any] = []
# Files that kernels stand in.
SOURCES: set[str] = set()
# No kernel makes an array, so that none counts references to any (`_nrt`), which is less to compile. What only other
# kernels call needs no wrapper for Python or C, which take a sixth of the time.
_ENTRY: Any = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True, "_nrt": False}
_INNER: Any = {**_ENTRY, "no_cpython_wrapper": True}


def kernel(function: F) -> F:
    """Compile a function of numbers and arrays that other kernels call; it runs without Python's lock."""
    SOURCES.add(function.__code__.co_filename)
    return cast(F, numba.njit(**_INNER)(function))


def reduction(function: F) -> F:
    """Compile sums of products, whose terms may be added in any order and so several at once."""
    SOURCES.add(function.__code__.co_filename)
    return cast(F, numba.njit(fastmath={"reassoc", "contract", "nsz"}, **_INNER)(function))


def inlined(function: F) -> F:
    """Compile a function into the kernels that call it: arrays passed between kernels cost more than the work done."""
    SOURCES.add(function.__code__.co_filename)
    return cast(F, numba.njit(inline="always", **_INNER)(function))


def entry(function: F) -> F:
    """Compile a kernel that Python calls."""
    SOURCES.add(function.__code__.co_filename)
    compiled = numba.njit(**_ENTRY)(function)
    ENTRIES.append(compiled)
    return cast(F, compiled)
