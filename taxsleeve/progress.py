"""Progress with the time left, on a terminal: a bar a phase that counts, or one bar over steps of known weight."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

__all__ = ["Step", "no_step", "phase_progress", "shown_bars", "step_progress"]


class Step(Protocol):
    """Told the name of the step that begins, or the share of it that is done."""

    def __call__(self, name: str, share: float = 0.0, /) -> None:
        """Tell it."""


def no_step(name: str, share: float = 0.0, /) -> None:
    """Tell nobody."""


@contextmanager
def shown_bars(console: Console, *columns: ProgressColumn) -> Iterator[Progress]:
    """Bars on a terminal; elsewhere they are told, and nothing is shown.

    Bars that are not shown are never begun: older releases of rich end even those with a line.
    """
    bars = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    if not console.is_terminal:
        yield bars
        return
    with bars:
        yield bars


@contextmanager
def phase_progress(console: Console) -> Iterator[Callable[[str, int, int], None]]:
    """Bars on a terminal, one a phase, told the phase's name, how many are done and of how many; elsewhere nothing."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with shown_bars(console, *columns) as bars:
        tasks = dict[str, TaskID]()

        def advance(phase: str, done: int, total: int) -> None:
            if phase not in tasks:
                tasks[phase] = bars.add_task(phase, total=total)
            bars.update(tasks[phase], completed=done, total=total)

        yield advance


@contextmanager
def step_progress(console: Console, weights: Mapping[str, float]) -> Iterator[Step]:
    """One bar over steps on a terminal, elsewhere nothing.

    Parameters
    ----------
    console : Console
    weights : mapping of str to float
        Steps in their order, with the share of the time that each takes: the time left follows from it. A step that is
        left out is passed over, and one that is not among them is named without moving the bar.
    """
    names, ends = list(weights), [sum(list(weights.values())[:i]) for i in range(len(weights))]
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with shown_bars(console, *columns) as bar:
        task = bar.add_task("", total=sum(weights.values()))

        def told(name: str, share: float = 0.0, /) -> None:
            bar.update(task, description=name)
            if name in weights:
                bar.update(task, completed=ends[names.index(name)] + share * weights[name])

        yield told
