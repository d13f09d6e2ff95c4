"""report.html of `taxsleeve risk evaluate`: one self-contained page."""

from __future__ import annotations

import pandas as pd

from risk.evaluate import Evaluation
from taxsleeve.pages import figure_division, page_environment, plotly_script
from taxsleeve.risk_figures import bias_figure, ratio_by_year_figure

__all__ = ["evaluation_report"]


def evaluation_report(
    name: str,
    notes: str,
    evaluation: Evaluation,
    summary: pd.DataFrame,
    by_month: pd.DataFrame,
    warnings: tuple[str, ...] = (),
) -> str:
    """Write the page.

    Parameters
    ----------
    name, notes : str
        Of the market folder.
    evaluation : Evaluation
    summary, by_month : DataFrame
        As from `summarise` and `by_month`.
    warnings : tuple of str

    Returns
    -------
    str
        HTML that needs no network; the same for the same evaluation (no times in it).
    """
    environment = page_environment()
    environment.filters["score"] = lambda x: "" if pd.isna(x) else f"{x:.3f}"
    environment.filters["percent"] = lambda x: "" if pd.isna(x) else f"{100 * x:.2f}%"
    segments = list(dict.fromkeys(summary["segment"].astype(str)))
    optimised = [f for f in dict.fromkeys(summary["family"].astype(str)) if f.startswith("optimised")]
    dates = pd.to_datetime(evaluation.records["date"].astype(str))
    return environment.get_template("risk_evaluation.html.jinja").render(
        name=name,
        notes=notes,
        warnings=warnings,
        settings=evaluation.settings,
        first=dates.min().date(),
        last=dates.max().date(),
        floors=summary.iloc[0].to_dict(),
        rows=summary.to_dict("records"),
        plotly_js=plotly_script(),
        bias=[(s, figure_division(bias_figure(summary, s), f"bias-{i}")) for i, s in enumerate(segments)],
        years=[
            (segment, family, figure_division(ratio_by_year_figure(by_month, segment, family), f"years-{i}-{j}"))
            for i, segment in enumerate(segments)
            for j, family in enumerate(optimised[:2])
        ],
    )
