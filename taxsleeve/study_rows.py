"""The tables of a study's report, row by row as they are read."""

from __future__ import annotations

from typing import Any

import pandas as pd

from backtest.study_measures import MEASURES, StudyTables
from taxsleeve.study_answer import points, share

__all__ = [
    "band_rows",
    "group_rows",
    "interval",
    "measure_rows",
    "overview_rows",
    "signed_interval",
    "year_rows",
]

Row = dict[str, Any]
_SPREAD = ("mean", "low", "high", "p10", "median", "p90", "min", "max")


def overview_rows(tables: StudyTables) -> list[Row]:
    """One row a sleeve: net first, then what it is made of, for the main strategy and the base setting."""
    return [group_row(tables, sleeve, tables.main, tables.base) for sleeve in tables.sleeves
            if _has(tables, sleeve, tables.main, tables.base)]  # fmt: skip


def group_rows(tables: StudyTables) -> list[Row]:
    """One row a sleeve, strategy and setting."""
    keys = tables.distribution[["sleeve", "strategy", "setting"]].drop_duplicates().itertuples(index=False)
    return [group_row(tables, str(sleeve), str(strategy), str(setting)) for sleeve, strategy, setting in keys]


def group_row(tables: StudyTables, sleeve: str, strategy: str, setting: str) -> Row:
    """Means with intervals, medians, and differences from others of one group."""
    spread = tables.distribution
    own = (spread["sleeve"] == sleeve) & (spread["strategy"] == strategy) & (spread["setting"] == setting)
    figures = spread[own].set_index("measure").to_dict("index")
    less = tables.differences
    mine = (less["sleeve"] == sleeve) & (less["strategy"] == strategy) & (less["setting"] == setting)
    over = less[mine & (less["measure"] == "tax_savings") & (less["comparison"] != "setting")]
    return {
        "sleeve": sleeve,
        "strategy": strategy,
        "setting": setting,
        "figures": figures,
        "vintages": int(figures["tax_savings"]["vintages"]),
        "independent": int(figures["tax_savings"]["independent"]),
        "over": {row["against"]: row for row in over.to_dict("records")},
    }


def measure_rows(tables: StudyTables) -> list[tuple[str, str, list[Row]]]:
    """Every measure's spread over vintages by sleeve: title, meaning, and a row a sleeve."""
    spread = tables.distribution
    own = spread[(spread["strategy"] == tables.main) & (spread["setting"] == tables.base)]
    found = {str(name): rows.to_dict("records") for name, rows in own.groupby("measure", sort=False)}
    sections = []
    for one in MEASURES:
        rows: list[Row] = [{str(k): v for k, v in row.items()} for row in found.get(one.name, [])]
        shown = [
            row
            | {
                key: _written(row[key], one.kind)
                for key in ("mean", "low", "high", "p10", "median", "p90", "min", "max")
            }
            for row in rows
        ]
        sections.append((one.title, one.meaning, shown))
    return sections


def year_rows(tables: StudyTables) -> list[Row]:
    """One row a sleeve and year since inception: net and gross, with intervals."""
    own = tables.year_means
    own = own[(own["strategy"] == tables.main) & (own["setting"] == tables.base)]
    rows = []
    for (sleeve, year), part in own.groupby(["sleeve", "year"], sort=False):
        figures = part.set_index("measure").to_dict("index")
        rows.append({"sleeve": sleeve, "year": year, "figures": figures})
    order = {sleeve: number for number, sleeve in enumerate(tables.sleeves)}
    return sorted(rows, key=lambda row: (order[str(row["sleeve"])], row["year"]))


def band_rows(tables: StudyTables) -> list[Row]:
    """One row a band, written out."""
    rows = []
    for row in tables.bands.to_dict("records"):
        write = _ratio if "over large" in str(row["quantity"]) else _share
        interval = "" if pd.isna(row["low"]) else f"{write(row['low'])} to {write(row['high'])}"
        rows.append({str(k): v for k, v in row.items()} | {
            "band": f"{write(row['band_low'])} to {write(row['band_high'])}",
            "ours": write(row["ours"]),
            "interval": interval,
        })  # fmt: skip
    return rows


def _has(tables: StudyTables, sleeve: str, strategy: str, setting: str) -> bool:
    spread = tables.distribution
    own = (spread["sleeve"] == sleeve) & (spread["strategy"] == strategy) & (spread["setting"] == setting)
    return bool(own.any())


def _ratio(value: float) -> str:
    return "" if pd.isna(value) else f"{value:.2f}"


def _share(value: float) -> str:
    return share(value, 1)


def _written(value: Any, kind: str) -> str:
    if value is None or pd.isna(value):
        return ""
    return share(value) if kind == "percent" else f"{value:,.2f}" if kind == "ratio" else f"{value:,.0f}"


def interval(row: Row) -> str:
    """Interval of a row in per cent; "" where it has none."""
    return "" if pd.isna(row["low"]) else f"{share(row['low'])[:-1]} to {share(row['high'])}"


def signed_interval(row: Row) -> str:
    """Interval of a difference in points."""
    return "" if pd.isna(row["low"]) else f"{points(row['low'])} to {points(row['high'])}"
