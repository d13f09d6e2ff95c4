"""Pictures of an allocation study, as plotly figures with words for who cannot see them."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from backtest.allocation import PICKS, AllocationStudy, View, weight_column
from taxsleeve.allocate_answer import VIEWS
from taxsleeve.chart_plotly import plotly_chart
from taxsleeve.charts import Chart, series_colour
from taxsleeve.pages import styled
from taxsleeve.study_answer import points, share

__all__ = ["AllocationFigure", "allocation_figures"]

# Okabe and Ito's colours, told apart by all common kinds of colour blindness; marks differ too.
_COLOURS = {View.INDEX: "#767676", View.FUND: "#CC79A7", View.HARVESTED: "#0072B2"}
_MARKS = {View.INDEX: "circle", View.FUND: "square", View.HARVESTED: "diamond"}
_DASHES = {View.INDEX: "dot", View.FUND: "dash", View.HARVESTED: "solid"}


@dataclass(frozen=True, eq=False)
class AllocationFigure:
    """A picture with its words.

    Parameters
    ----------
    name : str
        Its id in the page.
    title, said : str
        Heading, and how to read it.
    alternative : str
        What it shows, in words and numbers.
    figure : Figure
    wide : bool
        Whether it needs the whole width of the page.
    """

    name: str
    title: str
    said: str
    alternative: str
    figure: go.Figure
    wide: bool = False


def allocation_figures(study: AllocationStudy) -> list[AllocationFigure]:
    """Draw the frontier before and after tax, its weights, what can be told of it, vintages, endings and picks."""
    return [_frontiers(study), _weights(study), _over(study), _quilt(study), _endings(study), _certainty(study)]


def _frontiers(study: AllocationStudy) -> AllocationFigure:
    figure, mixes, words = go.Figure(), study.mixes, []
    for view, label in VIEWS.items():
        colour, risk, reward = _COLOURS[view], f"{view}_volatility", f"{view}_return"
        figure.add_scatter(
            x=mixes[risk].tolist(), y=mixes[reward].tolist(), text=mixes["mix"].tolist(), mode="markers",
            marker={"color": colour, "size": 4, "opacity": 0.3, "symbol": _MARKS[view]}, showlegend=False,
            hovertemplate=f"%{{text}}<br>{label}: %{{y:.2%}} at %{{x:.1%}}<extra></extra>",
        )  # fmt: skip
        own = mixes[mixes[f"{view}_efficient"]].sort_values(risk, kind="stable")
        figure.add_scatter(
            x=own[risk].tolist(), y=own[reward].tolist(), text=own["mix"].tolist(), mode="lines+markers", name=label,
            line={"color": colour, "width": 2, "dash": _DASHES[view]},
            marker={"size": 8, "symbol": _MARKS[view], "color": colour},
            hovertemplate=f"%{{text}}<br>{label}: %{{y:.2%}} at %{{x:.1%}}<extra></extra>",
        )  # fmt: skip
        ends = [f"{row['mix']} ({share(row[reward])} at {share(row[risk], 1)})"
                for row in own.iloc[[0, -1]].to_dict("records")]  # fmt: skip
        words.append(f"{label}: from {ends[0]} to {ends[1]}" if len(own) > 1 else f"{label}: {ends[0]} alone")
    _marked(study, figure)
    figure.update_xaxes(title="volatility a year", tickformat=".1~%")
    figure.update_yaxes(title="return a year", tickformat=".1~%", automargin=True)
    said = "Every pale mark is a mix; lines join those that no other beats in both return and risk."
    return AllocationFigure("frontiers", "The frontier before and after tax", said, "; ".join(words) + ".",
                            styled(figure, height=500), wide=True)  # fmt: skip


def _marked(study: AllocationStudy, figure: go.Figure) -> None:
    """Name the sleeves alone, the reference mix and the user's own."""
    wanted = {**study.simulated.single, study.reference.name: study.simulated.reference}
    wanted |= {name: place for name, place in study.named.items() if place in study.simulated.own}
    rows = study.mixes.iloc[list(wanted.values())]
    places = ["top center" if name in study.simulated.single else "bottom right" for name in wanted]
    figure.add_scatter(
        x=rows["harvested_volatility"].tolist(), y=rows["harvested_return"].tolist(), text=list(wanted),
        mode="markers+text", textposition=places, name="sleeves alone, and mixes with a name",
        marker={"symbol": "circle-open", "size": 13, "color": "#6B6B6B", "line": {"width": 2}},
        hovertemplate="%{text}: %{y:.2%} at %{x:.1%}<extra></extra>",
    )  # fmt: skip


def _harvested(study: AllocationStudy) -> pd.DataFrame:
    own = study.frontier
    return own[own["view"] == View.HARVESTED].reset_index(drop=True)


def _weights(study: AllocationStudy) -> AllocationFigure:
    own, names = _harvested(study), list(study.choices.sleeves)
    x = [share(value, 2) for value in own["volatility"]]
    figure = go.Figure()
    for name in names:
        figure.add_bar(
            x=x, y=own[weight_column(name)].tolist(), name=name, marker_color=series_colour(name, names),
            hovertemplate="volatility %{x}<br>%{fullData.name}: %{y:.0%}<extra></extra>",
        )  # fmt: skip
    figure.update_layout(barmode="stack", bargap=0.1, xaxis={"type": "category", "title": "volatility a year"})
    figure.update_yaxes(tickformat=".0%", title="weight", automargin=True, range=[0, 1])
    first, last = own["mix"].iloc[0], own["mix"].iloc[-1]
    words = f"Weights of {', '.join(names)}, from least risk ({first}) to most return ({last})."
    said = "Efficient mixes of the harvested accounts, the least risk on the left."
    return AllocationFigure("weights", "Weights along the frontier", said, words, styled(figure, height=380))


def _over(study: AllocationStudy) -> AllocationFigure:
    own, reference = _harvested(study), study.reference.name
    above, below = (own["over_high"] - own["over"]).tolist(), (own["over"] - own["over_low"]).tolist()
    figure = go.Figure()
    figure.add_scatter(
        x=[share(value, 2) for value in own["volatility"]], y=own["over"].tolist(), text=own["mix"].tolist(),
        mode="markers", name=f"return over the {reference}",
        marker={"size": 9, "color": _COLOURS[View.HARVESTED], "symbol": "diamond"},
        error_y={"type": "data", "symmetric": False, "array": above, "arrayminus": below, "thickness": 1.4, "width": 4},
        hovertemplate="%{text}<br>%{y:+.2%} at %{x}<extra></extra>",
    )  # fmt: skip
    figure.add_hline(y=0, line_width=1.5, line_color="#888888")
    figure.update_layout(xaxis={"type": "category", "title": "volatility a year"}, showlegend=False)
    figure.update_yaxes(title=f"points a year over the {reference}", tickformat="+.2~%", automargin=True)
    listed = "; ".join(f"{r['mix']} {points(r['over'])} ({points(r['over_low'])} to {points(r['over_high'])})"
                       for r in own.to_dict("records"))  # fmt: skip
    said = "With intervals, paired by vintage. What reaches over the line of zero cannot be told from the market's."
    said = said.replace("the market's", f"the {reference}'s")
    return AllocationFigure("over", f"Efficient mixes against the {reference}", said, f"In points: {listed}.",
                            styled(figure, height=460))  # fmt: skip


def _quilt(study: AllocationStudy) -> AllocationFigure:
    own = study.vintages[study.vintages["name"].isin([*study.choices.sleeves, study.reference.name])]
    own = own.drop_duplicates(["funded", "name"])
    # Funded at a year's last close an account lives from the next year on.
    first = (pd.DatetimeIndex(own["funded"]) + pd.DateOffset(days=5)).strftime("%Y")
    wide = own.assign(vintage=first).pivot_table(index="vintage", columns="name", values="return", sort=True)
    wide = wide[[name for name in dict.fromkeys(own["name"]) if name in wide]]
    best = wide.idxmax(axis=1).value_counts()
    words = "Best in so many vintages: " + ", ".join(f"{name} {count}" for name, count in best.items()) + "."
    figure = plotly_chart(Chart("vintages", "", "quilt", wide, x_title="first year of the vintage"))
    said = "After-tax return a year of each vintage, the best on top. Neighbours share most of their years."
    return AllocationFigure("vintages", "Who won after tax, vintage by vintage", said, words, figure, wide=True)


def _endings(study: AllocationStudy) -> AllocationFigure:
    places = list(dict.fromkeys(study.named.values()))
    rows = study.mixes.iloc[places]
    names = [", ".join(name for name, own in study.named.items() if own == place) for place in places]
    x = [f"{name}, {mix}".replace(", ", "<br>") for name, mix in zip(names, rows["mix"], strict=True)]
    figure, words = go.Figure(), []
    named = {"wealth_liquidation": ("sold", "#D55E00"), "wealth_step-up": ("left to heirs", "#0072B2"),
             "wealth_donation": ("given away", "#009E73")}  # fmt: skip
    for column, (label, colour) in named.items():
        figure.add_bar(x=x, y=rows[column].tolist(), name=label, marker_color=colour,
                       hovertemplate="%{x}<br>%{fullData.name}: %{y:.2f}<extra></extra>")  # fmt: skip
        words.append(f"{label}: " + ", ".join(f"{m} {v:.2f}" for m, v in zip(rows["mix"], rows[column], strict=True)))
    figure.update_layout(barmode="group", xaxis={"automargin": True, "tickangle": 0}, bargap=0.3)
    figure.update_yaxes(title="wealth for each dollar paid in", automargin=True)
    said = "Mean of vintages. Given away: the gift, and the tax that its deduction saves."
    return AllocationFigure("endings", "Three endings", said, "; ".join(words) + ".", styled(figure, height=400))


def _certainty(study: AllocationStudy) -> AllocationFigure:
    own = study.certainty[study.certainty["view"] == View.HARVESTED]
    figure, names, words = go.Figure(), list(study.choices.sleeves), []
    for name in names:
        rows = own[own["sleeve"] == name].set_index("pick").loc[list(PICKS)]
        above, below = (rows["high"] - rows["weight"]).clip(lower=0), (rows["weight"] - rows["low"]).clip(lower=0)
        figure.add_bar(
            x=list(PICKS), y=rows["weight"].tolist(), name=name, marker_color=series_colour(name, names),
            error_y={"type": "data", "symmetric": False, "array": above.tolist(), "arrayminus": below.tolist(),
                     "thickness": 1.4, "width": 5},
            hovertemplate="%{x}<br>%{fullData.name}: %{y:.0%}<extra></extra>",
        )  # fmt: skip
        words += [f"{pick}, {name}: {share(r['weight'], 0)} ({share(r['low'], 0)} to {share(r['high'], 0)})"
                  for pick, r in rows.iterrows()]  # fmt: skip
    figure.update_layout(barmode="group", bargap=0.3)
    figure.update_yaxes(title="weight", tickformat=".0%", automargin=True, range=[0, 1.05])
    said = "Bars: as picked. Lines: between what the weight lies when history is redrawn and the mix picked again."
    return AllocationFigure("certainty", "How sure the picking is", said, "; ".join(words) + ".",
                            styled(figure, height=380))  # fmt: skip
