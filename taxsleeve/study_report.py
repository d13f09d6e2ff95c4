"""report.html: a study on one self-contained page, the answer first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup

from backtest.study_measures import StudyTables
from taxsleeve.chart_plotly import plotly_chart
from taxsleeve.charts import Chart
from taxsleeve.pages import figure_division, page_environment, plotly_script
from taxsleeve.study_answer import points, share, study_answer, study_assumptions
from taxsleeve.study_charts import study_charts
from taxsleeve.study_notes import StudyNotes
from taxsleeve.study_rows import (
    band_rows,
    group_rows,
    interval,
    measure_rows,
    overview_rows,
    signed_interval,
    year_rows,
)

__all__ = ["study_report"]

_SAID = {
    "exhibit_5_tax_savings": "Exhibit 5. Tax saved on losses less tax on gains, over the value at each year's start, "
    "mean over the years of the vintage. Below zero the gains cost more than the losses saved.",
    "exhibit_5_tax_savings_styles": "The same for the value and growth side of each segment.",
    "savings_distribution": "Vintages overlap: neighbouring dots share most of their years, so the spread looks "
    "tighter than chance would leave it. The box holds the middle half, the line in it is the median.",
    "harvest_yield": "Solid: losses less gains, with its interval. Dashed: losses alone. As an account ages its lots "
    "lie above cost, losses fade and gains from leavers remain.",
    "cumulative_net_losses": "Solid: losses less gains. Dashed: losses alone. The gap is what was realised at gains.",
    "losses_by_cause": "A loss of a name of the index is a harvest; names that left the index are sold whatever their "
    "gain; risk and cash sell at gains to hold the limits.",
    "tracking_error": "Over the diagonal an account strayed further from its index than its risk model had said.",
    "settings": "Net tax savings with intervals; the changes from the base setting, paired by vintage, are below.",
}
_SAID_BY_START = (
    ("exhibit_5_over_", "Exhibit 5, second part: the same vintage, strategy and setting in both sleeves."),
    ("frontier", "Means over vintages with intervals. The slope from point to point, paired by vintage, is below."),
)


def study_report(tables: StudyTables, notes: StudyNotes, charts: Sequence[Chart] | None = None) -> str:
    """Write the page.

    Parameters
    ----------
    tables : StudyTables
    notes : StudyNotes
    charts : sequence of Chart, optional
        As from `study_charts`, where they have been made already.

    Returns
    -------
    str
        HTML that needs no network; the same for the same study (no times in it).
    """
    charts = study_charts(tables) if charts is None else charts
    environment = page_environment()
    filters = {"share": share, "share1": _share1, "points": points, "interval": interval, "signed": signed_interval,
               "ratio": _ratio}  # fmt: skip
    environment.filters.update(filters)
    overview = overview_rows(tables)
    compared = (*tables.choices.references, tables.choices.passive)
    against = [name for name in compared if any(name in row["over"] for row in overview)]
    funded = tables.summary["funded"]
    return environment.get_template("study.html.jinja").render(
        notes=notes,
        tables=tables,
        answer=study_answer(tables),
        against=against,
        first=funded.min().date(),
        last=funded.max().date(),
        years=tables.summary["years"].median(),
        level=f"{100 * tables.choices.resampling.level:.0f}%",
        overview=overview,
        groups=group_rows(tables),
        measures=measure_rows(tables),
        by_year=year_rows(tables),
        frontier=tables.frontier.to_dict("records"),
        settings=tables.sweep.to_dict("records"),
        bands=band_rows(tables),
        published=tables.published.to_dict("records"),
        assumptions=[*study_assumptions(tables), *notes.assumptions],
        figures=[(chart, _said(chart), _drawn(chart), _alternative(chart)) for chart in charts],
        plotly_js=plotly_script(),
    )


def _share1(value: Any) -> str:
    return share(value, 1)


def _ratio(value: Any) -> str:
    return "" if pd.isna(value) else f"{value:.2f}"


def _said(chart: Chart) -> str:
    for start, text in _SAID_BY_START:
        if chart.name.startswith(start):
            return text
    return _SAID.get(chart.name, "")


def _alternative(chart: Chart) -> str:
    """Say in words what the chart shows: its series, and between what they lie."""
    names = ", ".join(str(name) for name in chart.data.columns)
    low, high = chart.data.min().min(), chart.data.max().max()
    said = f"{share(low, 1)} to {share(high, 1)}" if chart.percent else f"{low:,.2f} to {high:,.2f}"
    return f"{chart.title}. Shown: {names}. Values from {said}. The figures are in the tables of this page."


def _drawn(chart: Chart) -> Markup:
    figure = plotly_chart(chart)
    # The page is light or dark; its colour shines through, and its style sheet colours text and lines.
    figure.update_layout(plot_bgcolor="rgba(0,0,0,0)", margin={"l": 50, "r": 8, "t": 10, "b": 40})
    return figure_division(figure, chart.name)
