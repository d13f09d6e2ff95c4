"""A study's parent and its tasks, to be run as a program and killed."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from backtest.study import LocalExecutor


def long_work(folder: str) -> str:
    """Say which process this is, and work for longer than any test waits."""
    Path(folder, str(os.getpid())).touch()
    time.sleep(300)
    return folder


def never(folder: str, why: str) -> str:
    """What stands for a task that was lost."""
    return folder + why


if __name__ == "__main__":
    import orphan_parts

    list(LocalExecutor(2).outcomes(orphan_parts.long_work, [sys.argv[1]] * 4, orphan_parts.never))
