"""report.html of an allocation study: one self-contained page, the answer first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from backtest.allocation import PICKS, AllocationStudy, View, weight_column
from taxsleeve.allocate_answer import VIEWS, allocation_answer, allocation_assumptions, told
from taxsleeve.allocate_figures import allocation_figures
from taxsleeve.pages import figure_division, page_environment, plotly_script
from taxsleeve.study_answer import points, share
from taxsleeve.study_rows import interval, signed_interval

__all__ = ["allocation_report", "named_rows", "pick_rows"]

Row = dict[str, Any]


def allocation_report(study: AllocationStudy, warnings: Sequence[str], market: str) -> str:
    """Write the page.

    Parameters
    ----------
    study : AllocationStudy
    warnings : sequence of str
    market : str
        What the runs were made on.

    Returns
    -------
    str
        HTML that needs no network; the same for the same study (no times in it).
    """
    environment = page_environment()
    filters = {"share": share, "points": points, "interval": interval, "signed": signed_interval, "ratio": _ratio,
               "cents": lambda value: f"{value:.2f}"}  # fmt: skip
    environment.filters.update(filters)
    frontier = study.frontier
    figures = allocation_figures(study)
    for one in figures:
        one.figure.update_layout(plot_bgcolor="rgba(0,0,0,0)")
    return environment.get_template("allocate.html.jinja").render(
        answer=allocation_answer(study),
        warnings=warnings,
        market=market,
        sleeves=study.choices.sleeves,
        weight=weight_column,
        reference=study.reference,
        level=f"{100 * study.choices.resampling.level:.0f}%",
        named=named_rows(study),
        picks=pick_rows(study),
        pick_names=PICKS,
        frontier=_told(frontier[frontier["view"] == View.HARVESTED]),
        alone=study.sleeves.reset_index().to_dict("records"),
        correlations=study.correlations.to_dict("records"),
        keeping=study.keeping.to_dict("records"),
        figures=[(one, figure_division(one.figure, one.name)) for one in figures],
        assumptions=allocation_assumptions(study),
        plotly_js=plotly_script(),
    )


def named_rows(study: AllocationStudy) -> list[Row]:
    """One row a mix with a name: its row of `mixes`, its names, and whether it can be told from the reference."""
    rows = []
    for place in dict.fromkeys(study.named.values()):
        names = ", ".join(name for name, own in study.named.items() if own == place)
        row: Row = {str(key): value for key, value in study.mixes.iloc[place].to_dict().items()}
        rows.append({**row, "names": names, "is_reference": place == study.simulated.reference,
                     "told": told(row["harvested_over_low"], row["harvested_over_high"])})  # fmt: skip
    return rows


def pick_rows(study: AllocationStudy) -> list[Row]:
    """One row a view: the mix of each pick, with its return and volatility under that view."""
    rows = []
    for view, label in VIEWS.items():
        found = {pick: study.mixes.iloc[place] for pick, place in study.picks[view].items()}
        cells = {pick: {"mix": own["mix"], "return": own[f"{view}_return"], "volatility": own[f"{view}_volatility"]}
                 for pick, own in found.items()}  # fmt: skip
        rows.append({"view": label, "efficient": int(study.mixes[f"{view}_efficient"].sum()), "picks": cells})
    return rows


def _told(frontier: pd.DataFrame) -> list[Row]:
    rows = frontier.to_dict("records")
    return [{**{str(k): v for k, v in row.items()}, "told": told(row["over_low"], row["over_high"])} for row in rows]


def _ratio(value: Any) -> str:
    return "" if pd.isna(value) else f"{value:.2f}".replace("-", "\u2212")
