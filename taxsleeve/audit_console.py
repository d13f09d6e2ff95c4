"""What a compliance officer reads on the screen of an audit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from audit import Audit, LimitReading

__all__ = ["show_audit", "show_audit_warnings"]

_PLAIN: dict[str, Any] = {"markup": False, "highlight": False, "soft_wrap": True}
_SHOWN = 50


def show_audit(console: Console, audit: Audit, summary: Mapping[str, Any], out: Path | None) -> None:
    """Print the verdict, the findings, every limit with its slack, and where the files are."""
    if audit.findings:
        console.print(_findings(audit))
        if len(audit.findings) > _SHOWN:
            console.print(f"... and {len(audit.findings) - _SHOWN} more: --out writes them all.", **_PLAIN)
    console.print(_limits(audit.readings))
    figures = summary["figures"]
    te = figures["tracking_error"]
    console.print(
        f"Recomputed: NAV ${figures['nav']:,.0f}, cash after ${figures['cash_after']:,.0f}, losses "
        f"${sum(figures['losses'].values()):,.0f}, gains ${sum(figures['gains'].values()):,.0f}, tracking error "
        f"{te['before']:.3%} before and {te['after']:.3%} after ({summary['risk_model']} model).",
        **_PLAIN,
    )
    rows = f"{summary['rows']} rows of {summary['trades']} against {summary['account']}, as of {summary['as_of']}"
    if audit.is_clean:
        console.print(f"Clean: {rows}.", style="bold green", **_PLAIN)
    else:
        count = len(audit.faults)
        console.print(f"{count} fault{'s' if count != 1 else ''}: {rows}.", style="bold red", **_PLAIN)
    if out is not None:
        console.print(f"Files in {out}/:  audit.json  audit.csv  audit_limits.csv", **_PLAIN)


def _findings(audit: Audit) -> Table:
    table = Table(title="Findings")
    for heading in ("code", "severity", "where", "finding"):
        table.add_column(heading, overflow="fold")
    for finding in audit.findings[:_SHOWN]:
        where = finding.file if finding.row is None else f"{finding.file}, row {finding.row}"
        style = "red" if finding.severity == "fault" else "yellow"
        table.add_row(finding.code, finding.severity, escape(where), escape(finding.words), style=style)
    return table


def _limits(readings: Iterable[LimitReading]) -> Table:
    """One row a limit and end: its member nearest to it, and how many there are."""
    families: dict[tuple[str, str], list[LimitReading]] = {}
    for reading in readings:
        end = reading.where if reading.where in ("least", "greatest") else ""
        families.setdefault((reading.name, end), []).append(reading)
    table = Table(title="Limits recomputed (the member nearest to its limit)")
    for heading in ("limit", "where"):
        table.add_column(heading)
    for heading in ("value", "limit", "slack", "of", "kept"):
        table.add_column(heading, justify="right")
    for (name, _), family in families.items():
        worst = min(family, key=lambda reading: reading.slack)
        kept = "no" if not worst.kept else "soft" if worst.soft is not None else "yes"
        numbers = [_figure(worst, number) for number in (worst.value, worst.limit, worst.slack)]
        table.add_row(name, escape(worst.where), *numbers, str(len(family)), kept)
    return table


def _figure(reading: LimitReading, number: float) -> str:
    if reading.unit == "names":
        return f"{number:.0f}"
    return f"{number:.4%}" if reading.unit in ("fraction of NAV", "a year") else f"{number:.4f}"


def show_audit_warnings(console: Console, warnings: Iterable[str]) -> None:
    """Print what the input lacks, a line each."""
    for words in warnings:
        console.print(f"warning: {words}", style="yellow", **_PLAIN)
