"""dashboard.html: the night on one self-contained page."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np
import plotly.graph_objects as go
from markupsafe import Markup
from numpy.typing import NDArray

from optimizer import dollars
from taxsleeve.batch.exceptions import KINDS, BatchException
from taxsleeve.batch.night import Night, percentiles
from taxsleeve.pages import figure_division, page_environment, plotly_script, styled

__all__ = ["dashboard"]

Floats = NDArray[np.float64]
# Colours that stand out on white and on black; the page gives axes and labels theirs.
_BAR = "#4393c3"
_GREY = "#808a94"
_GRID = "rgba(128,138,148,0.25)"


def dashboard(source: str, night: Night, exceptions: Sequence[BatchException]) -> str:
    """Write the page as HTML that needs no network.

    Parameters
    ----------
    source : str
        What was rebalanced.
    night : Night
    exceptions : sequence of BatchException
        Those to be listed, sorted by kind; all are counted in the night.

    Returns
    -------
    str
        The same for the same night (no times in it).
    """
    environment = page_environment()
    environment.filters["money"] = dollars
    environment.filters["percent"] = lambda x: "" if x is None else f"{100 * x:.2f}%"
    environment.filters["count"] = lambda x: f"{x:,.0f}"
    listed = [(kind, list(some)) for kind, some in groupby(exceptions, key=lambda one: one.kind)]
    return environment.get_template("dashboard.html.jinja").render(
        source=source,
        night=night,
        sums=night.sums,
        kinds=[(kind, night.exceptions.get(kind.name, 0)) for kind in KINDS],
        listed=listed,
        plotly_js=plotly_script(),
        figures=_figures(night) if night.done else [],
    )


def _figures(night: Night) -> list[tuple[str, str, Markup]]:
    """Title, words for those who see no picture, and figure."""
    drawn = [
        ("Tracking error after trading", "a year", night.tracking_errors, 100.0, "% a year"),
        ("Tracking error, part of its limit", "of the limit", night.te_of_limit, 100.0, "% of the limit"),
        ("Losses harvested", "of net asset value", night.harvest_rates, 100.0, "% of NAV"),
        ("Gap between value and bound", "of the bound", np.clip(night.gaps, 0.0, 1.0), 100.0, "% of the bound"),
    ]
    return [
        (title, _words(figures, unit), figure_division(_histogram(scale * figures, axis), f"figure{number}"))
        for number, (title, unit, figures, scale, axis) in enumerate(drawn)
        if len(figures)
    ]


def _words(figures: Floats, unit: str) -> str:
    found = percentiles(figures)
    if found is None:
        return ""
    return (
        f"Median {found['median']:.2%} {unit}; nine in ten accounts from {found['p5']:.2%} to {found['p95']:.2%}; "
        f"greatest {found['greatest']:.2%}."
    )


def _histogram(figures: Floats, axis: str) -> go.Figure:
    # Counted here: the page holds forty bars, whatever the number of accounts.
    counts, edges = np.histogram(figures, bins=40)
    middle, width = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    bars = go.Bar(
        x=np.round(middle, 10).tolist(),
        y=counts.tolist(),
        width=np.round(width, 10).tolist(),
        marker={"color": _BAR, "line": {"width": 0}},
        hovertemplate="%{x:.3f}: %{y} accounts<extra></extra>",
    )
    figure = styled(go.Figure(bars), 260)
    figure.update_layout(
        bargap=0, plot_bgcolor="rgba(0,0,0,0)", font={"color": _GREY}, margin={"l": 50, "r": 10, "t": 10, "b": 45}
    )
    figure.update_xaxes(title=axis, gridcolor=_GRID, zerolinecolor=_GRID, fixedrange=True)
    figure.update_yaxes(title="accounts", gridcolor=_GRID, zerolinecolor=_GRID, fixedrange=True)
    return figure
