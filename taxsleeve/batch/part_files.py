"""Files of parts: how they are written, and whether a disk gives back what was written."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.types as pt

from taxsleeve.batch.stores import ACCOUNT
from taxsleeve_errors import InputError

__all__ = ["read_part", "write_part"]


def write_part(path: Path, rows: pa.Table) -> None:
    """Write a part and read its bytes back; text that is numbers into a dictionary stands in the file as plain text.

    Raises
    ------
    InputError
        What is read back is not what was written.
    OSError
        It cannot be written.
    """
    made = _bytes_of(rows)
    path.write_bytes(made)
    if path.read_bytes() != made:
        raise InputError.of("--out", "a disk that gives back what is written", value=path)


def _bytes_of(rows: pa.Table) -> bytes:
    coded = [field.name for field in rows.schema if pt.is_dictionary(field.type)]
    file = pa.BufferOutputStream()
    pq.write_table(
        rows,
        file,
        compression="snappy",
        # Statistics are for finding an account; a dictionary of numbers is worth its time where numbers come again.
        write_statistics=[ACCOUNT],
        use_dictionary=coded or False,
        # The stored schema would have readers take text for categories; the metadata of results are kept in it.
        store_schema=not coded,
        write_page_checksum=True,
    )
    return bytes(file.getvalue())


def read_part(path: Path) -> pa.Table:
    """Read a part, against its checksums."""
    return pq.ParquetFile(path, page_checksum_verification=True).read(use_threads=False)
