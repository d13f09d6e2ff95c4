"""What `taxsleeve risk` puts on the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from risk import FactorRisk
from taxsleeve.risk_evaluation import EvaluationRun
from taxsleeve.risk_fit import FittedRisk

__all__ = ["month_progress", "show_evaluation", "show_fit", "show_model"]

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
    line = f"{len(risk.assets)} names, {len(risk.factors)} factors, {days} days up to {fitted.source.window.as_of}."
    console.print(line, markup=False, highlight=False, soft_wrap=True)
    if fitted.unrated:
        some = "; ".join(f"{asset}: {why}" for asset, why in sorted(fitted.unrated.items())[:3])
        console.print(
            f"{len(fitted.unrated)} names are not rated ({some}); unrated.csv lists them.",
            markup=False, highlight=False, soft_wrap=True,
        )  # fmt: skip
    if len(fitted.source.repairs):
        console.print(f"{len(fitted.source.repairs)} implausible returns were taken out; repairs.csv lists them.")
    console.print(
        f"Files in {out}/: loadings.csv  factor_covariance.csv  specific_variance.csv  unrated.csv  repairs.csv",
        markup=False, highlight=False, soft_wrap=True,
    )  # fmt: skip


def show_model(console: Console, risk: FactorRisk, top: int) -> None:
    """Print the factors with their volatilities, and the names with the highest specific risk."""
    factors = Table(title=f"{len(risk.assets)} names, {len(risk.factors)} factors (annual figures)")
    factors.add_column("factor")
    for heading in ("volatility", "mean exposure", "spread of exposures"):
        factors.add_column(heading, justify="right")
    volatility = np.sqrt(np.diag(risk.factor_covariance))
    for k, factor in enumerate(risk.factors):
        B = risk.loadings[:, k]
        factors.add_row(escape(factor), f"{volatility[k]:.2%}", f"{B.mean():.3f}", f"{B.std():.3f}")
    console.print(factors)
    specific = np.sqrt(risk.specific_variance)
    total = np.sqrt((risk.root() ** 2).sum(axis=1) + risk.specific_variance)
    console.print(f"Median name: volatility {np.median(total):.1%}, specific {np.median(specific):.1%}.")
    order = np.argsort(-specific, kind="stable")[:top]
    names = Table(title="Highest specific risk")
    names.add_column("asset")
    for heading in ("specific", "total", "specific share of variance"):
        names.add_column(heading, justify="right")
    for i in order:
        share = (specific[i] / total[i]) ** 2
        names.add_row(escape(risk.assets[i]), f"{specific[i]:.1%}", f"{total[i]:.1%}", f"{share:.0%}")
    console.print(names)


@contextmanager
def month_progress(console: Console) -> Iterator[Callable[[int, int], None]]:
    """A bar of months done, on a terminal."""
    columns = (TextColumn("months"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("months", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def show_evaluation(console: Console, run: EvaluationRun, out: Path) -> None:
    """Print bias and daily ratio by model and family for each segment, then the ranking on common portfolios."""
    summary = run.summary
    first = summary.iloc[0]
    for segment, table in summary.groupby("segment", observed=True, sort=False):
        console.print(_bias_table(str(segment), table))
    console.print(
        f"95% of a perfect model's portfolios lie within {first['band_low']:.2f} to {first['band_high']:.2f} "
        f"({first['months']:.0f} months, normal returns)."
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
