"""survey.html: a survey on one self-contained page."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup

from taxsleeve.chart_plotly import plotly_chart
from taxsleeve.charts import Chart
from taxsleeve.pages import figure_division, page_environment, plotly_script
from taxsleeve.survey import Survey
from taxsleeve.survey_summary import mean_turnover, means_by_sleeve

__all__ = ["survey_report"]

_SAID = {
    "exhibit_1_volatility": "What a loss harvester lives on is the movement of single stocks, not of the index. "
    "Solid: the median stock; dashed: the index.",
    "exhibit_2_shares_down": "Members at the year's start, delisted ones by what their holders got. Even in good "
    "years for the index some stocks lose.",
    "exhibit_3_effective_number": "An index of so many equal weights would be as concentrated. The fewer, the less "
    "there is to harvest.",
    "exhibit_3_top_ten": "When ten stocks carry the index, leaving them out to harvest costs tracking error.",
    "exhibit_4_style_cycles": "Above zero growth was ahead over the whole period, below zero value.",
    "exhibit_4_opportunity_left": "A sleeve bought once and left alone: what is still under water as the account "
    "ages, mean over all starting years.",
    "exhibit_6_quilt": "No sleeve is best every year.",
    "exhibit_7_periods": "Nor over long periods.",
}
# The table behind a picture, where it does not have the picture's name.
_TABLES = {
    "exhibit_3_effective_number": "exhibit_3_concentration",
    "exhibit_3_top_ten": "exhibit_3_concentration",
    "exhibit_6_quilt": "exhibit_6_calendar_years",
}
_DEFECTS_SHOWN = 5


def survey_report(survey: Survey, charts: Sequence[Chart]) -> str:
    """Write the page.

    Returns
    -------
    str
        HTML that needs no network; the same for the same survey (no times in it).
    """
    environment = page_environment()
    environment.filters["percent"] = lambda x: "" if pd.isna(x) else f"{100 * x:.1f}%"
    environment.filters["count"] = lambda x: "" if pd.isna(x) else f"{x:,.0f}"
    market = survey.market
    kinds = survey.defects.groupby("kind", sort=True)
    doubts = [(kind, len(rows), rows.head(_DEFECTS_SHOWN).to_dict("records")) for kind, rows in kinds]
    return environment.get_template("survey.html.jinja").render(
        market=market,
        first=market.calendar[0].date(),
        last=market.calendar[-1].date(),
        survey=survey,
        plotly_js=plotly_script(),
        figures=[(chart, _said(survey, chart), _TABLES.get(chart.name, chart.name), _drawn(chart)) for chart in charts],
        stocks=market.constituents == "stocks",
        averages=means_by_sleeve(survey).to_dict("records"),
        coverage=survey.coverage.to_dict("records"),
        defects=doubts,
        turnover=mean_turnover(survey).to_dict("records"),
    )


def _said(survey: Survey, chart: Chart) -> str:
    # Of portfolios there is no median stock to speak of.
    return _SAID[chart.name] if survey.market.constituents == "stocks" or "1_" not in chart.name else ""


def _drawn(chart: Chart) -> Markup:
    return figure_division(plotly_chart(chart), chart.name)
