"""A folder of Parquet tables: NAME.parquet, or a folder NAME of parts; a corrupt row group spoils no other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from taxsleeve.batch.sorted_rows import SortedRows, coded_column, plain_column
from taxsleeve.batch.stores import ACCOUNT, LOT_ID, RowRange, Unreadable
from taxsleeve.parquet_file import CORRUPT, first_line, parquet_table, require_promise, text_columns
from taxsleeve_errors import InputError

__all__ = ["ParquetStore"]


@dataclass(frozen=True)
class _Group:
    """A row group, with its columns of text, and the first and last account in it where its file says."""

    file: Path
    number: int
    lower: str | None
    upper: str | None
    texts: tuple[str, ...] = ()


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
    _latest: dict[str, tuple[_Group, tuple[str, ...], SortedRows]] = field(default_factory=dict, repr=False)

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
                found.append(_read(group, (ACCOUNT,)).ids)
            except CORRUPT:
                continue
        ids = pa.chunked_array(found, type=pa.string()).unique()
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
                rows = self._group_rows(table, group, tuple(columns))
            except CORRUPT as error:
                place = f"{group.file.name}, row group {group.number}"
                unreadable.append(Unreadable(group.lower, group.upper, place, first_line(error)))
                continue
            parts.append(rows.between(lower, upper))
        if not parts:
            return RowRange(pa.table({name: pa.array([], pa.string()) for name in columns}), tuple(unreadable))
        rows = parts[0] if len(parts) == 1 else SortedRows.joined(parts).rows
        return RowRange(rows, tuple(unreadable))

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

    def _group_rows(self, table: str, group: _Group, columns: tuple[str, ...]) -> SortedRows:
        """Rows of a group; the last one read is kept, because it is where consecutive ranges of accounts meet."""
        latest = self._latest.get(table)
        if latest is not None and latest[:2] == (group, columns):
            return latest[2]
        self._latest.pop(table, None)
        rows = _read(group, columns)
        self._latest[table] = (group, columns, rows)
        return rows


def _groups_of(path: Path) -> Iterator[_Group]:
    try:
        file = pq.ParquetFile(path)
        metadata, texts = file.metadata, tuple(text_columns(file.schema_arrow))
    except CORRUPT:
        yield _Group(path, 0, None, None)  # reading it will fail, and say why
        return
    names = [metadata.schema.column(i).path for i in range(metadata.num_columns)]
    for number in range(metadata.num_row_groups):
        statistics = metadata.row_group(number).column(names.index(ACCOUNT)).statistics if ACCOUNT in names else None
        if statistics is not None and statistics.has_min_max and isinstance(statistics.min, str):
            yield _Group(path, number, statistics.min, statistics.max, texts)
        else:
            yield _Group(path, number, None, None, texts)


def _read(group: _Group, columns: tuple[str, ...]) -> SortedRows:
    # Text is read as numbers into its dictionary: compared and looked up once a word instead of once a row.
    texts = [name for name in group.texts if name in columns and name != LOT_ID]
    file = pq.ParquetFile(group.file, page_checksum_verification=True, read_dictionary=texts)
    require_promise(group.file.name, file)
    there = [name for name in columns if name in file.schema_arrow.names]
    rows = file.read_row_group(group.number, columns=there, use_threads=False)
    if ACCOUNT not in there:
        raise ValueError(f"no column {ACCOUNT}")
    rows.validate(full=True)
    read = {name: plain_column if name == LOT_ID else coded_column for name in rows.column_names}
    return SortedRows.of(pa.table({name: form(rows.column(name)) for name, form in read.items()}))
