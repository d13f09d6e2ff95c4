"""Rows of a transfer list as they stand: how they are called, and what cannot be read."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from audit.transfer_rows import TransferRow, transfer_rows
from taxsleeve_errors import InputError

NEEDED = ["kind", "from_sleeve", "to_sleeve", "asset", "lot_id", "shares", "amount"]


def row(**cells: Any) -> TransferRow:
    (only,) = transfer_rows(pd.DataFrame([cells], columns=[*NEEDED, *(name for name in cells if name not in NEEDED)]))
    return only


def test_every_cell_is_in_its_place() -> None:
    cells = {
        "kind": "lot", "from_sleeve": "one", "to_sleeve": "two", "asset": "X", "lot_id": "L1", "shares": 2,
        "amount": 16, "price": 8, "cost_per_share": 10, "acquired": pd.Timestamp(2020, 1, 2),
        "holding_start": "2020-01-01T00:00:00", "new_lot_id": "one:L1",
    }  # fmt: skip
    expected = TransferRow(
        0, "lot", "one", "two", "X", "L1", 2.0, 8.0, 16.0, 10.0, "2020-01-02", "2020-01-01", "one:L1"
    )
    assert row(**cells) == expected


def test_columns_that_are_not_there_are_empty() -> None:
    told = row(kind="cash", from_sleeve="one", to_sleeve="two", amount=5)
    assert told == TransferRow(0, "cash", "one", "two", "", "", None, None, 5.0, None, "", "", "")


@pytest.mark.parametrize("missing", NEEDED)
def test_a_column_that_is_needed_is_named(missing: str) -> None:
    with pytest.raises(InputError, match=f"a column {missing}"):
        transfer_rows(pd.DataFrame(columns=[name for name in NEEDED if name != missing]))


@pytest.mark.parametrize(
    ("kind", "lot", "cash"),
    [("lot", True, False), ("cash", False, True), ("", False, False), ("Cash", False, False), ("lots", False, False),
     ("a", False, False), ("z", False, False)],
)  # fmt: skip
def test_a_row_is_of_a_lot_of_cash_or_of_neither(kind: str, lot: bool, cash: bool) -> None:
    told = row(kind=kind)
    assert (told.is_lot, told.is_cash) == (lot, cash)


@pytest.mark.parametrize(("cell", "read"), [(1.5, 1.5), (-2, -2.0), ("", 0.0), ("all", 0.0), (float("inf"), 0.0)])
def test_what_cannot_be_read_counts_for_nothing(cell: Any, read: float) -> None:
    assert row(amount=cell).dollars == read
    assert row(shares=cell).quantity == read


@pytest.mark.parametrize(
    ("cells", "label"),
    [
        ({"kind": "lot", "asset": "X", "lot_id": "L1", "from_sleeve": "one", "to_sleeve": "two"},
         "lot X L1 from one to two"),
        ({"kind": "cash", "from_sleeve": "one"}, "cash from one to ?"),
        ({"to_sleeve": "two"}, "nothing from ? to two"),
    ],
)  # fmt: skip
def test_a_row_is_called_by_what_it_says(cells: dict[str, Any], label: str) -> None:
    assert row(**cells).label == label
