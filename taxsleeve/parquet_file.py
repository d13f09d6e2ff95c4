"""Parquet files, from anyone: what they promise is looked at before they are read, what they hold while they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyarrow.types as pt

from taxsleeve.input_limits import MOST_CELLS, MOST_COLUMNS, MOST_TABLE_BYTES, require_size
from taxsleeve_errors import InputError

__all__ = [
    "CORRUPT",
    "first_line",
    "parquet_frame",
    "parquet_names",
    "parquet_table",
    "require_promise",
    "text_columns",
]

# What reading a file with a byte out of place has been seen to raise.
CORRUPT = (
    pa.ArrowException,
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    NotImplementedError,
    MemoryError,
    RecursionError,
)
_LARGE = f"at most {MOST_CELLS:,} cells, {MOST_COLUMNS:,} columns and {MOST_TABLE_BYTES // 2**30} GiB in all; split it"
# Rows that are read before what they came to is added up.
_BATCH = 65_536


def parquet_table(path: Path, expected: str = "a Parquet file") -> pa.Table:
    """Read a Parquet file of plain columns: numbers, text, truth values, dates and times.

    Parameters
    ----------
    path : Path
    expected : str
        What the message says was expected where it cannot be read.

    Raises
    ------
    InputError
        It is no such file, or holds or promises more than `input_limits` allows.
    """
    try:
        require_size(path, MOST_TABLE_BYTES)
        # Text is read as numbers into its dictionary: a page of a few bytes can repeat a long one a billion times.
        with pq.ParquetFile(path, read_dictionary=text_columns(pq.read_schema(path))) as file:
            require_promise(path.name, file)
            table = pa.Table.from_batches(_counted(path.name, file), schema=file.schema_arrow)
        table = _plain(path.name, table)
        table.validate(full=True)
    except InputError:
        raise
    except CORRUPT as error:
        raise InputError.of(path.name, expected, value=first_line(error)) from error
    return table


def parquet_frame(path: Path, expected: str = "a Parquet file") -> pd.DataFrame:
    """Read a Parquet file as `parquet_table` does, into pandas, with the index that it was written with.

    Raises
    ------
    InputError
    """
    table = parquet_table(path, expected)
    try:
        frame: pd.DataFrame = table.to_pandas()
    except CORRUPT as error:
        raise InputError.of(path.name, expected, value=first_line(error)) from error
    return frame


def parquet_names(path: Path, expected: str) -> list[str]:
    """Names of the columns of a Parquet file.

    Raises
    ------
    InputError
    """
    try:
        require_size(path, MOST_TABLE_BYTES)
        return [str(name) for name in pq.read_schema(path).names]
    except InputError:
        raise
    except CORRUPT as error:
        raise InputError.of(path.name, expected, value=first_line(error)) from error


def require_promise(name: str, file: pq.ParquetFile) -> None:
    """Refuse a file whose metadata promise too much, or columns within columns.

    Raises
    ------
    InputError
    """
    metadata = file.metadata
    nested = [column.name for column in file.schema_arrow if pt.is_nested(column.type)]
    if nested:
        raise InputError.of(name, "plain columns of numbers, text or dates", column=nested[0], value="a nested one")
    size = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    rows, columns = metadata.num_rows, metadata.num_columns
    if columns > MOST_COLUMNS or rows * columns > MOST_CELLS or rows > MOST_CELLS or size > MOST_TABLE_BYTES:
        found = f"a promise of {rows:,} rows, {columns:,} columns and {size:,} bytes"
        raise InputError.of(name, _LARGE, value=found)


def first_line(error: BaseException) -> str:
    """First line of an error's message, or what it is."""
    return str(error).splitlines()[0] if str(error).strip() else type(error).__name__


def text_columns(schema: pa.Schema) -> list[str]:
    """Names of the columns of text, which can be read as numbers into a dictionary."""
    return [field.name for field in schema if _is_text(field.type)]


def _is_text(kind: pa.DataType) -> bool:
    return any(
        test(kind) for test in (pt.is_string, pt.is_large_string, pt.is_binary, pt.is_large_binary, pt.is_dictionary)
    )


def _counted(name: str, file: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
    """Batches of a file, as long as they have not come to too much: metadata may promise less than there is."""
    size = 0
    for batch in file.iter_batches(_BATCH):
        size += batch.nbytes
        if size > MOST_TABLE_BYTES:
            raise InputError.of(name, _LARGE, value="more bytes than it promises")
        yield batch


def _plain(name: str, table: pa.Table) -> pa.Table:
    """Write out text that was read as numbers into its dictionary, where it does not come to too much."""
    size = table.nbytes
    for i, field in enumerate(table.schema):
        if not pt.is_dictionary(field.type):
            continue
        column = table.column(i)
        size += sum(_length(chunk) for chunk in column.chunks)
        if size > MOST_TABLE_BYTES:
            raise InputError.of(name, _LARGE, column=field.name, value=f"text of {size:,} bytes or more")
        dense = column.cast(field.type.value_type)
        table = table.set_column(i, pa.field(field.name, dense.type, metadata=field.metadata), dense)
    return table


def _length(chunk: pa.DictionaryArray) -> int:
    if not _is_text(chunk.dictionary.type) or not len(chunk.dictionary):
        return int(chunk.nbytes)
    lengths = pc.binary_length(chunk.dictionary).cast(pa.int64())
    return int(pc.sum(lengths.take(chunk.indices)).as_py() or 0)
