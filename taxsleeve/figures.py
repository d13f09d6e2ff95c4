"""Pictures of a rebalance: functions of the result, returned as plotly figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from optimizer import Check, Frontier, Rebalance, allowed_gains
from optimizer.explain import risk_by_name
from taxsleeve.counting import counted
from taxsleeve.pages import styled

__all__ = ["frontier_figure", "harvest_figure", "names_figure", "risk_figure"]

# Okabe and Ito's colours, told apart by all common kinds of colour blindness.
_SHORT, _LONG, _BEFORE, _AFTER = "#D55E00", "#E69F00", "#999999", "#0072B2"
_TOP, _NAMES = 20, 15


def harvest_figure(result: Rebalance) -> go.Figure:
    """Loss harvested by name and term in dollars: the largest twenty names, and what the rest come to."""
    sells = result.trades[(result.trades["side"] == "SELL") & (result.trades["gain"] < 0)]
    sells = sells.assign(gain=allowed_gains(sells))
    table = (-sells.pivot_table(index="asset", columns="term", values="gain", aggfunc="sum", fill_value=0.0)).reindex(
        columns=["short", "long"], fill_value=0.0
    )
    order = table.sum(axis=1).sort_values(ascending=False, kind="stable").index
    top, rest = table.loc[order[:_TOP]], table.loc[order[_TOP:]]
    others = f"<br>{counted(len(rest), 'other name')}: {rest.to_numpy().sum():,.0f} together" if len(rest) else ""
    figure = go.Figure()
    for term, colour in (("short", _SHORT), ("long", _LONG)):
        figure.add_bar(
            y=list(top.index), x=top[term].tolist(), name=f"{term}-term loss", orientation="h", marker_color=colour
        )
    figure.update_layout(
        barmode="stack",
        xaxis={"title": f"dollars{others}", "automargin": True},
        yaxis={"autorange": "reversed", "automargin": True},
    )
    return styled(figure, height=120 + 22 * max(len(top), 4))


def risk_figure(result: Rebalance, check: Check) -> go.Figure:
    """Share of the tracking variance by factor, and of all names' specific risk, before and after trading."""
    model, outcome = result.risk, check.outcome
    position = {asset: i for i, asset in enumerate(outcome.assets)}
    columns = {}
    for label, active in (("before", outcome.active_before), ("after", outcome.active_after)):
        weights = np.array([active[position[a]] if a in position else 0.0 for a in model.assets])
        by_factor, by_name = model.contributions(weights)
        columns[label] = pd.concat([by_factor, pd.Series({"specific": by_name.sum()})]) * 1e4
    table = pd.DataFrame(columns)
    largest = table.abs().max(axis=1).sort_values(ascending=False, kind="stable").index[:12]
    table = table.loc[[name for name in table.index if name in set(largest)]]
    figure = go.Figure()
    for label, colour in (("before", _BEFORE), ("after", _AFTER)):
        figure.add_bar(x=list(table.index), y=table[label].tolist(), name=label, marker_color=colour)
    figure.update_layout(barmode="group", yaxis_title="bp a year")
    return styled(figure, height=360)


def names_figure(result: Rebalance) -> go.Figure:
    """Contribution to tracking error of the fifteen names that matter most, before and after trading."""
    table = risk_by_name(result)
    size = table[["before", "after"]].abs().max(axis=1)
    table = table.loc[sorted(size.sort_values(ascending=False, kind="stable").index[:_NAMES])]
    figure = go.Figure()
    for label, colour in (("before", _BEFORE), ("after", _AFTER)):
        figure.add_bar(
            y=table["name"].tolist(), x=(table[label] * 1e4).tolist(), name=label, orientation="h", marker_color=colour
        )
    figure.update_layout(
        barmode="group",
        xaxis_title="bp a year",
        yaxis={"autorange": "reversed", "automargin": True},
    )
    return styled(figure, height=130 + 26 * max(len(table), 4))


def frontier_figure(frontier: Frontier) -> go.Figure:
    """Value and its bound against the limit on tracking error, with today's limit marked."""
    table = frontier.table[frontier.table["feasible"]]
    limits = (table["limit"] * 100).tolist()
    figure = go.Figure()
    figure.add_scatter(
        x=limits, y=table["bound"].tolist(), name="no list is worth more", mode="lines",
        line={"color": _BEFORE, "dash": "dot"},
    )  # fmt: skip
    figure.add_scatter(
        x=limits, y=table["value"].tolist(), name="value after costs and risk", mode="lines+markers",
        line={"color": _AFTER},
    )  # fmt: skip
    if frontier.today is not None:
        figure.add_vline(
            x=100 * frontier.today,
            line_dash="dot",
            line_color="#666666",
            annotation_text="today's limit",
            annotation_position="bottom right",
        )
    figure.update_layout(xaxis={"title": "limit on tracking error, % a year", "ticksuffix": "%"}, yaxis_title="dollars")
    return styled(figure, height=380)
