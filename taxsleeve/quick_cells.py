"""Cells of whole columns, where all of them are plainly good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tax import CodedText
from taxsleeve.cells import FORMULA_STARTS
from taxsleeve_errors import TaxsleeveError

__all__ = ["Columns", "NotPlainError", "days", "labels", "numbers", "optional_labels", "require", "words"]

Columns: TypeAlias = Mapping[str, CodedText | NDArray[Any]]
"""Columns of one length by name: text also as numbers; None or "" in an empty cell."""
Cells: TypeAlias = CodedText | NDArray[Any]
_DIGITS = frozenset("0123456789.+-eE")
_LONGEST = 200


class NotPlainError(TaxsleeveError):
    """Something is to be looked at row by row."""


def require(*conditions: object) -> None:
    """Leave to the slow reading what does not meet all conditions.

    Raises
    ------
    NotPlainError
    """
    if not all(conditions):
        raise NotPlainError


def words(cells: Cells) -> CodedText:
    """Texts as they stand, "" in an empty cell; other spellings of a word are left to the slow reading."""
    if isinstance(cells, CodedText):
        return cells
    texts = [text or "" for text in cells.tolist()]
    require(set(map(type, texts)) <= {str})
    return CodedText.of(texts)


def labels(cells: Cells) -> CodedText:
    """Texts of 1 to 200 printable characters."""
    found = words(cells)
    if found.vocabulary.judged(_are_labels):
        return found
    require(found.all(_is_label))
    return found.mapped(_label_or_nothing)


def optional_labels(cells: Cells) -> CodedText:
    """Texts of up to 200 printable characters, "" in an empty cell."""
    found = words(cells)
    if found.vocabulary.judged(_are_labels):
        return found
    require(found.all(_is_label_or_empty))
    return found.mapped(_label_or_nothing)


def numbers(cells: Cells, default: float | None = None) -> NDArray[np.float64]:
    """Finite numbers; `default`, where there is one, in an empty cell."""
    if not isinstance(cells, CodedText) and cells.dtype.kind in "iuf":
        found = cells.astype(float)
        if default is not None:
            require(not np.isinf(found).any())
            return np.where(np.isnan(found), default, found)
        require(np.isfinite(found).all())
        return found
    texts = _as_listed(cells)
    empty = [text is None or text == "" for text in texts]
    if any(empty):
        require(default is not None)
        texts = [repr(default) if gone else text for gone, text in zip(empty, texts, strict=True)]
    try:
        require(_DIGITS.issuperset("".join(t for t, gone in zip(texts, empty, strict=True) if not gone)))
        found = np.array([float(text) for text in texts], dtype=float)
    except (TypeError, ValueError):
        raise NotPlainError from None
    require(np.isfinite(found[~np.array(empty, dtype=bool)]).all())
    return found


def days(cells: Cells, default: NDArray[np.datetime64] | None = None) -> NDArray[np.datetime64]:
    """Dates; those of `default`, where there are some, in an empty cell."""
    if not isinstance(cells, CodedText) and cells.dtype.kind == "M":
        found = cells.astype("datetime64[D]")
        require((found == cells).all() or np.isnat(cells).any())
    else:
        texts = _as_listed(cells)
        require(all(text is None or text == "" or (type(text) is str and len(text) == 10) for text in texts))
        try:
            found = np.array([text or "NaT" for text in texts], dtype="datetime64[D]")
        except ValueError:
            raise NotPlainError from None
    missing = np.isnat(found)
    if default is not None:
        return np.where(missing, default, found)
    require(not missing.any())
    return found


def _as_listed(cells: Cells) -> list[Any]:
    return cells.texts() if isinstance(cells, CodedText) else list(cells.tolist())


def _are_labels(texts: Sequence[str]) -> bool:
    """Whether every text is surely one: what one by one takes long where no two accounts share an id."""
    together = " " + " ".join(texts)
    # A word behind a blank within a text may begin with anything: then texts are looked at one by one.
    begins = any(f" {start}" in together for start in FORMULA_STARTS if start.isprintable())
    return all(texts) and max(map(len, texts), default=0) <= _LONGEST and together.isprintable() and not begins


def _is_label(text: str) -> bool:
    return 0 < len(text) <= _LONGEST and text.isprintable() and text[0] not in FORMULA_STARTS


def _is_label_or_empty(text: str) -> bool:
    return not text or _is_label(text)


def _label_or_nothing(text: str) -> str:
    # The words of other accounts may be of any length, and an array of text is as wide as its longest.
    return text if _is_label(text) else ""
