"""What accounts of the same names share is found once, and never taken for what another has."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer import Securities
from risk import FactorRisk

ASSETS = ("C", "A", "B")


@pytest.fixture
def securities() -> Securities:
    price = dict.fromkeys(ASSETS, 10.0)
    return Securities.build(price, sector={"A": "x", "B": "y"}, group={"A": "g", "B": "g", "C": "c"})


def test_a_selection_is_of_the_places_asked_for(securities: Securities) -> None:
    first = securities.selected(np.array([1, 2]))
    assert (first.assets, first.sector, first.groups) == (("A", "B"), ("x", "y"), ("g", "g"))
    assert securities.selected(np.array([1, 2])) is first
    other = securities.selected(np.array([1, 0]))
    assert (other.assets, other.group.tolist(), other.group_number) == (("A", "C"), [1, 0], {"c": 0, "g": 1})
    assert securities.selected(np.array([1, 2])).assets == ("A", "B")


def test_a_selection_does_not_change_with_the_array_it_was_made_of(securities: Securities) -> None:
    row = np.array([1, 2])
    securities.selected(row)
    row[1] = 0
    assert securities.selected(row).assets == ("A", "C")
    assert securities.selected(np.array([1, 2])).assets == ("A", "B")


def test_weights_follow_a_benchmark_that_changes(securities: Securities) -> None:
    benchmark = {"A": 0.25, "C": 0.75}
    weights = securities.weights(benchmark)
    assert weights.tolist() == [0.75, 0.25, 0.0]
    assert securities.listed({**benchmark, "B": 0.0}).tolist() == [True, True, True]
    weights = securities.weights(benchmark)
    assert securities.listed(benchmark).tolist() == [True, True, False]
    assert securities.weights(dict(benchmark)) is weights
    benchmark["A"] = 0.5
    assert securities.weights(benchmark).tolist() == [0.75, 0.5, 0.0]
    with pytest.raises(ValueError, match="read-only"):
        weights[0] = 1.0


def test_weights_of_a_name_without_a_price_are_refused(securities: Securities) -> None:
    with pytest.raises(KeyError, match="D"):
        securities.weights({"A": 0.5, "D": 0.5})


def test_rows_of_a_list_that_changes_are_looked_up_again() -> None:
    risk = FactorRisk(ASSETS, ("f",), np.ones((3, 1)), np.eye(1), np.ones(3))
    asked = ["A", "X"]
    assert risk.rows(asked).tolist() == [1, -1]
    asked[1] = "B"
    assert risk.rows(asked).tolist() == [1, 2]
    names = ("B", "A")
    assert risk.rows(names) is risk.rows(names)
    assert risk.rows(("B", "C")).tolist() == [2, 0]
    assert risk.rows(names).tolist() == [2, 1]
