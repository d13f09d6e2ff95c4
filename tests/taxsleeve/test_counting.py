"""Counts are printed with the noun that they need."""

from __future__ import annotations

import pytest

from taxsleeve.counting import counted


@pytest.mark.parametrize(("count", "words"), [(0, "0 names"), (1, "1 name"), (2, "2 names"), (2295, "2,295 names")])
def test_one_is_not_many(count: int, words: str) -> None:
    assert counted(count, "name") == words


def test_a_plural_of_its_own() -> None:
    assert (counted(1, "lot has", "lots have"), counted(3, "lot has", "lots have")) == ("1 lot has", "3 lots have")
