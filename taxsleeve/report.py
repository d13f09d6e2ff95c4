"""report.html: a rebalance on one self-contained page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from optimizer import Check, Rebalance, check_trades
from taxsleeve.figures import harvest_figure, risk_figure

__all__ = ["rebalance_report"]


def rebalance_report(result: Rebalance, summary: Mapping[str, Any], check: Check | None = None) -> str:
    """Write the report as HTML that needs no network.

    Parameters
    ----------
    result : Rebalance
    summary : mapping
        As from `rebalance_summary`.
    check : Check, optional
        Of the trades as written; recomputed where not given.

    Returns
    -------
    str
        The page; the same for the same result (no times in it).
    """
    check = check or check_trades(result.account, result.mandate, result.risk, result.trades)
    template = _environment().get_template("rebalance.html.jinja")
    trades = result.trades.astype(object).where(result.trades.notna(), "").to_dict("records")
    return template.render(
        summary=summary,
        trades=trades,
        result=result,
        plotly_js=Markup(get_plotlyjs()),  # noqa: S704 - plotly's own script
        harvest=_div(harvest_figure(result), "harvest"),
        risk=_div(risk_figure(result, check), "risk"),
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("taxsleeve"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["money"] = lambda x: f"-${-x:,.0f}" if x < 0 else f"${x:,.0f}"
    environment.filters["percent"] = lambda x: f"{100 * x:.3f}%"
    environment.filters["shares"] = lambda x: f"{x:,.6f}".rstrip("0").rstrip(".")
    return environment


def _div(figure: go.Figure, name: str) -> Markup:
    html = figure.to_html(
        full_html=False, include_plotlyjs=False, div_id=name, config={"displayModeBar": False, "responsive": True}
    )
    return Markup(html)  # noqa: S704 - plotly escapes what it is given
