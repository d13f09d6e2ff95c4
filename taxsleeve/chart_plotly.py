"""Charts for pages: plotly figures."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from taxsleeve.charts import Chart, line_style, part_colour, series_colour, text_colour
from taxsleeve.pages import styled

__all__ = ["plotly_chart"]

# A quilt of fewer columns is not stretched over the page.
_NARROW = 9


def plotly_chart(chart: Chart) -> go.Figure:
    """Draw a chart as a plotly figure."""
    if chart.kind == "quilt":
        return _quilt(chart)
    figure = {"strip": _strip, "stack": _stack, "scatter": _scatter}.get(chart.kind, _series)(chart)
    figure.update_layout(
        xaxis={"title": chart.x_title}, yaxis={"title": chart.y_title, "automargin": True}, bargap=0.25
    )
    if chart.kind not in ("curves", "scatter"):
        figure.update_layout(xaxis={"type": "category"}, yaxis={"rangemode": "tozero"})
    if chart.percent:
        figure.update_yaxes(tickformat=".1~%")
    return styled(figure, height=380)


def _series(chart: Chart) -> go.Figure:
    names = [str(column) for column in chart.data.columns]
    numbers = chart.kind == "curves"
    x = chart.data.index.tolist() if numbers else [str(label) for label in chart.data.index]
    shown = "%{x:.2%}" if numbers and chart.percent else "%{x}"
    hover = shown + "<br>%{fullData.name}: " + ("%{y:.2%}" if chart.percent else "%{y:,.0f}") + "<extra></extra>"
    figure = go.Figure()
    for name, column in zip(names, chart.data.columns, strict=True):
        colour, reach = series_colour(name, names), chart.interval(column)
        error = None if reach is None else _reach(*reach)
        facts = {"x": x, "y": _numbers(chart.data[column]), "name": name, "hovertemplate": hover, "error_y": error}
        if chart.kind == "bars":
            figure.add_bar(**facts, marker_color=colour)
        else:
            line = {"color": colour, "dash": line_style(name), "width": 2}
            figure.add_scatter(**facts, mode="lines+markers", line=line, marker={"size": 6})
    figure.update_layout(barmode="group", showlegend=True)
    if numbers and chart.percent:
        figure.update_xaxes(tickformat=".1~%")
    return figure


def _reach(below: list[float], above: list[float]) -> dict[str, object]:
    return {"type": "data", "symmetric": False, "array": above, "arrayminus": below, "thickness": 1.2, "width": 3}


def _numbers(column: pd.Series) -> list[float | None]:
    return [None if pd.isna(value) else float(value) for value in column]


def _strip(chart: Chart) -> go.Figure:
    names = [str(column) for column in chart.data.columns]
    figure = go.Figure()
    for name, column in zip(names, chart.data.columns, strict=True):
        colour, own = series_colour(name, names), chart.data[column].dropna()
        text = [str(label) for label in own.index]
        hover = "%{text}<br>" + name + ": " + ("%{y:.2%}" if chart.percent else "%{y:,.2f}") + "<extra></extra>"
        # Dots beside each other in the order of the rows: the same bytes on every run, unlike random jitter.
        figure.add_box(
            x=[name] * len(own), y=own.tolist(), text=text, name=name, marker={"color": colour, "size": 6},
            line={"width": 1.2}, boxpoints="all", jitter=0.0, pointpos=0.0, fillcolor="rgba(0,0,0,0)",
            hovertemplate=hover, showlegend=False,
        )  # fmt: skip
    return figure


def _stack(chart: Chart) -> go.Figure:
    x = [str(label) for label in chart.data.index]
    figure = go.Figure()
    for column in [name for name in chart.data.columns if name != "net"]:
        figure.add_bar(
            x=x, y=_numbers(chart.data[column]), name=str(column), marker_color=part_colour(str(column)),
            hovertemplate="%{x}<br>%{fullData.name}: %{y:.1%}<extra></extra>",
        )  # fmt: skip
    marker = {"symbol": "diamond", "size": 11, "color": "#ffffff", "line": {"color": "#000000", "width": 2}}
    if "net" in chart.data:
        figure.add_scatter(
            x=x, y=_numbers(chart.data["net"]), name="net of gains", mode="markers", marker=marker,
            hovertemplate="%{x}<br>net: %{y:.1%}<extra></extra>",
        )  # fmt: skip
    return figure.update_layout(barmode="relative")


def _scatter(chart: Chart) -> go.Figure:
    names = [str(column) for column in chart.data.columns]
    figure = go.Figure()
    ends = [0.0, float(max(chart.data.index.max(), chart.data.max().max())) * 1.05]
    figure.add_scatter(
        x=ends, y=ends, mode="lines", name="one for one", line={"color": "#888888", "dash": "dot", "width": 1.5},
        hoverinfo="skip",
    )  # fmt: skip
    for name, column in zip(names, chart.data.columns, strict=True):
        own = chart.data[column].dropna()
        figure.add_scatter(
            x=own.index.tolist(), y=own.tolist(), mode="markers", name=name,
            marker={"color": series_colour(name, names), "size": 8, "opacity": 0.85},
            hovertemplate=name + "<br>predicted %{x:.2%}, realised %{y:.2%}<extra></extra>",
        )  # fmt: skip
    if chart.percent:
        figure.update_xaxes(tickformat=".1~%")
    return figure.update_layout(xaxis={"rangemode": "tozero"}, yaxis={"rangemode": "tozero"})


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
