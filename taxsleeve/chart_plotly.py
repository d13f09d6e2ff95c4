"""Charts for pages: plotly figures."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from taxsleeve.charts import Chart, line_style, series_colour, text_colour
from taxsleeve.pages import styled

__all__ = ["plotly_chart"]

# A quilt of fewer columns is not stretched over the page.
_NARROW = 9


def plotly_chart(chart: Chart) -> go.Figure:
    """Draw a chart as a plotly figure."""
    if chart.kind == "quilt":
        return _quilt(chart)
    names = [str(column) for column in chart.data.columns]
    figure = go.Figure()
    x = [str(label) for label in chart.data.index]
    hover = "%{x}<br>%{fullData.name}: %{y:.1%}" if chart.percent else "%{x}<br>%{fullData.name}: %{y:,.0f}"
    for name, column in zip(names, chart.data.columns, strict=True):
        y = [None if pd.isna(value) else float(value) for value in chart.data[column]]
        colour = series_colour(name, names)
        if chart.kind == "bars":
            figure.add_bar(x=x, y=y, name=name, marker_color=colour, hovertemplate=hover + "<extra></extra>")
        else:
            figure.add_scatter(
                x=x, y=y, name=name, mode="lines+markers", hovertemplate=hover + "<extra></extra>",
                line={"color": colour, "dash": line_style(name), "width": 2}, marker={"size": 6},
            )  # fmt: skip
    figure.update_layout(
        barmode="group",
        xaxis={"title": chart.x_title, "type": "category"},
        yaxis={"title": chart.y_title, "rangemode": "tozero", "automargin": True},
        bargap=0.25,
    )
    if chart.percent:
        figure.update_yaxes(tickformat=".1~%")
    return styled(figure, height=380)


def _quilt(chart: Chart) -> go.Figure:
    names = [str(column) for column in chart.data.columns]
    figure = go.Figure()
    for label, row in chart.data.iterrows():
        ranked = row.dropna().sort_values(ascending=False, kind="stable")
        colours = [series_colour(str(name), names) for name in ranked.index]
        figure.add_bar(
            x=[str(label)] * len(ranked),
            y=[1] * len(ranked),
            marker={"color": colours, "line": {"width": 1, "color": "#fff"}},
            text=[f"{name}<br>{value:.1%}" for name, value in ranked.items()],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            textfont={"color": [text_colour(colour) for colour in colours], "size": 10},
            hovertemplate="%{x}: %{text}<extra></extra>",
            showlegend=False,
        )
    figure.update_layout(
        barmode="stack",
        bargap=0.04,
        xaxis={"title": chart.x_title, "type": "category", "side": "top"},
        # The best stands on top: bars are stacked from the axis, so the axis hangs.
        yaxis={"visible": False, "range": [max(len(names), 1), 0]},
        uniformtext={"minsize": 7, "mode": "show"},
    )
    if len(chart.data) < _NARROW:
        figure.update_layout(width=80 + 110 * len(chart.data))
    styled(figure, height=90 + 40 * max(len(names), 3))
    return figure.update_layout(margin={"l": 20, "r": 20, "t": 70, "b": 10})
