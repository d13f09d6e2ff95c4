"""Charts for files: PNG drawn by matplotlib, which needs neither a browser nor a screen."""

from __future__ import annotations

import io

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from taxsleeve.charts import Chart, line_style, part_colour, series_colour, text_colour

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
    draw = {"quilt": _draw_quilt, "strip": _draw_strip, "stack": _draw_stack, "curves": _draw_curves,
            "scatter": _draw_scatter}.get(chart.kind, _draw_series)  # fmt: skip
    draw(axes, chart)
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
            at = positions - 0.4 + width * (number + 0.5)
            axes.bar(at, values, width, label=name, color=colour, yerr=chart.interval(column), ecolor="#333333")
        else:
            axes.errorbar(
                positions, values, yerr=chart.interval(column), fmt="o" + _DASHES[line_style(name)], label=name,
                color=colour, markersize=3.5, elinewidth=0.8, capsize=2,
            )  # fmt: skip
    _name_positions(axes, chart)
    _finish(axes, chart)


def _name_positions(axes: Axes, chart: Chart) -> None:
    positions = np.arange(len(chart.data))
    step = max(1, len(positions) // 16)
    axes.set_xticks(positions[::step], [str(label) for label in chart.data.index[::step]], fontsize=9)


def _finish(axes: Axes, chart: Chart) -> None:
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
    shown = axes.get_legend_handles_labels()[1]
    if shown:
        axes.legend(
            ncols=min(4, len(shown)), fontsize=8, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.14)
        )


def _draw_strip(axes: Axes, chart: Chart) -> None:
    names = [str(column) for column in chart.data.columns]
    for place, (name, column) in enumerate(zip(names, chart.data.columns, strict=True)):
        own = chart.data[column].dropna().to_numpy(dtype=float)
        if not len(own):
            continue
        colour = series_colour(name, names)
        axes.boxplot(
            own, positions=[place], widths=0.5, showfliers=False, medianprops={"color": colour, "linewidth": 2}
        )
        axes.plot(np.full(len(own), float(place)), own, "o", color=colour, markersize=4, alpha=0.8)
    axes.set_xticks(range(len(names)), names, fontsize=9)
    _finish(axes, chart)


def _draw_stack(axes: Axes, chart: Chart) -> None:
    positions = np.arange(len(chart.data))
    tops, bottoms = np.zeros(len(positions)), np.zeros(len(positions))
    for column in [name for name in chart.data.columns if name != "net"]:
        values = chart.data[column].fillna(0.0).to_numpy(dtype=float)
        base = np.where(values >= 0, tops, bottoms)
        axes.bar(positions, values, 0.7, bottom=base, label=str(column), color=part_colour(str(column)))
        tops, bottoms = tops + np.maximum(values, 0.0), bottoms + np.minimum(values, 0.0)
    if "net" in chart.data:
        axes.plot(positions, chart.data["net"].to_numpy(dtype=float), "D", color="#ffffff", markeredgecolor="#000000",
                  label="net of gains")  # fmt: skip
    _name_positions(axes, chart)
    _finish(axes, chart)


def _draw_curves(axes: Axes, chart: Chart) -> None:
    names = [str(column) for column in chart.data.columns]
    x = chart.data.index.to_numpy(dtype=float)
    for name, column in zip(names, chart.data.columns, strict=True):
        own, style = chart.data[column].to_numpy(dtype=float), _DASHES[line_style(name)]
        reach = chart.interval(column)
        axes.errorbar(x, own, yerr=reach, fmt="o" + style, markersize=4, capsize=2, elinewidth=0.8, label=name,
                      color=series_colour(name, names))  # fmt: skip
    if chart.percent:
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=1))
    _finish(axes, chart)


def _draw_scatter(axes: Axes, chart: Chart) -> None:
    names = [str(column) for column in chart.data.columns]
    x = chart.data.index.to_numpy(dtype=float)
    end = float(max(x.max(), chart.data.max().max())) * 1.05
    axes.plot([0, end], [0, end], ":", color="#888888", label="one for one")
    for name, column in zip(names, chart.data.columns, strict=True):
        axes.plot(x, chart.data[column].to_numpy(dtype=float), "o", label=name, color=series_colour(name, names),
                  markersize=5, alpha=0.8)  # fmt: skip
    axes.set_xlim(0, end)
    if chart.percent:
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=1))
    _finish(axes, chart)


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
