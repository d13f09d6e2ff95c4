"""The tables that a chunk of a database's batch is written as."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import chain, compress

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from optimizer.table_columns import Column, Columns, plain_cells
from tax import CodedText, Vocabulary
from taxsleeve.batch.account_row import AccountRow, account_row
from taxsleeve.batch.account_rows import HELD_IN, ColumnWords
from taxsleeve.batch.answer import Answer
from taxsleeve.batch.stores import ACCOUNT, LOT_ID
from taxsleeve.rebalance_tables import RebalanceTables
from taxsleeve.summary_text import rounded

__all__ = ["PART_TABLES", "RESULTS", "part_name", "part_tables"]

RESULTS = "results"
PART_TABLES = ("trades", "orders", "lots_after", RESULTS)
_TEXT, _NUMBER, _DAY = pa.string(), pa.float64(), pa.date32()
# Numbers into a dictionary, which files hold anyway: text is compared once a word when they are read back.
_CODED = pa.dictionary(pa.int32(), _TEXT)
_TRADES = pa.schema(
    [(name, _CODED) for name in (ACCOUNT, "asset", "side")]
    + [(LOT_ID, _TEXT)]
    + [(name, _NUMBER) for name in ("shares", "price", "amount")]
    + [("term", _CODED), ("gain", _NUMBER), ("reason", _TEXT)]
)
_ORDERS = pa.schema([(ACCOUNT, _CODED), ("asset", _CODED), ("side", _CODED), ("shares", _NUMBER)])
_LOTS = pa.schema(
    {
        ACCOUNT: _CODED,
        LOT_ID: _TEXT,
        "asset": _CODED,
        **dict.fromkeys(("shares", "cost_per_share"), _NUMBER),
        **dict.fromkeys(("acquired", "holding_start"), _DAY),
        **dict.fromkeys((HELD_IN, "account_type"), _CODED),
    }
)
_COUNTS = ("orders", "unrated_names")
_WORDS = ("account", "status", "message")
_RESULTS = pa.schema(
    [
        (name, _TEXT if name in _WORDS else pa.int64() if name in _COUNTS else _NUMBER)
        for name in AccountRow.__dataclass_fields__
    ]
    + [("summary", _TEXT)]
)


def part_name(number: int) -> str:
    """File of a chunk in each table."""
    return f"part-{number:07d}.parquet"


def part_tables(answers: Sequence[Answer[RebalanceTables]], digest: str) -> dict[str, pa.Table]:
    """Make the tables of a chunk, `results` last, with the digest of the input in its metadata."""
    done = [(one.account, one.tables) for one in answers if one.tables is not None]
    lots = [(account, _owned(tables.lots_after)) for account, tables in done]
    summaries = [rounded(one.summary) for one in answers]
    rows = [{**vars(account_row(one)), "summary": json.dumps(one, allow_nan=False)} for one in summaries]
    columns = [pa.array([row[entry.name] for row in rows], entry.type) for entry in _RESULTS]
    results = pa.Table.from_arrays(columns, schema=_RESULTS)
    return {
        "trades": _together([(account, tables.trades.columns) for account, tables in done], _TRADES),
        "orders": _together([(account, tables.orders) for account, tables in done], _ORDERS),
        "lots_after": _together(lots, _LOTS),
        RESULTS: results.replace_schema_metadata({"input": digest}),
    }


def _owned(lots: Columns) -> Columns:
    """Lots whose account is called as in the tables read, and which all tell the type of it."""
    named = {HELD_IN if name == ACCOUNT else name: column for name, column in lots.items()}
    # The type of account is left out where all lots are taxable.
    return {"account_type": ["taxable"] * len(named["lot_id"]), **named}


def _together(tables: Sequence[tuple[str, Columns]], schema: pa.Schema) -> pa.Table:
    """One table of those of several accounts."""
    if not tables:
        return schema.empty_table()
    counts = [len(columns["asset"]) for _, columns in tables]
    arrays = []
    for entry in schema:
        if entry.name == ACCOUNT:
            arrays.append(_repeated([account for account, _ in tables], counts))
        elif entry.type == _CODED:
            arrays.append(_coded([columns[entry.name] for _, columns in tables], counts))
        elif entry.type == _TEXT:
            arrays.append(_plain([columns[entry.name] for _, columns in tables]))
        else:
            values = np.concatenate([columns[entry.name] for _, columns in tables])
            arrays.append(pa.array(values, entry.type, from_pandas=True))
    return pa.Table.from_arrays(arrays, schema=schema)


def _coded(columns: Sequence[Column], counts: Sequence[int]) -> pa.DictionaryArray:
    """Text of several accounts."""
    vocabulary = next((cells.vocabulary for cells in columns if isinstance(cells, CodedText)), None)
    if vocabulary is not None:
        return _numbered(columns, vocabulary)
    texts = [plain_cells(cells) for cells in columns]
    # Where each says one thing throughout, it need not be taken in row by row.
    if all(cells.count(cells[0]) == len(cells) for cells in texts if cells):
        return _repeated([cells[0] if cells else "" for cells in texts], counts)
    return pa.array(list(chain.from_iterable(texts)), _TEXT).dictionary_encode()


def _plain(columns: Sequence[Column]) -> pa.StringArray | pa.ChunkedArray:
    """Text of several accounts of which nearly every row has its own."""
    vocabulary = next((cells.vocabulary for cells in columns if isinstance(cells, CodedText)), None)
    if isinstance(vocabulary, ColumnWords):
        return vocabulary.taken(_numbers_of(columns, vocabulary))
    return pa.array(list(chain.from_iterable(map(plain_cells, columns))), _TEXT)


def _numbered(columns: Sequence[Column], vocabulary: Vocabulary) -> pa.DictionaryArray:
    """Text that came as numbers into a chunk's vocabulary, with that of accounts that were read row by row."""
    codes = _numbers_of(columns, vocabulary)
    used = np.zeros(len(vocabulary), dtype=bool)
    used[codes] = True
    words = pa.array(list(compress(vocabulary.words, used.tolist())), _TEXT).dictionary_encode()
    return words.take(pa.array((np.cumsum(used) - 1)[codes]))


def _numbers_of(columns: Sequence[Column], vocabulary: Vocabulary) -> NDArray[np.intp]:
    return np.concatenate(
        [
            cells.codes
            if isinstance(cells, CodedText) and cells.vocabulary is vocabulary
            else vocabulary.numbers(plain_cells(cells))
            for cells in columns
        ]
    )


def _repeated(texts: Sequence[str], counts: Sequence[int]) -> pa.DictionaryArray:
    size = np.array(counts, dtype=np.intp)
    words = pa.array([text for text, count in zip(texts, counts, strict=True) if count], _TEXT).dictionary_encode()
    return words.take(pa.array(np.repeat(np.arange(len(words)), size[size > 0])))
