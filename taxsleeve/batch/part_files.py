"""Files of parts: how they are written, and whether a disk gives back what was written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.types as pt

from taxsleeve.batch.stores import ACCOUNT
from taxsleeve_errors import InputError

__all__ = ["read_part", "write_part"]


def write_part(path: Path, rows: pa.Table) -> None:
    """Write a part and read it back; text that is numbers into a dictionary stands in the file as plain text.

    Raises
    ------
    InputError
        What is read back is not what was written.
    OSError
        It cannot be written.
    """
    coded = [field.name for field in rows.schema if pt.is_dictionary(field.type)]
    pq.write_table(
        rows,
        path,
        compression="snappy",
        # Statistics are for finding an account; a dictionary of numbers is worth its time where numbers come again.
        write_statistics=[ACCOUNT],
        use_dictionary=bool(coded),
        # The stored schema would have readers take text for categories; the metadata of results are kept in it.
        store_schema=not coded,
        write_page_checksum=True,
    )
    if not _same(read_part(path, coded), rows):
        raise InputError.of("--out", "a disk that gives back what is written", value=path)


def read_part(path: Path, coded: Sequence[str] = ()) -> pa.Table:
    """Read a part, against its checksums; some columns of text as numbers into a dictionary."""
    file = pq.ParquetFile(path, page_checksum_verification=True, read_dictionary=list(coded))
    return file.read(use_threads=False)


def _same(back: pa.Table, rows: pa.Table) -> bool:
    """Whether two tables say the same; the dictionary of a long one may come back in another order."""
    return bool(back.equals(rows)) or bool(_plain(back).equals(_plain(rows)))


def _plain(rows: pa.Table) -> pa.Table:
    kinds = [field.with_type(field.type.value_type) if pt.is_dictionary(field.type) else field for field in rows.schema]
    return rows.cast(pa.schema(kinds))
