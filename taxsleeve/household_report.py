"""report.html of a household: one self-contained page, with a link to each sleeve's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from optimizer.household import HouseholdRebalance
from taxsleeve.pages import figure_division, page_environment, plotly_script, styled
from taxsleeve.summary import dollars

__all__ = ["household_report"]


def household_report(result: HouseholdRebalance, summary: Mapping[str, Any]) -> str:
    """Write the household's page as HTML that needs no network.

    Parameters
    ----------
    result : HouseholdRebalance
    summary : mapping
        As from `household_summary`.

    Returns
    -------
    str
        The page; the same for the same result (no times in it).
    """
    environment = page_environment()
    environment.filters["money"] = dollars
    environment.filters["percent"] = lambda x: f"{100 * x:.3f}%"
    environment.filters["shares"] = lambda x: f"{x:,.6f}".rstrip("0").rstrip(".")
    transfers = result.transfers.astype(object).where(result.transfers.notna(), "").to_dict("records")
    for row in transfers:
        lot = row["kind"] == "lot"
        row["gain"] = float(row["amount"]) - float(row["shares"]) * float(row["cost_per_share"]) if lot else ""
    return environment.get_template("household.html.jinja").render(
        summary=summary,
        transfers=transfers,
        plotly_js=plotly_script(),
        risk=figure_division(_risk_figure(summary), "risk"),
    )


def _risk_figure(summary: Mapping[str, Any]) -> go.Figure:
    """Tracking error of each sleeve and of all together, before and after, with the limits."""
    entries = {**{name: one["tracking_error"] for name, one in summary["sleeves"].items()}}
    entries["household"] = summary["tracking_error"]
    names = list(entries)
    figure = go.Figure()
    for when, color in (("before", "#9aa4ae"), ("after", "#1f6feb")):
        values = [100 * entries[name][when] for name in names]
        figure.add_bar(x=names, y=values, name=when, marker_color=color)
    limited = [name for name in names if entries[name]["limit"] is not None]
    figure.add_scatter(
        x=limited,
        y=[100 * entries[name]["limit"] for name in limited],
        mode="markers",
        marker={"symbol": "line-ew-open", "size": 34, "color": "#cf222e", "line": {"width": 3}},
        name="limit",
    )
    figure.update_yaxes(title="tracking error a year, %", rangemode="tozero")
    return styled(figure, height=340)
