"""What a compliance officer reads on the screen of an audit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from audit import Audit, Finding, HouseholdAudit, LimitReading
from taxsleeve.counting import counted

__all__ = ["show_audit", "show_audit_warnings", "show_household_audit"]

_PLAIN: dict[str, Any] = {"markup": False, "highlight": False, "soft_wrap": True}
_SHOWN = 50
_ACCOUNT = ("account",)


def show_audit(console: Console, audit: Audit, summary: Mapping[str, Any], out: Path | None) -> None:
    """Print the verdict, the findings, every limit with its slack, and where the files are."""
    figures = summary["figures"]
    words = f"cash after ${figures['cash_after']:,.0f}, losses ${sum(figures['losses'].values()):,.0f}, gains "
    words += f"${sum(figures['gains'].values()):,.0f}, tracking error"
    _show_recomputed(console, audit, summary, words, accounts=False)
    rows = counted(summary["rows"], "row")
    rows += f" of {summary['trades']} against {summary['account']}, as of {summary['as_of']}"
    _show_verdict(console, audit, rows, out)


def show_household_audit(console: Console, audit: HouseholdAudit, summary: Mapping[str, Any], out: Path | None) -> None:
    """Print the verdict on a household, the findings, every limit of all together and of each sleeve."""
    figures = summary["figures"]
    words = f"harvested ${sum(figures['harvested'].values()):,.0f}, gains ${sum(figures['gains'].values()):,.0f}, "
    words += f"tax saved ${figures['tax_saved']:,.0f}, tracking error of all"
    _show_recomputed(console, audit, summary, words, accounts=True)
    rows = f"{counted(summary['rows'], 'row')} in {counted(len(audit.sleeves), 'list')} and "
    rows += f"{counted(summary['transfers'], 'transfer')}"
    rows += f" of {summary['trades']} against {summary['account']}, as of {summary['as_of']}"
    _show_verdict(console, audit, rows, out)


def _show_recomputed(
    console: Console, audit: Audit | HouseholdAudit, summary: Mapping[str, Any], words: str, *, accounts: bool
) -> None:
    """Print the findings, the limits, and the figures with `words` in their middle."""
    _show_findings(console, audit.findings, accounts=accounts)
    console.print(_limits(audit.readings, accounts=accounts))
    nav, te = summary["figures"]["nav"], summary["figures"]["tracking_error"]
    console.print(
        f"Recomputed: NAV ${nav:,.0f}, {words} {te['before']:.3%} before and {te['after']:.3%} after "
        f"({summary['risk_model']} model).",
        **_PLAIN,
    )


def _show_verdict(console: Console, audit: Audit | HouseholdAudit, rows: str, out: Path | None) -> None:
    if audit.is_clean:
        console.print(f"Clean: {rows}.", style="bold green", **_PLAIN)
    else:
        console.print(f"{counted(len(audit.faults), 'fault')}: {rows}.", style="bold red", **_PLAIN)
    if out is not None:
        console.print(f"Files in {out}/:  audit.json  audit.csv  audit_limits.csv", **_PLAIN)


def _show_findings(console: Console, findings: Sequence[Finding], *, accounts: bool) -> None:
    if not findings:
        return
    table = Table(title="Findings")
    for heading in (*_ACCOUNT[:accounts], "code", "severity", "where", "finding"):
        table.add_column(heading, overflow="fold")
    for finding in findings[:_SHOWN]:
        where = finding.file if finding.row is None else f"{finding.file}, row {finding.row}"
        style = "red" if finding.severity == "fault" else "yellow"
        cells = (finding.code, finding.severity, escape(where), escape(finding.words))
        table.add_row(*_whose(finding)[:accounts], *cells, style=style)
    console.print(table)
    if len(findings) > _SHOWN:
        console.print(f"... and {len(findings) - _SHOWN} more: --out writes them all.", **_PLAIN)


def _whose(one: Finding | LimitReading) -> tuple[str]:
    return (escape(one.account or "all"),)


def _limits(readings: Iterable[LimitReading], *, accounts: bool) -> Table:
    """One row an account, limit and end: its member nearest to it, and how many there are."""
    families: dict[tuple[str, str, str], list[LimitReading]] = {}
    for reading in readings:
        end = reading.where if reading.where in ("least", "greatest") else ""
        families.setdefault((reading.account, reading.name, end), []).append(reading)
    table = Table(title="Limits recomputed (the member nearest to its limit)")
    for heading in (*_ACCOUNT[:accounts], "limit"):
        table.add_column(heading, no_wrap=True)
    table.add_column("where")
    for heading in ("value", "limit", "slack", "of", "kept"):
        table.add_column(heading, justify="right", no_wrap=True)
    # With a column more, so that a line of eighty holds it.
    digits = 3 if accounts else 4
    for (_, name, _), family in families.items():
        worst = min(family, key=lambda reading: reading.slack)
        kept = "no" if not worst.kept else "soft" if worst.soft is not None else "yes"
        numbers = [_figure(worst, number, digits) for number in (worst.value, worst.limit, worst.slack)]
        table.add_row(*_whose(worst)[:accounts], name, escape(worst.where), *numbers, str(len(family)), kept)
    return table


def _figure(reading: LimitReading, number: float, digits: int) -> str:
    if reading.unit == "names":
        return f"{number:.0f}"
    return f"{number:.{digits}%}" if reading.unit in ("fraction of NAV", "a year") else f"{number:.{digits}f}"


def show_audit_warnings(console: Console, warnings: Iterable[str]) -> None:
    """Print what the input lacks, a line each."""
    for words in warnings:
        console.print(f"warning: {words}", style="yellow", **_PLAIN)
