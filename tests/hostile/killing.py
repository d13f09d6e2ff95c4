"""Running `taxsleeve` in a process of its own that is killed at a moment, or whose disk is full."""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner

from taxsleeve.command_line import main

CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree")
_NEVER = 10**9


def kill_at(moment: int, out: Path, tell: Callable[[int], None] = lambda _: None) -> None:
    """Kill this process with signal 9 at its n-th change of files in a folder: opening to write, renaming, removing."""
    place, seen = str(out), [0]

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        writes = event == "open" and len(arguments) > 1 and _writes(arguments[1])
        if (writes or event in CHANGES) and place in str(arguments[:2]):
            seen[0] += 1
            tell(seen[0])
            if seen[0] >= moment:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def _writes(mode: object) -> bool:
    return isinstance(mode, str) and mode != "r" and any(letter in mode for letter in "wax+")


def forked(work: Callable[[], int], seconds: float = 60.0) -> int:
    """Exit status of work done in a child of this process, negative the signal that ended it."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = work()
        finally:
            os._exit(status)
    until = time.monotonic() + seconds
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > until:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.001)


def status_of(*arguments: object) -> int:
    """Exit status of a command run here."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments]).exit_code


def killed_at(moment: int, out: Path, *arguments: object) -> bool:
    """Run a command and kill it at the n-th change of files in `out`; whether it came to that."""

    def work() -> int:
        kill_at(moment, out)
        return status_of(*arguments)

    return forked(work) == -signal.SIGKILL


def killed_after(seconds: float, *arguments: object) -> bool:
    """Run a command and kill it after a time; whether it was still running."""
    return forked(lambda: status_of(*arguments), seconds) == -signal.SIGKILL


def changes_of(out: Path, *arguments: object) -> int:
    """How often a command changes files in a folder."""
    read, write = os.pipe()

    def work() -> int:
        kill_at(_NEVER, out, lambda number: os.write(write, number.to_bytes(8, "little")) and None)
        return status_of(*arguments)

    assert forked(work) == 0
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        return len(pipe.read()) // 8


def with_small_files(most: int, *arguments: object) -> int:
    """Exit status of a command in a process that may write no file of more than `most` bytes."""

    def work() -> int:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        return status_of(*arguments)

    return forked(work)
