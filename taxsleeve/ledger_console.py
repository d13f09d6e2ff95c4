"""Screen tables of `taxsleeve ledger`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from taxsleeve.counting import counted

__all__ = ["show_ledger"]


def show_ledger(console: Console, summary: Mapping[str, Any], out: Path) -> None:
    """Print what was realised, under which policy, and where the files are."""
    table = Table(title=f"Ledger of {counted(summary['events'], 'event')} to {summary['as_of']}", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_row("Short-term gain or loss", f"${summary['gains']['short']:,.2f}")
    table.add_row("Long-term gain or loss", f"${summary['gains']['long']:,.2f}")
    table.add_row("Losses disallowed by wash sales", f"${summary['disallowed']:,.2f}")
    table.add_row("of which lost for good", f"${summary['permanently_lost']:,.2f}")
    table.add_row("Losses whose window is still open", str(len(summary["not_final"])))
    table.add_row("Groups not to buy today", str(len(summary["do_not_buy"])))
    table.add_row("Groups not to sell at a loss today", str(len(summary["do_not_sell_at_a_loss"])))
    table.add_row("Lots that turn long-term in 45 days", str(len(summary["turning_long_term"])))
    console.print(table)
    if summary["schedule_d"]:
        console.print(_schedules(summary["schedule_d"]))
    policy = ", ".join(f"{name}={value}" for name, value in summary["policy"].items())
    console.print(f"Policy: {escape(policy)}", soft_wrap=True)
    console.print(f"Files in {escape(str(out))}/:  sales.csv  lots.csv  form_8949.csv  summary.json", soft_wrap=True)


def _schedules(rows: list[Mapping[str, Any]]) -> Table:
    table = Table(title="Schedule D by year")
    headings = ("year", "short_term", "long_term", "net_short", "net_long", "deduction")
    for heading in (*headings, "carried over"):
        table.add_column(heading.replace("_", " "), justify="right")
    for row in rows:
        carried = row["short_carryover_out"] + row["long_carryover_out"]
        table.add_row(str(row["year"]), *(f"{row[name]:,.2f}" for name in headings[1:]), f"{carried:,.2f}")
    return table
