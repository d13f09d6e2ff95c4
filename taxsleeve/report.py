"""report.html: a rebalance on one self-contained page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from jinja2 import Environment

from optimizer import Check, Rebalance, check_trades
from taxsleeve.figures import harvest_figure, risk_figure
from taxsleeve.pages import figure_division, page_environment, plotly_script
from taxsleeve.risk_figures import attribution_figure
from taxsleeve.summary import dollars

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
    active = pd.Series(check.outcome.active_after, index=list(check.outcome.assets))
    trades = result.trades.astype(object).where(result.trades.notna(), "").to_dict("records")
    return template.render(
        summary=summary,
        trades=trades,
        result=result,
        plotly_js=plotly_script(),
        harvest=figure_division(harvest_figure(result), "harvest"),
        risk=figure_division(risk_figure(result, check), "risk"),
        attribution=figure_division(attribution_figure(result.risk, active), "attribution"),
    )


def _environment() -> Environment:
    environment = page_environment()
    environment.filters["money"] = dollars
    environment.filters["percent"] = lambda x: f"{100 * x:.3f}%"
    environment.filters["shares"] = lambda x: f"{x:,.6f}".rstrip("0").rstrip(".")
    return environment
