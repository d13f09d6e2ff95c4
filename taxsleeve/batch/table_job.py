"""A batch of tables: the results are Parquet tables too, one part a chunk, each whole or absent."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from optimizer import Rebalance
from taxsleeve.account_folder import AccountFolder, assemble_account
from taxsleeve.account_tables import AccountTables, LotRow, RestrictionRow, TradeRow
from taxsleeve.batch.account_row import AccountRow
from taxsleeve.batch.account_rows import ACCOUNT_TABLES, ChunkRows, read_rows
from taxsleeve.batch.answer import Answer, Made, answer, not_answered
from taxsleeve.batch.chunks import Chunk, ChunkDone
from taxsleeve.batch.open_store import open_store
from taxsleeve.batch.part_files import read_part, write_part
from taxsleeve.batch.parts import PART_TABLES, RESULTS, part_name, part_tables
from taxsleeve.batch.settings import BatchSettings
from taxsleeve.batch.stores import ACCOUNT, TableStore, Unreadable
from taxsleeve.batch.table_settings import MANDATE, nested_values, settings_of
from taxsleeve.batch.table_shelf import RISK_TABLES, TableShelf
from taxsleeve.parquet_file import CORRUPT
from taxsleeve.quick_account import quick_account
from taxsleeve.rebalance_tables import RebalanceTables, rebalance_tables
from taxsleeve.tables import Findings
from taxsleeve.universe import Universes
from taxsleeve_errors import InputError

__all__ = ["TableJob"]

_REQUIRED = ("accounts", "lots", "benchmarks", "securities", *RISK_TABLES)


@dataclass(frozen=True)
class TableJob:
    """Accounts in a folder of Parquet tables or in a database.

    Parameters
    ----------
    source, out : Path
    settings : BatchSettings
    digest : str
        Of the files as they stand, by size and time, and of the settings.
    """

    source: Path
    out: Path
    settings: BatchSettings
    digest: str

    @classmethod
    def of(cls, source: Path, out: Path, settings: BatchSettings, version: str) -> TableJob:
        """Make the job of a database.

        Raises
        ------
        InputError
            A table or the column `account` is missing.
        """
        store = open_store(source)
        findings = Findings()
        for table in _REQUIRED:
            there = store.columns(table)
            if not there:
                findings.fault(table, "the table", value="no such table")
            elif table in ("accounts", "lots") and ACCOUNT not in there:
                findings.fault(table, f"a column {ACCOUNT}", value=", ".join(there))
        if findings.faults:
            raise InputError(findings.faults)
        digest = hashlib.sha256(f"{version} {settings}".encode())
        for path in store.files():
            status = path.stat()
            digest.update(f"\0{path.name} {status.st_size} {status.st_mtime_ns}".encode())
        return cls(source, out, settings, digest.hexdigest())

    def chunks(self) -> Iterator[Chunk]:
        """Accounts by id; each range reaches to where the next begins, so that every row of a table is in one."""
        ids = _opened(self).store.ids("accounts")
        size = self.settings.chunk
        for number, start in enumerate(range(0, max(len(ids), 1), size)):
            end = min(start + size, len(ids))
            lower = ids[start].as_py() if start else None
            upper = ids[end].as_py() if end < len(ids) else None
            yield Chunk(number, end - start, lower=lower, upper=upper)

    def count(self) -> int:
        """How many different ids there are."""
        return len(_opened(self).store.ids("accounts"))

    def perform(self, chunk: Chunk) -> ChunkDone:
        """Rebalance the accounts of a chunk, unless its results are there."""
        started = time.process_time()
        statuses = self._there(chunk)
        if statuses is not None:
            return ChunkDone(chunk.number, chunk.size, statuses, sum(statuses.values()), 0.0)
        answers = self._answers(chunk)
        self._write(chunk, answers)
        counted = Counter(str(one.summary["status"]) for one in answers)
        return ChunkDone(chunk.number, chunk.size, dict(counted), 0, time.process_time() - started)

    @property
    def places(self) -> tuple[str, ...]:
        """Folders of the results, one a table."""
        return PART_TABLES

    def rows(self, doubtful: frozenset[int] = frozenset()) -> Iterator[AccountRow]:
        """Rows of the accounts whose chunks are written, in order; see `Job.rows`."""
        names = [field.name for field in fields(AccountRow)]
        for chunk in self.chunks():
            path = self.out / RESULTS / part_name(chunk.number)
            if chunk.number in doubtful and self._there(chunk) is None:
                continue
            if path.is_file():
                for row in pq.ParquetFile(path).read(columns=names).to_pylist():
                    yield AccountRow(**row)

    def _there(self, chunk: Chunk) -> dict[str, int] | None:
        """Statuses of a chunk that is written and whole, of this very input, and has nothing to be tried again."""
        try:
            parts = {name: read_part(self.out / name / part_name(chunk.number)) for name in PART_TABLES}
            results = parts[RESULTS]
            if (results.schema.metadata or {}).get(b"input", b"").decode() != self.digest:
                return None
            statuses = Counter(results.column("status").to_pylist())
        except CORRUPT:  # absent, or not as it was written
            return None
        return None if statuses["unexpected"] else dict(statuses)

    def _answers(self, chunk: Chunk) -> list[Answer[RebalanceTables]]:
        opened = _opened(self)
        accounts = read_rows(opened.store, "accounts", chunk.lower, chunk.upper)
        tables = {name: read_rows(opened.store, name, chunk.lower, chunk.upper) for name in ACCOUNT_TABLES}
        answers = [
            not_answered(f"({gap.place})", "input", f"accounts: {gap.place}: {gap.message}")
            for gap in accounts.unreadable
            # A part of unknown accounts concerns every chunk, and is reported with the first.
            if gap.lower is None or chunk.lower is None or gap.lower >= chunk.lower
            if gap.lower is not None or chunk.number == 0
        ]
        for account in sorted({*accounts.ids, *(one for table in tables.values() for one in table.ids)}):
            rows = accounts.rows_of(account)
            work = _OneAccount(account, rows, tables, opened)
            answers += [answer(account, work.read, self.settings.engine, _tables_of) for _ in range(max(1, len(rows)))]
        return answers

    def _write(self, chunk: Chunk, answers: list[Answer[RebalanceTables]]) -> None:
        """Put a chunk's parts in place: written beside, read back, then renamed, the results last."""
        name = part_name(chunk.number)
        try:
            with tempfile.TemporaryDirectory(prefix=".taxsleeve-", dir=self.out) as beside:
                made = part_tables(answers, self.digest)
                for table, rows in made.items():
                    write_part(Path(beside) / f"{table}.parquet", rows)
                for table in made:
                    (self.out / table).mkdir(exist_ok=True)
                    (Path(beside) / f"{table}.parquet").replace(self.out / table / name)
        except OSError as error:
            raise InputError.of("--out", "a folder that can be written", value=f"{self.out} ({error})") from error


def _tables_of(folder: AccountFolder, result: Rebalance) -> Made[RebalanceTables]:
    """The tables as columns: the numbers of a part are those that were checked, to the last bit."""
    return rebalance_tables(folder, result), result.check


@dataclass(frozen=True, eq=False)
class _Opened:
    """A store as one process has it open, with what its accounts share."""

    store: TableStore
    universes: Universes
    mandates: dict[str, dict[str, Any]]


_OPEN: dict[tuple[Path, str], _Opened] = {}


def _opened(job: TableJob) -> _Opened:
    key = (job.source, job.digest)
    if key not in _OPEN:
        _OPEN.clear()
        store = open_store(job.source)
        universes = Universes(TableShelf(store), job.settings.normalize)
        rows = store.whole("mandates").to_pylist() if store.columns("mandates") else []
        mandates = {str(row.get(MANDATE)): nested_values(row) for row in rows}
        _OPEN[key] = _Opened(store, universes, mandates)
    return _OPEN[key]


@dataclass(frozen=True, eq=False)
class _OneAccount:
    """An account's rows in all tables."""

    account: str
    rows: list[dict[str, Any]]
    tables: dict[str, ChunkRows]
    opened: _Opened

    def read(self) -> AccountFolder:
        """Read the account, quickly where all is plainly good."""
        settings_row = self._settings_row()
        self._refuse_unreadable()
        findings = Findings()
        mandate = self._mandate(settings_row, findings)
        settings = settings_of(settings_row, mandate, findings)
        lots, trades, limits = (self.tables[name] for name in ("lots", "trades", "restrictions"))
        rules = limits.checked(self.account, "restrictions", RestrictionRow, findings)
        for key in ("benchmark", "risk"):
            if settings is not None and getattr(settings, key) is None:
                findings.fault("accounts", "a value", column=key, value="an empty cell")
        if settings is None or settings.benchmark is None or settings.risk is None:
            raise InputError(findings.faults)
        universe = self.opened.universes.named(settings.benchmark, settings.risk)
        if universe.good and not findings.faults:
            mine, history = lots.columns(self.account), trades.columns(self.account)
            quick = quick_account(settings, universe, mine, history, rules.rows)
            if quick is not None:
                return quick
        findings.faults += universe.faults.faults
        read = AccountTables(
            lots=lots.checked(self.account, "lots", LotRow, findings),
            benchmark=universe.benchmark,
            securities=universe.security_table,
            trades=trades.checked(self.account, "trades", TradeRow, findings),
            restrictions=rules,
        )
        return assemble_account(
            settings, settings.as_of, read, universe.risk, None, findings, normalize=self.opened.universes.normalize
        )

    def _settings_row(self) -> dict[str, Any]:
        if not self.rows:
            found = ", ".join(name for name, table in self.tables.items() if self.account in table.ids)
            raise InputError.of("accounts", f"a row for an account that has rows in {found}", value="no row")
        if len(self.rows) > 1:
            raise InputError.of("accounts", "each account once", column=ACCOUNT, value=f"{len(self.rows)} rows of it")
        if not self.account:
            raise InputError.of("accounts", "an id", column=ACCOUNT, value="an empty cell")
        return self.rows[0]

    def _refuse_unreadable(self) -> None:
        """An account that may have rows in a corrupt part is not rebalanced without them."""
        gaps: list[tuple[str, Unreadable]] = [
            (name, gap) for name, table in self.tables.items() for gap in table.unreadable if gap.concerns(self.account)
        ]
        if gaps:
            findings = Findings()
            for name, gap in gaps:
                findings.fault(name, "rows that can be read", value=f"{gap.place}: {gap.message}")
            raise InputError(findings.faults)

    def _mandate(self, row: dict[str, Any], findings: Findings) -> dict[str, Any] | None:
        name = row.get(MANDATE)
        if name is None or name == "":
            return None
        if str(name) not in self.opened.mandates:
            known = ", ".join(sorted(self.opened.mandates)[:10]) or "a name in mandates, which has none"
            findings.fault("accounts", f"one of {known}", column=MANDATE, value=name)
        return self.opened.mandates.get(str(name))
