"""A study's runs on disk: one Parquet file each, the same bytes for the same run."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from backtest.study import RunKey, StoredRun
from taxsleeve_errors import InputError

__all__ = ["RunFolder"]

_FACTS, _DIGEST = b"taxsleeve.facts", b"taxsleeve.digest"
# What reading a file with a byte out of place may raise.
_CORRUPT = (pa.ArrowException, OSError, ValueError, LookupError)


@dataclass(frozen=True)
class RunFolder:
    """The folder `runs/` of a study.

    Parameters
    ----------
    folder : Path
    """

    folder: Path

    def path(self, key: RunKey) -> Path:
        """File of a run."""
        return self.folder / f"{key.name}.parquet"

    def load(self, key: RunKey) -> StoredRun | None:
        """Run as it was kept; None where there is none, or where its numbers do not have the digest noted then."""
        try:
            table = pq.read_table(self.path(key))
            noted = table.schema.metadata
            facts = json.loads(noted[_FACTS])
            months = table.drop_columns(["date"]).to_pandas()
            months.index = pd.DatetimeIndex(table["date"].to_numpy(), name="date").as_unit("ns")
            if noted[_DIGEST] != _digest(months, facts):
                return None
        except _CORRUPT:
            return None
        return StoredRun(key, months, facts)

    def keep(self, run: StoredRun) -> None:
        """Write a run beside its place and move it there.

        Raises
        ------
        InputError
            The file cannot be written there, and why: no right to, no room left, a name too long.
        """
        written, path = parquet_bytes(run), self.path(run.key)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, beside = tempfile.mkstemp(prefix=".", suffix=".part", dir=self.folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(written)
                Path(beside).replace(path)
            finally:
                Path(beside).unlink(missing_ok=True)
        except OSError as error:
            expected = f"a study folder in which {path.name} can be written"
            raise InputError.of("--out", expected, value=f"{self.folder} ({error.strerror or error})") from error


def parquet_bytes(run: StoredRun) -> bytes:
    """A run as a Parquet file: a column a figure, facts as JSON in the schema's metadata."""
    months = run.months
    columns = {"date": pa.array(pd.DatetimeIndex(months.index).to_numpy().astype("datetime64[D]"))}
    columns |= {str(name): pa.array(months[name].to_numpy(dtype=float)) for name in months.columns}
    metadata = {_FACTS: _json(run.facts), _DIGEST: _digest(months, run.facts)}
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns).replace_schema_metadata(metadata), sink, compression="zstd", compression_level=3)
    written: bytes = sink.getvalue().to_pybytes()
    return written


def _json(facts: Mapping[str, float | str]) -> bytes:
    return json.dumps(dict(facts), sort_keys=True).encode()


def _digest(months: pd.DataFrame, facts: Mapping[str, float | str]) -> bytes:
    digest = hashlib.sha256(_json(facts))
    digest.update("\0".join(map(str, months.columns)).encode())
    digest.update(np.asarray(months.index, dtype="datetime64[D]").tobytes())
    digest.update(np.ascontiguousarray(months.to_numpy(dtype=float)).tobytes())
    return digest.hexdigest().encode()
