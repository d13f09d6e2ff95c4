"""The exhibits as charts."""

from __future__ import annotations

import pandas as pd

from backtest.exhibits import style_pairs
from taxsleeve.charts import Chart
from taxsleeve.survey import Survey

__all__ = ["exhibit_charts"]

_QUILT = 22


def exhibit_charts(survey: Survey) -> tuple[Chart, ...]:
    """Lay out every exhibit that has something to show; of stock-level ones only the sleeves without a style."""
    charts = [*_stock_charts(survey), *_style_charts(survey), *_performance_charts(survey)]
    return tuple(chart for chart in charts if chart.data.notna().any(axis=None))


def _plain(survey: Survey) -> list[str]:
    styled = {name for _, growth, value in style_pairs(survey.sleeves) for name in (growth, value)}
    return [name for name in survey.sleeves if name not in styled]


def _wide(frame: pd.DataFrame, index: str, value: str, sleeves: list[str]) -> pd.DataFrame:
    wide = frame.pivot_table(index=index, columns="sleeve", values=value, sort=True)
    return wide.reindex(columns=[name for name in sleeves if name in wide.columns])


def _stock_charts(survey: Survey) -> list[Chart]:
    tables, plain = survey.exhibits, _plain(survey)
    risk, down, held = (tables[name] for name in ("1_volatility", "2_shares_down", "3_concentration"))
    median = _wide(risk.dropna(subset="median_stock_volatility"), "year", "median_stock_volatility", plain)
    index = _wide(risk, "year", "index_volatility", plain)
    both = pd.concat([median.add_suffix(": median stock"), index.add_suffix(": index")], axis=1)
    shares = _wide(down, "year", "share_down", plain)
    number = _wide(held, "year", "effective_number", plain)
    top = _wide(held, "year", "top_ten", plain)
    of_stocks = [
        Chart("exhibit_2_shares_down", "Stocks down 5% or more in the calendar year", "bars", shares, "of the stocks"),
        Chart(
            "exhibit_3_effective_number",
            "Effective number of stocks, 1 / sum of squared weights",
            "lines",
            number,
            "stocks",
            "at the start of",
            percent=False,
        ),
        Chart("exhibit_3_top_ten", "Weight of the ten largest stocks", "lines", top, "of the index", "at the start of"),
    ]
    stocks = survey.market.constituents == "stocks"
    title = "Volatility of the index and of its median stock" if stocks else "Volatility of the index"
    return [Chart("exhibit_1_volatility", title, "lines", both, "a year"), *(of_stocks if stocks else [])]


def _style_charts(survey: Survey) -> list[Chart]:
    tables = survey.exhibits
    cycles = tables["4_style_cycles"].rename(columns={"segment": "sleeve"})
    years = survey.period_years
    charts = []
    if len(cycles):
        segments = [segment for segment, _, _ in style_pairs(survey.sleeves)]
        wide = _wide(cycles, "start_year", "difference", segments)
        title = f"Growth less value over {years} years, by the first of them"
        charts.append(Chart("exhibit_4_style_cycles", title, "bars", wide, "a year", "first year"))
    left = tables["4_opportunity_left"]
    if len(left):
        wide = _wide(left, "age", "below_cost", _plain(survey))
        title = "Opportunity left: stocks still 5% or more below cost, of those held and listed"
        charts.append(
            Chart("exhibit_4_opportunity_left", title, "lines", wide, "share of stocks", "years since all was bought")
        )
    return charts


def _performance_charts(survey: Survey) -> list[Chart]:
    tables, names, years = survey.exhibits, list(survey.sleeves), survey.period_years
    quilt = _wide(tables["6_calendar_years"], "year", "total_return", names)
    periods = _wide(tables["7_periods"], "start_year", "annual_return", names)
    # A quilt of a century could not be read; the tables have all of it.
    cut = f" (the last {_QUILT})" if len(quilt) > _QUILT else ""
    cut_periods = f" (the last {_QUILT})" if len(periods) > _QUILT else ""
    title = f"{years} year{'s' if years > 1 else ''} from each start, best sleeve on top, return a year{cut_periods}"
    return [
        Chart("exhibit_6_quilt", f"Calendar years, best sleeve on top{cut}", "quilt", quilt.tail(_QUILT)),
        Chart("exhibit_7_periods", title, "quilt", periods.tail(_QUILT), x_title="first year"),
    ]
