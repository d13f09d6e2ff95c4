"""Progress: on a terminal with the time left, elsewhere and under --quiet and --json not at all."""

from __future__ import annotations

import io
import time
from typing import Any

import pytest
from rich.console import Console

from taxsleeve.progress import phase_progress, step_progress

STEPS = {"reading": 0.25, "solving": 0.5, "writing": 0.25}


def terminal() -> tuple[Console, io.StringIO]:
    stream = io.StringIO()
    return Console(file=stream, force_terminal=True, width=80), stream


def test_a_terminal_is_told_each_step_and_the_time_left() -> None:
    console, stream = terminal()
    with step_progress(console, STEPS) as step:
        for name in ("reading", "compiling", "solving", "writing"):
            step(name)
            # The bar is drawn ten times a second.
            time.sleep(0.25)
        step("writing", 0.5)
    drawn = stream.getvalue()
    assert [drawn.index(name) for name in ("reading", "compiling", "solving", "writing")] == sorted(
        drawn.index(name) for name in ("reading", "compiling", "solving", "writing")
    )
    assert "0:00:0" in drawn, "the time left follows from the steps that are done"


def test_phases_are_counted() -> None:
    console, stream = terminal()
    with phase_progress(console) as advance:
        for done in (1, 2, 3):
            advance("months", done, 3)
            advance("accounts", 2 * done, 7)
    assert "months" in stream.getvalue()
    assert "3/3" in stream.getvalue()
    assert "6/7" in stream.getvalue()


def test_no_terminal_is_told_nothing() -> None:
    stream = io.StringIO()
    with step_progress(Console(file=stream), STEPS) as step:
        step("reading")
    with phase_progress(Console(file=stream)) as advance:
        advance("months", 1, 2)
    assert stream.getvalue() == ""


@pytest.mark.parametrize(("flags", "shown"), [((), True), (("--quiet",), False), (("--json",), False)])
def test_a_command_shows_its_steps_unless_told_not_to(
    flags: tuple[str, ...], shown: bool, account: Any, rebalance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Rich takes what forces colour for a terminal.
    monkeypatch.setenv("FORCE_COLOR", "1")
    ran = rebalance(account, *flags)
    assert ran.code == 0
    assert ("report" in ran.stderr) is shown
    assert shown or ran.stderr == ""
