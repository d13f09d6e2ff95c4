"""The exhibits of a study as charts; those without data are left out."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from backtest.study_measures import StudyTables, measure
from taxsleeve.charts import Chart

__all__ = ["plain_sleeves", "study_charts"]

_STYLES = (" value", " growth")


def study_charts(tables: StudyTables) -> tuple[Chart, ...]:
    """Lay out every exhibit that has something to show, of the main strategy and the base setting."""
    charts = [*_by_vintage(tables), *_by_age(tables), *_by_cause(tables), *_risk(tables), *_frontier(tables),
              *_sweep(tables)]  # fmt: skip
    return tuple(chart for chart in charts if len(chart.data) and chart.data.notna().any(axis=None))


def plain_sleeves(tables: StudyTables) -> list[str]:
    """Sleeves without a style, or all where there is none without."""
    return [name for name in tables.sleeves if not name.endswith(_STYLES)] or tables.sleeves


def _main(tables: StudyTables, frame: pd.DataFrame) -> pd.DataFrame:
    return frame[(frame["strategy"] == tables.main) & (frame["setting"] == tables.base)]


def _wide(frame: pd.DataFrame, index: str, value: str, sleeves: list[str]) -> pd.DataFrame:
    wide = frame.pivot_table(index=index, columns="sleeve", values=value, sort=True)
    return wide.reindex(columns=[name for name in sleeves if name in wide.columns])


def _by_vintage(tables: StudyTables) -> Iterator[Chart]:
    own = _main(tables, tables.exhibit_5)
    # Funded at a year's last close an account lives from the next year on.
    first = (pd.DatetimeIndex(own["funded"]) + pd.DateOffset(days=5)).strftime("%Y")
    if pd.Index(first).nunique() < own["funded"].nunique():
        first = pd.DatetimeIndex(own["funded"]).strftime("%Y-%m")
    own = own.assign(vintage=first)
    sleeves, plain = tables.sleeves, plain_sleeves(tables)
    axes = ("of value, a year", "first year of the vintage")
    wide = _wide(own, "vintage", "tax_savings", plain)
    yield Chart("exhibit_5_tax_savings", "Net tax savings by vintage", "bars", wide, *axes)
    if len(plain) < len(sleeves):
        styles = [name for name in sleeves if name not in plain]
        wide, title = _wide(own, "vintage", "tax_savings", styles), "Net tax savings by vintage, value and growth"
        yield Chart("exhibit_5_tax_savings_styles", title, "bars", wide, *axes)
    for reference in tables.choices.references:
        extra = _wide(own.dropna(subset=[f"over_{reference}"]), "vintage", f"over_{reference}", plain)
        title = f"Net tax savings over {reference}, by vintage"
        yield Chart(f"exhibit_5_over_{reference}", title, "bars", extra, *axes)
    yield Chart("savings_distribution", "Net tax savings, every vintage a dot", "strip",
                _wide(own, "vintage", "tax_savings", sleeves), "of value, a year", "")  # fmt: skip


def _by_age(tables: StudyTables) -> Iterator[Chart]:
    own = _main(tables, tables.year_means)
    plain = plain_sleeves(tables)
    parts = {}
    for end in ("mean", "low", "high"):
        gross, net = (_wide(own[own["measure"] == name], "year", end, plain) for name in ("losses", "net_losses"))
        parts[end] = pd.concat([net.add_suffix(": net"), gross.add_suffix(": gross")], axis=1)
    yield Chart("harvest_yield", "Losses by year since inception, net of gains and gross", "lines", parts["mean"],
                "of initial capital", "year since inception", low=_of(parts["low"], ": net"),
                high=_of(parts["high"], ": net"))  # fmt: skip
    yield Chart("cumulative_net_losses", "Cumulative losses, net of gains and gross", "lines",
                parts["mean"].cumsum(), "of initial capital", "year since inception")  # fmt: skip


def _of(frame: pd.DataFrame, ending: str) -> pd.DataFrame:
    return frame[[name for name in frame.columns if str(name).endswith(ending)]]


def _by_cause(tables: StudyTables) -> Iterator[Chart]:
    own = _main(tables, tables.cause_means)
    if own.empty:
        return
    rows = {}
    for sleeve, part in own.groupby("sleeve", sort=False):
        wide = part.pivot_table(index="cause", columns="measure", values="mean", sort=False)
        row = {f"{cause}: losses": value for cause, value in wide["losses"].items()}
        row |= {f"{cause}: gains": -value for cause, value in wide["gains"].items()}
        rows[str(sleeve)] = row | {"net": wide["net_losses"].sum()}
    data = pd.DataFrame.from_dict(rows, orient="index")
    data = data.loc[:, (data != 0).any()]
    yield Chart("losses_by_cause", "Losses up, gains down, by cause; what is left as a mark", "stack", data,
                "of initial capital, whole run", "")  # fmt: skip


def _risk(tables: StudyTables) -> Iterator[Chart]:
    own = _main(tables, tables.summary).dropna(subset=["predicted_te", "realised_te"])
    data = own.pivot_table(index="predicted_te", columns="sleeve", values="realised_te", sort=True)
    data = data.reindex(columns=[name for name in tables.sleeves if name in data.columns])
    yield Chart("tracking_error", "Realised against predicted tracking error, one dot a vintage", "scatter", data,
                "realised", "predicted")  # fmt: skip


def _frontier(tables: StudyTables) -> Iterator[Chart]:
    for line, own in tables.frontier.groupby("line", sort=False):
        name = "frontier" if len(set(tables.frontier["line"])) == 1 else f"frontier_{line}"
        for value, what in (("tax_alpha", "tax alpha"), ("tax_savings", "net tax savings")):
            mean, low, high = (_wide(own, "te_limit", f"{value}{end}", tables.sleeves) for end in ("", "_low", "_high"))
            title = f"Limit on tracking error against {what}, {line}"
            yield Chart(f"{name}_{value}", title, "curves", mean, f"{what}, a year", "limit on tracking error",
                        low=low, high=high)  # fmt: skip
        realised = _wide(own, "te_limit", "realised_te", tables.sleeves)
        yield Chart(f"{name}_realised", f"Limit on tracking error against what was realised, {line}", "scatter",
                    realised, "realised", "limit on tracking error")  # fmt: skip


def _sweep(tables: StudyTables) -> Iterator[Chart]:
    own = tables.sweep[tables.sweep["strategy"] == tables.main] if len(tables.sweep) else tables.sweep
    order = list(dict.fromkeys(own["setting"]))
    if len(order) < 2:
        return
    frames = [
        _wide(own, "setting", f"tax_savings{end}", tables.sleeves).reindex(order) for end in ("", "_low", "_high")
    ]
    title = f"{measure('tax_savings').title} by setting"
    yield Chart("settings", title, "bars", frames[0], "of value, a year", "setting", low=frames[1], high=frames[2])
