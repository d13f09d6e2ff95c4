"""Text as numbers into a vocabulary, so that what thousands of rows say is looked at once."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["CodedText", "RowWords", "Vocabulary"]

Codes = NDArray[np.intp]


class Vocabulary:
    """Words that rows say by their number; it can grow, and what it has stays where it is. A word may stand twice.

    Parameters
    ----------
    words : iterable of str
    """

    def __init__(self, words: Iterable[str]) -> None:
        self.words = list(words)
        self._number: dict[str, int] = {}
        self._array: NDArray[np.str_] = np.empty(0, dtype=str)
        self._objects: NDArray[np.object_] = np.empty(0, dtype=object)
        # With how many words there were when the function was asked.
        self._mapped: dict[Callable[[str], str], tuple[int, Vocabulary]] = {}
        self._tested: dict[Callable[[str], bool], NDArray[np.bool_]] = {}
        self._placed: dict[Callable[[Sequence[str]], Codes], Codes] = {}
        self._judged: dict[Callable[[Sequence[str]], bool], tuple[int, bool]] = {}

    def __len__(self) -> int:
        return len(self.words)

    def array(self, codes: Codes) -> NDArray[np.str_]:
        """Words of some numbers as an array of text."""
        if len(self._array) < len(self) and codes.max(initial=-1) >= len(self._array):
            self._array = np.asarray(self.words, dtype=str)
        return self._array[codes]

    def texts(self, codes: Codes) -> list[str]:
        """Words of some numbers as Python's own strings."""
        if len(self._objects) < len(self) and codes.max(initial=-1) >= len(self._objects):
            self._objects = np.empty(len(self), dtype=object)
            self._objects[:] = self.words
        words: list[str] = self._objects[codes].tolist()
        return words

    @property
    def number(self) -> Mapping[str, int]:
        """Number of each word; of one that stands twice, the last."""
        if not self._number:
            self._number.update(zip(self.words, range(len(self)), strict=True))
        return self._number

    def numbers(self, texts: Sequence[str]) -> Codes:
        """Numbers of some texts, which become words where they are not yet."""
        known = self.number
        for text in texts:
            if text not in known:
                self._number[text] = len(self)
                self.words.append(text)
        return np.fromiter(map(known.__getitem__, texts), dtype=np.intp, count=len(texts))

    def mapped(self, function: Callable[[str], str]) -> Vocabulary:
        """Return what a function makes of each word; it is asked once, however often this is."""
        size, made = self._mapped.get(function, (-1, self))
        if size != len(self):
            made = Vocabulary(map(function, self.words))
            self._mapped[function] = (len(self), made)
        return made

    def judged(self, function: Callable[[Sequence[str]], bool]) -> bool:
        """Whether a function is true of the words together; words that came since are all that it is asked again."""
        size, good = self._judged.get(function, (0, True))
        if good and size < len(self):
            good = function(self.words[size:])
            self._judged[function] = (len(self), good)
        return good

    def tested(self, function: Callable[[str], bool]) -> NDArray[np.bool_]:
        """Whether a function is true of each word; it is asked once, however often this is."""
        if function not in self._tested or len(self._tested[function]) != len(self):
            self._tested[function] = np.fromiter(map(function, self.words), dtype=bool, count=len(self))
        return self._tested[function]

    def placed(self, function: Callable[[Sequence[str]], Codes]) -> Codes:
        """Places that a function gives the words; it is asked once, however often this is."""
        if function not in self._placed or len(self._placed[function]) != len(self):
            self._placed[function] = function(self.words)
        return self._placed[function]


class RowWords(Vocabulary):
    """Words of which nearly each is one row's own, as ids of lots are: nobody looks for one among all of them."""

    def numbers(self, texts: Sequence[str]) -> Codes:
        """Numbers of some texts, which become words whether they are some yet or not."""
        start = len(self)
        self.words.extend(texts)
        return np.arange(start, len(self), dtype=np.intp)


@dataclass(frozen=True, eq=False)
class CodedText:
    """A column of text.

    Parameters
    ----------
    codes : array of int
        Number of each row's word, shape (N,).
    vocabulary : Vocabulary
        Perhaps of many more rows than these.
    """

    codes: Codes
    vocabulary: Vocabulary

    @classmethod
    def of(cls, texts: Iterable[str]) -> CodedText:
        """Number the different words of some texts in the order in which they come."""
        numbers: dict[str, int] = {}
        codes = [numbers.setdefault(text, len(numbers)) for text in texts]
        return cls(np.array(codes, dtype=np.intp), Vocabulary(numbers))

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: slice | NDArray[np.intp] | NDArray[np.bool_]) -> CodedText:
        """Some of the rows."""
        return CodedText(self.codes[rows], self.vocabulary)

    def mapped(self, function: Callable[[str], str]) -> CodedText:
        """Return what a function makes of each row's word."""
        return CodedText(self.codes, self.vocabulary.mapped(function))

    def all(self, function: Callable[[str], bool]) -> bool:
        """Whether a function is true of every row's word."""
        return bool(self.vocabulary.tested(function)[self.codes].all())

    def placed(self, function: Callable[[Sequence[str]], Codes]) -> Codes:
        """Places that a function gives the words of the rows."""
        return self.vocabulary.placed(function)[self.codes]

    def among(self, some: Container[str]) -> NDArray[np.bool_]:
        """Rows whose word is one of some."""
        words = self.vocabulary.words
        if len(words) > len(self):
            return np.fromiter(map(some.__contains__, self.texts()), dtype=bool, count=len(self))
        return np.fromiter(map(some.__contains__, words), dtype=bool, count=len(words))[self.codes]

    @property
    def alike(self) -> bool:
        """Whether every row says the same."""
        return not len(self) or bool((self.codes == self.codes[0]).all()) or len(set(self.texts())) == 1

    def followed_by(self, texts: Sequence[str]) -> CodedText:
        """These rows, and behind them some others, whose words the vocabulary gets."""
        return CodedText(np.concatenate([self.codes, self.vocabulary.numbers(texts)]), self.vocabulary)

    def array(self) -> NDArray[np.str_]:
        """The column as an array of text."""
        return self.vocabulary.array(self.codes)

    def texts(self) -> list[str]:
        """The column as Python's own strings."""
        return self.vocabulary.texts(self.codes)
