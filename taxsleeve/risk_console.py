"""What `taxsleeve risk` puts on the screen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from taxsleeve.counting import counted
from taxsleeve.risk_evaluation import EvaluationRun
from taxsleeve.risk_fit import FittedRisk

__all__ = ["show_evaluation", "show_fit", "show_model"]

_COLUMNS = {
    "cap-weighted": "cap-\nweighted",
    "random active": "random\nactive",
    "sector active": "sector",
    "style active": "style",
    "eigenfactor": "eigen-\nfactor",
}


def show_fit(console: Console, fitted: FittedRisk, out: Path) -> None:
    """Say what was fitted, what was left out, and where the files are."""
    risk = fitted.risk
    days = len(fitted.source.window.returns)
    size = f"{counted(len(risk.assets), 'name')}, {counted(len(risk.factors), 'factor')}"
    line = f"{size}, {counted(days, 'day')} up to {fitted.source.window.as_of}."
    console.print(line, markup=False, highlight=False, soft_wrap=True)
    if fitted.unrated:
        some = "; ".join(f"{asset}: {why}" for asset, why in sorted(fitted.unrated.items())[:3])
        console.print(
            f"Not rated: {counted(len(fitted.unrated), 'name')} ({some}); unrated.csv has all.",
            markup=False, highlight=False, soft_wrap=True,
        )  # fmt: skip
    if len(fitted.source.repairs):
        console.print(f"Taken out: {counted(len(fitted.source.repairs), 'implausible return')}; repairs.csv has all.")
    console.print(
        f"Files in {out}/: loadings.csv  factor_covariance.csv  specific_variance.csv  unrated.csv  repairs.csv",
        markup=False, highlight=False, soft_wrap=True,
    )  # fmt: skip


def show_model(console: Console, summary: Mapping[str, Any]) -> None:
    """Print the factors with their volatilities, and the names with the highest specific risk."""
    factors = Table(
        title=f"{counted(summary['names'], 'name')}, {counted(len(summary['factors']), 'factor')} (annual figures)"
    )
    factors.add_column("factor")
    for heading in ("volatility", "mean exposure", "spread of exposures"):
        factors.add_column(heading, justify="right")
    for row in summary["factors"]:
        exposures = f"{row['mean_exposure']:.3f}", f"{row['spread_of_exposures']:.3f}"
        factors.add_row(escape(row["factor"]), f"{row['volatility']:.2%}", *exposures)
    console.print(factors)
    volatility, specific = summary["median_volatility"], summary["median_specific"]
    console.print(f"Median name: volatility {volatility:.1%}, specific {specific:.1%}.")
    names = Table(title="Highest specific risk")
    names.add_column("asset")
    for heading in ("specific", "total", "specific share of variance"):
        names.add_column(heading, justify="right")
    for row in summary["riskiest"]:
        shares = f"{row['specific']:.1%}", f"{row['total']:.1%}", f"{row['specific_share']:.0%}"
        names.add_row(escape(row["asset"]), *shares)
    console.print(names)


def show_evaluation(console: Console, run: EvaluationRun, out: Path) -> None:
    """Print bias and daily ratio by model and family for each segment, then the ranking on common portfolios."""
    summary = run.summary
    first = summary.iloc[0]
    for segment, table in summary.groupby("segment", observed=True, sort=False):
        console.print(_bias_table(str(segment), table))
    console.print(
        f"95% of a perfect model's portfolios lie within {first['band_low']:.2f} to {first['band_high']:.2f} "
        f"({counted(round(first['months']), 'month')}, normal returns)."
    )
    console.print(_ranking(summary))
    console.print(
        f"A perfect model, normal / t5: MRAD {first['mrad_floor']:.3f} / {first['mrad_floor_t5']:.3f}, "
        f"QLIKE {first['qlike_floor']:.3f} / {first['qlike_floor_t5']:.3f}, "
        f"Q {first['q_floor']:.2f} / {first['q_floor_t5']:.2f}."
    )
    console.print(f"Files in {escape(str(out))}/: summary.csv  months.csv  universe.csv  repairs.csv  report.html")


def _bias_table(segment: str, table: pd.DataFrame) -> Table:
    families = [f for f in dict.fromkeys(table["family"]) if f in _COLUMNS or str(f).startswith("optimised")]
    shown = Table(title=f"{escape(segment)}: bias of monthly returns, below it realised / predicted of daily ones")
    shown.add_column("model")
    for family in families:
        shown.add_column(
            _COLUMNS.get(family, str(family).removeprefix("optimised ").replace(", ", "\n")), justify="right"
        )
    for model, rows in table.groupby("model", observed=True, sort=False):
        cells = {row["family"]: row for _, row in rows.iterrows()}
        shown.add_row(escape(str(model)), *(_cell(cells.get(family)) for family in families))
    return shown


def _cell(row: pd.Series | None) -> str:
    if row is None:
        return ""
    inside = row["band_low"] <= row["bias"] <= row["band_high"]
    bias = f"{row['bias']:.2f}" if inside else f"[red]{row['bias']:.2f}[/red]"
    return f"{bias}\n[dim]{row['daily_ratio']:.2f}[/dim]"


def _ranking(summary: pd.DataFrame) -> Table:
    pooled = summary[summary["family"].astype(str).str.startswith("pooled")]
    shown = Table(title="All models on all models' optimised portfolios, the best by QLIKE first")
    for heading in ("segment", "portfolios", "model"):
        shown.add_column(heading)
    for heading in ("bias", "daily", "MRAD", "QLIKE", "Q", "DM t"):
        shown.add_column(heading, justify="right")
    order = {segment: i for i, segment in enumerate(dict.fromkeys(pooled["segment"]))}
    ranked = sorted(pooled.to_dict("records"), key=lambda row: (order[row["segment"]], row["family"], row["qlike"]))
    for row in ranked:
        scores = (
            "" if pd.isna(row[score]) else f"{row[score]:.3f}"
            for score in ("bias", "daily_ratio", "mrad", "qlike", "q")
        )
        t = "" if pd.isna(row["dm_t"]) else f"{row['dm_t']:.1f}"
        limit = str(row["family"]).removeprefix("pooled optimised ")
        shown.add_row(str(row["segment"]), limit, escape(str(row["model"])), *scores, t)
    return shown
