"""One run of `taxsleeve rebalance`: read, fit, solve, check, write."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer import Diagnosis, Frontier, TrackingErrorLimit, diagnose, frontier, rebalance
from optimizer.engines import NEWTON, ClarabelEngine, HighsEngine, OsqpEngine
from optimizer.newton import compile_kernels
from risk import FactorRisk
from taxsleeve.account_folder import AccountFolder, read_account_folder
from taxsleeve.frontier_range import frontier_limits
from taxsleeve.infeasible_summary import infeasible_summary
from taxsleeve.output_folder import prepare_output, write_files
from taxsleeve.progress import Step, no_step
from taxsleeve.rebalance_files import GOOD_FILES, rebalance_files
from taxsleeve.summary import failed_summary
from taxsleeve.summary_text import summary_text
from taxsleeve_errors import InfeasibleError, OptimizerError, SolverError

__all__ = ["ENGINES", "STEPS", "RebalanceRun", "run_rebalance"]

ENGINES = {engine.name: engine for engine in (NEWTON, ClarabelEngine(), OsqpEngine(), HighsEngine())}


# What a rebalance goes through, with the share of the time that each took on an account of 500 names.
STEPS = {"reading the account": 0.15, "risk model": 0.25, "rebalancing": 0.4, "frontier": 1.0, "report": 0.2}


@dataclass(frozen=True, eq=False)
class RebalanceRun:
    """What a run read and wrote.

    Parameters
    ----------
    folder : AccountFolder
    summary : dict
        What summary.json holds.
    failure : InfeasibleError or None
        Where no trade list can meet the limits.
    """

    folder: AccountFolder
    summary: dict[str, Any]
    failure: InfeasibleError | None


def run_rebalance(
    source: Path,
    out: Path,
    *,
    normalize: bool = False,
    frontier_range: str | None = None,
    engine: str = NEWTON.name,
    prepare: Callable[[], None] = compile_kernels,
    step: Step = no_step,
) -> RebalanceRun:
    """Rebalance the account in a folder and write the result.

    Parameters
    ----------
    source : Path
        Account folder.
    out : Path
        Folder for the files; nothing is written there before the whole input is good.
    normalize : bool
        Scale the benchmark's weights to sum to one.
    frontier_range : str, optional
        Limits on tracking error between which to draw the account's frontier, as "0.25%..3%"; not drawn where there
        is no trade list.
    engine : str
        One of `ENGINES`.
    prepare : callable
        Called once the input is good; has the compiled kernels ready.
    step : callable
        Told each of `STEPS` as it begins, and the frontier's points.

    Returns
    -------
    RebalanceRun

    Raises
    ------
    InputError
        Something is wrong with the input; nothing is written.
    OptimizerError
        The engine or the check failed; only summary.json is written, and files of an earlier run are taken away.
    """
    prepare_output(out, unlike=source)
    if frontier_range is not None:
        frontier_limits(frontier_range)
    seconds: dict[str, float] = {}
    step("reading the account")
    started = time.process_time()
    folder = read_account_folder(source, normalize=normalize)
    seconds["read"] = time.process_time() - started
    step("risk model")
    started = time.process_time()
    risk = folder.risk()
    seconds["risk"] = time.process_time() - started
    prepare()
    step("rebalancing")
    try:
        result = rebalance(folder.account, folder.mandate, risk, engine=ENGINES[engine])
        seconds |= result.seconds
        drawn = None
        if frontier_range is not None:
            started = time.process_time()
            drawn = _frontier(folder, risk, frontier_range, step)
            seconds["frontier"] = time.process_time() - started
        step("report")
        started = time.process_time()
        files = rebalance_files(folder, result, seconds, drawn)
        files.summary["seconds"]["write"] = time.process_time() - started
    except InfeasibleError as error:
        step("asking which limit must give way")
        started = time.process_time()
        diagnosis = _diagnosis(folder, risk)
        seconds["diagnose"] = time.process_time() - started
        summary = infeasible_summary(folder, error, diagnosis, seconds)
        write_files(out, {"summary.json": summary_text(summary)}, remove=GOOD_FILES)
        return RebalanceRun(folder, summary, error)
    except OptimizerError as error:
        summary = failed_summary(folder, error, seconds)
        write_files(out, {"summary.json": summary_text(summary)}, remove=GOOD_FILES)
        raise
    stale = tuple(name for name in GOOD_FILES if name not in files.contents)
    write_files(out, {**files.contents, "summary.json": summary_text(files.summary)}, remove=stale)
    return RebalanceRun(folder, files.summary, None)


def _frontier(folder: AccountFolder, risk: FactorRisk, text: str, step: Step) -> Frontier:
    own = (limit for limit in folder.mandate.limits if isinstance(limit, TrackingErrorLimit))
    today = next((limit.limit for limit in own), None)
    limits = frontier_limits(text, today)
    step("frontier")
    return frontier(
        folder.account, folder.mandate, risk, limits, progress=lambda done, total: step("frontier", done / total)
    )


def _diagnosis(folder: AccountFolder, risk: FactorRisk) -> Diagnosis | None:
    """Why there is no trade list; None where the engine gave up on that question: the refusal stands without it."""
    try:
        return diagnose(folder.account, folder.mandate, risk)
    except SolverError:
        return None
