"""What a survey says on the screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from taxsleeve.survey import Survey

__all__ = ["show_survey"]

_YEARS = 25


def show_survey(console: Console, survey: Survey, out: Path) -> None:
    """Print coverage, defects, the exhibits' means and where the files are."""
    console.print(_coverage(survey))
    console.print(_defects(survey.defects))
    console.print(_exhibits(survey))
    console.print(f"Files in {escape(str(out))}/:  survey.html, every exhibit as .csv and .png", soft_wrap=True)
    console.print("  coverage.csv  defects.csv  turnover.csv", soft_wrap=True)


def _percent(value: Any) -> str:
    return "" if pd.isna(value) else f"{value:.1%}"


def _coverage(survey: Survey) -> Table:
    market = survey.market
    span = f"{market.calendar[0].date()} to {market.calendar[-1].date()}"
    table = Table(title=f"Coverage of {escape(market.name)}, {span}, at each year's start")
    shares = ["capitalisation", "book_to_price", "volume", "sector"]
    for heading in ("year", "listed", *shares, "left", "delisting return"):
        table.add_column(heading.replace("_", "-"), justify="right")
    rows = survey.coverage.tail(_YEARS)
    if len(rows) < len(survey.coverage):
        table.caption = f"the last {_YEARS} of {len(survey.coverage)} years; coverage.csv has all"
    for row in rows.itertuples(index=False):
        known = [_percent(getattr(row, name)) for name in shares]
        table.add_row(str(row.year), f"{row.listed:,}", *known, str(row.left), _percent(row.delisting_return))
    return table


def _defects(defects: pd.DataFrame) -> Table:
    table = Table(title="Defects: listed, not mended" if len(defects) else "Defects: none found")
    table.add_column("kind")
    table.add_column("count", justify="right")
    table.add_column("for example")
    for kind, rows in defects.groupby("kind", sort=True):
        first = rows.iloc[0]
        example = f"{first['asset']} {pd.Timestamp(str(first['date'])).date()}".strip()
        table.add_row(escape(str(kind)), f"{len(rows):,}", escape(example))
    return table


def _exhibits(survey: Survey) -> Table:
    table = Table(title="Exhibits, means over the years")
    figures = (
        ("median stock", "1_volatility", "median_stock_volatility"),
        ("index", "1_volatility", "index_volatility"),
        ("down 5%", "2_shares_down", "share_down"),
        ("top ten", "3_concentration", "top_ten"),
    )
    table.add_column("sleeve", no_wrap=True)
    for heading in (*(name for name, _, _ in figures), "effective number", "names", "left a year"):
        table.add_column(heading, justify="right")
    keys = dict.fromkeys(key for _, key, _ in figures)
    means = {key: survey.exhibits[key].groupby("sleeve").mean(numeric_only=True).to_dict("index") for key in keys}
    for sleeve, own in survey.turnover.groupby("sleeve", sort=False)[["names", "left"]].mean().iterrows():
        shown = [_percent(means[key].get(sleeve, {}).get(column)) for _, key, column in figures]
        number = means["3_concentration"].get(sleeve, {}).get("effective_number")
        effective = "" if number is None else f"{number:,.0f}"
        table.add_row(escape(str(sleeve)), *shown, effective, f"{own['names']:,.0f}", _percent(own["left"]))
    return table
