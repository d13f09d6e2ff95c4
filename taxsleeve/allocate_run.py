"""One run of `taxsleeve allocate`: read a study's runs, mix, measure, write."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backtest.allocation import AllocationStudy, View, allocation_study
from taxsleeve.allocate_answer import allocation_answer, allocation_assumptions
from taxsleeve.allocate_inputs import AllocationRequest, StudyRuns, allocation_choices, read_study_runs
from taxsleeve.allocate_report import allocation_report
from taxsleeve.counting import counted
from taxsleeve.csv_file import csv_of_frame
from taxsleeve.json_rows import json_rows
from taxsleeve.output_folder import prepare_output, write_files
from taxsleeve.progress import Step, no_step
from taxsleeve_errors import InputError

__all__ = ["STEPS", "AllocationRun", "run_allocation"]

# What it goes through, with the share of the time that each took on three sleeves in six vintages.
STEPS = {"reading the study": 0.2, "mixing sleeves": 0.5, "report": 0.3}


@dataclass(frozen=True, eq=False)
class AllocationRun:
    """What a run found and wrote.

    Parameters
    ----------
    study : AllocationStudy
    summary : str
        Text of allocation.json.
    warnings : tuple of str
    """

    study: AllocationStudy
    summary: str
    warnings: tuple[str, ...]


def run_allocation(folder: Path | None, out: Path, request: AllocationRequest, step: Step = no_step) -> AllocationRun:
    """Study how much to give to each sleeve, and write what was found.

    Raises
    ------
    InputError
        The study or what is asked of it is not good; nothing is written.
    """
    prepare_output(out, unlike=folder)
    if (out / "study.toml").exists() or (out / "runs").exists():
        raise InputError.of("--out", "another folder than a study's: its report would be overwritten", value=out)
    step("reading the study")
    runs = read_study_runs(folder)
    step("mixing sleeves")
    study = allocation_study(runs.runs, allocation_choices(runs, request))
    step("report")
    summary = json.dumps(_summary(study, runs), indent=2, allow_nan=False) + "\n"
    contents: dict[str, str | bytes] = {
        "frontier.csv": csv_of_frame(study.frontier),
        "mixes.csv": csv_of_frame(study.mixes),
        "vintages.csv": csv_of_frame(study.vintages),
        "allocation.json": summary,
        "report.html": allocation_report(study, runs.warnings, _market(runs)),
    }
    write_files(out, contents)
    return AllocationRun(study, summary, runs.warnings)


def _market(runs: StudyRuns) -> str:
    settings = runs.settings
    if settings is None:
        return ""
    if settings.simulation is not None:
        drawn = settings.simulation
        return (
            f"The simulated market of {counted(drawn.names, 'name')}, seed {drawn.seed}, "
            f"{counted(drawn.years, 'year')} from {drawn.start}."
        )
    return f"The market {Path(settings.market).name}." if settings.market else ""


def _summary(study: AllocationStudy, runs: StudyRuns) -> dict[str, Any]:
    choices, policy = study.choices, study.choices.policy
    return {
        "answer": allocation_answer(study),
        "sleeves": list(choices.sleeves),
        "strategy": choices.strategy,
        "setting": choices.setting,
        "policy": {
            "band": policy.band,
            "contribution": policy.contribution,
            "ending": str(policy.ending),
            "rate": policy.deduction_rate,
        },
        "vintages": [str(vintage.funded) for vintage in study.simulated.vintages],
        "independent": study.independent,
        "reference": {"name": study.reference.name, "mix": study.reference.mix.label, "why": study.reference.why},
        "named": [{"name": name, **json_rows(study.mixes.iloc[[place]])[0]} for name, place in study.named.items()],
        "picks": {
            str(view): {pick: study.simulated.mixes[place].label for pick, place in study.picks[view].items()}
            for view in View
        },
        "certainty": json_rows(study.certainty),
        "keeping": json_rows(study.keeping),
        "sleeves_alone": json_rows(study.sleeves.reset_index()),
        "correlations": json_rows(study.correlations),
        "assumptions": dict(allocation_assumptions(study)),
        "warnings": list(runs.warnings),
    }
