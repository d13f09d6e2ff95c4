"""Text as numbers says what the text says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from tax import CodedText, Lots, RowWords, Vocabulary
from taxsleeve_errors import TaxError

TEXTS = ["b", "a", "b", "", "c"]


def test_numbers_and_words_give_the_text_back() -> None:
    coded = CodedText.of(TEXTS)
    assert coded.texts() == TEXTS
    assert coded.array().tolist() == TEXTS
    assert coded.vocabulary.words == ["b", "a", "", "c"]
    assert coded.take(np.array([4, 0])).texts() == ["c", "b"]
    assert coded.take(slice(1, 3)).texts() == ["a", "b"]
    assert len(coded) == len(TEXTS)


def test_a_function_is_asked_once_a_word_and_only_rows_own_words_count() -> None:
    asked: list[str] = []

    def upper(text: str) -> str:
        asked.append(text)
        return text.upper()

    coded = CodedText.of(TEXTS)
    assert coded.mapped(upper).texts() == ["B", "A", "B", "", "C"]
    assert coded.take(slice(0, 2)).mapped(upper).texts() == ["B", "A"]
    assert asked == ["b", "a", "", "c"]
    assert not coded.all(bool)
    assert coded.take(slice(0, 3)).all(bool)


def test_a_vocabulary_grows_and_what_was_said_stays() -> None:
    vocabulary = Vocabulary(["b", "a"])
    coded = CodedText(np.array([1, 0, 1]), vocabulary)
    assert coded.mapped(str.upper).array().tolist() == ["A", "B", "A"]
    assert coded.array().tolist() == ["a", "b", "a"]
    assert coded.all(str.islower)
    longer = coded.followed_by(["c", "a", "LONGER", "c"])
    assert longer.texts() == ["a", "b", "a", "c", "a", "LONGER", "c"]
    assert longer.array().tolist() == longer.texts()
    assert longer.vocabulary is vocabulary
    assert vocabulary.words == ["b", "a", "c", "LONGER"]
    assert longer.mapped(str.upper).texts() == [text.upper() for text in longer.texts()]
    assert not longer.all(str.islower)
    assert coded.texts() == ["a", "b", "a"]
    # What was made of the words before grows by itself, and is made anew of more words.
    upper = vocabulary.mapped(str.upper)
    upper.numbers(["Z"])
    vocabulary.numbers(["e"])
    assert vocabulary.mapped(str.upper).words == ["B", "A", "C", "LONGER", "E"]


def test_places_are_asked_for_once_until_there_are_more_words() -> None:
    asked: list[list[str]] = []

    def places(words: Sequence[str]) -> np.ndarray:
        asked.append(list(words))
        return np.array([ord(word[0]) for word in words], dtype=np.intp)

    coded = CodedText(np.array([1, 0, 1]), Vocabulary(["b", "a"]))
    assert coded.placed(places).tolist() == [97, 98, 97]
    assert coded.take(slice(0, 1)).placed(places).tolist() == [97]
    coded.vocabulary.numbers(["c"])
    assert coded.placed(places).tolist() == [97, 98, 97]
    assert asked == [["b", "a"], ["b", "a", "c"]]


def test_rows_of_which_each_has_a_word_of_its_own_get_new_ones() -> None:
    words = RowWords(["L1", "L2"])
    longer = CodedText(np.array([1]), words).followed_by(["L1", "L1", "L3"])
    assert longer.texts() == ["L2", "L1", "L1", "L3"]
    assert longer.codes.tolist() == [1, 2, 3, 4]
    assert words.words == ["L1", "L2", "L1", "L1", "L3"]


@pytest.mark.parametrize(("codes", "alike"), [([], True), ([1], True), ([0, 0], True), ([0, 2], True), ([0, 1], False)])
def test_rows_that_say_the_same(codes: list[int], alike: bool) -> None:
    assert CodedText(np.array(codes, dtype=np.intp), Vocabulary(["x", "y", "x"])).alike is alike


def test_lots_of_coded_text_are_lots_of_the_text() -> None:
    numbers = {"shares": [1.0, 2.0], "basis": [3.0, 4.0], "acquired": np.array(["2024-01-02", "2024-01-03"], "M8[D]")}
    vocabulary = Vocabulary(("elsewhere", "L2", "L1", "AAA"))
    coded = Lots.build(
        lot_id=CodedText(np.array([2, 1]), vocabulary), asset=CodedText(np.array([3, 3]), vocabulary), **numbers
    )
    plain = Lots.build(lot_id=["L1", "L2"], asset=["AAA", "AAA"], **numbers)
    for name in ("lot_id", "asset", "group", "account", "shares", "acquired", "holding_start"):
        assert np.array_equal(getattr(coded, name), getattr(plain, name)), name
    for name in ("ids", "assets", "groups", "accounts"):
        assert getattr(coded, name) == getattr(plain, name), name
    assert coded.take(np.array([1])).ids == ["L2"]


@pytest.mark.parametrize("words", [["L9", "L2", "L1"], ["L2", "L2", "L1"]])
def test_coded_lots_are_found_by_id_in_a_vocabulary_that_grows(words: list[str]) -> None:
    numbers = {"shares": [1.0, 2.0], "basis": [3.0, 4.0], "acquired": np.array(["2024-01-02", "2024-01-03"], "M8[D]")}
    vocabulary = Vocabulary(words)
    lots = Lots.build(lot_id=CodedText(np.array([2, 1]), vocabulary), asset=["A", "A"], **numbers)
    vocabulary.numbers(["L7"])
    assert lots.places(["L2", "L9", "L7", "nowhere", "L1"]).tolist() == [1, -1, -1, -1, 0]
    assert [lot_id in lots for lot_id in ("L1", "L9", "L7", "nowhere", 3)] == [True, False, False, False, False]
    assert lots.places([]).tolist() == []
    with pytest.raises(TaxError, match="'L2' stands twice"):
        Lots.build(lot_id=CodedText(np.array([1, 1]), vocabulary), asset=["A", "A"], **numbers)


def test_words_that_come_later_are_judged_by_themselves() -> None:
    asked: list[list[str]] = []

    def short(texts: Sequence[str]) -> bool:
        asked.append(list(texts))
        return max(map(len, texts)) < 3

    words = Vocabulary(["a", "bb"])
    assert words.judged(short)
    assert words.judged(short)
    words.numbers(["a", "cc"])
    assert words.judged(short)
    words.numbers(["ddd"])
    assert not words.judged(short)
    words.numbers(["e"])
    assert not words.judged(short)
    assert asked == [["a", "bb"], ["cc"], ["ddd"]]
