"""What is seen of a batch on the screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from optimizer import dollars
from taxsleeve.batch.chunks import ChunkDone
from taxsleeve.batch.exceptions import KINDS
from taxsleeve.batch.run import BatchRun
from taxsleeve.counting import counted
from taxsleeve.progress import shown_bars

__all__ = ["batch_progress", "show_night"]


@contextmanager
def batch_progress(console: Console) -> Iterator[Callable[[int, int, ChunkDone | None], None]]:
    """A bar with the time left, and how many accounts have no trade list; without a terminal nothing is shown."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with shown_bars(console, *columns) as bars:
        task = bars.add_task("accounts", total=None)
        statuses = Counter[str]()

        def advance(done: int, count: int, chunk: ChunkDone | None) -> None:
            if chunk is not None:
                statuses.update(chunk.statuses)
            failed = sum(number for status, number in statuses.items() if status != "optimal")
            words = f"accounts, {failed} without a trade list" if failed else "accounts"
            bars.update(task, completed=done, total=count, description=words)

        yield advance


def show_night(console: Console, run: BatchRun, out: Path) -> None:
    """Print what was done, what is to be looked at, and where the files are."""
    night, sums = run.night, run.night.sums
    table = Table(title=f"Trade lists: {night.done:,} of {counted(night.accounts, 'account')}", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_column()
    losses = f"short {dollars(sums['harvested_short'])}, long {dollars(sums['harvested_long'])}"
    table.add_row("Losses harvested", dollars(sums["harvested_short"] + sums["harvested_long"]), losses)
    gains = f"short {dollars(sums['gains_short'])}, long {dollars(sums['gains_long'])}"
    table.add_row("Gains realised", dollars(sums["gains_short"] + sums["gains_long"]), gains)
    table.add_row("Tax saved", dollars(sums["tax_value"]), f"trading costs {dollars(sums['cost'])}")
    table.add_row("Orders", f"{sums['orders']:,.0f}", f"net asset value {dollars(sums['nav'])}")
    console.print(table)
    if night.exceptions:
        looked = Table(title="To be looked at")
        for heading in ("", "accounts", "trade list", "what to do"):
            looked.add_column(heading, justify="right" if heading == "accounts" else "left")
        for kind in KINDS:
            if count := night.exceptions.get(kind.name, 0):
                looked.add_row(kind.title, f"{count:,}", "none" if kind.stops else "made", kind.remedy)
        console.print(looked)
    if run.found:
        console.print(f"{counted(run.found, 'account was', 'accounts were')} done by an earlier run.", highlight=False)
    console.print(f"Every limit recomputed and kept. Files in {escape(str(out))}/:", soft_wrap=True)
    console.print("  dashboard.html  exceptions.csv  results.csv  night.json", soft_wrap=True)
