"""One run of `taxsleeve household`: read, fit, solve, check, write."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer.household import IN_TURN, JOINTLY, rebalance_household
from optimizer.newton import compile_kernels
from taxsleeve.household_files import HOUSEHOLD_FILES, SLEEVE_FILES, household_files
from taxsleeve.household_folder import HouseholdFolder, read_household_folder
from taxsleeve.household_summary import failed_household_summary
from taxsleeve.output_folder import prepare_output, write_files
from taxsleeve.progress import Step, no_step
from taxsleeve.summary_text import summary_text
from taxsleeve_errors import InfeasibleError, OptimizerError

__all__ = ["STEPS", "HouseholdRun", "run_household"]

# What a household's rebalance goes through, with the share of the time that each took on three sleeves of 60 names.
STEPS = {"reading the household": 0.1, JOINTLY: 0.5, IN_TURN: 0.3, "reports": 0.1}


@dataclass(frozen=True, eq=False)
class HouseholdRun:
    """What a run read and wrote.

    Parameters
    ----------
    folder : HouseholdFolder
    summary : dict
        What summary.json holds.
    failure : InfeasibleError or None
        Where no lists can meet the limits.
    """

    folder: HouseholdFolder
    summary: dict[str, Any]
    failure: InfeasibleError | None


def run_household(
    source: Path,
    out: Path,
    *,
    normalize: bool = False,
    prepare: Callable[[], None] = compile_kernels,
    step: Step = no_step,
) -> HouseholdRun:
    """Rebalance the household in a folder and write the result, a folder a sleeve.

    Parameters
    ----------
    source : Path
        Household folder.
    out : Path
        Folder for the files; nothing is written there before the whole input is good.
    normalize : bool
        Scale every benchmark's weights to sum to one.
    prepare : callable
        Called once the input is good; has the compiled kernels ready.
    step : callable
        Told each of `STEPS` as it begins.

    Returns
    -------
    HouseholdRun

    Raises
    ------
    InputError
        Something is wrong with the input; nothing is written.
    OptimizerError
        The engine or the check failed; only summary.json is written, and files of an earlier run are taken away.
    """
    prepare_output(out, unlike=source, inside=False)
    step("reading the household")
    started = time.process_time()
    folder = read_household_folder(source, normalize=normalize)
    for sleeve in folder.places.values():
        prepare_output(out, unlike=sleeve, inside=False)
    seconds = {"read": time.process_time() - started}
    prepare()
    try:
        result = rebalance_household(folder.household, folder.chosen_risk.risk, progress=step)
        seconds |= result.seconds
        step("reports")
        started = time.process_time()
        files = household_files(folder, result, seconds)
        files.summary["seconds"]["write"] = time.process_time() - started
    except OptimizerError as error:
        summary = failed_household_summary(folder, error, seconds)
        # Lists of an earlier run must not be taken for this one's.
        stale = [f"{name}/{file}" for name in folder.folders for file in SLEEVE_FILES]
        write_files(out, {"summary.json": summary_text(summary)}, remove=(*HOUSEHOLD_FILES, *stale))
        if not isinstance(error, InfeasibleError):
            raise
        return HouseholdRun(folder, summary, error)
    sleeves = {f"{name}/{file}": text for name, own in files.sleeves.items() for file, text in own.items()}
    write_files(out, {**sleeves, **files.contents, "summary.json": summary_text(files.summary)})
    return HouseholdRun(folder, files.summary, None)
