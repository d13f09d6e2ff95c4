"""What an adviser reads on the screen of a household."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from optimizer import dollars
from taxsleeve.counting import counted

__all__ = ["show_household", "show_household_failure"]

_PLAIN: dict[str, Any] = {"markup": False, "highlight": False, "soft_wrap": True}


def show_household(console: Console, summary: Mapping[str, Any], out: Path) -> None:
    """Print the figures of all sleeves and of each, what moved in kind, and where the files are."""
    title = f"Household of {summary['as_of']}, NAV {dollars(summary['nav'])}"
    # Without edges dollars of nine digits stand whole in eighty columns; longer ones go on in a second line.
    table = Table(title=title, title_justify="left", show_edge=False, pad_edge=False)
    table.add_column("sleeve")
    for heading in ("NAV", "tracking error", "limit", "losses", "gains", "tax saved", "orders"):
        table.add_column(heading, justify="right", overflow="fold")
    for name, one in summary["sleeves"].items():
        table.add_row(escape(name), dollars(one["nav"]), *_figures(one), str(one["orders"]))
    table.add_section()
    orders = sum(one["orders"] for one in summary["sleeves"].values())
    table.add_row("all", dollars(summary["nav"]), *_figures(summary), str(orders))
    console.print(table)
    moved = summary["transfers"]
    if moved["lots"]:
        console.print(
            f"Moved in kind: {counted(moved['lots'], 'lot')} of {counted(moved['names'], 'name')}, "
            f"{dollars(moved['amount'])}; selling them "
            f"would have cost {dollars(moved['tax_if_sold'])} of tax.",
            **_PLAIN,
        )
    bound = "" if summary["bound"] is None else f"; no lists are worth more than {dollars(summary['bound'])}"
    console.print(f"Value after costs and risk {dollars(summary['objective'])}{bound}.", **_PLAIN)
    console.print(f"Best way: {summary['how']}.", **_PLAIN)
    console.print(f"Every limit recomputed from the lists and kept. Files in {out}/:", **_PLAIN)
    console.print("  transfers.csv  summary.json  report.html, and a folder a sleeve", **_PLAIN)


def _figures(one: Mapping[str, Any]) -> list[str]:
    te = one["tracking_error"]
    return [
        f"{te['after']:.3%}",
        "none" if te["limit"] is None else f"{te['limit']:.3%}",
        dollars(sum(one["harvested"].values())),
        dollars(sum(one["gains"].values())),
        dollars(one["tax_value"]),
    ]


def show_household_failure(console: Console, summary: Mapping[str, Any], path: Path) -> None:
    """Print which sleeve or which limit of the household stands in the way, and what it would take."""
    console.print(f"No lists: {escape(summary['message'])}.", style="bold red")
    for violation in summary["violations"]:
        console.print(f"  {violation}", **_PLAIN)
    console.print(f"Written: {path}", markup=False, soft_wrap=True)
