"""Text as numbers into a vocabulary, so that what thousands of rows say is looked at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["CodedText", "Vocabulary"]


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Words that rows say by their number; a word may stand twice.

    Parameters
    ----------
    words : sequence of str
    """

    words: tuple[str, ...]
    _mapped: dict[Callable[[str], str], Vocabulary] = field(default_factory=dict, repr=False)
    _tested: dict[Callable[[str], bool], NDArray[np.bool_]] = field(default_factory=dict, repr=False)

    @cached_property
    def array(self) -> NDArray[np.str_]:
        """The words as an array of text."""
        return np.asarray(self.words, dtype=str)

    @cached_property
    def objects(self) -> NDArray[np.object_]:
        """The words as an array of Python's own strings."""
        made = np.empty(len(self.words), dtype=object)
        made[:] = self.words
        return made

    def mapped(self, function: Callable[[str], str]) -> Vocabulary:
        """Return what a function makes of each word; it is asked once, however often this is."""
        if function not in self._mapped:
            self._mapped[function] = Vocabulary(tuple(map(function, self.words)))
        return self._mapped[function]

    def tested(self, function: Callable[[str], bool]) -> NDArray[np.bool_]:
        """Whether a function is true of each word; it is asked once, however often this is."""
        if function not in self._tested:
            self._tested[function] = np.fromiter(map(function, self.words), dtype=bool, count=len(self.words))
        return self._tested[function]


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

    codes: NDArray[np.integer]
    vocabulary: Vocabulary

    @classmethod
    def of(cls, texts: Iterable[str]) -> CodedText:
        """Number the different words of some texts in the order in which they come."""
        numbers: dict[str, int] = {}
        codes = [numbers.setdefault(text, len(numbers)) for text in texts]
        return cls(np.array(codes, dtype=np.intp), Vocabulary(tuple(numbers)))

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

    def array(self) -> NDArray[np.str_]:
        """The column as an array of text."""
        column: NDArray[np.str_] = self.vocabulary.array[self.codes]
        return column

    def texts(self) -> list[str]:
        """The column as Python's own strings."""
        column: list[str] = self.vocabulary.objects[self.codes].tolist()
        return column
