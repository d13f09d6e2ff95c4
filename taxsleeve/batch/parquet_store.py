"""A folder of Parquet tables: NAME.parquet, or a folder NAME of parts; a corrupt row group spoils no other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from taxsleeve.batch.stores import ACCOUNT, RowRange, Unreadable
from taxsleeve.parquet_file import CORRUPT, first_line, parquet_table, require_promise
from taxsleeve_errors import InputError

__all__ = ["ParquetStore"]

# Consecutive ranges of accounts meet in a row group; it is not read twice.
_KEPT = 2


@dataclass(frozen=True)
class _Group:
    """A row group, with the first and last account in it where its file says."""

    file: Path
    number: int
    lower: str | None
    upper: str | None


@dataclass(frozen=True, eq=False)
class ParquetStore:
    """Tables in a folder.

    Row groups whose statistics say that they hold no account of a range are not read, so tables sorted by account are
    read once in all; others are read once for each range.

    Parameters
    ----------
    folder : Path
    """

    folder: Path
    _groups: dict[str, list[_Group]] = field(default_factory=dict, repr=False)
    _lately: dict[tuple[_Group, tuple[str, ...]], pa.Table] = field(default_factory=dict, repr=False)

    def columns(self, table: str) -> list[str]:
        """Names of a table's columns, as its first file has them."""
        for path in self._files(table):
            try:
                return [str(name) for name in pq.read_schema(path).names]
            except CORRUPT:
                continue
        return []

    def whole(self, table: str) -> pa.Table:
        """Read a table that all accounts share."""
        try:
            return pa.concat_tables([parquet_table(path) for path in self._files(table)])
        except InputError as error:
            found = "; ".join(map(str, error.faults))
            raise InputError.of(table, "a Parquet table that can be read", value=found) from error
        except CORRUPT as error:
            raise InputError.of(table, "parts with the same columns", value=first_line(error)) from error

    def ids(self, table: str) -> pa.Array:
        """Every account that has a row in a table, each once, sorted; unreadable row groups are left out."""
        found = []
        for group in self._row_groups(table):
            try:
                found.append(_read(group, (ACCOUNT,)).column(ACCOUNT).cast(pa.string()).combine_chunks())
            except CORRUPT:
                continue
        ids = pa.chunked_array(found, type=pa.string()).drop_null().unique()
        return ids.take(pc.sort_indices(ids))

    def rows(self, table: str, columns: Sequence[str], lower: str | None, upper: str | None) -> RowRange:
        """Rows of accounts from `lower` to before `upper`, read row group by row group."""
        parts, unreadable = [], []
        for group in self._row_groups(table):
            if (group.lower is not None and upper is not None and group.lower >= upper) or (
                group.upper is not None and lower is not None and group.upper < lower
            ):
                continue
            try:
                rows = self._recent(group, tuple(columns))
            except CORRUPT as error:
                place = f"{group.file.name}, row group {group.number}"
                unreadable.append(Unreadable(group.lower, group.upper, place, first_line(error)))
                continue
            parts.append(_between(rows, lower, upper))
        if not parts:
            return RowRange(pa.table({name: pa.array([], pa.string()) for name in columns}), tuple(unreadable))
        rows = pa.concat_tables(parts, promote_options="permissive")
        return RowRange(rows.take(pc.sort_indices(rows, [(ACCOUNT, "ascending")])), tuple(unreadable))

    def files(self) -> list[Path]:
        """Every Parquet file in the folder."""
        return sorted(path for path in self.folder.rglob("*.parquet") if path.is_file())

    def _files(self, table: str) -> list[Path]:
        one, many = self.folder / f"{table}.parquet", self.folder / table
        if one.is_file():
            return [one]
        return sorted(many.glob("*.parquet")) if many.is_dir() else []

    def _row_groups(self, table: str) -> list[_Group]:
        if table not in self._groups:
            self._groups[table] = [group for path in self._files(table) for group in _groups_of(path)]
        return self._groups[table]

    def _recent(self, group: _Group, columns: tuple[str, ...]) -> pa.Table:
        key = (group, columns)
        if key not in self._lately:
            while len(self._lately) >= _KEPT:
                del self._lately[next(iter(self._lately))]
            self._lately[key] = _read(group, columns)
        return self._lately[key]


def _groups_of(path: Path) -> Iterator[_Group]:
    try:
        metadata = pq.ParquetFile(path).metadata
    except CORRUPT:
        yield _Group(path, 0, None, None)  # reading it will fail, and say why
        return
    names = [metadata.schema.column(i).path for i in range(metadata.num_columns)]
    for number in range(metadata.num_row_groups):
        statistics = metadata.row_group(number).column(names.index(ACCOUNT)).statistics if ACCOUNT in names else None
        if statistics is not None and statistics.has_min_max and isinstance(statistics.min, str):
            yield _Group(path, number, statistics.min, statistics.max)
        else:
            yield _Group(path, number, None, None)


def _read(group: _Group, columns: tuple[str, ...]) -> pa.Table:
    file = pq.ParquetFile(group.file, page_checksum_verification=True)
    require_promise(group.file.name, file)
    there = [name for name in columns if name in file.schema_arrow.names]
    rows = file.read_row_group(group.number, columns=there, use_threads=False)
    account = rows.schema.get_field_index(ACCOUNT)
    if account < 0:
        raise ValueError(f"no column {ACCOUNT}")
    rows.validate(full=True)
    return rows.set_column(account, ACCOUNT, pc.fill_null(rows.column(account).cast(pa.string()), ""))


def _between(rows: pa.Table, lower: str | None, upper: str | None) -> pa.Table:
    account = rows.column(ACCOUNT)
    if lower is not None:
        rows = rows.filter(pc.greater_equal(account, lower))
        account = rows.column(ACCOUNT)
    return rows if upper is None else rows.filter(pc.less(account, upper))
