"""Pictures of a risk model and of its evaluation: functions of the result, returned as plotly figures."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from risk import FactorRisk, attribution, attribution_by_name
from taxsleeve.pages import styled

__all__ = ["attribution_figure", "bias_figure", "ratio_by_year_figure"]

# Okabe and Ito's colours, told apart by all common kinds of colour blindness; symbols tell further models apart.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6BB1")
_SYMBOLS = ("circle", "square", "diamond", "cross", "triangle-up")
_BAND = "rgba(0, 114, 178, 0.10)"
_TOP = 15


def bias_figure(summary: pd.DataFrame, segment: str) -> go.Figure:
    """Bias statistic by family of portfolios and model in one segment, with the band of a perfect model shaded."""
    table = summary[summary["segment"] == segment]
    figure = go.Figure()
    figure.add_vrect(
        x0=float(table["band_low"].iloc[0]), x1=float(table["band_high"].iloc[0]), fillcolor=_BAND, line_width=0
    )
    figure.add_vline(x=1.0, line_dash="dot", line_color="#666666")
    for number, (model, rows) in enumerate(table.groupby("model", observed=True, sort=False)):
        figure.add_scatter(
            x=rows["bias"].round(4).tolist(),
            y=rows["family"].astype(str).tolist(),
            mode="markers",
            name=str(model),
            marker={"size": 9, **_mark(number)},
            customdata=rows["daily_ratio"].round(3).tolist(),
            hovertemplate="%{y}<br>bias %{x:.3f}, daily %{customdata}",
        )
    figure.update_layout(
        xaxis_title="bias statistic",
        yaxis={"autorange": "reversed", "automargin": True},
    )
    return styled(figure, height=180 + 34 * table["family"].nunique())


def ratio_by_year_figure(by_month: pd.DataFrame, segment: str, family: str) -> go.Figure:
    """Realised over predicted deviation of daily returns by calendar year, one line a model."""
    table = by_month[(by_month["segment"] == segment) & (by_month["family"] == family)]
    # A forecast's date is the last day of the month before the one it is of.
    # Older pandas keeps a categorical column one through to_datetime, hence the plain dates.
    year = (pd.to_datetime(table["date"].astype(str)) + pd.offsets.MonthBegin(1)).dt.year
    squares = table.assign(year=year, square=table["daily_ratio"] ** 2)
    ratios = squares.groupby(["model", "year"], observed=True, sort=False)["square"].mean() ** 0.5
    figure = go.Figure()
    figure.add_hline(y=1.0, line_dash="dot", line_color="#666666")
    for number, (model, series) in enumerate(ratios.groupby(level="model", observed=True, sort=False)):
        figure.add_scatter(
            x=series.index.get_level_values("year").tolist(),
            y=series.round(4).tolist(),
            mode="lines+markers",
            name=str(model),
            line={"color": _mark(number)["color"]},
            marker=_mark(number),
        )
    figure.update_layout(yaxis_title="realised / predicted, daily", xaxis={"dtick": 1})
    return styled(figure, height=340)


def attribution_figure(risk: FactorRisk, active: pd.Series) -> go.Figure:
    """Tracking error by factor (left) and by name (right), basis points a year, the largest fifteen of each.

    Parameters
    ----------
    risk : FactorRisk
    active : Series
        Active weight by asset; assets that the model does not rate count for nothing.
    """
    weights = active.reindex(list(risk.assets)).fillna(0.0).to_numpy(dtype=float)
    factors = attribution(risk, weights)
    by_source = factors[factors["source"] == "factor"].set_index("name")["contribution"] * 1e4
    by_source["all specific"] = factors.loc[factors["source"] == "specific", "contribution"].sum() * 1e4
    names = attribution_by_name(risk, weights).set_index("name") * 1e4
    names = names.loc[names["contribution"].abs().sort_values(ascending=False, kind="stable").index[:_TOP]]
    largest = by_source.loc[by_source.abs().sort_values(ascending=False, kind="stable").index[:_TOP]]
    figure = go.Figure()
    figure.add_bar(
        y=largest.index.tolist(), x=largest.tolist(), orientation="h", name="by factor", marker_color=_COLOURS[0]
    )
    for part, colour in (("factor", _COLOURS[5]), ("specific", _COLOURS[1])):
        figure.add_bar(
            y=names.index.tolist(), x=names[part].tolist(), orientation="h", name=f"by name, {part} part",
            marker_color=colour, xaxis="x2", yaxis="y2",
        )  # fmt: skip
    figure.update_layout(
        barmode="relative",
        xaxis={"domain": [0, 0.42], "title": "bp a year"},
        xaxis2={"domain": [0.58, 1], "title": "bp a year"},
        yaxis={"autorange": "reversed", "automargin": True},
        yaxis2={"autorange": "reversed", "anchor": "x2", "automargin": True},
    )
    return styled(figure, height=140 + 24 * _TOP)


def _mark(number: int) -> dict[str, str]:
    symbol = _SYMBOLS[number // len(_COLOURS) % len(_SYMBOLS)]
    return {"color": _COLOURS[number % len(_COLOURS)], "symbol": symbol}
