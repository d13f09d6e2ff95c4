"""A batch of account folders: each account's results are a folder of their own, whole or absent."""

from __future__ import annotations

import csv
import hashlib
import io
import shutil
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from optimizer import Rebalance
from taxsleeve.account_folder import AccountFolder, read_account_folder
from taxsleeve.account_settings import read_settings
from taxsleeve.account_tables import RestrictionRow
from taxsleeve.batch.account_row import AccountRow, account_row
from taxsleeve.batch.answer import Answer, Made, answer, not_answered
from taxsleeve.batch.chunks import Chunk, ChunkDone
from taxsleeve.batch.settings import BatchSettings
from taxsleeve.input_limits import MOST_SETTINGS_BYTES, MOST_TEXT_BYTES, parsed_json, read_bytes
from taxsleeve.quick_account import quick_account
from taxsleeve.quick_cells import Columns
from taxsleeve.rebalance_files import table_texts
from taxsleeve.shelf import FolderShelf, has_table
from taxsleeve.summary_text import summary_text
from taxsleeve.tables import Findings, find_table, read_table
from taxsleeve.toml_file import parsed_toml
from taxsleeve.universe import Universes
from taxsleeve_errors import InputError

__all__ = ["FolderJob", "account_folders", "is_folder_batch"]

_SHARED = ("benchmarks", "risk")
_RESULTS = "accounts"
_TABLES = ("trades.csv", "orders.csv", "lots_after.csv")
# These may go well another time with the same input.
_TRIED_AGAIN = ("unexpected",)


@dataclass(frozen=True)
class FolderJob:
    """Account folders in a folder.

    Parameters
    ----------
    root, out : Path
    settings : BatchSettings
    shared : str
        Digest of everything that accounts share, and of the settings.
    twice : dict of str to str
        By folder: what is wrong with its id.
    """

    root: Path
    out: Path
    settings: BatchSettings
    shared: str
    twice: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, root: Path, out: Path, settings: BatchSettings, version: str) -> FolderJob:
        """Make the job of a folder: read what is shared, and look for ids that stand twice."""
        digest = hashlib.sha256(f"{version} {settings}".encode())
        shared = [path for name in _SHARED for path in sorted((root / name).rglob("*")) if path.is_file()]
        for path in (*shared, *sorted(root.glob("securities.*"))):
            digest.update(f"\0{path.relative_to(root)}\0".encode())
            digest.update(path.read_bytes())
        return cls(root, out, settings, digest.hexdigest(), _ids_twice(root))

    def chunks(self) -> Iterator[Chunk]:
        """Folders in order of their names."""
        names, size = account_folders(self.root), self.settings.chunk
        for number, start in enumerate(range(0, len(names), size)):
            some = tuple(names[start : start + size])
            yield Chunk(number, len(some), names=some)

    def count(self) -> int:
        """How many account folders there are."""
        return len(account_folders(self.root))

    def perform(self, chunk: Chunk) -> ChunkDone:
        """Rebalance the accounts of a chunk whose results are not there, or are of another input."""
        started, statuses, found = time.process_time(), Counter[str](), 0
        universes = _universes(self)
        for name in chunk.names:
            digest = self._digest(name)
            there = self._there(name, digest)
            if there is not None and there not in _TRIED_AGAIN:
                statuses[there] += 1
                found += 1
                continue
            result = self._answer(name, universes)
            _write(self.out / _RESULTS / name, result, digest)
            statuses[result.summary["status"]] += 1
        return ChunkDone(chunk.number, chunk.size, dict(statuses), found, time.process_time() - started)

    @property
    def places(self) -> tuple[str, ...]:
        """Folder of the results."""
        return (_RESULTS,)

    def rows(self, doubtful: frozenset[int] = frozenset()) -> Iterator[AccountRow]:
        """Rows of the accounts that have results, in order of their folders; see `Job.rows`."""
        for chunk in self.chunks():
            for name in chunk.names:
                if chunk.number in doubtful and self._there(name, self._digest(name)) is None:
                    continue
                summary = _summary(self.out / _RESULTS / name)
                if summary is not None:
                    yield account_row(summary)

    def _digest(self, name: str) -> str:
        """Of everything that the account's results follow from."""
        digest = hashlib.sha256(f"{self.shared} {self.twice.get(name, '')}".encode())
        folder = self.root / name
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            digest.update(f"\0{path.relative_to(folder)}\0".encode())
            try:
                digest.update(path.read_bytes())
            except OSError as error:
                digest.update(str(error.strerror).encode())
        return digest.hexdigest()

    def _there(self, name: str, digest: str) -> str | None:
        """Status of results that are there, of this very input and as they were written."""
        place = self.out / _RESULTS / name
        summary = _summary(place)
        if summary is None or summary.get("input") != digest or summary.get("output") != _digest_of(_texts(place)):
            return None
        return str(summary["status"])

    def _answer(self, name: str, universes: Universes) -> Answer[dict[str, str]]:
        account = _account_id(self.root / name)
        if name in self.twice:
            return not_answered(account, "input", self.twice[name])
        return answer(account, lambda: self._read(name, universes), self.settings.engine, _texts_of)

    def _read(self, name: str, universes: Universes) -> AccountFolder:
        folder, shelf = self.root / name, universes.shelf
        quick = _quickly(folder, universes)
        if quick is not None:
            return quick
        assert isinstance(shelf, FolderShelf)  # noqa: S101 - made above
        return read_account_folder(folder, normalize=self.settings.normalize, shelf=shelf)


def is_folder_batch(path: Path) -> bool:
    """Whether a folder has account folders in it."""
    return path.is_dir() and any((entry / "account.toml").is_file() for entry in path.iterdir())


def account_folders(root: Path) -> list[str]:
    """Names of the folders in a batch that are accounts', sorted: all but hidden ones and what is shared."""
    names = (entry.name for entry in root.iterdir() if entry.is_dir())
    return sorted(name for name in names if name not in _SHARED and not name.startswith("."))


def _account_id(folder: Path) -> str:
    """Id in account.toml, by default the folder's name."""
    try:
        content = read_bytes(folder / "account.toml", MOST_SETTINGS_BYTES)
        # Parsing a settings file takes longer than looking whether it can have an id at all.
        values = parsed_toml("account.toml", content.decode("utf-8-sig"), Findings()) if b"account" in content else None
        stated = None if values is None else values.get("account")
    except (InputError, UnicodeDecodeError):
        stated = None
    return stated if isinstance(stated, str) and stated else folder.name


def _ids_twice(root: Path) -> dict[str, str]:
    folders: dict[str, list[str]] = defaultdict(list)
    for name in account_folders(root):
        folders[_account_id(root / name)].append(name)
    return {
        name: f"the id {account!r} stands in {len(names)} folders: {', '.join(names[:5])}; expected each id once"
        for account, names in folders.items()
        if len(names) > 1
        for name in names
    }


_OPEN: dict[tuple[Path, str], Universes] = {}


def _universes(job: FolderJob) -> Universes:
    """Universes of this process for a job: what is shared is read once in each process."""
    key = (job.root, job.shared)
    if key not in _OPEN:
        _OPEN.clear()
        _OPEN[key] = Universes(FolderShelf(job.root), job.settings.normalize)
    return _OPEN[key]


def _quickly(folder: Path, universes: Universes) -> AccountFolder | None:
    """Read an account whose tables are plainly good and whose benchmark, securities and risk model are shared."""
    findings = Findings()
    settings = read_settings(folder / "account.toml", findings)
    if settings is None or settings.benchmark is None or settings.risk is None or (folder / "risk").exists():
        return None
    if any(has_table(folder, stem) for stem in ("benchmark", "securities", "prices")):
        return None
    universe = universes.named(settings.benchmark, settings.risk)
    lots, trades = _columns(folder / "lots.csv"), _columns(folder / "trades.csv")
    if not universe.good or not lots or (not trades and has_table(folder, "trades")):
        return None
    path = find_table(folder, "restrictions", findings, required=False)
    restrictions = [] if path is None else read_table(path, RestrictionRow, findings).rows
    if findings.faults or findings.warnings or (folder / "lots.parquet").exists():
        return None
    try:
        return quick_account(settings, universe, lots, trades, restrictions)
    except InputError:
        return None


def _columns(path: Path) -> Columns:
    """Columns of a CSV file as text; none where it is not there or not plainly well-formed."""
    try:
        reader = csv.reader(io.StringIO(read_bytes(path, MOST_TEXT_BYTES).decode("utf-8-sig"), newline=""), strict=True)
        rows = [row for row in reader if row]
    except (InputError, UnicodeDecodeError, csv.Error):
        return {}
    if not rows or len({len(row) for row in rows}) > 1 or len(set(rows[0])) < len(rows[0]):
        return {}
    cells: Any = list(zip(*rows[1:], strict=True)) or [()] * len(rows[0])
    stripped = ([cell.strip() for cell in column] for column in cells)
    return {name.strip(): np.array(column, dtype=object) for name, column in zip(rows[0], stripped, strict=True)}


def _summary(folder: Path) -> dict[str, Any] | None:
    try:
        found = parsed_json((folder / "summary.json").read_bytes())
        account_row(found)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):  # absent, or not as it was written
        return None
    return dict(found)


def _texts(place: Path) -> dict[str, bytes]:
    """Tables beside a summary, as far as they are there."""
    return {name: (place / name).read_bytes() for name in _TABLES if (place / name).is_file()}


def _digest_of(texts: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name in sorted(texts):
        digest.update(f"\0{name} {len(texts[name])}\0".encode())
        digest.update(texts[name])
    return digest.hexdigest()


def _texts_of(folder: AccountFolder, result: Rebalance) -> Made[dict[str, str]]:
    tables = table_texts(folder, result)
    return tables.texts, tables.check


def _write(place: Path, result: Answer[dict[str, str]], digest: str) -> None:
    """Put an account's results in place at once: a folder written beside and renamed."""
    contents = {name: text.encode("utf-8") for name, text in (result.tables or {}).items()}
    summary = {**result.summary, "input": digest, "output": _digest_of(contents)}
    contents["summary.json"] = summary_text(summary).encode("utf-8")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".taxsleeve-", dir=place.parent) as beside:
            new, old = Path(beside) / "new", Path(beside) / "old"
            new.mkdir()
            for name, text in contents.items():
                (new / name).write_bytes(text)
            if place.is_symlink():
                place.unlink()
            elif place.exists():
                place.rename(old)
            new.rename(place)
            shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise InputError.of("--out", "a folder that can be written", value=f"{place} ({error.strerror})") from error
