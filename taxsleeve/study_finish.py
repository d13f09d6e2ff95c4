"""What is written and said when a study's runs are done."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import click
from rich.console import Console

from backtest.study import RunKey
from taxsleeve.study_run import StudyRun

__all__ = ["finish_study", "show_failures"]

_SHOWN = 10


def finish_study(run: StudyRun, out: Path, console: Console, *, as_json: bool) -> None:
    """Write and show."""
    console.print(f"{len(run.study.runs)} runs in {out}")
    if as_json:
        click.echo(json.dumps({"runs": len(run.study.runs)}))


def show_failures(console: Console, failed: Mapping[RunKey, str]) -> None:
    """Say which runs failed and why."""
    for number, (key, why) in enumerate(failed.items()):
        if number == _SHOWN:
            console.print(f"and {len(failed) - _SHOWN} more", style="yellow")
            break
        console.print(f"Failed: {key}: {why}", markup=False, highlight=False, soft_wrap=True, style="yellow")
