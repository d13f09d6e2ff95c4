"""One run of `taxsleeve batch`: chunks to workers, results as they come, the night's files at the end."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from backtest.study.executors import Executor
from optimizer.newton import compile_kernels
from taxsleeve.batch.chunks import Chunk, ChunkDone, Job
from taxsleeve.batch.folder_job import FolderJob, is_folder_batch
from taxsleeve.batch.night import Night
from taxsleeve.batch.night_files import write_night
from taxsleeve.batch.settings import BatchSettings
from taxsleeve.batch.table_job import TableJob
from taxsleeve.counting import counted
from taxsleeve.input_limits import parsed_json
from taxsleeve.one_run import only_run
from taxsleeve.output_folder import prepare_output, subfolder
from taxsleeve_errors import InputError

__all__ = ["BatchRun", "batch_job", "run_batch"]

_MARK = "batch.json"


@dataclass(frozen=True, eq=False)
class BatchRun:
    """What a run did.

    Parameters
    ----------
    night : Night
    found : int
        Accounts whose results were there already.
    seconds : float
        CPU seconds of all workers.
    """

    night: Night
    found: int
    seconds: float


def run_batch(
    source: Path,
    out: Path,
    settings: BatchSettings,
    executor: Executor,
    progress: Callable[[int, int, ChunkDone | None], None] | None = None,
    prepare: Callable[[], None] = compile_kernels,
) -> BatchRun:
    """Rebalance every account of a batch; one that fails is an exception to be looked at, and stops no other.

    Accounts whose results are there, of the same input and settings, are not done again: a run that was killed goes on
    where it stood, and leaves the same bytes.

    Parameters
    ----------
    source : Path
        Folder of account folders, folder of Parquet tables, or database.
    out : Path
    settings : BatchSettings
    executor : Executor
    progress : callable
        Called with accounts done, accounts in all, and the chunk that was finished.
    prepare : callable
        Called once the source is found good; has the compiled kernels ready.

    Raises
    ------
    InputError
        There is no batch there, its tables are not complete, or `out` cannot be written or is of another batch.
    """
    prepare_output(out, unlike=source, inside=False)
    job = batch_job(source, out, settings)
    count = job.count()
    if not count:
        raise InputError.of(str(source), "at least one account, in folders or in a table accounts", value="none")
    _make(out)
    with only_run(out):
        for place in job.places:
            subfolder(out, place)
        _claim(out, source)
        prepare()
        if progress is not None:
            progress(0, count, None)
        done, found, seconds, lost = 0, 0, 0.0, []
        for finished in executor.outcomes(partial(_perform, job), job.chunks(), _lost):
            done, found, seconds = done + finished.size, found + finished.found, seconds + finished.seconds
            if finished.lost:
                lost.append((finished.number, finished.lost))
            if progress is not None:
                progress(done, count, finished)
        words, doubtful = [text for _, text in sorted(lost)], frozenset(number for number, _ in lost)
        night = write_night(out, source.name, job.rows(doubtful), words, settings.widest_gap)
    return BatchRun(night, found, seconds)


def batch_job(source: Path, out: Path, settings: BatchSettings) -> FolderJob | TableJob:
    """Make the job of a source, by what it is.

    Raises
    ------
    InputError
        It is nothing that a batch can be read from.
    """
    try:
        program = version("taxsleeve")
    except PackageNotFoundError:  # run from its sources
        program = "unknown"
    if is_folder_batch(source):
        return FolderJob.of(source, out, settings, program)
    return TableJob.of(source, out, settings, program)


def _perform(job: Job, chunk: Chunk) -> ChunkDone:
    return job.perform(chunk)


def _lost(chunk: Chunk, why: str) -> ChunkDone:
    """A chunk whose process died each time: its accounts that have no results are to be looked at."""
    first = chunk.names[0] if chunk.names else chunk.lower or "the first account"
    last = chunk.names[-1] if chunk.names else chunk.upper or "the last account"
    text = f"({counted(chunk.size, 'account')} from {first} to {last}): {why}"
    return ChunkDone(chunk.number, chunk.size, {"unexpected": chunk.size}, lost=text)


def _make(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError.of("--out", "a folder that can be written", value=f"{out} ({error.strerror})") from error


def _claim(out: Path, source: Path) -> None:
    """Refuse a folder with another source's results, and make it this one's; leftovers of a killed run are removed."""
    mark = out / _MARK
    kind = "folders" if is_folder_batch(source) else "tables"
    claim = {"source": source.name, "kind": kind}
    if mark.is_file():
        try:
            theirs = parsed_json(mark.read_bytes())
        except ValueError:
            theirs = None
        if theirs != claim:
            raise InputError.of(
                "--out", f"a new folder, or one with results of {source.name}", value=f"{out}: {theirs}"
            )
    try:
        beside = out / f".taxsleeve-{_MARK}"
        beside.write_text(json.dumps(claim) + "\n", encoding="utf-8")
        beside.replace(mark)
        for leftover in (*out.glob(".taxsleeve-*"), *out.glob("accounts/.taxsleeve-*")):
            shutil.rmtree(leftover, ignore_errors=True)
    except OSError as error:
        raise InputError.of("--out", "a folder that can be written", value=f"{out} ({error.strerror})") from error
