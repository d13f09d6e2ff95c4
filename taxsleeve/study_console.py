"""What a study says on the screen: the answer, and a compact table with net first."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from backtest.study_measures import StudyTables
from taxsleeve.study_answer import points, share, study_answer
from taxsleeve.study_rows import group_rows, interval, overview_rows, signed_interval

__all__ = ["show_study"]

_GROUPS = 30


def show_study(console: Console, tables: StudyTables) -> None:
    """Print the answer and a table: a row a sleeve, or a row a group where strategies or settings differ."""
    console.print(escape(study_answer(tables)))
    groups = group_rows(tables)
    several = len({(row["strategy"], row["setting"]) for row in groups}) > 1
    console.print(_overview(tables))
    if several:
        console.print(_groups(groups))


def _overview(tables: StudyTables) -> Table:
    table = Table(title=f"Net tax savings a year, {escape(tables.main)}, {escape(tables.base)}")
    table.add_column("sleeve", no_wrap=True)
    against = [*tables.choices.references, tables.choices.passive]
    for heading in (
        "net",
        "interval",
        "saved",
        "taxed",
        *(f"over {name}" for name in against),
        "alpha",
        "TE",
        "vintages",
    ):
        table.add_column(escape(heading), justify="right")
    for row in overview_rows(tables):
        figures = row["figures"]
        net = figures["tax_savings"]
        shown = [share(net["mean"]), interval(net), *(_mean(figures, n) for n in ("saved_on_losses", "tax_on_gains"))]
        shown += [_over(row, name) for name in against]
        shown += [_mean(figures, "tax_alpha"), _mean(figures, "realised_te"), _count(row)]
        table.add_row(escape(row["sleeve"]), *shown)
    level = f"{100 * tables.choices.resampling.level:.0f}%"
    table.caption = f"intervals of {level} by bootstrap; in brackets the vintages that do not overlap; over: points"
    return table


def _groups(groups: list[dict[str, Any]]) -> Table:
    table = Table(title="Every strategy and setting")
    for heading in ("sleeve", "strategy", "setting"):
        table.add_column(heading, no_wrap=True)
    for heading in ("net", "interval", "saved", "taxed", "net losses", "TE"):
        table.add_column(heading, justify="right")
    for row in groups[:_GROUPS]:
        figures = row["figures"]
        shown = [_mean(figures, "tax_savings"), interval(figures["tax_savings"])]
        shown += [_mean(figures, name) for name in ("saved_on_losses", "tax_on_gains", "net_losses", "realised_te")]
        table.add_row(*(escape(row[name]) for name in ("sleeve", "strategy", "setting")), *shown)
    if len(groups) > _GROUPS:
        table.caption = f"the first {_GROUPS} of {len(groups)}; exhibits/distribution.csv has all"
    return table


def _mean(figures: dict[str, Any], name: str) -> str:
    return share(figures[name]["mean"])


def _over(row: dict[str, Any], against: str) -> str:
    found = row["over"].get(against)
    return "" if found is None else f"{points(found['mean'])} ({signed_interval(found)})"


def _count(row: dict[str, Any]) -> str:
    return f"{row['vintages']} ({row['independent']})"
