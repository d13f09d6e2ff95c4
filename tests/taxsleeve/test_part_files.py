"""Parts hold plain text however it was coded, and what a disk spoils is noticed."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from taxsleeve.batch.part_files import read_part, write_part
from taxsleeve_errors import InputError

CODED = pa.dictionary(pa.int32(), pa.string())


def part(texts: list[str]) -> pa.Table:
    numbers = pa.array([float(i) if i % 3 else None for i in range(len(texts))], pa.float64())
    account = pa.array(["A"] * len(texts), pa.string()).dictionary_encode()
    return pa.table({"account": account, "lot_id": pa.array(texts, pa.string()).dictionary_encode(), "shares": numbers})


@pytest.mark.parametrize(
    "texts",
    [
        [],
        ["L1", "L2", "L1"],
        # A dictionary of more than a megabyte, which no file keeps as one.
        [f"lot-{number % 30_000:060d}" for number in range(60_000)],
    ],
)
def test_text_comes_back_as_text(tmp_path: Path, texts: list[str]) -> None:
    rows = part(texts)
    write_part(tmp_path / "part.parquet", rows)
    found = pq.read_table(tmp_path / "part.parquet")
    assert found.schema.types == [pa.string(), pa.string(), pa.float64()]
    assert found.column("lot_id").to_pylist() == texts
    assert found.column("shares").equals(rows.column("shares"))


def test_the_metadata_of_a_part_without_coded_text_stay(tmp_path: Path) -> None:
    write_part(tmp_path / "part.parquet", pa.table({"account": ["A"]}).replace_schema_metadata({"input": "digest"}))
    assert read_part(tmp_path / "part.parquet").schema.metadata == {b"input": b"digest"}


def test_a_disk_that_gives_back_something_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = Path.write_bytes
    monkeypatch.setattr(Path, "write_bytes", lambda path, made: written(path, made[:-1]))
    with pytest.raises(InputError, match="a disk that gives back what is written"):
        write_part(tmp_path / "part.parquet", part(["L1", "L2"]))
