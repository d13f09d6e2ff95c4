"""report.html: a rebalance on one self-contained page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment

from optimizer import Check, Frontier, Rebalance, check_trades, limit_reading, limit_title
from taxsleeve.figures import frontier_figure, harvest_figure, names_figure, risk_figure
from taxsleeve.pages import figure_division, page_environment, plotly_script
from taxsleeve.summary import dollars

__all__ = ["rebalance_report"]


def rebalance_report(
    result: Rebalance, summary: Mapping[str, Any], check: Check | None = None, frontier: Frontier | None = None
) -> str:
    """Write the report as HTML that needs no network.

    Parameters
    ----------
    result : Rebalance
    summary : mapping
        As from `rebalance_summary`.
    check : Check, optional
        Of the trades as written; recomputed where not given.
    frontier : Frontier, optional

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
        plotly_js=plotly_script(),
        harvest=figure_division(harvest_figure(result), "harvest"),
        risk=figure_division(risk_figure(result, check), "risk"),
        names=figure_division(names_figure(result), "names"),
        frontier=None if frontier is None else figure_division(frontier_figure(frontier), "frontier"),
    )


def _environment() -> Environment:
    environment = page_environment()
    environment.filters["money"] = dollars
    environment.filters["percent"] = lambda x: f"{100 * x:.3f}%"
    environment.filters["limit"] = limit_reading
    environment.filters["basis_points"] = lambda x: f"{1e4 * x:,.1f}"
    environment.filters["title"] = lambda entry: limit_title(entry["name"], entry["where"])
    environment.filters["shares"] = lambda x: f"{x:,.6f}".rstrip("0").rstrip(".")
    return environment
