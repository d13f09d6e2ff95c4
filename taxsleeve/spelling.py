"""What a mistyped word may have been meant to be."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["did_you_mean", "one_of"]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Say which known words are nearly this one, in brackets after a space; nothing where none is."""
    near = difflib.get_close_matches(word, list(known), n=3, cutoff=0.65)
    return f" (did you mean {' or '.join(near)}?)" if near else ""


def one_of(word: str, known: Iterable[str], *, some: bool = False) -> str:
    """What is expected where a word is none of those known: all of them, and which may have been meant."""
    names = list(known)
    return f"{'some' if some else 'one'} of {', '.join(names)}{did_you_mean(word, names)}"
