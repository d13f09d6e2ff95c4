"""What every page we write has in common: one self-contained file, templates, figures as divisions of it."""

from __future__ import annotations

import plotly.graph_objects as go
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from taxsleeve.counting import counted

__all__ = ["figure_division", "page_environment", "plotly_script", "styled"]


def page_environment() -> Environment:
    """Templates of the package, every value escaped and every missing one an error."""
    environment = Environment(
        loader=PackageLoader("taxsleeve"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["counted"] = counted
    return environment


def plotly_script() -> Markup:
    """Plotly's own script, so that a page needs no network."""
    return Markup(get_plotlyjs())  # noqa: S704 - plotly's own script


def figure_division(figure: go.Figure, name: str) -> Markup:
    """Put a figure into a page that has `plotly_script`; `name` is its id, the same bytes on every run."""
    html = figure.to_html(
        full_html=False, include_plotlyjs=False, div_id=name, config={"displayModeBar": False, "responsive": True}
    )
    return Markup(html)  # noqa: S704 - plotly escapes what it is given


def styled(figure: go.Figure, height: int) -> go.Figure:
    """Give a figure the look of all our pages."""
    figure.update_layout(
        template="plotly_white",
        height=height,
        margin={"l": 60, "r": 20, "t": 20, "b": 50},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        paper_bgcolor="rgba(0,0,0,0)",
        font={"family": "system-ui, sans-serif", "size": 13},
    )
    return figure
