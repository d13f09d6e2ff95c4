"""Mutators that make good files bad, and only bad: what they leave is never valid input."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

Spoil = Callable[[Path], None]

NO_NUMBER = ["abc", "nan", "-inf", "1e400", "1,000", "0x10", "--1", "\uff11\uff12", "\u0663", "1_0", "$5", "5%", "1e"]
NOT_ABOVE_ZERO = ["0", "-1", "-1e-300", "1e-400"]
NO_DAY = ["2024-02-30", "0001-01-01", "9999-12-31", "2024-6-1", "\u0662\u0660\u0662\u0664-01-01", "45471", "today"]
NO_NAME = ["=1+1", "@SUM(A1)", "A\x00B", "A\u202eB", "A\nB", "x" * 201, "\uff1dcmd"]
NO_CHOICE = ["never", "7", "\u00df"]
BAD: dict[str, list[str]] = {
    "number": NO_NUMBER,
    "positive": [*NO_NUMBER, *NOT_ABOVE_ZERO],
    "not_negative": [*NO_NUMBER, "-1", "-0.01"],
    "day": NO_DAY,
    "name": NO_NAME,
    "choice": NO_CHOICE,
}


@dataclass(frozen=True)
class Case:
    """One spoilt input.

    Parameters
    ----------
    kind, file : str
        Good input of `good_input.MAKERS`, and the file of it that is spoilt.
    name : str
    spoil : callable
        Spoils the file at a path.
    said : tuple of str
        What the message must name.
    """

    kind: str
    file: str
    name: str
    spoil: Spoil
    said: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.kind}: {self.file}: {self.name}"


@dataclass(frozen=True)
class TableFile:
    """A CSV file that is spoilt: its columns by what stands in them, and those that it cannot do without."""

    kind: str
    file: str
    columns: dict[str, str]
    required: tuple[str, ...] = ()
    row: int = 2

    @property
    def shown(self) -> str:
        """Name of the file in messages."""
        return Path(self.file).name


def content(path: Path) -> list[list[str]]:
    """Rows of a CSV file, the header first."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))


def rewrite(path: Path, rows: list[list[str]]) -> None:
    """Write rows as CSV."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")


def cell(column: str, row: int, value: str) -> Spoil:
    """Put a value into a cell; the header is row 1."""

    def spoil(path: Path) -> None:
        rows = content(path)
        rows[row - 1][rows[0].index(column)] = value
        rewrite(path, rows)

    return spoil


def rows(change: Callable[[list[list[str]]], list[list[str]]]) -> Spoil:
    """Change a CSV file's rows, the header among them."""
    return lambda path: rewrite(path, change(content(path)))


def raw(change: Callable[[bytes], bytes]) -> Spoil:
    """Change a file's bytes."""

    def spoil(path: Path) -> None:
        path.write_bytes(change(path.read_bytes()))

    return spoil


def text(old: str, new: str) -> Spoil:
    """Put a text in the place of another, which must be there."""

    def spoil(path: Path) -> None:
        found = path.read_text(encoding="utf-8")
        assert old in found, f"{old!r} is not in {path.name}"
        path.write_text(found.replace(old, new, 1), encoding="utf-8")

    return spoil


def gone(path: Path) -> None:
    """Take a file away."""
    path.unlink()


def folder(path: Path) -> None:
    """Put a folder in a file's place."""
    path.unlink()
    path.mkdir()


def pipe(path: Path) -> None:
    """Put a device in a file's place that never ends."""
    path.unlink()
    path.symlink_to("/dev/zero")


def bytes_cases(kind: str, file: str, *, label: str | None = None) -> Iterator[Case]:
    """Spoil a text file as a whole."""
    shown = label or Path(file).name
    for name, spoil in {
        "empty": raw(lambda _: b""),
        "only spaces": raw(lambda _: b" \n\t\n"),
        "UTF-16": raw(lambda data: data.decode().encode("utf-16")),
        "invalid UTF-8": raw(lambda data: data[:40] + b"\xff\xfe" + data[40:]),
        "a surrogate": raw(lambda data: data[:30] + b"\xed\xa0\x80" + data[30:]),
        "cut in a character": raw(lambda data: data + b"\xe2\x82"),
        "gzip": raw(gzip.compress),
        "a Parquet file": raw(lambda data: b"PAR1\xff" + data),
        "a device": pipe,
    }.items():
        yield Case(kind, file, name, spoil, (shown,))


def table_cases(table: TableFile, seed: int = 0) -> Iterator[Case]:
    """Spoil a CSV file as bytes, in its header, by row and by cell."""
    yield from bytes_cases(table.kind, table.file)
    shown, rng = table.shown, np.random.default_rng([seed, *table.file.encode()])

    def case(name: str, spoil: Spoil, *said: str) -> Case:
        return Case(table.kind, table.file, name, spoil, (shown, *said))

    for column in table.required:
        yield case(f"no column {column}", _without(column), column)
        yield case(f"nothing in {column}", cell(column, table.row, ""), f"row {table.row}", column)
    first = next(iter(table.columns))
    yield case("a column twice", rows(lambda found: [[*row, row[0]] for row in found]), "twice")
    yield case("a row that is too long", _row(table.row, lambda row: [*row, "x"]), f"row {table.row}", "cells")
    yield case("a row that is too short", _row(table.row, lambda row: row[:-1]), f"row {table.row}", "cells")
    yield case("a quote that never ends", raw(lambda data: data + b'"never'), "row", "CSV")
    yield case("a quote in a cell", raw(lambda data: data + b'"a"b,'), "row", "CSV")
    yield case("a cell of 200,000 characters", cell(first, table.row, "x" * 200_000), "row", "CSV")
    yield case("two byte order marks", raw(lambda data: b"\xef\xbb\xbf\xef\xbb\xbf" + data), first)
    yield case("semicolons", raw(lambda data: data.replace(b",", b";")), first)
    for column, kind in table.columns.items():
        for value in rng.permutation(BAD[kind])[:3].tolist():
            yield case(f"{column} {value!r:.30}", cell(column, table.row, value), column)


def every_cell_case(table: TableFile) -> Iterator[Case]:
    """Put every bad value there is into every cell of a row."""
    for column, kind in table.columns.items():
        for value in BAD[kind]:
            spoil = cell(column, table.row, value)
            yield Case(table.kind, table.file, f"{column} {value!r:.30}", spoil, (table.shown, column))


def _without(column: str) -> Spoil:
    def drop(found: list[list[str]]) -> list[list[str]]:
        at = found[0].index(column)
        return [row[:at] + row[at + 1 :] for row in found]

    return rows(drop)


def _row(number: int, change: Callable[[list[str]], list[str]]) -> Spoil:
    return rows(lambda found: [change(row) if i == number - 1 else row for i, row in enumerate(found)])


def settings_cases(kind: str, file: str, line: str, key: str, values: list[str]) -> Iterator[Case]:
    """Spoil a TOML file as a whole, and put values in the place of one line's."""
    shown = Path(file).name
    yield from bytes_cases(kind, file)
    for name, new in {
        "a string that never ends": f'{line}\nx = "never',
        "a key twice": f"{line}\n{line}",
        "no value": f"{key} =",
        "a control character": f'{line}\nx = "\x01"',
        "an array in arrays": f"{line}\nx = {'[' * 600}{']' * 600}",
        "twenty levels of arrays": f"{line}\nx = {'[' * 20}{']' * 20}",
        "a dotted key": f"{line}\n{'a.' * 20_000}a = 1",
        "a dotted key of quotes": f"{line}\n" + '"a b".' * 2_000 + '"c" = 1',
        "5,000 digits": f"{key} = {'9' * 5000}",
        "a day that is not": f"{key} = 2024-02-30",
        "a month that is not": f"{key} = 2024-13-01",
        "half a megabyte": f"{line}\n#{'x' * 600_000}",
    }.items():
        yield Case(kind, file, name, text(line, new), (shown,))
    for value in values:
        yield Case(kind, file, f"{key} = {value:.30}", text(line, f"{key} = {value}"), (shown, key.split(".")[-1]))


def parquet_cases(kind: str, file: str, *, panel: bool) -> Iterator[Case]:
    """Spoil a Parquet file."""
    shown = Path(file).name

    def table(change: Callable[[pa.Table], pa.Table]) -> Spoil:
        return lambda path: pq.write_table(change(pq.read_table(path)), path)

    for name, spoil in {
        "empty": raw(lambda _: b""),
        "only its mark": raw(lambda _: b"PAR1PAR1"),
        "cut by a byte": raw(lambda data: data[:-1]),
        "cut in half": raw(lambda data: data[: len(data) // 2]),
        "cut to ten bytes": raw(lambda data: data[:10]),
        "a footer of four billion bytes": raw(lambda data: data[:-8] + b"\xff\xff\xff\xff" + data[-4:]),
        "a footer of zeros": raw(_zeros_in_footer),
        "CSV": raw(lambda _: b"asset,weight\nA,1\n"),
        "a nested column": table(lambda found: found.append_column("x", [[[1]] * found.num_rows])),
        "a device": pipe,
    }.items():
        yield Case(kind, file, name, spoil, (shown,))
    if panel:
        yield Case(kind, file, "a column of text", table(_last_as(pa.array, "x")), (shown, "row 2"))
        yield Case(kind, file, "a name that is a formula", table(_renamed("=1+1")), (shown, "=1+1"))
        yield Case(kind, file, "a name without end", table(_renamed("x" * 300)), (shown, "200"))
        yield Case(kind, file, "no rows", table(lambda found: found.slice(0, 0)), (shown,))
        yield Case(kind, file, "days that fall", table(lambda found: found.take(list(range(found.num_rows))[::-1])),
                   (shown, "rising", "date"))  # fmt: skip
        yield Case(kind, file, "a day twice", table(lambda found: pa.concat_tables([found, found.slice(0, 1)])),
                   (shown, "each date once"))  # fmt: skip


def _zeros_in_footer(data: bytes) -> bytes:
    size = int.from_bytes(data[-8:-4], "little")
    return data[: -8 - size] + bytes(size) + data[-8:]


def _last_as(_: object, value: str) -> Callable[[pa.Table], pa.Table]:
    def change(found: pa.Table) -> pa.Table:
        place = 0 if found.column_names[0] not in ("date", "__index_level_0__") else 1
        return found.set_column(place, found.column_names[place], pa.array([value] * found.num_rows))

    return change


def _renamed(name: str) -> Callable[[pa.Table], pa.Table]:
    def change(found: pa.Table) -> pa.Table:
        place = 0 if found.column_names[0] not in ("date", "__index_level_0__") else 1
        names = [name if i == place else old for i, old in enumerate(found.column_names)]
        return found.rename_columns(names).replace_schema_metadata(None)

    return change
