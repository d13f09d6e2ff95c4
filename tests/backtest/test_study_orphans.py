"""Workers of a study whose parent is killed end too."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def waits_for(what: Callable[[], bool], seconds: float) -> bool:
    """Whether something becomes true in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(0.1)
    return what()


def is_alive(process: int) -> bool:
    """Whether a process runs; one that nobody has reaped yet has ended all the same."""
    try:
        os.kill(process, 0)
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False
    return state != "Z"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
@pytest.mark.slow
def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    paths = [str(HERE), *filter(None, [os.environ.get("PYTHONPATH")]), str(HERE.parents[1])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    parent = subprocess.Popen(
        [sys.executable, str(HERE / "orphan_parts.py"), str(tmp_path)], env=environment, stderr=subprocess.DEVNULL
    )
    try:
        assert waits_for(lambda: len(list(tmp_path.iterdir())) == 2, 120)
    finally:
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    workers = [int(path.name) for path in tmp_path.iterdir()]
    assert waits_for(lambda: not any(map(is_alive, workers)), 30)
