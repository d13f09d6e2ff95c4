"""From a study's folder and what is typed after `allocate` to runs and choices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backtest.allocation import AllocationChoices, Ending, Mix, Policy
from backtest.study import RunKey, StoredRun, program_digest
from backtest.study_measures import ranked_settings, ranked_strategies
from taxsleeve.option_values import fraction, words
from taxsleeve.run_store import RunFolder
from taxsleeve.study_folder import STUDY_FILE
from taxsleeve.study_settings import StudySettings, read_study_settings
from taxsleeve_errors import Fault, InputError

__all__ = ["AllocationRequest", "StudyRuns", "allocation_choices", "read_study_runs"]

_STYLES, _WHOLE, _PASSIVE = (" value", " growth"), "all", "passive"
_REMEDY = "a folder that `taxsleeve compare --sleeves large,mid,small --out STUDY_DIR` wrote"


@dataclass(frozen=True)
class StudyRuns:
    """Finished runs of a study folder.

    Parameters
    ----------
    runs : tuple of StoredRun
        By key.
    settings : StudySettings or None
        Of its study.toml, where there is one.
    warnings : tuple of str
    """

    runs: tuple[StoredRun, ...]
    settings: StudySettings | None
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class AllocationRequest:
    """What is typed.

    Parameters
    ----------
    sleeves, strategy, setting, reference, rate : str or None
    band, contribution, ending : str
    mixes : tuple of str
        Each as large=60%,small=40%.
    """

    sleeves: str | None
    strategy: str | None
    setting: str | None
    band: str
    contribution: str
    ending: str
    rate: str | None
    reference: str | None
    mixes: tuple[str, ...]


def read_study_runs(folder: Path | None) -> StudyRuns:
    """Read the runs that a study has stored; those whose files are spoilt are left out with a warning.

    Raises
    ------
    InputError
        No folder is given, or it holds no run.
    """
    if folder is None:
        raise InputError.of("STUDY_DIR", f"{_REMEDY}: the first thing after `allocate`")
    if not (folder / "runs").is_dir():
        found = "no folder runs/ in it" if folder.is_dir() else "no such folder"
        raise InputError.of(str(folder), _REMEDY, value=found)
    store, runs, warnings = RunFolder(folder / "runs"), [], []
    for path in sorted((folder / "runs").glob("*.parquet")):
        run = store.load(RunKey.of_name(path.stem))
        if run is None:
            warnings.append(f"{path.name} is spoilt and left out; the study's own command runs it again")
        else:
            runs.append(run)
    if not runs:
        raise InputError.of(f"{folder}/runs", _REMEDY, value="no finished run")
    settings = read_study_settings(folder / STUDY_FILE) if (folder / STUDY_FILE).is_file() else None
    if settings is not None and settings.code and settings.code != program_digest():
        warnings.append("the program has changed since these runs were made: they are of the code of their time")
    return StudyRuns(tuple(runs), settings, tuple(warnings))


def allocation_choices(study: StudyRuns, request: AllocationRequest) -> AllocationChoices:
    """Make choices of what is typed, and of what the study has where nothing is.

    Raises
    ------
    InputError
        A value is not good, or the study has no such sleeve, strategy or setting.
    """
    keys = [run.key for run in study.runs]
    strategies = ranked_strategies(_each(key.strategy for key in keys), _PASSIVE)
    strategy = _known("--strategy", request.strategy, strategies)
    settings = ranked_settings(_each(key.setting for key in keys if key.strategy == strategy))
    setting = _known("--setting", request.setting, settings)
    there = _each(key.sleeve for key in keys if (key.strategy, key.setting) == (strategy, setting))
    sleeves = _sleeves(request.sleeves, _in_order(there, study.settings))
    reference = None if request.reference is None else _mix("--reference", request.reference, sleeves)
    mixes = tuple(dict.fromkeys(_mix("--mix", text, sleeves) for text in request.mixes))
    return AllocationChoices(sleeves, strategy, setting, _policy(request), reference, mixes)


def _policy(request: AllocationRequest) -> Policy:
    band = None if request.band.strip() == "never" else fraction("--band", request.band)
    rate = None if request.rate is None else fraction("--rate", request.rate)
    try:
        return Policy(band, fraction("--contribution", request.contribution), Ending(request.ending), rate)
    except InputError as error:
        raise InputError(Fault(f"--{one.file}", one.expected, value=one.value) for one in error.faults) from error


def _mix(option: str, text: str, sleeves: Sequence[str]) -> Mix:
    weights: dict[str, float] = {}
    for part in text.split(","):
        name, sign, value = part.partition("=")
        if not sign or name.strip() in weights:
            raise InputError.of(option, "weights as large=60%,small=40%, each sleeve once", value=text)
        weights[name.strip()] = fraction(option, value)
    try:
        return Mix.of(weights, sleeves)
    except InputError as error:
        raise InputError(
            Fault(option, one.expected, column=one.column, value=one.value) for one in error.faults
        ) from error


def _sleeves(typed: str | None, there: Sequence[str]) -> tuple[str, ...]:
    if typed is not None:
        return tuple(_known("--sleeves", name, there) for name in words("--sleeves", typed))
    # The whole market and the sides of a segment overlap with the segments.
    segments = [name for name in there if name != _WHOLE and not name.endswith(_STYLES)]
    return tuple(segments if len(segments) > 1 else there)


def _in_order(there: Sequence[str], settings: StudySettings | None) -> list[str]:
    said = [name for name in (settings.sleeves if settings else ()) if name in there]
    return [*said, *(name for name in there if name not in said)]


def _known(option: str, typed: str | None, there: Sequence[str]) -> str:
    if typed is None:
        return there[0]
    if typed not in there:
        expected = f"what the study has: {', '.join(there)}; `taxsleeve compare` makes a study with others"
        raise InputError.of(option, expected, value=typed)
    return typed


def _each(names: Any) -> list[str]:
    return list(dict.fromkeys(names))
