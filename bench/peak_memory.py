"""Greatest memory of this process."""

from __future__ import annotations

import re
import resource
from pathlib import Path

__all__ = ["peak_megabytes"]


def peak_megabytes() -> float:
    """Greatest resident size so far, where Linux tells it of the program alone.

    `ru_maxrss` of a new process begins with what the process that started it had, so that a small one seems as large.
    """
    status = Path("/proc/self/status")
    if status.is_file() and (found := re.search(r"VmHWM:\s*(\d+) kB", status.read_text())):
        return int(found[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
