"""One run at a time in an output folder."""

from __future__ import annotations

import errno
import os
import time
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

_LOOK = 0.02
_HELD = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)


@contextmanager
def only_run(out: Path, *, patience: float = 0.0) -> Iterator[bool]:
    """Hold an output folder while a run writes it; the system lets go of it when the process ends, killed or not.

    Parameters
    ----------
    out : Path
    patience : float
        Seconds to wait for another run that holds it.

    Yields
    ------
    bool
        Whether it is held: not every system or network disk has such a lock.

    Raises
    ------
    InputError
        Another run holds it.
    """
    if fcntl is None:
        yield False
        return
    handle = os.open(out, os.O_RDONLY)
    try:
        yield _held(handle, out, time.monotonic() + patience)
    finally:
        os.close(handle)


def _held(handle: int, out: Path, until: float) -> bool:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _HELD:
                return False
            if time.monotonic() >= until:
                raise InputError.of("--out", "a folder that no other run is writing", value=out) from error
            time.sleep(_LOOK)
        else:
            return True
