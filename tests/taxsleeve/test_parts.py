"""Text of a part is what each account says, however it came."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from optimizer.table_columns import Column
from tax import CodedText, Vocabulary
from taxsleeve.batch.parts import _coded

SHARED = Vocabulary(["never said", "b", "a"])


@pytest.mark.parametrize(
    "columns",
    [
        [["x", "y"], ["x"], []],
        [["x", "x"], [], ["y"]],
        [[], []],
        [CodedText(np.array([2, 1, 2]), SHARED), CodedText(np.array([1]), SHARED)],
        # Accounts that were read row by row, or with another chunk, among others.
        [["c", "a"], CodedText(np.array([2, 1]), SHARED), CodedText.of(["d", "b", "d"]), []],
        [CodedText(np.array([1, 0]), Vocabulary(["twice", "twice"])), ["twice", "once"]],
        [np.array(["q", "p"], dtype=object), ["q"]],
    ],
)
def test_rows_say_what_the_columns_say(columns: list[Column]) -> None:
    said = [text for column in columns for text in (column.texts() if isinstance(column, CodedText) else column)]
    found = _coded(columns, [len(column) for column in columns])
    assert found.type == pa.dictionary(pa.int32(), pa.string())
    assert found.to_pylist() == said
    # Nothing stands in the dictionary twice, or without being said.
    assert sorted(found.dictionary.to_pylist()) == sorted(set(said))
