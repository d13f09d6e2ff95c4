"""What an allocation study says on the screen: the answer, then compact tables."""

from __future__ import annotations

from pathlib import Path

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from backtest.allocation import PICKS, AllocationStudy
from taxsleeve.allocate_answer import allocation_answer
from taxsleeve.allocate_report import named_rows, pick_rows
from taxsleeve.study_answer import points, share

__all__ = ["show_allocation"]


def show_allocation(console: Console, study: AllocationStudy, out: Path) -> None:
    """Print the answer, the mixes with a name, what taxes change, and where the files are."""
    for sentence in allocation_answer(study):
        console.print(escape(sentence), highlight=False)
    console.print(_named(study))
    console.print(_picks(study))
    files = "report.html  frontier.csv  mixes.csv  vintages.csv  allocation.json"
    console.print(f"Files in {out}/: {files}", markup=False, highlight=False, soft_wrap=True)


def _named(study: AllocationStudy) -> Table:
    reference = study.reference.name
    table = Table(title="Mixes after tax", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("mix")
    for heading in ("return", "volatility", f"over the {reference}", "fall", "sold", "heirs", "given"):
        table.add_column(escape(heading), justify="right")
    for row in named_rows(study):
        ends = f"{points(row['harvested_over_low'])} to {points(row['harvested_over_high'])}"
        over = f"{points(row['harvested_over'])}\n{ends}"
        cells = [share(row["harvested_return"]), share(row["harvested_volatility"], 1),
                 "" if row["is_reference"] else over, share(row["drawdown"], 0)]  # fmt: skip
        cells += [f"{row[f'wealth_{name}']:.2f}" for name in ("liquidation", "step-up", "donation")]
        table.add_row(escape(f"{row['names']}:\n{row['mix']}"), *cells)
    table.caption = "over: points a year with its interval; sold, heirs, given: what became of a dollar"
    return table


def _picks(study: AllocationStudy) -> Table:
    table = Table(title="What taxes change", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("held as")
    for pick in PICKS[1:]:
        table.add_column(pick)
    for row in pick_rows(study):
        picks = row["picks"]
        table.add_row(escape(row["view"]), *(escape(_words(picks[pick])) for pick in PICKS[1:]))
    return table


def _words(pick: dict[str, object]) -> str:
    return f"{pick['mix']}\n{share(pick['return'])} at {share(pick['volatility'], 1)}"
