"""Charts for files: PNG drawn by matplotlib, which needs neither a browser nor a screen."""

from __future__ import annotations

import io

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from taxsleeve.charts import Chart, line_style, series_colour, text_colour

__all__ = ["png_chart"]

_DASHES = {"solid": "-", "dash": "--"}
_DPI = 120


def png_chart(chart: Chart) -> bytes:
    """Draw a chart as a PNG; the same chart gives the same bytes."""
    quilt = chart.kind == "quilt"
    width, height = (max(4.5, 1.05 * len(chart.data)), 1.0 + 0.42 * chart.data.shape[1]) if quilt else (9.0, 4.6)
    figure = Figure(figsize=(width, max(height, 2.5)), dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_title(chart.title, loc="left", fontsize=11, fontweight="bold")
    if quilt:
        _draw_quilt(axes, chart)
    else:
        _draw_series(axes, chart)
    buffer = io.BytesIO()
    # matplotlib would write its own version into the file.
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def _draw_series(axes: Axes, chart: Chart) -> None:
    names = [str(column) for column in chart.data.columns]
    positions = np.arange(len(chart.data))
    width = 0.8 / max(len(names), 1)
    for number, (name, column) in enumerate(zip(names, chart.data.columns, strict=True)):
        values = chart.data[column].to_numpy(dtype=float)
        colour = series_colour(name, names)
        if chart.kind == "bars":
            axes.bar(positions - 0.4 + width * (number + 0.5), values, width, label=name, color=colour)
        else:
            axes.plot(
                positions, values, _DASHES[line_style(name)], label=name, color=colour, marker="o", markersize=3.5
            )
    step = max(1, len(positions) // 16)
    axes.set_xticks(positions[::step], [str(label) for label in chart.data.index[::step]], fontsize=9)
    axes.set_xlabel(chart.x_title)
    axes.set_ylabel(chart.y_title)
    if chart.percent:
        axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, 0.0), max(high, 0.0))
    axes.axhline(0, color="#444444", linewidth=0.8)
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    if names:
        axes.legend(
            ncols=min(4, len(names)), fontsize=8, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.14)
        )


def _draw_quilt(axes: Axes, chart: Chart) -> None:
    names = [str(column) for column in chart.data.columns]
    for place, (_, row) in enumerate(chart.data.iterrows()):
        ranked = row.dropna().sort_values(ascending=False, kind="stable")
        for rank, (name, value) in enumerate(ranked.items()):
            colour = series_colour(str(name), names)
            axes.bar(place, 1, 0.96, bottom=rank, color=colour, edgecolor="white")
            text = f"{name}\n{value:.1%}"
            axes.text(place, rank + 0.5, text, ha="center", va="center", fontsize=7, color=text_colour(colour))
    axes.set_ylim(max(len(names), 1), 0)
    axes.set_xticks(range(len(chart.data)), [str(label) for label in chart.data.index], fontsize=9)
    axes.xaxis.tick_top()
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
