"""The files of a study's exhibits: every table as CSV, every chart as PNG."""

from __future__ import annotations

from collections.abc import Sequence

from backtest.study_measures import StudyTables
from taxsleeve.chart_png import png_chart
from taxsleeve.charts import Chart
from taxsleeve.csv_file import csv_of_frame

__all__ = ["study_exhibits"]


def study_exhibits(tables: StudyTables, charts: Sequence[Chart]) -> dict[str, str | bytes]:
    """Make the files of `exhibits/`.

    Returns
    -------
    dict of str to str or bytes
        By file name: every table that has rows as `<table>.csv` (`runs.csv` has one row a run), every chart as
        `<chart>.png`.
    """
    frames = {"runs" if name == "summary" else name: table for name, table in tables.frames().items()}
    files: dict[str, str | bytes] = {f"{name}.csv": csv_of_frame(table) for name, table in frames.items() if len(table)}
    return files | {f"{chart.name}.png": png_chart(chart) for chart in charts}
