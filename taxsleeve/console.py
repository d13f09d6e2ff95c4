"""What a manager reads on the screen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from optimizer import dollars, limit_reading, limit_title
from optimizer.newton import compile_kernels, is_compiled
from taxsleeve.counting import counted
from taxsleeve.progress import Step

__all__ = ["show_infeasible", "show_rebalance", "wait_for_kernels"]

_WORTHS = 3
_PLAIN: dict[str, Any] = {"markup": False, "highlight": False, "soft_wrap": True}


def wait_for_kernels(step: Step) -> None:
    """Compile the optimizer's kernels where they are not yet, and say so while it happens."""
    if not is_compiled():
        step("compiling the optimizer, once for this version: ten to twenty seconds")
        compile_kernels()


def show_rebalance(console: Console, summary: Mapping[str, Any], out: Path) -> None:
    """Print the answer, the limits and where the files are."""
    console.print(_answer(summary))
    console.print(_limits(summary))
    _show_explanation(console, summary)
    if summary["frontier"]:
        console.print(_frontier(summary["frontier"]))
    model = summary["risk_model"]
    console.print(f"Risk model: {model['name']}, {counted(len(model['factors']), 'factor')}", highlight=False)
    if summary["frozen"]:
        console.print(f"Not traded, because the risk model does not rate them: {escape(', '.join(summary['frozen']))}")
    if missing := summary["unrated_benchmark"]:
        weight = sum(entry["weight"] for entry in missing)
        console.print(
            f"Warning: {counted(len(missing), 'benchmark name')} ({weight:.2%} of it) without risk figures could not "
            "be bought; tracking error is measured without them",
            style="yellow",
        )
    if summary["unsold_exclusions"]:
        console.print(f"Excluded names still held: {escape(', '.join(summary['unsold_exclusions']))}")
    console.print(f"Every limit recomputed from trades.csv and kept. Files in {escape(str(out))}/:")
    extra = "  frontier.csv" if summary["frontier"] else ""
    console.print(f"  trades.csv  orders.csv  lots_after.csv  summary.json  report.html{extra}", soft_wrap=True)


def _answer(summary: Mapping[str, Any]) -> Table:
    te, harvested, gains = summary["tracking_error"], summary["harvested"], summary["gains"]
    limit = "" if te["limit"] is None else f", limit {te['limit']:.3%}"
    table = Table(title=f"Rebalance of {summary['as_of']}, NAV {dollars(summary['nav'])}", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_column()
    losses = f"short {dollars(harvested['short'])}, long {dollars(harvested['long'])}"
    table.add_row("Losses harvested", dollars(sum(harvested.values())), losses)
    table.add_row(
        "Gains realised",
        dollars(sum(gains.values())),
        f"short {dollars(gains['short'])}, long {dollars(gains['long'])}",
    )
    if "disallowed" in summary:
        washed = sum(summary["disallowed"].values())
        table.add_row("Losses disallowed", dollars(washed), "washed: moved into the basis of recent purchases")
    table.add_row("Tax saved", dollars(summary["tax_value"]), f"trading costs {dollars(summary['cost'])}")
    table.add_row("Tracking error a year", f"{te['after']:.3%}", f"was {te['before']:.3%}{limit}")
    table.add_row("Turnover, two-way", f"{summary['turnover']:.2%}", counted(summary["orders"], "order"))
    table.add_row("Cash after", dollars(summary["cash_after"]), f"{summary['cash_after'] / summary['nav']:.3%} of NAV")
    table.add_row(
        "Value after costs and risk",
        dollars(summary["objective"]),
        f"no list is worth more than {dollars(summary['bound'])}",
    )
    return table


def _limits(summary: Mapping[str, Any]) -> Table:
    table = Table(title="Limits (the member nearest to its limit)")
    for heading in ("limit", "where"):
        table.add_column(heading)
    for heading in ("value", "limit", "binds"):
        table.add_column(heading, justify="right")
    for entry in summary["limits"]:
        table.add_row(
            entry["name"],
            escape(entry["where"]),
            limit_reading(entry["value"], entry["unit"]),
            "none" if entry["limit"] is None else limit_reading(entry["limit"], entry["unit"]),
            str(entry["binding_count"]) if entry["binding"] else "",
        )
    return table


def _show_explanation(console: Console, summary: Mapping[str, Any]) -> None:
    """Print what more would be worth, what was left, and what is locked or about to turn; a line each."""
    for worth in summary["worths"][:_WORTHS]:
        console.print(f"{worth['sentence']}.", **_PLAIN)
    if summary["no_worths_because"]:
        console.print(summary["no_worths_because"], **_PLAIN)
    left = summary["left_on_table"]
    if left["lots"]:
        most = "; ".join(f"{row['reason']} {dollars(row['loss'])}" for row in left["by_reason"][:_WORTHS])
        total = f"{dollars(left['left'])} of {dollars(left['harvestable'])}"
        console.print(f"Losses left on the table: {total} ({most}).", **_PLAIN)
    if locked := summary["locked"]:
        until = max(lock["until"] for lock in locked)
        losses = sum(lock["loss"] for lock in locked)
        holding = f", holding back {dollars(losses)} of losses" if losses else ""
        console.print(f"Locked by the wash-sale rule: {len(locked)}, the last until {until}{holding}.", **_PLAIN)
    if turning := summary["turning_long_term"]:
        gains = sum(max(row["waiting_saves"], 0.0) for row in turning)
        console.print(
            f"Turning long-term within 60 days: {counted(len(turning), 'lot')}; waiting saves {dollars(gains)} of tax "
            "on gains.",
            **_PLAIN,
        )


def _frontier(frontier: Mapping[str, Any]) -> Table:
    table = Table(title="Value against tracking error, before whole shares")
    for heading in ("limit", "reached", "value", "no list is worth more", "harvested", "turnover"):
        table.add_column(heading, justify="right")
    for point in frontier["points"]:
        limit = f"{point['limit']:.3%}" + (" today" if point["limit"] == frontier["today"] else "")
        if not point["feasible"]:
            table.add_row(limit, "cannot be met", "", "", "", "")
            continue
        dollars_of = (dollars(point[key]) for key in ("value", "bound", "harvested"))
        table.add_row(limit, f"{point['tracking_error']:.3%}", *dollars_of, f"{point['turnover']:.2%}")
    return table


def show_infeasible(console: Console, summary: Mapping[str, Any], summary_path: Path) -> None:
    """Print what was refused, what each way out would take, and the least relaxation together."""
    console.print(f"No trade list: {escape(summary['message'])}.", style="bold red")
    if summary["advice"]:
        console.print(f"{summary['advice'][:1].upper()}{summary['advice'][1:]}.", **_PLAIN)
    if len(summary["conflict"]) > 1:
        conflict = ", ".join(limit_title(entry["name"], entry["where"]) for entry in summary["conflict"])
        console.print(f"These limits contradict each other: {conflict}.", **_PLAIN)
    # One limit that is enough by itself stands in the advice, and so do all together where none is.
    helped = any(entry["needed"] is not None for entry in summary["alone"])
    if (len(summary["violations"]) > 1 and helped) or not summary["advice"]:
        console.print("The least relaxation of all limits together:")
        for violation in summary["violations"]:
            console.print(f"  {violation}", **_PLAIN)
    console.print(f"Written: {summary_path}", markup=False, soft_wrap=True)
