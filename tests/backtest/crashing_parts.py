"""Tasks that kill the process that runs them; light, because every new process imports them."""

from __future__ import annotations

import os
import signal


def doubled(number: int) -> int:
    """Twice a number; 13 kills the process."""
    if number == 13:
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * number


def lost(number: int, why: str) -> int:
    """What stands for a task that was lost."""
    assert why
    return -number
