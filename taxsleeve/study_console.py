"""What a study says on the screen: the answer, and a compact table with net first."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from backtest.study_measures import StudyTables
from taxsleeve.study_answer import points, share, study_answer
from taxsleeve.study_rows import group_rows, interval, overview_rows, signed_interval

__all__ = ["show_study"]

_GROUPS = 30


def show_study(console: Console, tables: StudyTables) -> None:
    """Print the answer, a row a sleeve, what each has over others, and a row a group where there are several."""
    console.print(escape(study_answer(tables)))
    rows, groups = overview_rows(tables), group_rows(tables)
    console.print(_overview(tables, rows))
    if any(row["over"] for row in rows):
        console.print(_over(tables, rows))
    if len({(row["strategy"], row["setting"]) for row in groups}) > 1:
        console.print(_groups(groups))


def _table(title: str, words: tuple[str, ...], figures: tuple[str, ...]) -> Table:
    # What does not fit eighty columns is cut short by rich until nothing can be read.
    table = Table(title=title, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in words:
        table.add_column(escape(heading), no_wrap=True)
    for heading in figures:
        table.add_column(escape(heading), justify="right", no_wrap=True)
    return table


def _overview(tables: StudyTables, rows: list[dict[str, Any]]) -> Table:
    title = f"Net tax savings a year, {escape(tables.main)}, {escape(tables.base)}"
    table = _table(title, ("sleeve",), ("net", "interval", "on losses", "on gains", "TE", "vintages"))
    for row in rows:
        figures = row["figures"]
        net = figures["tax_savings"]
        shown = [share(net["mean"]), interval(net)]
        shown += [_mean(figures, n) for n in ("saved_on_losses", "tax_on_gains", "realised_te")]
        table.add_row(escape(row["sleeve"]), *shown, f"{row['vintages']} ({row['independent']})")
    level = f"{100 * tables.choices.resampling.level:.0f}%"
    table.caption = f"intervals of {level} by bootstrap; in brackets the vintages that do not overlap"
    return table


def _over(tables: StudyTables, rows: list[dict[str, Any]]) -> Table:
    table = _table("Over others, points a year", ("sleeve", "over"), ("mean", "interval"))
    for row in rows:
        for against in (*tables.choices.references, tables.choices.passive):
            found = row["over"].get(against)
            if found is not None:
                cells = row["sleeve"], against, points(found["mean"]), signed_interval(found)
                table.add_row(*(escape(cell) for cell in cells))
    return table


def _groups(groups: list[dict[str, Any]]) -> Table:
    several = len({row["setting"] for row in groups}) > 1
    names = ("sleeve", "strategy", "setting") if several else ("sleeve", "strategy")
    table = _table("Every strategy and setting", names, ("net", "interval", "net losses", "TE"))
    for row in groups[:_GROUPS]:
        figures = row["figures"]
        shown = [_mean(figures, "tax_savings"), interval(figures["tax_savings"])]
        shown += [_mean(figures, name) for name in ("net_losses", "realised_te")]
        table.add_row(*(escape(row[name]) for name in names), *shown)
    if len(groups) > _GROUPS:
        table.caption = f"the first {_GROUPS} of {len(groups)}; exhibits/distribution.csv has all"
    return table


def _mean(figures: dict[str, Any], name: str) -> str:
    return share(figures[name]["mean"])
