"""One run at a time in an output folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from taxsleeve_errors import InputError

fcntl: Any
try:
    import fcntl
except ImportError:  # Windows has no such lock: two runs on one folder write the same bytes, and only waste time
    fcntl = None

__all__ = ["only_run"]


@contextmanager
def only_run(out: Path) -> Iterator[None]:
    """Hold an output folder while a run writes it; the system lets go of it when the process ends, killed or not.

    Raises
    ------
    InputError
        Another run holds it.
    """
    if fcntl is None:
        yield
        return
    handle = os.open(out, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InputError.of("--out", "a folder that no other run is writing", value=out) from error
        yield
    finally:
        os.close(handle)
