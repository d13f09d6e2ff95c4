"""What is written and said when a study's runs are done."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console

from backtest.study import RunKey
from backtest.study_measures import StudyTables, study_tables
from taxsleeve.counting import counted
from taxsleeve.csv_file import csv_of_frame
from taxsleeve.output_folder import subfolder, write_files
from taxsleeve.progress import Step, no_step
from taxsleeve.screen import Screen
from taxsleeve.study_charts import study_charts
from taxsleeve.study_console import show_study
from taxsleeve.study_exhibits import study_exhibits
from taxsleeve.study_notes import StudyNotes
from taxsleeve.study_report import study_report
from taxsleeve.study_run import StudyRun

__all__ = ["STEPS", "finish_study", "show_failures", "show_finished"]

# What the end of a study goes through, with the share of the time that each takes.
STEPS = {"measuring": 0.5, "exhibits": 0.3, "report": 0.2}

_SHOWN = 10
_REPAIRS = "repairs.csv"


def finish_study(run: StudyRun, out: Path, step: Step = no_step) -> StudyTables:
    """Write summary.parquet, the exhibits and the report.

    Parameters
    ----------
    run : StudyRun
    out : Path
    step : callable
        Told each of `STEPS` as it begins.

    Raises
    ------
    InputError
        The folder cannot be written.
    """
    step("measuring")
    tables = study_tables(list(run.study.runs.values()))
    step("exhibits")
    charts = study_charts(tables)
    exhibits = study_exhibits(tables, charts)
    folder = subfolder(out, "exhibits")
    # What a run of fewer vintages has left there.
    stale = [
        f"exhibits/{path.name}" for path in sorted(folder.glob("*")) if path.name not in exhibits and not path.is_dir()
    ]
    repairs = run.market.repairs
    step("report")
    contents: dict[str, str | bytes] = {
        **{f"exhibits/{name}": content for name, content in exhibits.items()},
        "summary.parquet": _parquet(tables.summary),
        "report.html": study_report(tables, _notes(run), charts),
    }
    if len(repairs):
        contents[_REPAIRS] = csv_of_frame(repairs)
    write_files(out, contents, remove=(*stale, *(() if len(repairs) else (_REPAIRS,))))
    return tables


def show_finished(screen: Screen, run: StudyRun, tables: StudyTables, out: Path) -> None:
    """Show what was found and where it is."""
    screen.put_text(json.dumps(_summary(run, tables), indent=2) + "\n" if screen.as_json else "")
    show_study(screen.answer, tables)
    screen.answer.print(f"Files in {out}/: report.html  summary.parquet  exhibits/  runs/  study.toml", markup=False)


def show_failures(console: Console, failed: Mapping[RunKey, str]) -> None:
    """Say which runs failed and why."""
    for number, (key, why) in enumerate(failed.items()):
        if number == _SHOWN:
            console.print(f"and {len(failed) - _SHOWN} more; the report lists all", style="yellow")
            break
        console.print(f"Failed: {key}: {why}", markup=False, highlight=False, soft_wrap=True, style="yellow")


def _notes(run: StudyRun) -> StudyNotes:
    market, settings = run.study.market, run.settings
    terms = settings.terms.model_dump(mode="json")
    return StudyNotes(
        title="A frontier" if not settings.base else "A comparison of sleeves",
        market=f"{market.name}, {market.first} to {market.last}, {counted(market.names, 'name')}",
        data=run.data_notes,
        assumptions=(
            ("Risk model", f"{settings.risk.model}, refitted every month end on {settings.risk.days} days before it"),
            ("Terms", ", ".join(f"{name} {'none' if value is None else value}" for name, value in terms.items())),
            ("Vintages", f"funded in cash at the close before {', '.join(map(str, settings.start_years))}"),
        ),
        failed={str(key): why for key, why in run.study.failed.items()},
        warnings=run.warnings,
    )


def _summary(run: StudyRun, tables: StudyTables) -> dict[str, object]:
    failed = [{"run": str(key), "why": why} for key, why in run.study.failed.items()]
    rows = json.loads(tables.summary.to_json(orient="records", date_format="iso"))
    return {"runs": len(run.study.runs), "failed": failed, "main": tables.main, "base": tables.base, "summary": rows}


def _parquet(frame: pd.DataFrame) -> bytes:
    # pandas' own metadata would name its version.
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    written: bytes = sink.getvalue().to_pybytes()
    return written
