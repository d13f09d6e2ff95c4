"""Readings as columns are the readings that were put in."""

from __future__ import annotations

import numpy as np

from optimizer import Reading, Readings
from optimizer.table_columns import frame_of

HARD = Reading("turnover", "fraction of NAV", "", 0.2, 0.3, -0.1)
SOFT = Reading("soft_cash", "fraction of NAV", "least", 0.1, 0.2, 0.1, 2.5)
NAMES = Readings(
    ["active_weight"] * 2, ["u"] * 2, ("A", "B"), np.array([1.0, 2.0]), np.array([3.0, 3.0]), np.array([-2.0, -1.0]),
    np.full(2, np.nan),
)  # fmt: skip


def test_columns_hold_what_was_put_in_and_in_that_order() -> None:
    both = Readings.together([[HARD, SOFT], NAMES, [], [HARD]])
    assert [*both] == [HARD, SOFT, *NAMES, HARD]
    assert [both[i] for i in range(len(both))] == [*both]
    assert [*both[1:3]] == [SOFT, NAMES[0]]
    assert {name: places.tolist() for name, places in both.families.items()} == {
        "turnover": [0, 4],
        "soft_cash": [1],
        "active_weight": [2, 3],
    }
    assert both.hard.tolist() == [True, False, True, True, True]
    assert both[-1] == HARD


def test_readings_are_made_of_readings_or_are_those() -> None:
    assert Readings.of(NAMES) is NAMES
    assert [*Readings.of(iter([HARD, SOFT]))] == [HARD, SOFT]
    assert [*Readings.of([])] == []
    assert NAMES[1] == Reading("active_weight", "u", "B", 2.0, 3.0, -1.0)


def test_a_table_of_columns_has_plain_text_and_days_as_text() -> None:
    days = np.array(["2025-01-31", "2024-02-29"], dtype="datetime64[D]")
    frame = frame_of({"lot_id": np.array(["a", "b"]), "day": days, "shares": np.array([1.0, np.nan])})
    assert frame["lot_id"].tolist() == ["a", "b"]
    assert {type(cell) for cell in frame["lot_id"]} == {str}
    assert frame["day"].tolist() == ["2025-01-31", "2024-02-29"]
    assert frame["shares"].dtype == float
