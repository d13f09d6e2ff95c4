"""One account of a batch: its trade list, or why there is none. Whatever goes wrong is this account's alone."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from optimizer import Check, Diagnosis, Rebalance, diagnose, rebalance
from taxsleeve.account_folder import AccountFolder
from taxsleeve.infeasible_summary import infeasible_summary
from taxsleeve.rebalance_run import ENGINES
from taxsleeve.summary import brief_summary, failed_summary
from taxsleeve_errors import InfeasibleError, InputError, OptimizerError, SolverError, TaxsleeveError

__all__ = ["Answer", "Made", "answer", "not_answered"]

Tables = TypeVar("Tables")
Made = tuple[Tables, Check]
"""What is to be written of a rebalance, and the check of it."""


@dataclass(frozen=True, eq=False)
class Answer(Generic[Tables]):
    """What became of an account.

    Parameters
    ----------
    account : str
    summary : dict
        As summary.json has it, without the explanation and without times; `status` "input" and "unexpected" beside
        those of `rebalance`.
    tables : Tables or None
        What is to be written of the trade list; None where there is none.
    seconds : dict of str to float
        CPU seconds by phase.
    """

    account: str
    summary: dict[str, Any]
    tables: Tables | None = None
    seconds: dict[str, float] = field(default_factory=dict)


def answer(
    account: str,
    read: Callable[[], AccountFolder],
    engine: str,
    made: Callable[[AccountFolder, Rebalance], Made[Tables]],
) -> Answer[Tables]:
    """Read an account and rebalance it.

    Parameters
    ----------
    account : str
        Its id.
    read : callable
        Reads it, or raises what is wrong with it.
    engine : str
        One of `ENGINES`.
    made : callable
        Makes what is to be written, or raises why its check fails.
    """
    started = time.process_time()
    try:
        folder = read()
    except InputError as error:
        return not_answered(account, "input", str(error.faults[0]), [asdict(fault) for fault in error.faults])
    except TaxsleeveError as error:
        return not_answered(account, "input", f"{type(error).__name__}: {error}")
    except Exception as error:  # noqa: BLE001 - one account's crash must not be the night's
        return not_answered(account, "unexpected", _described(error))
    seconds = {"read": time.process_time() - started}
    try:
        return _solved(account, folder, engine, made, seconds)
    except InputError as error:
        return not_answered(account, "input", str(error.faults[0]), [asdict(fault) for fault in error.faults])
    except Exception as error:  # noqa: BLE001 - one account's crash must not be the night's
        return not_answered(account, "unexpected", _described(error))


def not_answered(account: str, status: str, message: str, faults: list[dict[str, Any]] | None = None) -> Answer[Any]:
    """Answer for an account that could not be rebalanced, as its input, a process or the program failed."""
    return Answer(account, {"account": account, "status": status, "message": message, "faults": faults or []})


def _solved(
    account: str,
    folder: AccountFolder,
    engine: str,
    made: Callable[[AccountFolder, Rebalance], Made[Tables]],
    seconds: dict[str, float],
) -> Answer[Tables]:
    risk = folder.risk()
    try:
        result = rebalance(folder.account, folder.mandate, risk, engine=ENGINES[engine])
        seconds |= result.seconds
        started = time.process_time()
        tables, check = made(folder, result)
        summary = brief_summary(result, check)
        seconds["files"] = time.process_time() - started
    except InfeasibleError as error:
        summary = infeasible_summary(folder, error, _diagnosis(folder), {})
    except OptimizerError as error:
        summary = failed_summary(folder, error, {})
    else:
        return Answer(account, _of(account, folder, summary), tables, seconds)
    return Answer(account, _of(account, folder, summary), None, seconds)


def _of(account: str, folder: AccountFolder, summary: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in summary.items() if key != "seconds"}
    return {"account": account, **kept, "warnings": list(folder.warnings)}


def _diagnosis(folder: AccountFolder) -> Diagnosis | None:
    """Why there is no trade list; None where the engine gave up on that question: the refusal stands without it."""
    try:
        return diagnose(folder.account, folder.mandate, folder.risk())
    except SolverError:
        return None


def _described(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{where}"
